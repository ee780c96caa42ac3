//! Ready scenarios.

use std::time::Duration;

use super::schedule::Stage;

/// What a scenario sets; a flag may set it otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// How calls come.
    pub shape: Shape,
    /// What is called.
    pub work: Work,
    /// How long clients think.
    pub think: (Duration, Duration),
}

/// How calls come.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// By plan: an open loop.
    Stages(Vec<Stage>),
    /// So many clients for so long: a closed loop.
    Clients(usize, Duration),
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Work {
    /// Ready operations by weight.
    Weights(&'static [(&'static str, f64)]),
    /// Variables of growing size.
    LargeValues,
}

/// Health, variables and macros alike.
const THREE: Work = Work::Weights(&[("health", 1.0), ("variables", 1.0), ("macros", 1.0)]);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn stage(rate: f64, length: u64) -> Stage {
    Stage { rate, length: seconds(length) }
}

/// All ready scenarios.
#[must_use]
pub fn all() -> Vec<Scenario> {
    let none = (Duration::ZERO, Duration::ZERO);
    let scenario = |name, about, shape, work, think| Scenario { name, about, shape, work, think };
    vec![
        scenario("quick", "a first look: 50 calls a second for 10 s", Shape::Stages(vec![stage(50.0, 10)]), THREE, none),
        scenario("standard", "25 clients for 60 s, as fast as they get answers", Shape::Clients(25, seconds(60)), THREE, none),
        scenario("stress", "100 clients for 300 s", Shape::Clients(100, seconds(300)), THREE, none),
        scenario(
            "endurance",
            "50 calls a second for an hour: does anything grow?",
            Shape::Stages(vec![stage(50.0, 3_600)]),
            THREE,
            none,
        ),
        scenario(
            "mixed",
            "25 clients that think for 1 to 3 s between calls, for 120 s",
            Shape::Clients(25, seconds(120)),
            Work::Weights(&[("health", 0.4), ("variables", 0.3), ("macros", 0.2), ("list", 0.1)]),
            (seconds(1), seconds(3)),
        ),
        scenario(
            "large-values",
            "4 clients that set and read variables up to the longest allowed, for 30 s",
            Shape::Clients(4, seconds(30)),
            Work::LargeValues,
            none,
        ),
        scenario(
            "burst",
            "20 calls a second, 10 s of 400, and 20 again: how long until it is as before?",
            Shape::Stages(vec![stage(20.0, 15), stage(400.0, 10), stage(20.0, 20)]),
            THREE,
            none,
        ),
    ]
}

/// The scenario of this name.
#[must_use]
pub fn find(name: &str) -> Option<Scenario> {
    all().into_iter().find(|scenario| scenario.name == name)
}

impl Shape {
    /// The same in another time: stages keep their shares of it.
    #[must_use]
    pub fn lasting(self, length: Duration) -> Self {
        match self {
            Self::Clients(clients, _) => Self::Clients(clients, length),
            Self::Stages(stages) => {
                let whole = super::schedule::length(&stages).as_secs_f64();
                let factor = if whole > 0.0 { length.as_secs_f64() / whole } else { 1.0 };
                Self::Stages(stages.into_iter().map(|stage| Stage { length: stage.length.mul_f64(factor), ..stage }).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{mix, schedule};

    #[test]
    fn scenarios_are_as_they_are_called() {
        let names: Vec<&str> = all().iter().map(|scenario| scenario.name).collect();
        assert_eq!(names, ["quick", "standard", "stress", "endurance", "mixed", "large-values", "burst"]);
        assert_eq!(find("standard").expect("there").shape, Shape::Clients(25, seconds(60)));
        assert_eq!(find("stress").expect("there").shape, Shape::Clients(100, seconds(300)));
        assert_eq!(find("mixed").expect("there").think, (seconds(1), seconds(3)));
        assert!(find("nothing").is_none());
        for scenario in all() {
            if let Work::Weights(weights) = scenario.work {
                let weights: Vec<(String, f64)> = weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
                mix::ready(&weights).expect(scenario.name);
            }
        }
    }

    #[test]
    fn another_length_keeps_the_shape() {
        let Shape::Stages(stages) = find("burst").expect("there").shape.lasting(seconds(9)) else { panic!("stages") };
        assert!((schedule::length(&stages).as_secs_f64() - 9.0).abs() < 1e-6);
        assert_eq!(stages.iter().map(|stage| stage.length.as_millis()).collect::<Vec<_>>(), [3_000, 2_000, 4_000]);
    }
}
