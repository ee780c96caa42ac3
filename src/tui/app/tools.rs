//! The table of tools: its rows, and their order.

use std::{cmp::Ordering, sync::Arc};

use hdrhistogram::Histogram;

use crate::{
    metrics::{Rolling, Window, quantile},
    model::{ServerInfo, Severity, State},
};

use super::Data;

/// One tool over the window. A percentile of too few calls is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolRow {
    pub(crate) name: Arc<str>,
    pub(crate) calls: u64,
    pub(crate) error_share: f64,
    pub(crate) rate: f64,
    pub(crate) in_flight: u32,
    pub(crate) p50: Option<u64>,
    pub(crate) p95: Option<u64>,
    pub(crate) p99: Option<u64>,
    pub(crate) max: Option<u64>,
    pub(crate) wait: Option<u64>,
    pub(crate) overhead: Option<u64>,
    /// How bad its failures or its wait are; `None` when neither is.
    pub(crate) mark: Option<Severity>,
}

/// Calls under which a 95th percentile says nothing.
const CALLS_FOR_P95: u64 = 20;
/// Calls under which a 99th percentile says nothing.
const CALLS_FOR_P99: u64 = 100;

/// The 95th percentile, if there are calls enough for one.
pub(crate) fn p95(histogram: &Histogram<u32>) -> Option<u64> {
    quantile(histogram, 0.95).filter(|_| histogram.len() >= CALLS_FOR_P95)
}

/// The 99th percentile, if there are calls enough for one.
pub(crate) fn p99(histogram: &Histogram<u32>) -> Option<u64> {
    quantile(histogram, 0.99).filter(|_| histogram.len() >= CALLS_FOR_P99)
}

impl ToolRow {
    pub(crate) fn new(name: &Arc<str>, tool: &Rolling, window: &Window, state: &State, info: &ServerInfo) -> Self {
        let error_share = tool.error_share().unwrap_or_default();
        let wait = p95(&tool.queued);
        Self {
            name: Arc::clone(name),
            calls: tool.calls,
            error_share,
            rate: window.rate(tool.calls).unwrap_or_default(),
            in_flight: state.in_flight.iter().find(|(other, _)| other == name).map_or(0, |(_, count)| *count),
            p50: quantile(&tool.total, 0.50),
            p95: p95(&tool.total),
            p99: p99(&tool.total),
            max: (!tool.total.is_empty()).then(|| tool.total.max()),
            wait,
            overhead: p95(&tool.overhead),
            mark: over(error_share * 100.0, Data::limits(info, "error_share", (1.0, 5.0)))
                .max(wait.and_then(|wait| over(wait as f64 / 1_000.0, Data::limits(info, "queue_wait", (100.0, 500.0))))),
        }
    }

    /// A tool that has calls in flight and finished none in the window.
    pub(crate) fn unfinished(name: &Arc<str>, in_flight: u32) -> Self {
        Self {
            name: Arc::clone(name),
            calls: 0,
            error_share: 0.0,
            rate: 0.0,
            in_flight,
            p50: None,
            p95: None,
            p99: None,
            max: None,
            wait: None,
            overhead: None,
            mark: None,
        }
    }
}

/// How bad a number is that has these limits.
pub(crate) fn over(number: f64, (warning, critical): (f64, f64)) -> Option<Severity> {
    match number {
        bad if bad >= critical => Some(Severity::Critical),
        poor if poor >= warning => Some(Severity::Warning),
        _ => None,
    }
}

/// The column that tools are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    #[default]
    P95,
    Errors,
    Calls,
    Wait,
    Overhead,
    Max,
    Name,
}

impl Sort {
    const ALL: [Self; 7] = [Self::P95, Self::Errors, Self::Calls, Self::Wait, Self::Overhead, Self::Max, Self::Name];

    /// The column after this one.
    pub(crate) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// The column's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::P95 => "p95",
            Self::Errors => "err%",
            Self::Calls => "calls",
            Self::Wait => "wait",
            Self::Overhead => "over",
            Self::Max => "max",
            Self::Name => "name",
        }
    }

    /// How two rows stand: high numbers first, names from A; the name decides between equals, so that rows hold still.
    pub(crate) fn compare(self, one: &ToolRow, other: &ToolRow, reverse: bool) -> Ordering {
        // A tool of too few calls for a percentile is as slow as its slowest call: a rare tool that hangs comes first.
        let slow = |row: &ToolRow| row.p95.or(row.max);
        let order = match self {
            Self::P95 => slow(other).cmp(&slow(one)),
            Self::Errors => other.error_share.total_cmp(&one.error_share),
            Self::Calls => other.calls.cmp(&one.calls),
            Self::Wait => other.wait.cmp(&one.wait),
            Self::Overhead => other.overhead.cmp(&one.overhead),
            Self::Max => other.max.cmp(&one.max),
            Self::Name => Ordering::Equal,
        };
        let order = order.then_with(|| one.name.cmp(&other.name));
        if reverse { order.reverse() } else { order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_calls_have_no_percentiles() {
        let mut histogram = crate::metrics::latency();
        histogram.record_n(5_000, 19).expect("recorded");
        assert_eq!((p95(&histogram), p99(&histogram)), (None, None));
        histogram.record(5_000).expect("recorded");
        assert_eq!((p95(&histogram).is_some(), p99(&histogram)), (true, None));
        histogram.record_n(5_000, 80).expect("recorded");
        assert!(p99(&histogram).is_some());
    }

    #[test]
    fn limits_mark_what_is_at_or_over_them() {
        assert_eq!(over(0.99, (1.0, 5.0)), None);
        assert_eq!(over(1.0, (1.0, 5.0)), Some(Severity::Warning));
        assert_eq!(over(7.0, (1.0, 5.0)), Some(Severity::Critical));
    }

    #[test]
    fn sorting_goes_through_every_column_and_back() {
        let mut sort = Sort::default();
        let words: Vec<_> = (0..Sort::ALL.len())
            .map(|_| {
                sort = sort.next();
                sort.word()
            })
            .collect();
        assert_eq!(words, ["err%", "calls", "wait", "over", "max", "name", "p95"]);
    }
}
