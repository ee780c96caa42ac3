//! What a change would bring.

use crate::{
    analysis::{Arrival, forecast},
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
