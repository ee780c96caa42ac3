//! Making the calls: to a plan, whatever becomes of them, or each client its next when it has the answer to its last.

mod closed;
mod open;
mod pace;
mod warm;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    line::{Line, Outcome, TIMEOUT},
    mix::{Ask, Mix},
    schedule::{self, Arrivals, Stage},
    tally::{Sample, Tally},
};

pub use pace::Pace;
pub(super) use warm::{WarmUp, warm_up};

/// How often a watcher looks.
const LOOK: Duration = Duration::from_millis(250);
/// How long calls under way may take to end once a run was broken off.
const LAST: Duration = Duration::from_secs(1);

/// What comes when, planned beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The times of the calls since the beginning, in order.
    pub times: Arc<[Duration]>,
    /// The operation of each.
    pub operations: Vec<usize>,
    /// How long it takes; the last call may be earlier.
    pub length: Duration,
}

impl Plan {
    /// A plan of these stages, the same again from the same seed.
    #[must_use]
    pub fn new(stages: &[Stage], arrivals: Arrivals, mix: &Mix, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let times: Arc<[Duration]> = schedule::plan(stages, arrivals, &mut random).into();
        let operations = times.iter().map(|_| mix.choose(&mut random)).collect();
        Self { times, operations, length: schedule::length(stages) }
    }
}

/// How calls are made.
#[derive(Debug, Clone, PartialEq)]
pub enum Load {
    /// By plan.
    Open {
        /// What comes when.
        plan: Plan,
        /// Most calls under way; past it planned calls are dropped and counted.
        in_flight: usize,
    },
    /// Each client makes its next call when it has the answer to its last.
    Closed {
        /// How many.
        clients: usize,
        /// How long a client thinks between calls: at random between the two.
        think: (Duration, Duration),
        /// For how long.
        length: Duration,
    },
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Go {
    /// Yes.
    On,
    /// No.
    Stop,
}

/// Looks at what was measured, four times a second.
pub(super) trait Watcher {
    /// Looks, `at` so long after the beginning, with so many calls under way.
    fn look(&mut self, tally: &Tally, at: Duration, in_flight: usize) -> Go;
}

impl<F: FnMut(&Tally, Duration, usize) -> Go> Watcher for F {
    fn look(&mut self, tally: &Tally, at: Duration, in_flight: usize) -> Go {
        self(tally, at, in_flight)
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As planned.
    Whole,
    /// Its watcher stopped it.
    Stopped,
    /// It was cancelled.
    Cancelled,
}

/// What calls are made with.
pub(super) struct Runner<'a> {
    /// The ways to the target, used in turn; in a closed loop each client has its own.
    pub lines: &'a [Arc<dyn Line>],
    /// What is called.
    pub mix: &'a Mix,
    /// How long an answer may take.
    pub timeout: Duration,
    /// What the random numbers begin from.
    pub seed: u64,
    /// What tells the time.
    pub pace: Pace,
    /// Ends every run.
    pub stop: CancellationToken,
}

impl Runner<'_> {
    /// Makes the calls of `load`. Says how it ended and how long it took from the first planned call to the last answer.
    pub(super) async fn run(&self, load: &Load, tally: &mut Tally, watcher: &mut dyn Watcher) -> (End, Duration) {
        match load {
            Load::Open { plan, in_flight } => open::run(self, (plan, *in_flight), tally, watcher).await,
            Load::Closed { clients, think, length } => closed::run(self, (*clients, *think, *length), tally, watcher).await,
        }
    }
}

/// One call, given up after `limit`.
async fn call(line: Arc<dyn Line>, ask: Ask, limit: Duration) -> Outcome {
    tokio::time::timeout(limit, line.call(ask)).await.unwrap_or_else(|_| Err(Arc::from(TIMEOUT)))
}

/// The state of a run while it goes on.
struct Running<'a> {
    tally: &'a mut Tally,
    watcher: &'a mut dyn Watcher,
    start: Instant,
    in_flight: usize,
}

impl Running<'_> {
    fn take(&mut self, sample: &Sample) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.tally.add(sample);
    }

    fn look(&mut self) -> Go {
        self.watcher.look(self.tally, self.start.elapsed(), self.in_flight)
    }
}
