//! One window: what was called, how long it took, and under which circumstances.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::{
    metrics::{self, decode, encode},
    model::{Interval, SparseHistogram},
};

/// Fewer calls of an operation than this do not say how long it takes.
pub const LEAST_CALLS: u64 = 200;
/// Milliseconds of a window of a server's history.
const LENGTH_MS: u64 = 300_000;
/// A window with more time missing than this share says nothing.
const MOST_MISSING: f64 = 0.2;
/// Rates may differ by this factor, and still be the same band of load.
const BAND: f64 = 2.0;
/// Numbers of workers may differ by this share.
const WORKERS: f64 = 0.25;

/// Where a window comes from. Windows of different sources are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A run of a load test.
    Bench,
    /// Five minutes of a server.
    History,
}

/// The circumstances under which times can be compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The machine's name.
    pub host: String,
    /// Workers; `None` where that is not known.
    pub workers: Option<u16>,
    /// Calls per second.
    pub rate_per_s: f64,
    /// What was called, as a digest; `None` where that is not known.
    pub work: Option<String>,
    /// kmtop's version; for people, and not compared.
    pub version: String,
    /// The commit of the folder it was measured in; for people, and not compared.
    pub git: Option<String>,
    /// Whether it was built with optimisation; `None` where that is not known.
    #[serde(default)]
    pub optimized: Option<bool>,
}

impl Context {
    /// What keeps times under these circumstances from being compared with those under others, if anything. `any_host` leaves the
    /// machine out.
    #[must_use]
    pub fn differs(&self, other: &Self, any_host: bool) -> Option<&'static str> {
        let both = |one: Option<u16>, other: Option<u16>| one.map(f64::from).zip(other.map(f64::from));
        let factor = |one: f64, other: f64| one.max(other) / one.min(other).max(1e-9);
        match () {
            () if !any_host && self.host != other.host => Some("another machine"),
            () if self.optimized.zip(other.optimized).is_some_and(|(one, other)| one != other) => Some("another kind of build"),
            () if both(self.workers, other.workers).is_some_and(|(one, other)| factor(one, other) > 1.0 + WORKERS) => {
                Some("another number of workers")
            }
            () if factor(self.rate_per_s, other.rate_per_s) > BAND => Some("another load"),
            () if self.work.as_ref().zip(other.work.as_ref()).is_some_and(|(one, other)| one != other) => Some("other calls"),
            () => None,
        }
    }
}

/// One operation in a window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// How long the whole calls took, in microseconds.
    pub total: SparseHistogram,
}

impl Measured {
    /// The times; `None` without any, or when the bytes are damaged.
    #[must_use]
    pub fn times(&self) -> Option<Histogram<u32>> {
        decode(&self.total).ok().flatten()
    }
}

/// One window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// When it ended, milliseconds since 1970.
    pub time_ms: u64,
    /// Where it comes from.
    pub source: Source,
    /// The circumstances.
    pub context: Context,
    /// Operations by name.
    pub operations: BTreeMap<String, Measured>,
}

/// Cuts the Intervals of a server into windows of five minutes by the clock. The machine, the version and the like are those of `context`.
/// Windows that are not whole are left out.
#[must_use]
pub fn split(intervals: impl IntoIterator<Item = Interval>, context: &Context) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut open: Vec<Interval> = Vec::new();
    let place = |interval: &Interval| interval.time_ms.saturating_sub(1) / LENGTH_MS;
    for interval in intervals {
        if open.last().is_some_and(|last| place(last) != place(&interval)) {
            windows.extend(close(&std::mem::take(&mut open), context));
        }
        open.push(interval);
    }
    windows.extend(close(&open, context));
    windows
}

fn close(intervals: &[Interval], context: &Context) -> Option<Window> {
    let length: u64 = intervals.iter().map(|interval| u64::from(interval.length_ms)).sum();
    if (length as f64) < LENGTH_MS as f64 * (1.0 - MOST_MISSING) {
        return None;
    }
    let mut parts: BTreeMap<String, (Measured, Vec<Histogram<u32>>)> = BTreeMap::new();
    for tool in intervals.iter().flat_map(|interval| &interval.tools) {
        let (measured, times) = parts.entry(tool.tool.to_string()).or_default();
        measured.calls += u64::from(tool.calls);
        measured.errors += u64::from(tool.errors);
        times.extend(decode(&tool.total).ok().flatten());
    }
    let calls: u64 = parts.values().map(|(measured, _)| measured.calls).sum();
    let operations = parts.into_iter().map(|(name, (measured, times))| {
        let total = encode(&metrics::sum(times));
        (name, Measured { total, ..measured })
    });
    let mut workers: Vec<u16> = intervals.iter().map(|interval| interval.gauges.live).collect();
    workers.sort_unstable();
    Some(Window {
        time_ms: intervals.last()?.time_ms,
        source: Source::History,
        context: Context {
            workers: workers.get(workers.len() / 2).copied(),
            rate_per_s: calls as f64 / (length as f64 / 1_000.0),
            ..context.clone()
        },
        operations: operations.collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Gauges, ToolInterval};

    fn minute(at: u64, micros: u64) -> Interval {
        let mut total = metrics::latency();
        (0..60).for_each(|_| metrics::record(&mut total, micros));
        Interval {
            time_ms: at * 60_000,
            length_ms: 60_000,
            gauges: Gauges { live: 4, ..Gauges::default() },
            tools: vec![ToolInterval { tool: Arc::from("a"), calls: 60, total: encode(&total), ..ToolInterval::default() }],
            ..Interval::default()
        }
    }

    #[test]
    fn five_minutes_are_a_window_and_what_is_not_whole_is_none() {
        let context = Context { host: "mini".into(), ..Context::default() };
        let windows = split((1..=13).map(|at| minute(at, at)), &context);
        assert_eq!(windows.iter().map(|window| window.time_ms).collect::<Vec<_>>(), [300_000, 600_000]);
        let first = &windows[0];
        assert_eq!((first.operations["a"].calls, first.context.workers, first.context.rate_per_s), (300, Some(4), 1.0));
        let times = first.operations["a"].times().expect("times");
        assert_eq!((times.len(), times.min(), times.max()), (300, 1, 5));
        assert!(split([1, 3, 4].map(|at| minute(at, 1)), &context).is_empty(), "two of five minutes are missing");
    }

    #[test]
    fn circumstances_that_cannot_be_compared_are_named() {
        let one = Context { host: "a".into(), workers: Some(8), rate_per_s: 10.0, work: Some("x".into()), ..Context::default() };
        assert_eq!(one.differs(&Context { workers: Some(9), rate_per_s: 19.0, ..one.clone() }, false), None);
        let other = |other: Context| one.differs(&other, false);
        assert_eq!(other(Context { host: "b".into(), ..one.clone() }), Some("another machine"));
        assert_eq!(one.differs(&Context { host: "b".into(), ..one.clone() }, true), None);
        assert_eq!(other(Context { workers: Some(4), ..one.clone() }), Some("another number of workers"));
        assert_eq!(other(Context { rate_per_s: 21.0, ..one.clone() }), Some("another load"));
        assert_eq!(other(Context { work: Some("y".into()), ..one.clone() }), Some("other calls"));
        assert_eq!(other(Context { work: None, workers: None, ..one.clone() }), None, "what is not known is not compared");
    }
}
