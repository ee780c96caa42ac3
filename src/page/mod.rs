//! HTML pages that need nothing else: no script, no address, charts as SVG.

mod chart;

use std::fmt::Write as _;

use html_escape::encode_text as escape;

pub use chart::{Axis, Chart, Series};

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
pre{background:#f6f8fa;padding:1rem;overflow-x:auto;font-size:13px}figure{margin:1.5rem 0;overflow-x:auto}figcaption{color:#57606a;font-size:13px}\
svg{max-width:100%;min-width:36rem;height:auto}h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem}\
.table{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}\
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}th{white-space:nowrap}";

/// A chart that cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the chart \"{chart}\" cannot be drawn: {why}")]
pub struct PageError {
    chart: &'static str,
    why: String,
}

/// A chart with what is to be known of it.
pub struct Figure {
    id: &'static str,
    svg: String,
    about: String,
}

impl Figure {
    /// Draws a chart; `id` is that of its element.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn new(id: &'static str, chart: &Chart, about: impl Into<String>) -> Result<Self, PageError> {
        Ok(Self { id, svg: chart.svg()?, about: about.into() })
    }

    /// It as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let Self { id, svg, about } = self;
        format!("<figure id=\"{id}\">\n{}\n<figcaption>{}</figcaption>\n</figure>\n", svg.trim(), escape(about))
    }
}

/// A table as HTML, in a frame of its own that scrolls where the window is narrow.
#[must_use]
pub fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let cells = |name: &str, cells: &[String]| {
        cells.iter().fold(String::new(), |mut row, cell| {
            let _ = write!(row, "<{name}>{}</{name}>", escape(cell));
            row
        })
    };
    let mut body = String::new();
    for row in rows {
        let _ = writeln!(body, "<tr>{}</tr>", cells("td", row));
    }
    format!(
        "<div class=\"table\"><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n",
        cells("th", head)
    )
}

/// A whole page with this title; `body` is HTML.
#[must_use]
pub fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

/// A page of a paragraph, charts and plain text.
#[must_use]
pub fn plain(title: &str, about: &str, text: &str, figures: &[Figure]) -> String {
    let shown: String = figures.iter().map(Figure::html).collect();
    page(title, &format!("<p>{}</p>\n{shown}<pre>{}</pre>\n", escape(about), escape(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_is_escaped() {
        let table = table(&["a<b".to_owned()], &[vec!["<script>".to_owned()]]);
        assert!(table.contains("<th>a&lt;b</th>") && table.contains("<td>&lt;script&gt;</td>"), "{table}");
        let whole = plain("<t>", "x & y", "1 < 2", &[]);
        assert!(!whole.contains("<t>") && whole.contains("x &amp; y") && whole.contains("<pre>1 &lt; 2</pre>"), "{whole}");
    }

    #[test]
    fn a_chart_of_times_begins_at_its_first() {
        let chart = Chart {
            title: "Calls",
            x: Axis::from_least("time", |at| format!("at {at:.0}")),
            y: Axis::plain("calls", |value| format!("{value:.0}")),
            band: false,
            series: vec![Series::line("calls", [(1_000.0, 1.0), (1_100.0, 2.0)].into_iter())],
        };
        let figure = Figure::new("calls", &chart, "All of them.").expect("drawn").html();
        assert!(figure.contains("at 10") && !figure.contains("at 0"), "{figure}");
    }
}
