//! The Intervals and calls that are kept in memory, by the server and by every console.

use std::{collections::VecDeque, sync::Arc};

use crate::model::{CallRecord, Interval};

/// The newest Intervals and calls, bounded. Old Intervals keep their numbers and events; what held at their end is let go.
#[derive(Debug, Clone)]
pub struct Kept {
    intervals: VecDeque<Arc<Interval>>,
    calls: VecDeque<CallRecord>,
    most_intervals: usize,
    most_calls: usize,
}

impl Kept {
    /// Intervals kept by default: one hour.
    pub const INTERVALS: usize = 3_600;
    /// Calls kept by default.
    pub const CALLS: usize = 10_000;

    /// Keeps up to `intervals` Intervals and `calls` calls.
    #[must_use]
    pub fn new(intervals: usize, calls: usize) -> Self {
        Self { intervals: VecDeque::new(), calls: VecDeque::new(), most_intervals: intervals, most_calls: calls }
    }

    /// Takes in the newest Interval and returns it as it is kept: without its calls and state.
    pub fn push(&mut self, interval: &Interval) -> Arc<Interval> {
        self.push_calls(&interval.calls);
        let kept = Arc::new(Interval {
            sequence: interval.sequence,
            time_ms: interval.time_ms,
            length_ms: interval.length_ms,
            gauges: interval.gauges,
            tools: interval.tools.clone(),
            calls: Vec::new(),
            events: interval.events.clone(),
            dropped: interval.dropped,
            state: None,
        });
        self.intervals.push_back(Arc::clone(&kept));
        while self.intervals.len() > self.most_intervals {
            self.intervals.pop_front();
        }
        kept
    }

    /// Takes in calls, oldest first.
    pub fn push_calls(&mut self, calls: &[CallRecord]) {
        self.calls.extend(calls.iter().cloned());
        let surplus = self.calls.len().saturating_sub(self.most_calls);
        self.calls.drain(..surplus);
    }

    /// The kept Intervals, oldest first.
    pub fn intervals(&self) -> impl DoubleEndedIterator<Item = &Arc<Interval>> + ExactSizeIterator {
        self.intervals.iter()
    }

    /// The kept calls, oldest first.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &CallRecord> + ExactSizeIterator {
        self.calls.iter()
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self::new(Self::INTERVALS, Self::CALLS)
    }
}
