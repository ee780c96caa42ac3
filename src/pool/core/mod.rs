//! The pool's mind: which job waits where, which worker does what, who comes and who goes. Pure: it is told what happened and when,
//! and says what is to be done about it; it starts nothing, waits for nothing and knows no clock. So ten thousand histories can be
//! played to it in a second.

mod breaker;
mod codel;
mod ledger;
mod life;
mod owner;
mod pilot;
mod queue;
mod recent;
mod recycle;
mod refuse;
mod report;
mod table;
mod tried;
mod work;

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Limits, Size};
use crate::model::{CommandError, Job, Lane, Resize, RunError, ShedReason, SlowCall, WorkerState};

use breaker::{Breakers, Streak};
use ledger::Ledger;
use pilot::Pilot;
use queue::{Fit, Passed, Queue};
use recent::Stopwatch;
use refuse::poisoned;
use table::{Current, Table};
use work::Work;

pub(super) use life::End;
pub use recycle::Lives;
pub(super) use table::WorkerId;
pub use tried::{Part, is_canary};
pub(super) use work::SLOW;

/// Control jobs that may wait.
const CONTROLS: usize = 64;
/// How long the reserve stays when nobody needs it any more.
const RESERVE_IDLE: Duration = Duration::from_secs(30);
/// How long jobs have to end once they were told to at the end of a drain, before they are told again.
const LAST_GRACE: Duration = Duration::from_secs(4);

/// What travels with a job and means nothing here, but for one thing.
pub(super) trait Load {
    /// Whether the caller has gone.
    fn is_gone(&self) -> bool;
}

/// A job on its way through the pool.
#[derive(Debug)]
pub(super) struct Ticket<L> {
    /// Its number.
    pub(super) id: u64,
    /// What is to be done.
    pub(super) job: Job,
    /// When it was asked for.
    pub(super) asked: Instant,
    /// A worker had it already and died of something; it may be done once more.
    pub(super) again: bool,
    /// What travels with it.
    pub(super) load: L,
}

/// What is to be done now.
#[derive(Debug)]
pub(super) enum Effect<L> {
    /// Start a worker after a while.
    Start(WorkerId, Duration),
    /// Hand a job to an idle worker.
    Give(WorkerId, Ticket<L>),
    /// Give the worker no more jobs, and let it go when it has none.
    Retire(WorkerId),
    /// Tell the worker's job to stop.
    Stop(WorkerId),
    /// Tell a caller that there is no outcome.
    Answer(Ticket<L>, RunError),
    /// Write a slow call down.
    Slow(SlowCall),
}

/// The pool's mind.
pub(super) struct Core<L> {
    limits: Limits,
    size: Size,
    reason: String,
    table: Table,
    queue: Queue<L>,
    /// Jobs that must not wait for others, oldest first.
    control: VecDeque<Ticket<L>>,
    ledger: Ledger,
    work: Work,
    breakers: Breakers,
    streak: Streak,
    pilot: Pilot,
    /// Who stopped everything, while it is.
    stopped: Option<Arc<str>>,
    utilisation: Option<f64>,
    /// What the workers hold in the median, in bytes.
    median: u64,
    last_recycle: Option<Instant>,
    draining: Option<Instant>,
    /// When the controller last looked.
    measured: Instant,
    /// How long the target has been as high as it may be.
    at_max: Stopwatch,
    chance: Box<dyn FnMut() -> f64 + Send>,
    effects: Vec<Effect<L>>,
    /// The limits of life of every second worker, while these are tried out.
    canary: Option<Lives>,
}

impl<L: Load> Core<L> {
    /// A pool without workers; [`Core::begin`] starts them. `chance` gives numbers from 0 to 1.
    pub(super) fn new(limits: Limits, now: Instant, chance: Box<dyn FnMut() -> f64 + Send>) -> Self {
        Self {
            size: limits.size,
            reason: "as configured".into(),
            table: Table::new(now),
            queue: Queue::new(limits.queue, limits.queue_limit),
            control: VecDeque::new(),
            ledger: Ledger::new(now),
            work: Work::default(),
            breakers: Breakers::default(),
            streak: Streak::default(),
            pilot: Pilot::new(limits.knobs, limits.cores, now),
            stopped: None,
            utilisation: None,
            median: u64::MAX,
            last_recycle: None,
            draining: None,
            measured: now,
            at_max: Stopwatch::new(limits.size.is_at_max(), now),
            chance,
            effects: Vec::new(),
            canary: None,
            limits,
        }
    }

    /// What is to be done since the last question, in this order.
    pub(super) fn effects(&mut self) -> std::vec::Drain<'_, Effect<L>> {
        self.effects.drain(..)
    }

    /// Starts the first workers.
    pub(super) fn begin(&mut self, now: Instant) {
        self.fill(now);
    }

    /// A job has come.
    pub(super) fn accept(&mut self, ticket: Ticket<L>, now: Instant) {
        if self.draining.is_some() {
            return self.effects.push(Effect::Answer(ticket, RunError::Closed));
        }
        if self.is_stopped_for(&ticket) {
            return self.refuse_stopped(ticket, now);
        }
        if let Err(refusal) = self.breakers.admit(&ticket.job.key, now) {
            self.ledger.shed(ShedReason::Poisoned);
            let error = poisoned(&ticket.job, refusal);
            return self.effects.push(Effect::Answer(ticket, error));
        }
        self.ledger.came(now);
        if self.hopeless() {
            return self.no_worker(ticket, now);
        }
        if ticket.job.lane == Lane::Control {
            if self.control.len() >= CONTROLS {
                return self.busy(ticket, ShedReason::Full, now);
            }
            self.control.push_back(ticket);
            return self.assign(now);
        }
        // Most jobs find an idle worker and need no queue.
        let first = self.queue.len() == 0 && self.control.is_empty() && self.fit(&ticket) != Fit::Full;
        if first && let Some(id) = self.table.pop_idle() {
            self.queue.passed_by(ticket.job.lane);
            self.give(id, ticket, now);
            return self.note_arrival(now);
        }
        if self.queue.is_full() {
            // Room is first made by those whose caller has gone.
            for gone in self.queue.take_all(|ticket| ticket.load.is_gone()) {
                self.pass(gone, Passed::Gone, now);
            }
        }
        match self.queue.push(ticket) {
            Ok(displaced) => {
                if let Some(displaced) = displaced {
                    self.busy(displaced, ShedReason::Displaced, now);
                }
                self.assign(now);
            }
            Err(ticket) => self.busy(ticket, ShedReason::Full, now),
        }
        self.note_arrival(now);
    }

    /// The caller of this job wants it no more.
    pub(super) fn cancel(&mut self, id: u64, now: Instant) {
        let at = self.control.iter().position(|ticket| ticket.id == id);
        if let Some(ticket) = self.queue.remove(id).or_else(|| self.control.remove(at?)) {
            let queued = now.saturating_duration_since(ticket.asked);
            let error = RunError::Cancelled { started: false, slot: None, queued, ran: Duration::ZERO };
            self.turn_away(ticket, error, now);
            self.drop_unneeded_reserve();
        } else if let Some(worker) = self.table.with_job(id) {
            self.effects.push(Effect::Stop(worker));
        }
    }

    /// Gives the pool a new size; busy workers finish first.
    pub(super) fn resize(&mut self, resize: Resize, now: Instant) -> Result<(Size, Size), CommandError> {
        let target = self.size.resized(resize)?.target;
        self.pilot.set_by_hand(now);
        let held = if target == 0 { "; calls wait until it is larger" } else { "" };
        self.resize_for(resize, format!("set to {target} by hand{held}"), now)
    }

    /// Takes no more jobs, turns the waiting ones away and lets every worker go; what still runs at the deadline is told to stop.
    pub(super) fn drain(&mut self, grace: Duration, now: Instant) {
        let deadline = now + grace;
        self.draining = Some(self.draining.map_or(deadline, |before| before.min(deadline)));
        for ticket in self.take_waiting() {
            self.turn_away(ticket, RunError::Closed, now);
        }
        for slot in self.table.slots() {
            self.table.retire(slot);
            self.effects.extend(self.table.id(slot).map(Effect::Retire));
        }
    }

    /// Whether a drain has come to its end.
    pub(super) fn is_drained(&self) -> bool {
        self.draining.is_some() && self.table.is_empty()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.is_some()
    }

    /// When [`Core::tick`] is to be called, at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let control = self.control.front().map(|ticket| ticket.asked + self.limits.queue_limit);
        let lives = [self.draining, self.streak.calm_at(), self.recycle_at(), self.reserve_until()];
        [self.queue.deadline(), control].into_iter().chain(lives).flatten().min()
    }

    /// Time has gone on.
    pub(super) fn tick(&mut self, now: Instant) {
        while let Some(ticket) = self.queue.pop_overdue(now) {
            self.waited_too_long(ticket, now);
        }
        while self.control.front().is_some_and(|ticket| ticket.asked + self.limits.queue_limit <= now) {
            let Some(ticket) = self.control.pop_front() else { break };
            self.waited_too_long(ticket, now);
        }
        self.drop_unneeded_reserve();
        if self.reserve_until().is_some_and(|until| until <= now) {
            self.let_go_reserve();
        }
        if self.streak.looping() {
            self.streak.calm(now);
            self.fill(now);
        }
        self.recycle(now);
        if self.draining.is_some_and(|deadline| deadline <= now) {
            let slots = self.table.slots();
            self.effects.extend(slots.into_iter().filter_map(|slot| self.table.id(slot)).map(Effect::Stop));
            self.draining = Some(now + LAST_GRACE);
        }
    }

    /// Hands waiting jobs to idle workers.
    fn assign(&mut self, now: Instant) {
        while !self.control.is_empty() {
            let Some(id) = self.table.pop_idle().or_else(|| self.table.idle_reserve()) else { break };
            match self.control.pop_front() {
                Some(ticket) if !ticket.load.is_gone() => self.give(id, ticket, now),
                gone => {
                    self.table.set_idle(id, now);
                    if let Some(gone) = gone {
                        self.pass(gone, Passed::Gone, now);
                    }
                }
            }
        }
        if !self.control.is_empty() && self.table.reserve().is_none() && self.draining.is_none() {
            let delay = self.streak.patience(false, (self.chance)());
            self.open(table::RESERVE, delay, now);
        }
        let mut passed = Vec::new();
        while self.table.has_idle() {
            let Self { queue, work, limits, size, .. } = self;
            let next = queue.pop(now, |ticket| fit(work, limits, *size, ticket), &mut passed);
            let Some(ticket) = next else { break };
            let Some(id) = self.table.pop_idle() else { break };
            self.give(id, ticket, now);
        }
        for (ticket, why) in passed {
            self.pass(ticket, why, now);
        }
    }

    fn fit(&self, ticket: &Ticket<L>) -> Fit {
        fit(&self.work, &self.limits, self.size, ticket)
    }

    fn give(&mut self, id: WorkerId, ticket: Ticket<L>, now: Instant) {
        let Some(entry) = self.table.get(id) else { return self.queue.put_back(ticket) };
        entry.current = Some(Current::of(ticket.id, &ticket.job, now));
        entry.state = WorkerState::Busy;
        let warm = entry.ready.is_some_and(|ready| ready <= ticket.asked);
        let waited = now.saturating_duration_since(ticket.asked);
        self.ledger.gave(now, waited, warm);
        self.work.began(&ticket.job);
        self.pilot.began(id.slot, ticket.job.lane, &ticket.job.key, waited, now);
        self.effects.push(Effect::Give(id, ticket));
    }

    fn pass(&mut self, ticket: Ticket<L>, why: Passed, now: Instant) {
        match why {
            // Nobody listens; only a trial has to be given up.
            Passed::Gone => self.breakers.undecided(&ticket.job.key, now),
            Passed::Overloaded => {
                self.ledger.shed(ShedReason::Overloaded);
                let waited = now.saturating_duration_since(ticket.asked);
                let error = RunError::Overloaded { lane: ticket.job.lane, waited, retry_ms: self.retry_ms() };
                self.turn_away(ticket, error, now);
            }
        }
    }

    fn take_waiting(&mut self) -> Vec<Ticket<L>> {
        let mut waiting = self.queue.take_all(|_| true);
        waiting.extend(self.control.drain(..));
        waiting
    }

    /// A job that no worker has had gets its answer.
    fn turn_away(&mut self, ticket: Ticket<L>, error: RunError, now: Instant) {
        self.breakers.undecided(&ticket.job.key, now);
        self.effects.push(Effect::Answer(ticket, error));
    }
}

/// Whether a job may have a worker now: its work has at most half of the pool while others wait, and what it uses has its limit.
fn fit<L>(work: &Work, limits: &Limits, size: Size, ticket: &Ticket<L>) -> Fit {
    let at_limit = |target: &Arc<str>| limits.targets.get(target.as_ref()).is_some_and(|most| work.using(target) >= *most);
    match () {
        () if ticket.job.targets.iter().any(at_limit) => Fit::Full,
        () if ticket.job.ceilings.iter().any(|(name, most)| work.using(name) >= *most) => Fit::Full,
        () if work.running(&ticket.job.key) >= (size.target / 2).max(1) => Fit::OverShare,
        () => Fit::Good,
    }
}
