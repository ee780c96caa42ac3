//! The least that any controller could do: serve every call at once, knowing all of them.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::trace::Trace;

/// The least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// Workers in the mean.
    pub workers: f64,
    /// Most at once.
    pub peak: usize,
}

/// A time in seconds that can be ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct At(pub(super) f64);

impl Eq for At {}

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The least number of workers that lets no call wait. A worker stays only when the gap until it is used again is shorter than a start,
/// and the one that was used last is used first.
pub fn bound(trace: &Trace, start: f64) -> Bound {
    let (mut free, mut busy) = (Vec::new(), BinaryHeap::new());
    let (mut spent, mut peak) = (0.0, 0);
    for arrival in trace.arrivals.iter() {
        // They end in the order of time, so that the last of the free ones is the one that was used last.
        while busy.peek().is_some_and(|Reverse(At(end))| *end <= arrival.at) {
            free.extend(busy.pop().map(|Reverse(At(end))| end));
        }
        spent += free.pop().map_or(start, |end| (arrival.at - end).min(start));
        busy.push(Reverse(At(arrival.at + arrival.service)));
        spent += arrival.service;
        peak = peak.max(busy.len());
    }
    Bound { workers: spent / trace.length, peak }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sizing::trace::Arrival;

    #[test]
    fn a_worker_stays_only_over_short_gaps() {
        let calls = [(0.0, 1.0), (1.1, 1.0), (1.2, 1.0), (9.0, 0.6)];
        let trace = Trace::new(calls.map(|(at, service)| Arrival { at, service }).into()).lasting(10.0);
        // One start, a gap of 0.1, another start, a start anew; 3.6 s of work.
        let least = bound(&trace, 0.2);
        assert!((least.workers - 0.43).abs() < 1e-9, "{least:?}");
        assert_eq!(least.peak, 2);
    }
}
