//! What comes and what it takes, from the seconds that were.

use super::{
    erlang::Flow,
    seconds::{Second, Seconds},
};

/// Calls that a mean service time needs.
const ENOUGH: u32 = 30;
/// Calls that it needs when there are no more in five minutes.
const SCARCELY: u32 = 5;

/// The newest estimates; what is not known anew stays as it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    service: f64,
    variability: f64,
}

impl Default for Estimate {
    fn default() -> Self {
        Self { service: 0.2, variability: 1.0 }
    }
}

impl Estimate {
    /// What a call takes in the mean, in seconds.
    pub(super) fn service(&self) -> f64 {
        self.service
    }

    /// Looks at the seconds that were.
    pub(super) fn renew(&mut self, seconds: &Seconds) -> Flow {
        let minute = seconds.last(60);
        let long = seconds.last(300);
        let ended = |seconds: &mut dyn Iterator<Item = &Second>| seconds.map(|second| second.ended).sum::<u32>();
        let (few, many) = (ended(&mut minute.clone()), ended(&mut long.clone()));
        // Busy seconds for each call that ended: so calls that still run count, too (the most likely mean under censoring).
        let mean = |seconds: &mut dyn Iterator<Item = &Second>, ended: u32| {
            seconds.map(|second| second.busy).sum::<f64>() / f64::from(ended)
        };
        if few >= ENOUGH {
            self.service = mean(&mut minute.clone(), few);
        } else if many >= SCARCELY {
            self.service = mean(&mut long.clone(), many);
        }
        if many >= ENOUGH {
            let (sum, squares) = long.fold((0.0, 0.0), |(sum, squares), second| (sum + second.service, squares + second.squares));
            let (first, second) = (sum / f64::from(many), squares / f64::from(many));
            let squared_variation = (second / (first * first) - 1.0).max(0.0);
            self.variability = f64::midpoint(1.0, squared_variation).clamp(0.5, 4.0);
        }
        Flow { rate: rate(seconds), service: self.service, variability: self.variability }
    }
}

/// Calls a second: over a minute, but over five seconds when these cannot be of the same rate (three standard deviations of Poisson's).
fn rate(seconds: &Seconds) -> f64 {
    let mean = |span: usize| {
        let span = seconds.last(span);
        let length = span.len().max(1) as f64;
        (span.map(|second| f64::from(second.came)).sum::<f64>(), length)
    };
    let ((minute, minute_length), (newest, length)) = (mean(60), mean(5));
    let usual = minute / minute_length;
    let expected = usual * length;
    if (newest - expected).abs() > 3.0 * expected.max(1.0).sqrt() { newest / length } else { usual }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sizing::seconds::Sample;

    fn second(seconds: &mut Seconds, calls: u32, service: f64) {
        for _ in 0..calls {
            seconds.came(1);
            seconds.ended(0.0, service, Sample { at_once: 1, ln_service: service.ln() });
            seconds.worked(service);
        }
        seconds.close();
    }

    #[test]
    fn a_change_of_rate_is_seen_within_seconds_and_chance_is_not_one() {
        let mut seconds = Seconds::default();
        (0..60).for_each(|_| second(&mut seconds, 10, 0.1));
        let usual = Estimate::default().renew(&seconds);
        assert!((usual.rate - 10.0).abs() < 1e-9 && (usual.service - 0.1).abs() < 1e-9, "{usual:?}");
        assert!((usual.variability - 0.5).abs() < 1e-9, "all alike");
        (0..5).for_each(|_| second(&mut seconds, 12, 0.1));
        assert!(Estimate::default().renew(&seconds).rate < 10.3, "chance");
        (0..5).for_each(|_| second(&mut seconds, 50, 0.1));
        assert!((Estimate::default().renew(&seconds).rate - 50.0).abs() < 1e-9, "a change");
    }

    #[test]
    fn what_still_runs_counts() {
        let mut seconds = Seconds::default();
        for _ in 0..60 {
            second(&mut seconds, 1, 0.1);
            seconds.worked(1.0);
        }
        let flow = Estimate::default().renew(&seconds);
        assert!(flow.service > 1.0, "{flow:?}");
    }

    #[test]
    fn without_calls_the_last_estimate_stays() {
        let mut estimate = Estimate::default();
        let flow = estimate.renew(&Seconds::default());
        assert_eq!((flow.rate, flow.service), (0.0, 0.2));
    }
}
