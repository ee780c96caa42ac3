//! Calls as they were recorded, as a trace that can be played again.

use hdrhistogram::Histogram;

use super::{
    chance::Chance,
    numbers::whole,
    trace::{Arrival, Trace},
};
use crate::{
    metrics,
    model::{CallRecord, Interval, SparseHistogram},
};

/// Puts a trace together from Intervals.
///
/// An Interval says how many calls ended in it and, by tool, how long they waited and ran, but not which ended when. Each recorded
/// service time is one call, as often as it was recorded; it is given an end within its Interval by chance, and one of the waits of its
/// tool by chance; it came so much earlier. Times in which nothing was recorded are left out, as the server did not run.
#[derive(Debug)]
pub struct Recorded {
    chance: Chance,
    arrivals: Vec<Arrival>,
    length: f64,
}

impl Recorded {
    /// Nothing yet; the seed is that of the chance above.
    pub fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), arrivals: Vec::new(), length: 0.0 }
    }

    /// The Interval that comes next.
    pub fn push(&mut self, interval: &Interval) {
        let length = f64::from(interval.length_ms) / 1_000.0;
        for tool in &interval.tools {
            let services = values(&tool.ran);
            let mut waits = values(&tool.queued);
            for service in services {
                let wait = if waits.is_empty() {
                    0.0
                } else {
                    let drawn = whole(self.chance.between(0.0, waits.len() as f64)).min(waits.len() - 1);
                    waits.swap_remove(drawn)
                };
                let end = self.length + self.chance.between(0.0, length);
                self.arrivals.push(Arrival { at: (end - service - wait).max(0.0), service });
            }
        }
        self.length += length;
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.arrivals.len()
    }

    /// The trace.
    pub fn finish(self) -> Trace {
        Trace::new(self.arrivals).lasting(self.length.max(1.0))
    }
}

/// Every recorded value, in seconds; nothing of bytes that cannot be read.
fn values(bytes: &SparseHistogram) -> Vec<f64> {
    let histogram: Option<Histogram<u32>> = metrics::decode(bytes).ok().flatten();
    let values = histogram.iter().flat_map(Histogram::iter_recorded);
    let many = values.flat_map(|value| {
        let count = usize::try_from(value.count_at_value()).unwrap_or_default();
        std::iter::repeat_n(value.value_iterated_to() as f64 / 1e6, count)
    });
    many.collect()
}

impl Trace {
    /// The calls of these records that had a worker, to the millisecond; from the first that came to the last that ended.
    pub fn of_calls<'a>(calls: impl IntoIterator<Item = &'a CallRecord>) -> Self {
        let mut arrivals = Vec::new();
        let mut last = 0.0_f64;
        for call in calls {
            let (Some(ran), end) = (call.ran_us, call.time_ms as f64 / 1e3) else { continue };
            let service = ran as f64 / 1e6;
            let wait = call.queued_us.unwrap_or_default() as f64 / 1e6;
            arrivals.push(Arrival { at: end - service - wait, service });
            last = last.max(end);
        }
        let first = arrivals.iter().map(|arrival| arrival.at).fold(f64::INFINITY, f64::min);
        for arrival in &mut arrivals {
            arrival.at -= first;
        }
        let length = if arrivals.is_empty() { 1.0 } else { (last - first).max(1.0) };
        Self::new(arrivals).lasting(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ending, ToolInterval, Transport};

    fn histogram(micros: &[u64]) -> SparseHistogram {
        let mut histogram = metrics::latency();
        for value in micros {
            histogram.record(*value).expect("in range");
        }
        metrics::encode(&histogram)
    }

    fn interval(ran: &[u64], queued: &[u64]) -> Interval {
        let tool = ToolInterval { ran: histogram(ran), queued: histogram(queued), ..ToolInterval::default() };
        Interval { length_ms: 1_000, tools: vec![tool], ..Interval::default() }
    }

    #[test]
    fn every_recorded_time_is_a_call_that_came_before_it_ended() {
        let mut recorded = Recorded::new(1);
        recorded.push(&Interval { length_ms: 2_000, ..Interval::default() });
        recorded.push(&interval(&[200_000, 200_000, 500_000], &[1_000_000, 1_000_000, 1_000_000]));
        assert_eq!(recorded.calls(), 3);
        let trace = recorded.finish();
        assert!((trace.length - 3.0).abs() < 1e-9);
        assert!((trace.offered() - 0.3).abs() < 0.001, "{}", trace.offered());
        // They ended in the third second, and came a wait of a second and their time before.
        assert!(trace.arrivals.iter().all(|arrival| {
            let end = arrival.at + arrival.service + 1.0;
            (1.99..3.01).contains(&end)
        }));
    }

    #[test]
    fn damaged_bytes_are_no_calls() {
        let mut recorded = Recorded::new(1);
        let tool = ToolInterval { ran: SparseHistogram(vec![1, 2, 3]), ..ToolInterval::default() };
        recorded.push(&Interval { length_ms: 1_000, tools: vec![tool], ..Interval::default() });
        assert_eq!(recorded.calls(), 0);
    }

    #[test]
    fn call_records_are_exact() {
        let call = |time_ms, ran_us: Option<u64>| CallRecord {
            trace: None,
            token: None,
            id: 1,
            time_ms,
            tool: "run".into(),
            client: "test".into(),
            subject: None,
            transport: Transport::Http,
            worker: Some(1),
            queued_us: Some(100_000),
            ran_us,
            own_us: None,
            total_us: 0,
            ending: Ending::Ok,
            code: None,
        };
        let trace = Trace::of_calls(&[call(10_000, Some(400_000)), call(12_000, Some(900_000)), call(13_000, None)]);
        let times: Vec<_> = trace.arrivals.iter().map(|arrival| (arrival.at * 1e3).round() / 1e3).collect();
        assert_eq!(times, [0.0, 1.5]);
        assert!((trace.length - 2.5).abs() < 1e-6);
    }
}
