//! What a change would bring.

use super::Facts;
use crate::{
    analysis::{Arrival, Done, forecast},
    model::Prediction,
    sizing::{self, Choice, Lane, Limits, Plan, Trace, Tuning},
};

/// Fewer calls a second than this make no sure model; advice says so.
const SURE_PER_S: f64 = 0.33;
/// Fewer calls have no 95th percentile.
const LEAST: usize = 20;
/// The newest calls that are simulated; more would take too long.
const MOST: usize = 1_000;
/// As they came, and days that might have been.
const RUNS: u32 = 7;
/// The same calls give the same prediction.
const SEED: u64 = 1;

/// Says what recorded calls would have waited with another pool.
pub trait Predict {
    /// The 95th percentile of the wait in ms with so many workers, with its range; `None` of too few calls to say, or while it is still being
    /// reckoned. Arrivals stand in the order of their time.
    fn wait(&self, arrivals: &[Arrival], workers: usize) -> Option<Prediction>;

    /// The same percentile at once and without a range: the calls once more through a queue, first come, first served. It is for finding
    /// the size of which more is then asked.
    fn at_a_glance_ms(&self, arrivals: &[Arrival], workers: usize) -> Option<f64> {
        forecast(arrivals, workers).map(|found| found.p95_ms)
    }
}

/// What these calls would wait if all others stood back: the least when they have all workers, the most when the others keep half of them, as
/// work of one kind may. `None` of too few calls to say.
pub(super) fn beside(facts: &Facts<'_>, these: impl Fn(&Done) -> bool) -> Option<Prediction> {
    let mut arrivals: Vec<Arrival> = facts.trace.calls().filter(|call| call.worker && these(call)).map(Arrival::from).collect();
    arrivals.sort_by_key(|arrival| arrival.at_us);
    let live = usize::from(facts.pool.live.max(1));
    let (all, half) = (facts.predict.wait(&arrivals, live)?, facts.predict.wait(&arrivals, live.div_ceil(2))?);
    Some(Prediction { low: all.low, mid: all.mid, high: half.high, model: format!("{}, of the others alone", all.model) })
}

/// Plays the recorded calls to the simulator of pools, as they came and on days put together of pieces of them, whose spread is the range.
#[derive(Debug, Clone, Copy)]
pub struct Simulated {
    /// What is turned away.
    pub limits: Limits,
    /// What is promised.
    pub tuning: Tuning,
}

impl Default for Simulated {
    fn default() -> Self {
        Self { limits: Limits { lane: Lane::Interactive, ..Limits::default() }, tuning: Tuning::default() }
    }
}

impl Predict for Simulated {
    fn wait(&self, arrivals: &[Arrival], workers: usize) -> Option<Prediction> {
        let arrivals = newest(arrivals);
        let (first, last) = (arrivals.first()?.at_us, arrivals.last()?.at_us);
        if arrivals.len() < LEAST {
            return None;
        }
        let seconds = |micros: u64| micros as f64 / 1e6;
        let span = seconds(last.saturating_sub(first)).max(1.0);
        let played = |arrival: &Arrival| sizing::Arrival {
            at: seconds(arrival.at_us.saturating_sub(first)),
            service: seconds(arrival.service_us),
        };
        let trace = Trace::new(arrivals.iter().map(played).collect()).lasting(span);
        let size = crate::util::numbers::small(workers);
        let plan = Plan { choice: Choice::Fixed(size), limits: self.limits, tuning: self.tuning, ..Plan::fixed(size) };
        let found = sizing::predict(&trace, &plan, RUNS, SEED)?;
        let (calls, wait) = (found.calls, found.p95_wait_ms);
        let model = if calls as f64 / span < SURE_PER_S {
            format!("ms p95 wait, modelled from {calls} calls")
        } else {
            format!("ms p95 wait, simulated from {calls} calls of {span:.0} s with {workers} workers")
        };
        Some(Prediction { low: wait.low, mid: wait.mid, high: wait.high, model })
    }
}

/// The calls that a prediction rests on.
#[must_use]
pub fn newest(arrivals: &[Arrival]) -> &[Arrival] {
    &arrivals[arrivals.len().saturating_sub(MOST)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(every_us: u64) -> Vec<Arrival> {
        (0..400).map(|at| Arrival { at_us: at * every_us, service_us: 150_000 }).collect()
    }

    #[test]
    fn few_calls_are_called_a_model() {
        let simulated = Simulated::default();
        let rare = simulated.wait(&arrivals(10_000_000), 2).expect("enough");
        assert!(rare.mid < 1.0 && rare.model == "ms p95 wait, modelled from 400 calls", "{rare:?}");
        let often = simulated.wait(&arrivals(100_000), 1).expect("enough");
        assert!(often.mid > 1_500.0 && often.low <= often.mid && often.mid <= often.high, "{often:?}");
        assert!(often.model.contains("simulated from 400 calls of 40 s with 1 workers"), "{often:?}");
        assert_eq!(simulated.wait(&arrivals(1)[..10], 1), None);
        assert_eq!(simulated.wait(&[], 1), None);
    }

    #[test]
    fn a_glance_and_the_simulation_agree_on_what_a_worker_more_brings() {
        let (simulated, calls) = (Simulated::default(), arrivals(100_000));
        let glance = simulated.at_a_glance_ms(&calls, 2).expect("enough");
        let mid = simulated.wait(&calls, 2).expect("enough").mid;
        assert!(glance < 10.0 && mid < 100.0, "{glance} {mid}");
        assert!(simulated.at_a_glance_ms(&calls, 1).expect("enough") > 1_500.0);
    }

    #[test]
    fn only_the_newest_calls_are_simulated() {
        let many: Vec<Arrival> = (0..3_000).map(|at| Arrival { at_us: at, service_us: 1 }).collect();
        assert_eq!((newest(&many).len(), newest(&many)[0].at_us, newest(&many[..5]).len()), (1_000, 2_000, 5));
    }
}
