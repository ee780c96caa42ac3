//! What a change would bring.

use super::Facts;
use crate::{
    analysis::{Arrival, Done, forecast},
    model::Prediction,
};

/// Fewer calls a second than this make no sure model; advice says so.
const SURE_PER_S: f64 = 0.33;

/// Says what recorded calls would have waited with another pool.
pub trait Predict {
    /// The 95th percentile of the wait in ms with so many workers, with its range; `None` of too few calls to say. Arrivals stand in the order of
    /// their time.
    fn wait(&self, arrivals: &[Arrival], workers: usize) -> Option<Prediction>;
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

/// Lets the recorded calls go once more through a queue, first come, first served.
#[derive(Debug, Clone, Copy, Default)]
pub struct Replayed;

impl Predict for Replayed {
    fn wait(&self, arrivals: &[Arrival], workers: usize) -> Option<Prediction> {
        let found = forecast(arrivals, workers)?;
        let span = arrivals.last()?.at_us.saturating_sub(arrivals.first()?.at_us).max(1) as f64 / 1e6;
        let calls = found.calls;
        let model = if calls as f64 / span < SURE_PER_S {
            format!("ms p95 wait, modelled from {calls} calls")
        } else {
            format!("ms p95 wait, replay of {calls} calls of {span:.0} s with {workers} workers")
        };
        Some(Prediction { low: found.low_ms, mid: found.p95_ms, high: found.high_ms, model })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_calls_are_called_a_model() {
        let arrivals = |every_us: u64| -> Vec<Arrival> {
            (0..400).map(|at| Arrival { at_us: at * every_us, service_us: 150_000 }).collect()
        };
        let rare = Replayed.wait(&arrivals(10_000_000), 2).expect("enough");
        assert_eq!((rare.mid, rare.model.as_str()), (0.0, "ms p95 wait, modelled from 400 calls"));
        let often = Replayed.wait(&arrivals(100_000), 1).expect("enough");
        assert!(often.mid > 1_500.0 && often.low < often.mid && often.model.contains("replay of 400 calls of 40 s"), "{often:?}");
        assert_eq!(Replayed.wait(&arrivals(1)[..10], 1), None);
    }
}
