//! What the owner's words mean in numbers.

use super::Tuning;
use crate::model::{Autopilot, Goal, Policy, Profile, Strategy};

/// The numbers that a running pool takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knobs {
    /// What the controller may do by itself.
    pub autopilot: Autopilot,
    /// What it promises, and how patient it is.
    pub tuning: Tuning,
    /// Share of memory in percent from which on it adds nothing.
    pub memory_percent: f64,
    /// A worker that holds so many percent of the pool's median is replaced.
    pub heavy_percent: u64,
    /// Calls that may wait; `None` for what the settings say.
    pub queue: Option<usize>,
}

/// What others than the pool take; `None` for what the settings say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ServerKnobs {
    /// Answers that are kept.
    pub cache_entries: Option<usize>,
    /// For how many milliseconds an answer is kept.
    pub cache_ms: Option<u64>,
    /// The least serious lines of the log.
    pub log: Option<&'static str>,
    /// Share of memory in percent from which on it is warned of.
    pub memory_warning: Option<f64>,
}

impl ServerKnobs {
    /// The numbers of this policy.
    pub fn of(policy: &Policy) -> Self {
        let (cache_entries, memory_warning) = match policy.strategy {
            Strategy::None => (None, None),
            Strategy::Conservative => (Some(100), Some(80.0)),
            Strategy::Balanced => (Some(500), Some(85.0)),
            Strategy::Aggressive => (Some(2_000), Some(90.0)),
        };
        let (cache_ms, log) = match policy.profile {
            Profile::None => (None, None),
            Profile::Development => (Some(0), Some("debug")),
            Profile::Staging => (Some(300_000), Some("info")),
            Profile::Production => (Some(300_000), Some("warn")),
        };
        Self { cache_entries, cache_ms, log, memory_warning }
    }
}

impl Default for Knobs {
    fn default() -> Self {
        Self::of(&Policy { autopilot: Autopilot::Off, ..Policy::default() })
    }
}

impl Knobs {
    /// The numbers of this policy.
    pub fn of(policy: &Policy) -> Self {
        let (memory_percent, heavy_percent, hold) = match policy.strategy {
            Strategy::Conservative => (70.0, 150, 30.0),
            Strategy::None => (80.0, 200, Tuning::default().hold),
            Strategy::Balanced => (80.0, 200, 60.0),
            Strategy::Aggressive => (90.0, 300, 300.0),
        };
        let (wait, late) = match policy.target {
            Goal::Balanced => (0.25, 0.01),
            Goal::Speed => (0.1, 0.01),
            Goal::Efficiency => (0.5, 0.05),
            Goal::Reliability => (0.25, 0.001),
        };
        let queue = match policy.profile {
            Profile::None => None,
            Profile::Development => Some(10),
            Profile::Staging => Some(50),
            Profile::Production => Some(200),
        };
        let tuning = Tuning { wait, late, hold };
        Self { autopilot: policy.autopilot, tuning, memory_percent, heavy_percent, queue }
    }
}

/// The smallest size that a strategy keeps warm; `None` for what the settings say.
pub fn warm(strategy: Strategy) -> Option<u16> {
    match strategy {
        Strategy::None => None,
        Strategy::Conservative => Some(2),
        Strategy::Balanced => Some(3),
        Strategy::Aggressive => Some(6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_more_aggressive_strategy_keeps_more() {
        let of = |strategy| (Knobs::of(&Policy { strategy, ..Policy::default() }), warm(strategy));
        let all = [Strategy::Conservative, Strategy::Balanced, Strategy::Aggressive].map(of);
        for pair in all.windows(2) {
            let [(less, fewer), (more, many)] = pair else { continue };
            assert!(fewer < many && less.memory_percent < more.memory_percent && less.heavy_percent < more.heavy_percent);
            assert!(less.tuning.hold < more.tuning.hold);
        }
        assert_eq!(of(Strategy::None).0.tuning, Tuning::default());
        assert_eq!(of(Strategy::None).1, None);
        let beside = |strategy| ServerKnobs::of(&Policy { strategy, ..Policy::default() });
        let [few, _, many] = [Strategy::Conservative, Strategy::Balanced, Strategy::Aggressive].map(beside);
        assert!(few.cache_entries < many.cache_entries && few.memory_warning < many.memory_warning);
        assert_eq!(ServerKnobs::of(&Policy::default()), ServerKnobs::default(), "the settings' own");
    }

    #[test]
    fn a_place_of_development_keeps_no_answers_and_says_more() {
        let of = |profile| ServerKnobs::of(&Policy { profile, ..Policy::default() });
        assert_eq!((of(Profile::Development).cache_ms, of(Profile::Development).log), (Some(0), Some("debug")));
        assert_eq!((of(Profile::Production).cache_ms, of(Profile::Production).log), (Some(300_000), Some("warn")));
    }

    #[test]
    fn speed_promises_shorter_waits_and_efficiency_longer_ones() {
        let wait = |target| Knobs::of(&Policy { target, ..Policy::default() }).tuning.wait;
        assert!(wait(Goal::Speed) < wait(Goal::Balanced) && wait(Goal::Balanced) < wait(Goal::Efficiency));
    }
}
