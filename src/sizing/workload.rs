//! Nine kinds of load, each with chance in it and the same for the same seed.

use std::{f64::consts::TAU, ops::Range};

use super::{
    chance::Chance,
    trace::{Arrival, Trace},
};

/// A kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Workload {
    /// 20 calls a second, 0.2 s each.
    Steady,
    /// 10 a second, and 50 for a third of the time.
    Step,
    /// 60 a second for 10 s in the mean, then nearly nothing for 40 s in the mean.
    OnOff,
    /// From 2 to 50 a second and back, twice in an hour.
    Diurnal,
    /// 15 a second; for a third of the time each twentieth takes 8 to 12 s.
    SlowScripts,
    /// As steady; for a minute each second worker dies of its call.
    CrashStorm,
    /// 20 a second, of which some take up to 30 s (Pareto, 1.5).
    HeavyTail,
    /// 16 a second on an engine that serves no more by more at once than eleven, and 32 for a minute.
    Contended,
    /// One to ten at once, about each 4 s.
    AgentBatch,
}

/// There is no such load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no workload \"{0}\"; there are {names}", names = Workload::ALL.map(Workload::name).join(", "))]
pub struct UnknownWorkload(String);

/// When calls kill their workers: from, to, and how many of them.
pub(super) struct Storm {
    pub(super) during: Range<f64>,
    pub(super) share: f64,
}

/// A span and whether calls come in it.
type Segment = (Range<f64>, bool);

/// The rate of a load over time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rate {
    workload: Workload,
    /// Of [`Workload::OnOff`].
    segments: Vec<Segment>,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Steady,
        Self::Step,
        Self::OnOff,
        Self::Diurnal,
        Self::SlowScripts,
        Self::CrashStorm,
        Self::HeavyTail,
        Self::Contended,
        Self::AgentBatch,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Step => "step5",
            Self::OnOff => "onoff",
            Self::Diurnal => "diurnal",
            Self::SlowScripts => "slow-scripts",
            Self::CrashStorm => "crash-storm",
            Self::HeavyTail => "heavy-tail",
            Self::Contended => "contended",
            Self::AgentBatch => "agent-batch",
        }
    }

    /// The load of this name.
    ///
    /// # Errors
    /// When there is none, with the names that there are.
    pub fn find(name: &str) -> Result<Self, UnknownWorkload> {
        Self::ALL.into_iter().find(|workload| workload.name() == name).ok_or_else(|| UnknownWorkload(name.to_owned()))
    }

    /// How long it lasts, in seconds.
    pub fn length(self) -> f64 {
        if self == Self::Diurnal { 3_600.0 } else { 1_800.0 }
    }

    /// Its calls.
    pub fn trace(self, seed: u64) -> Trace {
        self.play(seed).0
    }

    /// Its calls and their rate.
    pub(super) fn play(self, seed: u64) -> (Trace, Rate) {
        let mut chance = Chance::new(seed.wrapping_mul(7_919).wrapping_add(1));
        let mut rate = Rate { workload: self, segments: Vec::new() };
        if self == Self::OnOff {
            rate.segments = self.segments(&mut chance);
        }
        let arrivals = if self == Self::AgentBatch { self.batches(&mut chance) } else { self.thinned(&rate, &mut chance) };
        (Trace::new(arrivals).lasting(self.length()), rate)
    }

    /// How many more at once make each call slower: coefficients of contention and of coherence (N. Gunther's universal law).
    pub(super) fn slowing(self) -> (f64, f64) {
        if self == Self::Contended { (0.03, 0.008) } else { (0.0, 0.0) }
    }

    pub(super) fn storm(self) -> Option<Storm> {
        (self == Self::CrashStorm).then_some(Storm { during: 600.0..660.0, share: 0.5 })
    }

    /// The highest rate, in calls a second.
    fn peak(self) -> f64 {
        match self {
            Self::Steady | Self::CrashStorm | Self::HeavyTail => 20.0,
            Self::Step => 50.0,
            Self::OnOff => 60.0,
            Self::Diurnal => 52.0,
            Self::SlowScripts => 15.0,
            Self::Contended => 32.0,
            Self::AgentBatch => 1.0,
        }
    }

    /// A Poisson process whose rate changes, by thinning one of the highest rate (Lewis and Shedler).
    fn thinned(self, rate: &Rate, chance: &mut Chance) -> Vec<Arrival> {
        let (mut at, mut arrivals) = (0.0, Vec::new());
        loop {
            at += chance.wait(self.peak());
            if at >= self.length() {
                return arrivals;
            }
            if chance.share() * self.peak() <= rate.at(at) {
                arrivals.push(Arrival { at, service: self.service(at, chance) });
            }
        }
    }

    fn segments(self, chance: &mut Chance) -> Vec<Segment> {
        let (mut at, mut on, mut segments) = (0.0, false, Vec::new());
        while at < self.length() {
            let lasts = chance.wait(1.0 / if on { 10.0 } else { 40.0 });
            segments.push((at..at + lasts, on));
            at += lasts;
            on = !on;
        }
        segments
    }

    fn batches(self, chance: &mut Chance) -> Vec<Arrival> {
        let (mut at, mut arrivals) = (0.0, Vec::new());
        loop {
            at += chance.wait(0.25);
            if at >= self.length() {
                return arrivals;
            }
            for _ in 0..chance.die(10) {
                let arrival = at + chance.between(0.0, 0.02);
                arrivals.push(Arrival { at: arrival, service: chance.lognormal(0.3, 1.0) });
            }
        }
    }

    fn service(self, at: f64, chance: &mut Chance) -> f64 {
        match self {
            Self::SlowScripts if MIDDLE.contains(&at) && chance.share() < 0.05 => chance.between(8.0, 12.0),
            Self::HeavyTail => (0.0667 / (1.0 - chance.share()).powf(1.0 / 1.5)).min(30.0),
            _ => chance.lognormal(0.2, 1.0),
        }
    }
}

/// The third of the time in which something is different.
const MIDDLE: Range<f64> = 600.0..1_200.0;

impl Rate {
    /// Calls a second at this time.
    pub(super) fn at(&self, at: f64) -> f64 {
        match self.workload {
            Workload::Steady | Workload::CrashStorm | Workload::HeavyTail => 20.0,
            Workload::Step => {
                if MIDDLE.contains(&at) {
                    50.0
                } else {
                    10.0
                }
            }
            Workload::OnOff => {
                let next = self.segments.partition_point(|(span, _)| span.end <= at);
                if self.segments.get(next).is_some_and(|(_, on)| *on) { 60.0 } else { 1.0 }
            }
            Workload::Diurnal => 26.0 - 24.0 * (TAU * at / 1_800.0).cos(),
            Workload::SlowScripts => 15.0,
            Workload::Contended => {
                if (600.0..660.0).contains(&at) {
                    32.0
                } else {
                    16.0
                }
            }
            Workload::AgentBatch => 0.3,
        }
    }

    /// What a call takes in the mean at this time, in seconds.
    pub(super) fn service(&self, at: f64) -> f64 {
        match self.workload {
            Workload::SlowScripts if MIDDLE.contains(&at) => 0.69,
            Workload::HeavyTail => 0.19,
            Workload::AgentBatch => 0.3,
            _ => 0.2,
        }
    }

    pub(super) fn workload(&self) -> Workload {
        self.workload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_others_are_told_what_there_is() {
        for workload in Workload::ALL {
            assert_eq!(Workload::find(workload.name()), Ok(workload));
        }
        let error = Workload::find("stormy").expect_err("none").to_string();
        assert!(error.contains("stormy") && error.contains("slow-scripts, crash-storm"), "{error}");
    }

    #[test]
    fn the_same_seed_is_the_same_load_and_another_is_another() {
        for workload in Workload::ALL {
            let (one, other) = (workload.trace(3), workload.trace(4));
            assert_eq!(one, workload.trace(3));
            assert_ne!(one, other);
            assert!(one.arrivals.iter().all(|arrival| arrival.at < workload.length() + 0.02 && arrival.service > 0.0));
        }
    }

    #[test]
    fn the_load_is_as_described() {
        let near = |workload: Workload, erlang: f64| {
            let offered = workload.trace(1).offered();
            assert!((offered / erlang - 1.0).abs() < 0.25, "{}: {offered}", workload.name());
        };
        near(Workload::Steady, 4.0);
        near(Workload::Step, 4.67);
        near(Workload::Diurnal, 5.2);
        near(Workload::AgentBatch, 0.41);
    }
}
