//! Advice on the pool's size, from the overhead of runs.

use std::sync::Arc;

use crate::{
    metrics::Window,
    model::{Advice, AdviceState, Command, Interval, PoolStatus, Resize, RiskClass},
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

/// Watches the runs and keeps the advice that stands.
#[derive(Debug)]
pub struct Advisor {
    /// What happened since the pool's target last changed: numbers from before do not judge the present size.
    since_change: Window,
    seen: usize,
    target: u16,
    standing: Option<Advice>,
    last_id: u64,
}

/// What the advice rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Facts {
    /// Mean overhead of a run, microseconds.
    mean_us: f64,
    /// Runs that this is the mean of.
    runs: u64,
}

impl Default for Advisor {
    fn default() -> Self {
        Self { since_change: Window::new(WINDOW_S), seen: 0, target: 0, standing: None, last_id: 0 }
    }
}

impl Advisor {
    /// Takes in the newest Interval and says what advice stands.
    pub fn advise(&mut self, interval: &Arc<Interval>, pool: &PoolStatus) -> Vec<Advice> {
        if pool.target != self.target {
            *self = Self { target: pool.target, last_id: self.last_id, ..Self::default() };
        }
        self.since_change.push(Arc::clone(interval));
        self.seen += 1;
        let wanted = self.facts().and_then(|facts| self.wanted(facts, pool));
        self.standing = match (wanted, self.standing.take()) {
            (None, _) => None,
            // The same advice keeps its number: whoever reads it may apply it a while later.
            (Some((resize, advice)), Some(standing)) if standing.change == Command::ResizePool(resize) => {
                Some(Advice { id: standing.id, ..advice })
            }
            (Some((_, advice)), _) => {
                self.last_id += 1;
                Some(Advice { id: self.last_id, ..advice })
            }
        };
        self.standing.iter().cloned().collect()
    }

    fn facts(&self) -> Option<Facts> {
        if self.seen < SETTLE_S {
            return None;
        }
        let overhead = &self.since_change.tool(RUN_TOOL)?.overhead;
        let runs = overhead.len();
        (runs >= RUNS_NEEDED).then(|| Facts { mean_us: overhead.mean(), runs })
    }

    fn wanted(&self, facts: Facts, pool: &PoolStatus) -> Option<(Resize, Advice)> {
        if facts.mean_us > GROW_FROM * TARGET_US && pool.target < pool.max {
            return Some(advice(facts, pool, pool.target + 1));
        }
        let calm = facts.mean_us < SHRINK_BELOW * TARGET_US && self.seen >= CALM_S && self.spare(pool);
        (calm && pool.target > pool.min).then(|| advice(facts, pool, pool.target - 1))
    }

    /// Whether one worker fewer would have been enough in every second looked at. The bare rule would shrink a pool that is just
    /// large enough, and grow it again.
    fn spare(&self, pool: &PoolStatus) -> bool {
        let needed = self.since_change.series(|gauges| Some(f64::from(gauges.busy) + f64::from(gauges.queued)));
        needed.into_iter().flatten().all(|needed| needed + 1.0 < f64::from(pool.target))
    }
}

fn advice(facts: Facts, pool: &PoolStatus, target: u16) -> (Resize, Advice) {
    let grow = target > pool.target;
    let mean_ms = facts.mean_us / 1_000.0;
    let resize = Resize::Target(target);
    let issue = if grow {
        format!("runs wait: kmtop adds {mean_ms:.0} ms to a run on average, over {:.0} ms", GROW_FROM * TARGET_US / 1_000.0)
    } else {
        format!("workers idle: kmtop adds only {mean_ms:.0} ms to a run, and one worker was spare all the time")
    };
    let advice = Advice {
        id: 0,
        category: "pool".into(),
        priority: if grow { 1 } else { 3 },
        issue,
        current: pool.target.to_string(),
        target: target.to_string(),
        change: Command::ResizePool(resize),
        steps: vec![format!("pool {} -> {target}", pool.target), "watch the wait for a worker".into()],
        predicted: None,
        cost: if grow { "one more worker process".into() } else { "none".into() },
        risk: if grow { "none if the machine has memory left".into() } else { "runs may wait again".into() },
        undo: format!("pool {target} -> {}", pool.target),
        state: AdviceState::Open,
        risk_class: RiskClass::Safe,
        evidence: Vec::new(),
    };
    (resize, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metrics::{Moment, Recorder, Store},
        model::{CallRecord, Ending, Gauges, Transport},
    };

    /// Seconds in which runs have this overhead, on a pool of this size.
    fn watch(advisor: &mut Advisor, seconds: u64, overhead_us: u64, pool: &PoolStatus) -> Vec<Advice> {
        let recorder = Arc::new(Recorder::new([], 100));
        let mut store = Store::new(Arc::clone(&recorder));
        let mut last = Vec::new();
        // Time goes on from where the advisor is.
        let now = advisor.since_change.intervals().next_back().map_or(0, |interval| interval.time_ms / 1_000);
        for second in now + 1..=now + seconds {
            for id in 0..4 {
                recorder.record(run(id, overhead_us));
            }
            store.drain();
            let gauges = Gauges { busy: pool.busy, queued: pool.queued, ..Gauges::default() };
            let interval = Arc::new(store.close(Moment { time_ms: second * 1_000, length_ms: 1_000 }, gauges));
            last = advisor.advise(&interval, pool);
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

    #[test]
    fn grows_over_one_and_a_half_times_the_target_and_keeps_its_number() {
        let mut advisor = Advisor::default();
        assert_eq!(watch(&mut advisor, 2, 80_000, &pool(2, 2)), [], "too early to say");
        let first = watch(&mut advisor, 4, 80_000, &pool(2, 2));
        assert_eq!(first[0].change, Command::ResizePool(Resize::Target(3)));
        assert_eq!(watch(&mut advisor, 4, 90_000, &pool(2, 2))[0].id, first[0].id);
        assert_eq!(watch(&mut Advisor::default(), 12, 74_000, &pool(2, 2)), [], "under the limit");
        assert_eq!(watch(&mut Advisor::default(), 12, 80_000, &pool(6, 6)), [], "at max");
    }

    #[test]
    fn a_long_macro_is_no_overhead() {
        assert_eq!(watch(&mut Advisor::default(), 12, 40_000, &pool(3, 3)), []);
    }

    #[test]
    fn shrinks_only_when_a_worker_was_spare() {
        let shrunk = watch(&mut Advisor::default(), 12, 5_000, &pool(5, 2));
        assert_eq!(shrunk[0].change, Command::ResizePool(Resize::Target(4)));
        assert_eq!(watch(&mut Advisor::default(), 12, 5_000, &pool(5, 4)), [], "just large enough");
        assert_eq!(watch(&mut Advisor::default(), 12, 5_000, &pool(2, 0)), [], "at min");
    }

    #[test]
    fn a_change_is_judged_by_what_came_after_it() {
        let mut advisor = Advisor::default();
        let before = watch(&mut advisor, 5, 80_000, &pool(2, 2));
        assert_eq!(watch(&mut advisor, 2, 80_000, &pool(3, 3)), []);
        let after = watch(&mut advisor, 3, 80_000, &pool(3, 3));
        assert_eq!(after[0].change, Command::ResizePool(Resize::Target(4)));
        assert!(after[0].id > before[0].id);
    }
}
