//! Rows as text: CSV by RFC 4180, or JSON Lines.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::Table;
use crate::model::Interval;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line of names, then a line for each row. What is not known is empty.
    Csv,
    /// An object for each row on a line of its own. What is not known is `null`.
    JsonLines,
}

/// A table that is being written.
#[derive(Debug)]
pub struct Sheet<W> {
    out: W,
    table: Table,
    format: Format,
}

impl<W: Write> Sheet<W> {
    /// Begins a table; CSV has its names at once.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn begin(mut out: W, table: Table, format: Format) -> io::Result<Self> {
        if format == Format::Csv {
            let names: Vec<Value> = table.columns().into_iter().map(|name| Value::String(name.to_owned())).collect();
            write_csv(&mut out, &names)?;
        }
        Ok(Self { out, table, format })
    }

    /// Adds an Interval's rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, interval: &Interval) -> io::Result<()> {
        for row in self.table.rows(interval) {
            match self.format {
                Format::Csv => write_csv(&mut self.out, &row)?,
                Format::JsonLines => {
                    let object: Map<String, Value> = self.table.columns().into_iter().map(str::to_owned).zip(row).collect();
                    serde_json::to_writer(&mut self.out, &object)?;
                    self.out.write_all(b"\n")?;
                }
            }
        }
        Ok(())
    }

    /// Ends the table and gives back what it was written to.
    ///
    /// # Errors
    /// When the last of it cannot be written.
    pub fn end(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

fn write_csv(out: &mut impl Write, row: &[Value]) -> io::Result<()> {
    for (at, value) in row.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        match value {
            Value::Null => {}
            Value::String(text) if text.contains(['"', ',', '\n', '\r']) => write!(out, "\"{}\"", text.replace('"', "\"\""))?,
            Value::String(text) => out.write_all(text.as_bytes())?,
            other => write!(out, "{other}")?,
        }
    }
    out.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        metrics::{encode, latency},
        model::{Event, Severity, ToolInterval},
    };

    fn interval() -> Interval {
        let mut total = latency();
        for micros in [1_000, 2_000, 3_000] {
            total.record(micros).expect("in range");
        }
        let tool = ToolInterval {
            tool: Arc::from("km_run_macro"),
            calls: 3,
            errors: 1,
            total: encode(&total),
            ..ToolInterval::default()
        };
        Interval {
            time_ms: 1_767_182_400_000,
            length_ms: 2_000,
            tools: vec![tool],
            events: vec![Event { time_ms: 1_767_182_399_000, severity: Severity::Warning, text: "say \"a, b\"\nand on".into() }],
            ..Interval::default()
        }
    }

    fn written(table: Table, format: Format) -> String {
        let mut sheet = Sheet::begin(Vec::new(), table, format).expect("memory");
        sheet.add(&interval()).expect("memory");
        String::from_utf8(sheet.end().expect("memory")).expect("text")
    }

    #[test]
    fn csv_quotes_what_it_must_and_leaves_the_unknown_empty() {
        let text = written(Table::Events, Format::Csv);
        assert_eq!(
            text,
            "time,time_ms,severity,text\r\n2025-12-31T11:59:59Z,1767182399000,warning,\"say \"\"a, b\"\"\nand on\"\r\n"
        );
        let text = written(Table::Tools, Format::Csv);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(lines.len(), 2);
        let cell = |name: &str| lines[1][lines[0].iter().position(|column| *column == name).expect("a column")];
        assert_eq!(
            [cell("tool"), cell("calls"), cell("rate_per_s"), cell("total_p50_us"), cell("queued_p95_us")],
            ["km_run_macro", "3", "1.5", "2000", ""]
        );
    }

    #[test]
    fn json_lines_have_null_for_the_unknown() {
        let text = written(Table::Intervals, Format::JsonLines);
        let row: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
        assert_eq!(row["time"], "2025-12-31T12:00:00Z");
        assert_eq!((&row["calls"], &row["errors"], &row["cpu_percent"]), (&3.into(), &1.into(), &Value::Null));
        assert_eq!(row["total_max_us"], 3_001, "three digits");
        assert_eq!(text.lines().count(), 1);
    }
}
