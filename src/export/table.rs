//! Which columns there are, and an Interval's rows.

use hdrhistogram::Histogram;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    history::severity_word,
    metrics::{decode, quantile, sum},
    model::{Gauges, Interval, SparseHistogram, ToolInterval},
};

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// A row for each Interval: the machine, the pool, all calls together.
    Intervals,
    /// A row for each tool that was called in an Interval.
    Tools,
    /// A row for each thing that happened.
    Events,
}

/// The numbers of an Interval that are no latencies, by name.
type Number = (&'static str, fn(&Gauges) -> Value);

const GAUGES: [Number; 14] = [
    ("cpu_percent", |gauges| real(gauges.cpu_percent)),
    ("memory_percent", |gauges| real(gauges.memory_percent)),
    ("disk_read_bytes_per_s", |gauges| real(gauges.disk_read)),
    ("disk_write_bytes_per_s", |gauges| real(gauges.disk_write)),
    ("received_bytes_per_s", |gauges| real(gauges.received)),
    ("sent_bytes_per_s", |gauges| real(gauges.sent)),
    ("own_cpu_percent", |gauges| real(gauges.own_cpu_percent)),
    ("own_rss_bytes", |gauges| json!(gauges.own_rss_bytes)),
    ("queued", |gauges| json!(gauges.queued)),
    ("oldest_wait_ms", |gauges| json!(gauges.oldest_wait_ms)),
    ("workers_live", |gauges| json!(gauges.live)),
    ("workers_busy", |gauges| json!(gauges.busy)),
    ("workers_target", |gauges| json!(gauges.target)),
    ("utilisation", |gauges| real(gauges.utilisation)),
];

/// The latencies in microseconds, phase by phase.
const LATENCIES: [&str; 20] = [
    "total_mean_us",
    "total_p50_us",
    "total_p95_us",
    "total_p99_us",
    "total_max_us",
    "queued_mean_us",
    "queued_p50_us",
    "queued_p95_us",
    "queued_p99_us",
    "queued_max_us",
    "ran_mean_us",
    "ran_p50_us",
    "ran_p95_us",
    "ran_p99_us",
    "ran_max_us",
    "overhead_mean_us",
    "overhead_p50_us",
    "overhead_p95_us",
    "overhead_p99_us",
    "overhead_max_us",
];

impl Table {
    /// The names of the columns. They are a contract for scripts: extended at the end, never renamed.
    #[must_use]
    pub fn columns(self) -> Vec<&'static str> {
        match self {
            Self::Intervals => {
                let first = ["time", "time_ms", "length_ms", "calls", "errors", "rate_per_s", "dropped"];
                first.into_iter().chain(GAUGES.map(|(name, _)| name)).chain(LATENCIES).collect()
            }
            Self::Tools => {
                let first = ["time", "time_ms", "length_ms", "tool", "calls", "errors", "rate_per_s"];
                first.into_iter().chain(LATENCIES).collect()
            }
            Self::Events => vec!["time", "time_ms", "severity", "text"],
        }
    }

    /// An Interval's rows, in the order of the columns.
    #[must_use]
    pub fn rows(self, interval: &Interval) -> Vec<Vec<Value>> {
        match self {
            Self::Intervals => vec![interval_row(interval)],
            Self::Tools => interval.tools.iter().map(|tool| tool_row(interval, tool)).collect(),
            Self::Events => {
                let row = |event: &crate::model::Event| {
                    vec![time(event.time_ms), json!(event.time_ms), json!(severity_word(event.severity)), json!(event.text)]
                };
                interval.events.iter().map(row).collect()
            }
        }
    }
}

fn interval_row(interval: &Interval) -> Vec<Value> {
    let calls: u64 = interval.tools.iter().map(|tool| u64::from(tool.calls)).sum();
    let errors: u64 = interval.tools.iter().map(|tool| u64::from(tool.errors)).sum();
    let mut row = vec![
        time(interval.time_ms),
        json!(interval.time_ms),
        json!(interval.length_ms),
        json!(calls),
        json!(errors),
        rate(calls, interval.length_ms),
        json!(interval.dropped),
    ];
    row.extend(GAUGES.iter().map(|(_, number)| number(&interval.gauges)));
    row.extend(latencies(&interval.tools));
    row
}

fn tool_row(interval: &Interval, tool: &ToolInterval) -> Vec<Value> {
    let mut row = vec![
        time(interval.time_ms),
        json!(interval.time_ms),
        json!(interval.length_ms),
        json!(tool.tool),
        json!(tool.calls),
        json!(tool.errors),
        rate(u64::from(tool.calls), interval.length_ms),
    ];
    row.extend(latencies(std::slice::from_ref(tool)));
    row
}

/// Each phase's numbers over all these tools together.
fn latencies(tools: &[ToolInterval]) -> Vec<Value> {
    let phases: [fn(&ToolInterval) -> &SparseHistogram; 4] =
        [|tool| &tool.total, |tool| &tool.queued, |tool| &tool.ran, |tool| &tool.overhead];
    phases.iter().flat_map(|phase| numbers(together(tools.iter().map(*phase)).as_ref())).collect()
}

/// All that these count; `None` when they count nothing. One that is damaged is left out.
fn together<'a>(parts: impl Iterator<Item = &'a SparseHistogram>) -> Option<Histogram<u32>> {
    let together = sum(parts.filter_map(|part| decode(part).ok().flatten()));
    (!together.is_empty()).then_some(together)
}

fn numbers(histogram: Option<&Histogram<u32>>) -> [Value; 5] {
    let Some(histogram) = histogram else { return [const { Value::Null }; 5] };
    let at = |share| json!(quantile(histogram, share));
    [json!(histogram.mean()), at(0.50), at(0.95), at(0.99), json!(histogram.max())]
}

fn time(time_ms: u64) -> Value {
    let time = i64::try_from(time_ms).ok().and_then(|time| Timestamp::from_millisecond(time).ok());
    json!(time.map(|time| time.to_string()))
}

fn rate(calls: u64, length_ms: u32) -> Value {
    if length_ms == 0 { Value::Null } else { json!(calls as f64 * 1_000.0 / f64::from(length_ms)) }
}

/// A number with the digits that it has, and not those that a wider one shows.
fn real(number: Option<f32>) -> Value {
    let exact = number.and_then(|number| number.to_string().parse::<f64>().ok());
    json!(exact)
}
