//! The pool's size, from the overhead of runs.

use std::sync::Arc;

use super::{Draft, Predict};
use crate::{
    analysis::{Arrival, Trace},
    metrics::Window,
    model::{Command, Interval, PoolStatus, Resize, RiskClass},
};

/// What kmtop may add to a run, in microseconds: the contract for run overhead.
const TARGET_US: f64 = 50_000.0;
/// Growth is advised from this many times the target on.
const GROW_FROM: f64 = 1.5;
/// Shrinking is advised below this many times the target.
const SHRINK_BELOW: f64 = 0.7;
/// Fewer runs than this since the last change say nothing.
const RUNS_NEEDED: u64 = 5;
/// Seconds looked at.
const WINDOW_S: u64 = 10;
/// Seconds after a change before its effect is judged.
const SETTLE_S: usize = 3;
/// Seconds of calm before shrinking is advised.
const CALM_S: usize = 10;
/// The tool whose overhead is judged.
const RUN_TOOL: &str = "km_run_macro";

/// Waits under this, in ms, are what a forecast aims at: the contract for run overhead.
const AIM_MS: f64 = 50.0;
/// Calls that a forecast rests on at most, the newest.
const FORECAST_CALLS: usize = 5_000;

/// Watches the runs since the pool's size last changed.
#[derive(Debug)]
pub(super) struct Size {
    /// What happened since the pool's target last changed: numbers from before do not judge the present size.
    since_change: Window,
    seen: usize,
    target: u16,
}

/// What the advice rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Facts {
    /// Mean overhead of a run, microseconds.
    mean_us: f64,
    /// Runs that this is the mean of.
    runs: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self { since_change: Window::new(WINDOW_S), seen: 0, target: 0 }
    }
}

/// The recorded calls that a forecast rests on, in the order in which they came.
pub(super) fn arrivals(trace: &Trace) -> Vec<Arrival> {
    let calls = trace.calls().rev().filter(|call| call.worker).take(FORECAST_CALLS);
    let mut arrivals: Vec<Arrival> = calls.map(Arrival::from).collect();
    arrivals.sort_by_key(|arrival| arrival.at_us);
    arrivals
}

impl Size {
    /// Takes in the newest Interval and says what size would be better, if any.
    pub(super) fn advise(
        &mut self,
        interval: &Arc<Interval>,
        pool: &PoolStatus,
        trace: &Trace,
        predict: &dyn Predict,
    ) -> Option<Draft> {
        if pool.target != self.target {
            *self = Self { target: pool.target, ..Self::default() };
        }
        self.since_change.push(Arc::clone(interval));
        self.seen += 1;
        let facts = self.facts()?;
        if facts.mean_us > GROW_FROM * TARGET_US && pool.target < pool.max {
            let arrivals = arrivals(trace);
            let size = enough(&arrivals, pool, predict);
            return Some(draft(facts, pool, size).predicting(predict.wait(&arrivals, size.into())));
        }
        let calm = facts.mean_us < SHRINK_BELOW * TARGET_US && self.seen >= CALM_S && self.spare(pool);
        (calm && pool.target > pool.min).then(|| {
            let arrivals = arrivals(trace);
            draft(facts, pool, pool.target - 1).predicting(predict.wait(&arrivals, usize::from(pool.target - 1)))
        })
    }

    fn facts(&self) -> Option<Facts> {
        if self.seen < SETTLE_S {
            return None;
        }
        let overhead = &self.since_change.tool(RUN_TOOL)?.overhead;
        let runs = overhead.len();
        (runs >= RUNS_NEEDED).then(|| Facts { mean_us: overhead.mean(), runs })
    }

    /// Whether one worker fewer would have been enough in every second looked at. The bare rule would shrink a pool that is just
    /// large enough, and grow it again.
    fn spare(&self, pool: &PoolStatus) -> bool {
        let needed = self.since_change.series(|gauges| Some(f64::from(gauges.busy) + f64::from(gauges.queued)));
        needed.into_iter().flatten().all(|needed| needed + 1.0 < f64::from(pool.target))
    }
}

/// The smallest larger size with which recorded calls would have waited little, else the largest; one more where nothing is recorded.
fn enough(arrivals: &[Arrival], pool: &PoolStatus, predict: &dyn Predict) -> u16 {
    let next = pool.target + 1;
    let little = |size: &u16| predict.at_a_glance_ms(arrivals, usize::from(*size)).is_none_or(|wait| wait <= AIM_MS);
    // Twice as many at most at once: a larger step is taken when this one has shown what it brings.
    let most = pool.max.min(pool.target.saturating_mul(2)).max(next);
    (next..=most).find(little).unwrap_or(most)
}

fn draft(facts: Facts, pool: &PoolStatus, target: u16) -> Draft {
    let grow = target > pool.target;
    let mean_ms = facts.mean_us / 1_000.0;
    let issue = if grow {
        format!("runs wait: kmtop adds {mean_ms:.0} ms to a run on average, over {:.0} ms", GROW_FROM * TARGET_US / 1_000.0)
    } else {
        format!("workers idle: kmtop adds only {mean_ms:.0} ms to a run, and one worker was spare all the time")
    };
    let count = target.abs_diff(pool.target);
    Draft {
        priority: if grow { 1 } else { 3 },
        current: pool.target.to_string(),
        target: target.to_string(),
        steps: vec![format!("pool {} -> {target}", pool.target), "watch the wait for a worker".into()],
        cost: match (grow, count) {
            (true, 1) => "one more worker process".into(),
            (true, count) => format!("{count} more worker processes"),
            (false, _) => "none".into(),
        },
        risk: if grow { "none if the machine has memory left".into() } else { "runs may wait again".into() },
        undo: format!("u: pool {target} -> {}", pool.target),
        risk_class: RiskClass::Safe,
        evidence: vec![format!("{} runs in {WINDOW_S} s", facts.runs), format!("{} busy, {} queued", pool.busy, pool.queued)],
        ..Draft::new("pool", issue, Command::ResizePool(Resize::Target(target)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metrics::{Moment, Recorder, Store},
        model::{CallRecord, Ending, Gauges, Transport},
        optimizer::Simulated,
    };

    /// Seconds in which runs have this overhead, on a pool of this size.
    fn watch(size: &mut Size, seconds: u64, overhead_us: u64, pool: &PoolStatus) -> Option<Command> {
        let recorder = Arc::new(Recorder::new([], 100));
        let mut store = Store::new(Arc::clone(&recorder));
        let mut last = None;
        // Time goes on from where it is.
        let now = size.since_change.intervals().next_back().map_or(0, |interval| interval.time_ms / 1_000);
        for second in now + 1..=now + seconds {
            for id in 0..4 {
                recorder.record(run(id, overhead_us));
            }
            store.drain();
            let gauges = Gauges { busy: pool.busy, queued: pool.queued, ..Gauges::default() };
            let interval = Arc::new(store.close(Moment { time_ms: second * 1_000, length_ms: 1_000 }, gauges));
            last = size.advise(&interval, pool, &Trace::default(), &Simulated::default()).map(|draft| draft.change);
        }
        last
    }

    fn run(id: u64, overhead_us: u64) -> CallRecord {
        CallRecord {
            id,
            time_ms: 0,
            tool: RUN_TOOL.into(),
            client: "test".into(),
            token: None,
            subject: None,
            transport: Transport::Http,
            worker: Some(1),
            queued_us: Some(overhead_us),
            ran_us: Some(3_000_000),
            own_us: Some(3_000_000),
            total_us: 3_000_000 + overhead_us,
            ending: Ending::Ok,
            code: None,
            trace: None,
        }
    }

    fn pool(target: u16, busy: u16) -> PoolStatus {
        PoolStatus { min: 2, max: 6, target, busy, ..PoolStatus::default() }
    }

    fn to(target: u16) -> Command {
        Command::ResizePool(Resize::Target(target))
    }

    #[test]
    fn grows_over_one_and_a_half_times_the_target() {
        let mut size = Size::default();
        assert_eq!(watch(&mut size, 2, 80_000, &pool(2, 2)), None, "too early to say");
        assert_eq!(watch(&mut size, 4, 80_000, &pool(2, 2)), Some(to(3)));
        assert_eq!(watch(&mut Size::default(), 12, 74_000, &pool(2, 2)), None, "under the limit");
        assert_eq!(watch(&mut Size::default(), 12, 80_000, &pool(6, 6)), None, "at max");
    }

    #[test]
    fn a_long_macro_is_no_overhead() {
        assert_eq!(watch(&mut Size::default(), 12, 40_000, &pool(3, 3)), None);
    }

    #[test]
    fn shrinks_only_when_a_worker_was_spare() {
        assert_eq!(watch(&mut Size::default(), 12, 5_000, &pool(5, 2)), Some(to(4)));
        assert_eq!(watch(&mut Size::default(), 12, 5_000, &pool(5, 4)), None, "just large enough");
        assert_eq!(watch(&mut Size::default(), 12, 5_000, &pool(2, 0)), None, "at min");
    }

    #[test]
    fn a_change_is_judged_by_what_came_after_it() {
        let mut size = Size::default();
        assert_eq!(watch(&mut size, 5, 80_000, &pool(2, 2)), Some(to(3)));
        assert_eq!(watch(&mut size, 2, 80_000, &pool(3, 3)), None);
        assert_eq!(watch(&mut size, 3, 80_000, &pool(3, 3)), Some(to(4)));
    }

    #[test]
    fn the_size_that_is_advised_is_the_least_that_would_have_been_enough() {
        // Four calls at once each second, of 200 ms: the last waits 600 ms for one worker, none for four.
        let arrivals: Vec<Arrival> = (0..200).map(|at| Arrival { at_us: at / 4 * 1_000_000, service_us: 200_000 }).collect();
        let pool = |target| PoolStatus { min: 1, max: 9, target, ..PoolStatus::default() };
        assert_eq!(enough(&arrivals, &pool(2), &Simulated::default()), 4);
        assert_eq!(enough(&arrivals, &pool(1), &Simulated::default()), 2, "not more than twice as many at once");
        assert_eq!(enough(&[], &pool(3), &Simulated::default()), 4);
    }
}
