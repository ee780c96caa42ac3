//! What was measured so far: counts, histograms, seconds.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hdrhistogram::Histogram;

use super::{line::Outcome, quantile::Neighbours};
use crate::{metrics, util::clock::micros};

/// One call from its plan to its end; times since the beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The place of its operation.
    pub operation: usize,
    /// When it was to be made. In a closed loop: when it was.
    pub planned: Duration,
    /// When it was made.
    pub sent: Duration,
    /// When its answer was there.
    pub done: Duration,
    /// What became of it.
    pub outcome: Outcome,
}

/// Calls of one operation, or all of them.
#[derive(Debug, Clone)]
pub struct Part {
    /// From the planned time to the answer, in microseconds.
    pub latency: Histogram<u32>,
    /// From the sending to the answer, in microseconds.
    pub service: Histogram<u32>,
    /// Calls that were answered or given up.
    pub calls: u64,
    /// Those that failed.
    pub errors: u64,
    /// Calls that were planned and not made, because too many were under way.
    pub dropped: u64,
}

impl Default for Part {
    fn default() -> Self {
        Self { latency: metrics::latency(), service: metrics::latency(), calls: 0, errors: 0, dropped: 0 }
    }
}

impl Part {
    fn add(&mut self, sample: &Sample) {
        metrics::record(&mut self.latency, micros(sample.done.saturating_sub(sample.planned)).max(1));
        metrics::record(&mut self.service, micros(sample.done.saturating_sub(sample.sent)).max(1));
        self.calls += 1;
        self.errors += u64::from(sample.outcome.is_err());
    }
}

/// One second.
#[derive(Debug, Clone, Default)]
struct Window {
    /// Microseconds of the calls that were planned in it.
    latencies: Vec<u32>,
    planned: u32,
    done: u32,
    errors: u32,
    dropped: u32,
}

/// One second in numbers: calls by the time they were planned for, but `done` by the time of their answer.
#[expect(clippy::struct_field_names, reason = "the names are those of the JSON")]
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Second {
    /// Which, from 0.
    pub second: usize,
    /// Calls planned.
    pub planned: u32,
    /// Calls answered.
    pub done: u32,
    /// Of the calls planned, those that failed.
    pub errors: u32,
    /// Of the calls planned, those that were not made.
    pub dropped: u32,
    /// Median in microseconds; `None` without calls.
    pub p50_us: Option<u32>,
    /// 95th percentile.
    pub p95_us: Option<u32>,
    /// 99th percentile.
    pub p99_us: Option<u32>,
    /// The longest.
    pub max_us: Option<u32>,
}

/// All that was measured.
#[derive(Debug, Clone)]
pub struct Tally {
    /// All calls.
    pub all: Part,
    /// The calls of each operation.
    pub operations: Vec<Part>,
    /// From the planned time to the sending: what the generator itself is late by, in microseconds.
    pub lag: Histogram<u32>,
    /// Failures by word.
    pub errors: BTreeMap<Arc<str>, u64>,
    /// Calls that were to be made.
    pub planned: u64,
    /// Calls that were made.
    pub sent: u64,
    /// Calls without an answer when the measurement ended.
    pub unanswered: u64,
    /// Most calls that were under way.
    pub most_in_flight: usize,
    neighbours: Neighbours,
    windows: Vec<Window>,
}

impl Tally {
    /// Nothing yet, of so many operations.
    #[must_use]
    pub fn new(operations: usize) -> Self {
        Self {
            all: Part::default(),
            operations: vec![Part::default(); operations],
            lag: metrics::latency(),
            errors: BTreeMap::new(),
            planned: 0,
            sent: 0,
            unanswered: 0,
            most_in_flight: 0,
            neighbours: Neighbours::default(),
            windows: Vec::new(),
        }
    }

    fn window(&mut self, at: Duration) -> &mut Window {
        let place = usize::try_from(at.as_secs()).unwrap_or(usize::MAX).min(7 * 86_400);
        if self.windows.len() <= place {
            self.windows.resize_with(place + 1, Window::default);
        }
        &mut self.windows[place]
    }

    /// Counts a call that is made now, with so many others under way.
    pub fn send(&mut self, planned: Duration, sent: Duration, in_flight: usize) {
        self.planned += 1;
        self.sent += 1;
        metrics::record(&mut self.lag, micros(sent.saturating_sub(planned)).max(1));
        self.most_in_flight = self.most_in_flight.max(in_flight);
        self.window(planned).planned += 1;
    }

    /// Counts a call that is not made, because too many are under way.
    pub fn drop_call(&mut self, operation: usize, planned: Duration) {
        self.planned += 1;
        self.all.dropped += 1;
        self.operations[operation].dropped += 1;
        let window = self.window(planned);
        window.planned += 1;
        window.dropped += 1;
    }

    /// Adds a call that has ended.
    pub fn add(&mut self, sample: &Sample) {
        self.all.add(sample);
        self.operations[sample.operation].add(sample);
        let latency = micros(sample.done.saturating_sub(sample.planned)).max(1);
        self.neighbours.push((latency as f64).ln());
        if let Err(word) = &sample.outcome {
            *self.errors.entry(Arc::clone(word)).or_default() += 1;
        }
        let window = self.window(sample.planned);
        window.latencies.push(u32::try_from(latency).unwrap_or(u32::MAX));
        window.errors += u32::from(sample.outcome.is_err());
        self.window(sample.done).done += 1;
    }

    /// How alike neighbouring calls are, 0 to 1: what widens the confidence intervals.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        self.neighbours.correlation().max(0.0)
    }

    /// The mean latency of a second's calls in microseconds; `None` without any.
    #[must_use]
    pub fn mean_of_second(&self, second: usize) -> Option<f64> {
        let latencies = &self.windows.get(second)?.latencies;
        let sum: f64 = latencies.iter().map(|latency| f64::from(*latency)).sum();
        (!latencies.is_empty()).then(|| sum / latencies.len() as f64)
    }

    /// Most calls answered in one second. The first and the last second are not whole, and count only when there are no others.
    #[must_use]
    pub fn peak_per_s(&self) -> u32 {
        let inner =
            self.windows.len().checked_sub(1).and_then(|last| self.windows.get(1..last)).filter(|inner| !inner.is_empty());
        inner.unwrap_or(&self.windows).iter().map(|window| window.done).max().unwrap_or(0)
    }

    /// Every second in numbers.
    #[must_use]
    pub fn seconds(&self) -> Vec<Second> {
        self.windows.iter().enumerate().map(|(second, window)| window.close(second)).collect()
    }

    /// The histogram of each second's latencies, for a log.
    #[must_use]
    pub fn histograms(&self) -> Vec<Histogram<u32>> {
        let histogram = |window: &Window| {
            let mut histogram = metrics::latency();
            window.latencies.iter().for_each(|latency| metrics::record(&mut histogram, u64::from(*latency)));
            histogram
        };
        self.windows.iter().map(histogram).collect()
    }
}

impl Window {
    fn close(&self, second: usize) -> Second {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        let at = |hundredths: usize| {
            let rank = (latencies.len() * hundredths).div_ceil(100).max(1);
            latencies.get(rank - 1).copied()
        };
        Second {
            second,
            planned: self.planned,
            done: self.done,
            errors: self.errors,
            dropped: self.dropped,
            p50_us: at(50),
            p95_us: at(95),
            p99_us: at(99),
            max_us: latencies.last().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_count_in_the_second_they_were_planned_for() {
        let mut tally = Tally::new(2);
        let millis = Duration::from_millis;
        for (operation, planned, sent, done, outcome) in
            [(0, 100, 100, 110, Ok(())), (1, 900, 1_000, 1_900, Ok(())), (1, 1_500, 1_500, 1_502, Err(Arc::from("busy")))]
        {
            tally.send(millis(planned), millis(sent), 1);
            tally.add(&Sample { operation, planned: millis(planned), sent: millis(sent), done: millis(done), outcome });
        }
        tally.drop_call(0, millis(1_600));
        let seconds = tally.seconds();
        assert_eq!(seconds.len(), 2);
        assert_eq!((seconds[0].planned, seconds[0].done, seconds[0].max_us), (2, 1, Some(1_000_000)));
        assert_eq!((seconds[1].planned, seconds[1].done, seconds[1].errors, seconds[1].dropped), (2, 2, 1, 1));
        assert_eq!((tally.planned, tally.sent, tally.all.calls, tally.all.errors, tally.all.dropped), (4, 3, 3, 1, 1));
        assert_eq!((tally.operations[0].dropped, tally.operations[1].errors), (1, 1));
        // 900 ms of service, and 100 ms that the generator was late.
        assert!((899_000..=901_000).contains(&tally.operations[1].service.max()));
        assert!((999_000..=1_001_000).contains(&tally.operations[1].latency.max()));
        assert_eq!(tally.errors.get("busy"), Some(&1));
        assert_eq!(tally.mean_of_second(1), Some(2_000.0));
        assert_eq!(tally.histograms().iter().map(Histogram::len).collect::<Vec<_>>(), [2, 1]);
    }
}
