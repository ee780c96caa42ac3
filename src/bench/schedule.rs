//! When to call: planned before the first call, so that no answer, late or early, moves any later one.

use std::time::Duration;

use fastrand::Rng;

/// A part of a load with one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Calls per second, over 0.
    pub rate: f64,
    /// How long.
    pub length: Duration,
}

/// How calls come at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// Independently of one another: gaps are exponential, as those of many callers are.
    Poisson,
    /// At equal gaps.
    Constant,
}

impl Arrivals {
    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Poisson => "poisson",
            Self::Constant => "constant",
        }
    }
}

/// The times of all calls since the beginning, in order.
#[must_use]
pub(super) fn plan(stages: &[Stage], arrivals: Arrivals, random: &mut Rng) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut begin = 0.0;
    for stage in stages {
        let end = begin + stage.length.as_secs_f64();
        // A Poisson process has no memory: it may begin anew at each stage.
        let mut gap = || match arrivals {
            Arrivals::Poisson => -(1.0 - random.f64()).ln() / stage.rate,
            Arrivals::Constant => 1.0 / stage.rate,
        };
        let mut at = match arrivals {
            Arrivals::Poisson => begin + gap(),
            Arrivals::Constant => begin,
        };
        let mut count = 0_u32;
        while at < end {
            times.push(Duration::from_secs_f64(at));
            count += 1;
            at = match arrivals {
                Arrivals::Poisson => at + gap(),
                // Not summed up, so that no rounding piles up.
                Arrivals::Constant => begin + f64::from(count) / stage.rate,
            };
        }
        begin = end;
    }
    times
}

/// How long all stages take.
#[must_use]
pub(super) fn length(stages: &[Stage]) -> Duration {
    stages.iter().map(|stage| stage.length).sum()
}

/// The mean rate over all stages, in calls per second; 0 without any.
#[must_use]
pub(super) fn mean_rate(stages: &[Stage]) -> f64 {
    let seconds = length(stages).as_secs_f64();
    let calls: f64 = stages.iter().map(|stage| stage.rate * stage.length.as_secs_f64()).sum();
    if seconds > 0.0 { calls / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(stages: &[Stage], arrivals: Arrivals, seed: u64) -> Vec<f64> {
        plan(stages, arrivals, &mut Rng::with_seed(seed)).iter().map(Duration::as_secs_f64).collect()
    }

    #[test]
    fn a_seed_gives_the_same_schedule_again() {
        let stages = [Stage { rate: 80.0, length: Duration::from_secs(20) }];
        let first = seconds(&stages, Arrivals::Poisson, 7);
        assert_eq!(first, seconds(&stages, Arrivals::Poisson, 7));
        assert_ne!(first, seconds(&stages, Arrivals::Poisson, 8));
        assert!(first.is_sorted() && first.iter().all(|at| (0.0..20.0).contains(at)));
    }

    #[test]
    fn poisson_has_its_mean_and_dispersion() {
        let stages = [Stage { rate: 100.0, length: Duration::from_secs(400) }];
        let times = seconds(&stages, Arrivals::Poisson, 1);
        // 40,000 expected, standard deviation 200.
        assert!((39_200..40_800).contains(&times.len()), "{}", times.len());
        let mut counts = vec![0.0_f64; 400];
        for at in &times {
            counts[usize::try_from(crate::util::numbers::nearest(at.floor())).expect("a second")] += 1.0;
        }
        let mean = counts.iter().sum::<f64>() / 400.0;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 399.0;
        // The index of dispersion of a Poisson process is 1; over 400 windows its standard deviation is 0.071.
        assert!((variance / mean - 1.0).abs() < 0.22, "{}", variance / mean);
    }

    #[test]
    fn constant_gaps_are_equal_and_stages_follow_one_another() {
        let stages =
            [Stage { rate: 10.0, length: Duration::from_secs(2) }, Stage { rate: 100.0, length: Duration::from_secs(1) }];
        let times = seconds(&stages, Arrivals::Constant, 1);
        assert_eq!(times.len(), 120);
        assert!((times[1] - 0.1).abs() < 1e-9 && (times[20] - 2.0).abs() < 1e-9 && (times[21] - 2.01).abs() < 1e-9);
        assert_eq!(length(&stages), Duration::from_secs(3));
        assert!((mean_rate(&stages) - 40.0).abs() < 1e-9);
    }
}
