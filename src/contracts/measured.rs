//! What was measured.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde_json::Value;

use crate::{
    metrics::{self, decode, quantile},
    model::Interval,
};

/// How a tool was called: whether a rate that was not reached says anything.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Load {
    /// As it came: nobody asked for more.
    #[default]
    Daily,
    /// By plan, so many calls a second.
    Planned(f64),
    /// As much as could be had, and nothing else.
    Most,
    /// As much as could be had, shared with other tools.
    Shared,
}

/// Times of one tool.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolTimes {
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// p50, p95, p99 of what kmtop added, in milliseconds; `None` without calls.
    pub percentiles_ms: [Option<f64>; 3],
    /// Calls a second.
    pub rate_per_s: f64,
    /// How it was called.
    pub load: Load,
}

/// What was measured of a server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// Seconds that it was measured for.
    pub seconds: f64,
    /// Tools by name.
    pub tools: BTreeMap<String, ToolTimes>,
    /// Most resident memory of kmtop itself in bytes; `None` when nobody told.
    pub own_rss_bytes: Option<u64>,
    /// Mean processor time of kmtop itself in percent of one processor.
    pub own_cpu_percent: Option<f64>,
    /// Whether it was driven as hard as it could be: then it may take what processor time it wants.
    pub flat_out: bool,
    /// What is to be known of these numbers.
    pub notes: Vec<String>,
}

#[derive(Debug, Default)]
struct Part {
    calls: u64,
    errors: u64,
    added: Vec<Histogram<u32>>,
}

/// Puts a server's Intervals together, one by one.
#[derive(Debug, Default)]
pub struct Collector {
    parts: BTreeMap<String, Part>,
    seconds: f64,
    own_rss_bytes: Option<u64>,
    /// Percent × seconds, and the seconds in which it was known.
    cpu: (f64, f64),
}

/// Histograms that are kept apart before they are added up: a day of seconds would be many.
const APART: usize = 64;

impl Collector {
    /// Takes in the next Interval.
    pub fn push(&mut self, interval: &Interval) {
        let seconds = f64::from(interval.length_ms) / 1_000.0;
        self.seconds += seconds;
        self.own_rss_bytes = self.own_rss_bytes.max(interval.gauges.own_rss_bytes);
        if let Some(percent) = interval.gauges.own_cpu_percent {
            self.cpu.0 += f64::from(percent) * seconds;
            self.cpu.1 += seconds;
        }
        for tool in &interval.tools {
            let part = self.parts.entry(tool.tool.to_string()).or_default();
            part.calls += u64::from(tool.calls);
            part.errors += u64::from(tool.errors);
            part.added.extend(decode(&tool.overhead).ok().flatten());
            if part.added.len() > APART {
                part.added = vec![metrics::sum(std::mem::take(&mut part.added))];
            }
        }
    }

    /// What they come to.
    #[must_use]
    pub fn finish(self) -> Measured {
        let Self { parts, seconds, own_rss_bytes, cpu } = self;
        let times = |part: Part| {
            let added = metrics::sum(part.added);
            let at = |share| quantile(&added, share).map(|micros| micros as f64 / 1_000.0);
            ToolTimes {
                calls: part.calls,
                errors: part.errors,
                percentiles_ms: [at(0.5), at(0.95), at(0.99)],
                rate_per_s: if seconds > 0.0 { part.calls as f64 / seconds } else { 0.0 },
                load: Load::Daily,
            }
        };
        Measured {
            seconds,
            tools: parts.into_iter().map(|(tool, part)| (tool, times(part))).collect(),
            own_rss_bytes,
            own_cpu_percent: (cpu.1 > 0.0).then(|| cpu.0 / cpu.1),
            ..Measured::default()
        }
    }
}

impl Measured {
    /// Of the JSON of `kmtop bench`: what the target told of its tools, else what its client saw of each operation.
    ///
    /// # Errors
    /// When it is not such a JSON, with what is missing.
    pub fn of_bench(run: &Value) -> Result<Self, String> {
        let missing = |what: &str| format!("it is no result of `kmtop bench --json`: `{what}` is missing");
        let operations = run["operations"].as_array().ok_or_else(|| missing("operations"))?;
        let seconds = run["seconds"].as_f64().ok_or_else(|| missing("seconds"))?;
        let closed = run["loop"] == "closed" || !run["find_max"].is_null();
        let mut measured = Self {
            seconds,
            own_rss_bytes: run["numbers"]["server_rss_bytes"].as_u64(),
            own_cpu_percent: run["numbers"]["server_cpu_percent"].as_f64(),
            flat_out: closed,
            ..Self::default()
        };
        let planned = run["rate"]["planned_per_s"].as_f64();
        let all: u64 = operations.iter().filter_map(|operation| operation["calls"].as_u64()).sum();
        let alone = operations.len() == 1;
        let load = |calls: u64| match planned {
            _ if closed && alone => Load::Most,
            _ if closed => Load::Shared,
            // Of the calls that were planned, this tool had the same share as of those that were answered.
            Some(rate) => Load::Planned(rate * calls as f64 / all.max(1) as f64),
            None => Load::Daily,
        };
        let tools = run["tools"].as_array().filter(|tools| !tools.is_empty());
        if tools.is_none() {
            measured.notes.push(
                "the target told nothing of its tools: times are those that its client saw, the macros' own work included"
                    .to_owned(),
            );
        }
        for part in tools.unwrap_or(operations) {
            let name = part["tool"].as_str().or_else(|| part["tools"][0].as_str()).or_else(|| part["name"].as_str());
            let (Some(name), Some(calls)) = (name, part["calls"].as_u64()) else { return Err(missing("operations[].name")) };
            let summary = if tools.is_some() { &part["overhead"] } else { &part["latency"] };
            let times = ToolTimes {
                calls,
                errors: part["failed"].as_u64().unwrap_or(0),
                percentiles_ms: [50.0, 95.0, 99.0].map(|percentile| at(summary, percentile)),
                rate_per_s: part["rate_per_s"].as_f64().unwrap_or(calls as f64 / seconds.max(1e-6)),
                load: load(calls),
            };
            measured.tools.insert(name.to_owned(), times);
        }
        Ok(measured)
    }
}

/// One of the percentiles of a summary, in milliseconds.
fn at(summary: &Value, percentile: f64) -> Option<f64> {
    let all = summary["percentiles"].as_array()?;
    let known = all.iter().find(|known| known["percentile"].as_f64().is_some_and(|known| (known - percentile).abs() < 1e-6))?;
    Some(known["value_us"].as_f64()? / 1_000.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::model::{Gauges, ToolInterval};

    #[test]
    fn intervals_are_put_together() {
        let interval = |at: u64, micros: &[u64], cpu| {
            let mut added = metrics::latency();
            for micros in micros {
                metrics::record(&mut added, *micros);
            }
            Interval {
                time_ms: at * 1_000,
                length_ms: 1_000,
                gauges: Gauges { own_cpu_percent: cpu, own_rss_bytes: Some(at), ..Gauges::default() },
                tools: vec![ToolInterval {
                    tool: Arc::from("a"),
                    calls: 2,
                    errors: 1,
                    overhead: metrics::encode(&added),
                    ..ToolInterval::default()
                }],
                ..Interval::default()
            }
        };
        let mut collector = Collector::default();
        for at in 1..=200 {
            collector.push(&interval(at, &[1_000, at * 10], (at % 2 == 0).then_some(10.0)));
        }
        let measured = collector.finish();
        assert_eq!((measured.seconds, measured.own_rss_bytes, measured.own_cpu_percent), (200.0, Some(200), Some(10.0)));
        let tool = &measured.tools["a"];
        assert_eq!((tool.calls, tool.errors, tool.rate_per_s), (400, 200, 2.0));
        assert!(tool.percentiles_ms[1].is_some_and(|p95| (1.7..2.0).contains(&p95)), "{tool:?}");
        assert_eq!(Collector::default().finish(), Measured::default());
    }

    fn summary(p95_us: u64) -> Value {
        json!({ "percentiles": [{ "percentile": 95.0, "value_us": p95_us }] })
    }

    #[test]
    fn a_load_test_tells_of_tools_or_at_least_of_operations() {
        let run = json!({
            "loop": "open", "seconds": 10.0, "rate": { "planned_per_s": 60.0 },
            "operations": [{ "name": "variables", "tools": ["km_set_variable", "km_get_variable"], "calls": 600, "failed": 0, "rate_per_s": 60.0, "latency": summary(9_000) }],
            "tools": [{ "tool": "km_set_variable", "calls": 300, "failed": 3, "rate_per_s": 30.0, "overhead": summary(2_000) }],
            "numbers": { "server_rss_bytes": 20_000_000, "server_cpu_percent": 7.5 },
        });
        let measured = Measured::of_bench(&run).expect("a run");
        let tool = &measured.tools["km_set_variable"];
        assert_eq!(
            (tool.calls, tool.errors, tool.percentiles_ms, tool.load),
            (300, 3, [None, Some(2.0), None], Load::Planned(30.0))
        );
        assert_eq!((measured.own_rss_bytes, measured.own_cpu_percent), (Some(20_000_000), Some(7.5)));
        let mut silent = run;
        silent["tools"] = json!([]);
        let measured = Measured::of_bench(&silent).expect("a run");
        assert_eq!(measured.tools["km_set_variable"].percentiles_ms[1], Some(9.0));
        assert!(measured.notes[0].contains("its client saw"));
        assert!(Measured::of_bench(&json!({ "a": 1 })).is_err_and(|error| error.contains("`operations` is missing")));
    }
}
