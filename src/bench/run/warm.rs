//! The calls before those that count: until what they take has come to rest.

use std::time::Duration;

use serde::Serialize;

use super::{End, Go, Load, Runner, Tally};

/// Seconds that must be alike.
const ALIKE: usize = 3;
/// Largest coefficient of variation of their means.
const STEADY: f64 = 0.10;

/// What warming up took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct WarmUp {
    /// How long, in seconds.
    pub seconds: f64,
    /// Whether three seconds in a row were alike; otherwise its time was up.
    pub steady: bool,
    /// Calls that do not count.
    pub calls: u64,
}

/// Makes the calls of `load` until three seconds in a row are alike, at most as long as it is. Says whether it may go on.
pub(in crate::bench) async fn warm_up(
    runner: &Runner<'_>,
    load: &Load,
    show: &mut dyn FnMut(&Tally, Duration, usize),
) -> (WarmUp, End) {
    let mut tally = Tally::new(runner.mix.operations().len());
    let mut steady = false;
    let mut watch = |tally: &Tally, at: Duration, in_flight: usize| {
        show(tally, at, in_flight);
        steady = is_steady(tally, at);
        if steady { Go::Stop } else { Go::On }
    };
    let (end, took) = runner.run(load, &mut tally, &mut watch).await;
    (WarmUp { seconds: took.as_secs_f64(), steady, calls: tally.all.calls }, if end == End::Cancelled { end } else { End::Whole })
}

/// Whether the last three whole seconds before `at` were alike.
fn is_steady(tally: &Tally, at: Duration) -> bool {
    let whole = usize::try_from(at.as_secs()).unwrap_or(0);
    let Some(first) = whole.checked_sub(ALIKE) else { return false };
    let means: Option<Vec<f64>> = (first..whole).map(|second| tally.mean_of_second(second)).collect();
    means.is_some_and(|means| variation(&means) < STEADY)
}

/// Standard deviation by mean.
fn variation(numbers: &[f64]) -> f64 {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / (count - 1.0);
    variance.sqrt() / mean
}
