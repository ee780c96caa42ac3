//! What is simulated: calls, a pool, what is turned away.

use super::{
    Choice, Tuning,
    bound::bound,
    controller::Setting,
    outcome::Outcome,
    simulator::Pool,
    trace::Trace,
    workload::{Rate, Workload},
};

/// Which lane calls come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Nothing is cut but by the bound and the longest wait.
    Interactive,
    /// A standing queue is cut by controlled delay.
    Bulk,
}

/// What is turned away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Calls that may wait.
    pub queue: usize,
    /// Longest wait, in seconds.
    pub wait: f64,
    /// The lane of all calls.
    pub lane: Lane,
}

impl Default for Limits {
    /// Those of the comparison of controllers in `docs/optimizer.md`.
    fn default() -> Self {
        Self { queue: 1_000, wait: 10.0, lane: Lane::Bulk }
    }
}

/// What is simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// The load, where the calls are those of a named one: its rate, and how calls slow each other and kill workers.
    pub(super) workload: Option<Workload>,
    /// Its rate, for the oracle.
    pub(super) rate: Option<Rate>,
    pub(super) trace: Trace,
    /// Workers at first; `None` as the controller likes.
    pub first: Option<u16>,
    /// Bounds and machine.
    pub setting: Setting,
    /// What is turned away.
    pub limits: Limits,
    /// What is promised.
    pub tuning: Tuning,
    /// For how long workers start.
    pub seed: u64,
}

impl Simulation {
    /// A named load.
    pub fn of_workload(workload: Workload, seed: u64) -> Self {
        let (trace, rate) = workload.play(seed);
        Self { workload: Some(workload), rate: Some(rate), ..Self::of_trace(trace, seed) }
    }

    /// These calls.
    pub fn of_trace(trace: Trace, seed: u64) -> Self {
        let (setting, limits, tuning) = (Setting::default(), Limits::default(), Tuning::default());
        Self { workload: None, rate: None, trace, first: None, setting, limits, tuning, seed }
    }

    /// The calls.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }
}

/// Plays the calls to a pool with this controller; `None` for the oracle where there is no named load.
pub fn simulate(simulation: &Simulation, choice: Choice) -> Option<Outcome> {
    let controller = choice.build(simulation.tuning, simulation.rate.as_ref())?;
    let least = bound(&simulation.trace, simulation.setting.start).workers;
    // A size that was asked for is kept, whatever the bounds.
    let largest = if let Choice::Fixed(size) = choice { size } else { simulation.setting.max };
    let outcome = Pool::new(simulation, controller, largest).run(least);
    Some(Outcome { controller: choice.to_string(), ..outcome })
}
