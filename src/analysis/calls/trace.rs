//! The calls of the last ten minutes, as a model needs them, and where their time went.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::{
    metrics::Window,
    model::{CallRecord, Interval, Laws, Phases, PoolStatus},
};

/// How far back calls are kept, in ms.
const KEPT_MS: u64 = 600_000;
/// Most calls that are kept.
const MOST: usize = 20_000;

/// One finished call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// When it came, microseconds since 1970.
    pub arrived_us: u64,
    /// Waited for a worker while all were busy.
    pub queued_us: u64,
    /// Waited for a worker while workers were on their way up.
    pub start_us: u64,
    /// At a worker, without the job's own work: what the worker and the way there add.
    pub run_us: u64,
    /// The job's own work.
    pub own_us: u64,
    /// All the rest: before and after.
    pub reply_us: u64,
    /// Whether it had a worker.
    pub worker: bool,
    /// Whether it failed.
    pub failed: bool,
    /// What was done: the tool, and the macro where there is one.
    pub key: Arc<str>,
    /// Who called.
    pub client: Arc<str>,
    /// The tool.
    pub tool: Arc<str>,
}

impl Done {
    /// Microseconds at a worker.
    #[must_use]
    pub fn service_us(&self) -> u64 {
        self.run_us + self.own_us
    }
}

/// Calls of the last ten minutes, oldest first, with running sums by tool.
#[derive(Debug, Default)]
pub struct Trace {
    calls: VecDeque<Done>,
    sums: BTreeMap<Arc<str>, Sums>,
    /// The ends of seconds in which workers were on their way up and missed, newest last.
    cold: VecDeque<u64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    calls: u64,
    parts: [u64; 5],
}

impl Trace {
    /// Takes in the newest second and how the pool was at its end.
    pub fn push(&mut self, interval: &Interval, pool: &PoolStatus) {
        let now = interval.time_ms;
        if self.calls.back().is_some_and(|last| last.arrived_us / 1_000 > now + KEPT_MS) {
            *self = Self::default();
        }
        if pool.starting > 0 && pool.live < pool.target {
            self.cold.push_back(now);
        }
        while self.cold.front().is_some_and(|end| now.saturating_sub(*end) > KEPT_MS) {
            self.cold.pop_front();
        }
        for call in &interval.calls {
            let done = self.done(call);
            self.sums.entry(Arc::clone(&done.tool)).or_default().count(&done, true);
            self.calls.push_back(done);
        }
        let oldest = now.saturating_sub(KEPT_MS) * 1_000;
        while self.calls.len() > MOST || self.calls.front().is_some_and(|call| call.arrived_us < oldest) {
            let Some(gone) = self.calls.pop_front() else { break };
            if let Some(sums) = self.sums.get_mut(&gone.tool) {
                sums.count(&gone, false);
                if sums.calls == 0 {
                    self.sums.remove(&gone.tool);
                }
            }
        }
    }

    fn done(&self, call: &CallRecord) -> Done {
        let arrived_us = (call.time_ms * 1_000).saturating_sub(call.total_us);
        let waited = call.queued_us.unwrap_or_default();
        let ran = call.ran_us.unwrap_or_default();
        let own_us = call.own_us.unwrap_or_default().min(ran);
        let start_us = self.cold_within(arrived_us, arrived_us + waited).min(waited);
        let key = match &call.subject {
            Some(subject) => format!("{} {subject}", call.tool).into(),
            None => Arc::clone(&call.tool),
        };
        Done {
            arrived_us,
            queued_us: waited - start_us,
            start_us,
            run_us: ran - own_us,
            own_us,
            reply_us: call.total_us.saturating_sub(waited + ran),
            worker: call.ran_us.is_some(),
            failed: call.ending.is_error(),
            key,
            client: Arc::clone(&call.client),
            tool: Arc::clone(&call.tool),
        }
    }

    /// Microseconds between the two in which workers that are wanted were on their way up.
    fn cold_within(&self, from_us: u64, to_us: u64) -> u64 {
        let overlap = |end_ms: &u64| {
            let (from, to) = (end_ms.saturating_sub(1_000) * 1_000, end_ms * 1_000);
            to.min(to_us).saturating_sub(from.max(from_us))
        };
        self.cold.iter().rev().take_while(|end| **end * 1_000 > from_us).map(overlap).sum()
    }

    /// The calls, in the order in which they ended.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Done> + ExactSizeIterator {
        self.calls.iter()
    }

    /// Where the time of each tool's calls went, and first of all calls together, whose tool is empty.
    #[must_use]
    pub fn phases(&self) -> Vec<Phases> {
        let mut all = Sums::default();
        for sums in self.sums.values() {
            all.calls += sums.calls;
            all.parts.iter_mut().zip(sums.parts).for_each(|(all, part)| *all += part);
        }
        let first = (all.calls > 0).then(|| all.phases(""));
        first.into_iter().chain(self.sums.iter().map(|(tool, sums)| sums.phases(tool))).collect()
    }

    /// The two laws that hold for any queue, over the last minute: what was counted beside what follows from rates and times.
    ///
    /// Little: calls in the pool = rate × (wait + time at a worker). Utilisation: busy workers = rate × time at a worker.
    #[must_use]
    pub fn laws(&self, minute: &Window) -> Option<Laws> {
        let covered = minute.covered_s();
        let all = minute.all();
        let micros = |histogram: &hdrhistogram::Histogram<u32>| {
            if histogram.is_empty() { 0.0 } else { histogram.mean() * histogram.len() as f64 }
        };
        let mean = |number: fn(&crate::model::Gauges) -> f64| {
            let known: Vec<f64> = minute.series(|gauges| Some(number(gauges))).into_iter().flatten().collect();
            known.iter().sum::<f64>() / known.len().max(1) as f64
        };
        (covered >= 30.0).then(|| Laws {
            busy_counted: mean(|gauges| f64::from(gauges.busy)),
            busy_reckoned: micros(&all.ran) / 1e6 / covered,
            inside_counted: mean(|gauges| f64::from(gauges.busy) + f64::from(gauges.queued)),
            inside_reckoned: (micros(&all.ran) + micros(&all.queued)) / 1e6 / covered,
        })
    }
}

impl Sums {
    fn count(&mut self, done: &Done, add: bool) {
        let parts = [done.queued_us, done.start_us, done.run_us, done.own_us, done.reply_us];
        self.calls = if add { self.calls + 1 } else { self.calls.saturating_sub(1) };
        for (sum, part) in self.parts.iter_mut().zip(parts) {
            *sum = if add { *sum + part } else { sum.saturating_sub(part) };
        }
    }

    fn phases(&self, tool: &str) -> Phases {
        let all: u64 = self.parts.iter().sum();
        let [queue, start, run, own, reply] = self.parts.map(|part| part as f64 / all.max(1) as f64);
        Phases {
            tool: tool.into(),
            calls: self.calls,
            mean_us: all as f64 / self.calls.max(1) as f64,
            queue,
            start,
            run,
            own,
            reply,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ending, Transport};

    fn call(time_ms: u64, queued_ms: u64) -> CallRecord {
        CallRecord {
            id: 1,
            time_ms,
            tool: "km_run_macro".into(),
            client: "test".into(),
            token: None,
            subject: Some("Sort".into()),
            transport: Transport::Http,
            worker: Some(1),
            queued_us: Some(queued_ms * 1_000),
            ran_us: Some(30_000),
            own_us: Some(20_000),
            total_us: queued_ms * 1_000 + 40_000,
            ending: Ending::Ok,
            code: None,
            trace: None,
        }
    }

    #[test]
    fn shares_of_the_time_and_cold_starts() {
        let mut trace = Trace::default();
        let warm = PoolStatus { live: 2, target: 2, ..PoolStatus::default() };
        let cold = PoolStatus { live: 1, target: 2, starting: 1, ..PoolStatus::default() };
        let second = |time_ms, calls| Interval { time_ms, length_ms: 1_000, calls, ..Interval::default() };
        trace.push(&second(10_000, vec![call(9_900, 160)]), &warm);
        let phases = trace.phases();
        assert_eq!((phases.len(), phases[0].calls, &*phases[1].tool), (2, 1, "km_run_macro"));
        let one = &phases[0];
        let shares = [one.queue, one.start, one.run, one.own, one.reply].map(|share| format!("{share:.2}"));
        assert_eq!(shares, ["0.80", "0.00", "0.05", "0.10", "0.05"]);
        trace.push(&second(11_000, Vec::new()), &cold);
        trace.push(&second(12_000, vec![call(11_240, 700)]), &warm);
        let last = trace.calls().next_back().expect("kept");
        assert_eq!((last.arrived_us, last.start_us, last.queued_us), (10_500_000, 500_000, 200_000), "until 11 s it was cold");
        trace.push(&second(700_000, Vec::new()), &warm);
        assert_eq!((trace.calls().len(), trace.phases().len()), (0, 0), "ten minutes are kept");
    }
}
