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
    }

    #[test]
    fn speed_promises_shorter_waits_and_efficiency_longer_ones() {
        let wait = |target| Knobs::of(&Policy { target, ..Policy::default() }).tuning.wait;
        assert!(wait(Goal::Speed) < wait(Goal::Balanced) && wait(Goal::Balanced) < wait(Goal::Efficiency));
    }
}
