//! What becomes of workers: started, ready, done with a job, given up, replaced.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Core, Effect, Load, RESERVE_IDLE, Ticket, poisoned,
    recycle::{Due, PAUSE, Span, median},
    table::{Entry, RESERVE, WorkerId},
    tried::lives,
};
use crate::model::{Lane, RecycleReason, ShedReason, SlowCall, WorkerState};

/// How a worker came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pool) enum End {
    /// It was retired, or given up before.
    Retired,
    /// It never became ready.
    NotStarted(String),
    /// It died or broke the protocol; with a job in its hands or without.
    Died {
        /// How, for people.
        how: String,
        /// Whether it had begun with a job.
        at_work: bool,
    },
}

impl<L: Load> Core<L> {
    /// A worker's process runs.
    pub(in crate::pool) fn started(&mut self, id: WorkerId, pid: Option<u32>, now: Instant) {
        self.ledger.spawned(now);
        if let Some(entry) = self.table.get(id) {
            entry.pid = pid;
            entry.started = now;
            if entry.state == WorkerState::Backoff {
                entry.state = WorkerState::Starting;
            }
        }
    }

    /// It has said hello.
    pub(in crate::pool) fn greeted(&mut self, id: WorkerId) {
        if let Some(entry) = self.table.get(id).filter(|entry| entry.state == WorkerState::Starting) {
            entry.state = WorkerState::Warming;
        }
    }

    /// It has done its first job, and can take another.
    pub(in crate::pool) fn ready(&mut self, id: WorkerId, took: Duration, now: Instant) {
        self.ledger.started(took);
        self.streak.ready();
        let lives = lives(self.limits.lives, self.canary, id.slot);
        let span = Span::begin(&lives, now, &mut self.chance);
        let Some(entry) = self.table.get(id) else { return };
        entry.ready = Some(now);
        entry.span = span;
        self.free(id, now);
        self.fill(now);
        self.replace_marked();
    }

    /// It has answered its job after this time; `timed_out` says that the answer is that the time was up.
    pub(in crate::pool) fn finished(
        &mut self,
        id: WorkerId,
        ran: Duration,
        timed_out: bool,
        slow: Option<SlowCall>,
        now: Instant,
    ) {
        let Some(current) = self.table.finish(id, now) else { return };
        self.pilot.ended(id.slot, Some(ran), now);
        self.note_slow(&current.key, slow);
        // What was cut off says nothing about how long such work takes.
        self.work.ended(&current.key, &current.targets, (!timed_out).then_some(ran));
        self.ledger.served(ran, now);
        self.ledger.counters.timeouts += u64::from(timed_out);
        self.breakers.served(&current.key);
        let held = self.streak.looping();
        self.streak.served();
        if held {
            self.fill(now);
        }
        let (lives, middle) = (lives(self.limits.lives, self.canary, id.slot), self.median);
        let Some(entry) = self.table.get(id) else { return };
        entry.served += 1;
        entry.last = Some((current.tool, current.subject));
        let due = entry.span.due(entry.served, middle, &lives, now);
        self.free(id, now);
        if due != Due::No {
            self.recycle(now);
        }
    }

    /// It was too long at its job or did not heed a cancel, and is being stopped; its caller knows. Another takes its place now.
    pub(in crate::pool) fn stopping(
        &mut self,
        id: WorkerId,
        timeout: bool,
        wasted: Duration,
        slow: Option<SlowCall>,
        now: Instant,
    ) {
        let Some(current) = self.table.finish(id, now) else { return };
        self.pilot.ended(id.slot, Some(wasted), now);
        self.note_slow(&current.key, slow);
        self.work.ended(&current.key, &current.targets, None);
        self.breakers.undecided(&current.key, now);
        self.ledger.killed(timeout, wasted, now);
        tracing::warn!(slot = id.slot, timeout, key = &*current.key, "worker stopped");
        if let Some(entry) = self.table.get(id) {
            entry.state = WorkerState::Killing;
        }
        self.fill(now);
        self.assign(now);
    }

    /// The worker could not take the job that it was given: it is just dying. The job goes to another.
    pub(in crate::pool) fn bounced(&mut self, id: WorkerId, ticket: Ticket<L>, now: Instant) {
        if let Some(current) = self.table.finish(id, now) {
            self.pilot.ended(id.slot, None, now);
            self.work.ended(&current.key, &current.targets, None);
        }
        if let Some(entry) = self.table.get(id) {
            entry.state = WorkerState::Killing;
        }
        self.return_to_queue(ticket, now);
        self.assign(now);
    }

    /// It is gone. A job that it did not begin, or that may be done again, comes back.
    pub(in crate::pool) fn ended(&mut self, id: WorkerId, end: &End, missed: Option<Ticket<L>>, now: Instant) {
        let current = self.table.finish(id, now);
        let at_work = matches!(end, End::Died { at_work: true, .. });
        if let Some(current) = &current {
            self.pilot.ended(id.slot, None, now);
            self.work.ended(&current.key, &current.targets, None);
            if !at_work && missed.is_none() {
                self.breakers.undecided(&current.key, now);
            }
        }
        let known = self.table.remove(id).is_some();
        if let Some(ticket) = missed {
            self.ledger.counters.repeated += u64::from(ticket.again);
            self.return_to_queue(ticket, now);
        }
        if known {
            match end {
                End::Retired => {}
                End::NotStarted(how) => self.failed(id, how, false, now),
                End::Died { how, .. } => {
                    self.failed(id, how, true, now);
                    if let Some(current) = current.filter(|_| at_work)
                        && self.breakers.crashed(&current.key, now)
                    {
                        self.refuse_waiting(&current.key, now);
                    }
                }
            }
            if id.slot != RESERVE {
                self.replace(matches!(end, End::NotStarted(_)), now);
            }
        }
        self.assign(now);
    }

    /// What the workers' processes hold, by process number, in bytes.
    pub(in crate::pool) fn weigh(&mut self, held: &[(u32, u64)], now: Instant) {
        let of = |entry: &Entry| held.iter().find(|(pid, _)| Some(*pid) == entry.pid).map(|(_, rss)| *rss);
        self.median = median(self.table.pool().filter_map(|(_, entry)| of(entry)).collect());
        let (lives, middle) = (self.limits.lives, self.median);
        for entry in self.table.entries() {
            if let Some(rss) = of(entry) {
                entry.span.weigh(rss, middle, &lives, now);
            }
        }
        self.recycle(now);
    }

    /// Starts workers until there are as many as there should be. While they die one after the other there is no growth.
    pub(super) fn fill(&mut self, now: Instant) {
        while self.draining.is_none() && self.table.staying() < usize::from(self.size.target) {
            if self.streak.looping() && self.table.live() + self.table.rising() > 0 {
                return;
            }
            let slot = self.table.free_slot();
            self.open(slot, Duration::ZERO, now);
        }
    }

    /// Fills the place of a worker that ended.
    fn replace(&mut self, never_started: bool, now: Instant) {
        let wanted = self.table.staying() < usize::from(self.size.target);
        let held = self.streak.looping() && self.table.rising() > 0;
        if self.draining.is_none() && wanted && !held {
            let delay = self.streak.patience(!never_started, (self.chance)());
            let slot = self.table.free_slot();
            self.open(slot, delay, now);
        }
        self.fill(now);
    }

    /// Opens a slot and starts a worker in it after `delay`.
    pub(super) fn open(&mut self, slot: u16, delay: Duration, now: Instant) {
        let state = if delay.is_zero() { WorkerState::Starting } else { WorkerState::Backoff };
        // Its span begins when it is ready.
        let span = Span::begin(&lives(self.limits.lives, self.canary, slot), now, || 0.5);
        let id = self.table.open(slot, state, span, now);
        self.effects.push(Effect::Start(id, delay));
    }

    /// Lets workers go until there are no more than there should be.
    pub(super) fn shrink(&mut self) {
        while self.table.staying() > usize::from(self.size.target) {
            let Some(slot) = self.table.surplus() else { return };
            self.let_go(slot, RecycleReason::Size);
        }
    }

    fn let_go(&mut self, slot: u16, reason: RecycleReason) {
        let before = self.table.retire(slot);
        if matches!(before, Some(WorkerState::Idle | WorkerState::Busy)) {
            self.ledger.recycled(reason);
        }
        self.effects.extend(self.table.id(slot).map(Effect::Retire));
    }

    /// The worker can take a job, unless it was retired meanwhile.
    fn free(&mut self, id: WorkerId, now: Instant) {
        let Some(entry) = self.table.get(id) else { return };
        if matches!(entry.state, WorkerState::Draining | WorkerState::Killing) {
            entry.state = WorkerState::Killing;
            return;
        }
        self.table.set_idle(id, now);
        self.assign(now);
    }

    fn failed(&mut self, id: WorkerId, how: &str, started: bool, now: Instant) {
        self.ledger.counters.crashed += 1;
        self.table.note_crash(id.slot);
        self.streak.failed(id.slot, how, started, now);
        if self.hopeless() {
            for ticket in self.take_waiting() {
                self.no_worker(ticket, now);
            }
        }
    }

    /// Whether no worker lives and starting them fails again and again: then nobody should wait for one.
    pub(super) fn hopeless(&self) -> bool {
        self.streak.failing() && self.table.live() == 0
    }

    fn refuse_waiting(&mut self, key: &str, now: Instant) {
        for ticket in self.queue.take_all(|ticket| &*ticket.job.key == key) {
            self.ledger.shed(ShedReason::Poisoned);
            if let Err(refusal) = self.breakers.admit(key, now) {
                let error = poisoned(&ticket.job, refusal);
                self.effects.push(Effect::Answer(ticket, error));
            }
        }
    }

    fn return_to_queue(&mut self, ticket: Ticket<L>, now: Instant) {
        if self.draining.is_some() {
            return self.turn_away(ticket, crate::model::RunError::Closed, now);
        }
        if self.is_stopped_for(&ticket) {
            return self.refuse_stopped(ticket, now);
        }
        if ticket.job.lane == Lane::Control {
            self.control.push_front(ticket);
        } else {
            self.queue.put_back(ticket);
        }
    }

    /// A call is written down if it was slow for its kind.
    pub(in crate::pool) fn note_slow(&mut self, key: &str, slow: Option<SlowCall>) {
        let Some(mut call) = slow else { return };
        let took = Duration::from_millis(call.queued_ms + call.ran_ms);
        if self.work.is_slow(key, took) {
            call.usual_ms = self.work.usual(key).map(crate::util::clock::millis);
            self.ledger.note_slow(call.clone());
            self.effects.push(Effect::Slow(call));
        }
    }

    /// Lets one worker go that has lived long enough: its replacement starts first. One that holds far too much goes at once.
    pub(super) fn recycle(&mut self, now: Instant) {
        if self.draining.is_some() {
            return;
        }
        let (all, canary, middle) = (self.limits.lives, self.canary, self.median);
        let due = |slot, entry: &Entry| entry.span.due(entry.served, middle, &lives(all, canary, slot), now);
        let at_once = |(slot, entry): (u16, &Entry)| (stays(entry) && due(slot, entry) == Due::Now).then_some(slot);
        let heavy: Vec<u16> = self.table.pool().filter_map(at_once).collect();
        for slot in heavy {
            self.let_go(slot, RecycleReason::Memory);
            self.fill(now);
        }
        if self.recycle_from().is_none_or(|from| from > now) {
            return;
        }
        let soon = |(slot, entry): (u16, &Entry)| match due(slot, entry) {
            Due::Soon(reason) if stays(entry) => Some((slot, reason)),
            _ => None,
        };
        let Some((slot, reason)) = self.table.pool().find_map(soon) else { return };
        if let Some(entry) = self.table.entry(slot) {
            entry.recycle = Some(reason);
            self.last_recycle = Some(now);
            self.fill(now);
        }
    }

    /// From when on the next worker may be replaced; `None` while one is, or while workers die by themselves.
    fn recycle_from(&self) -> Option<Instant> {
        let marked = self.table.pool().any(|(_, entry)| is_marked(entry));
        if marked || self.streak.looping() || self.draining.is_some() {
            return None;
        }
        let first = self.table.pool().map(|(_, entry)| entry.started).min()?;
        Some(self.last_recycle.map_or(first, |last| last + PAUSE))
    }

    /// When the next worker is to be replaced.
    pub(super) fn recycle_at(&self) -> Option<Instant> {
        let staying = self.table.pool().filter(|(_, entry)| stays(entry));
        let due = staying.filter_map(|(_, entry)| entry.span.due_at(entry.served, entry.started)).min()?;
        self.recycle_from().map(|from| from.max(due))
    }

    /// Lets the marked workers go once there are enough without them.
    pub(super) fn replace_marked(&mut self) {
        let enough = self.table.pool().filter(|(_, entry)| stays(entry)).count() >= usize::from(self.size.target);
        let marked = || self.table.pool().filter(|(_, entry)| is_marked(entry));
        let going: Vec<_> = marked().filter(|_| enough).filter_map(|(slot, entry)| Some((slot, entry.recycle?))).collect();
        for (slot, reason) in going {
            self.let_go(slot, reason);
        }
    }

    /// Until when an idle reserve stays.
    pub(super) fn reserve_until(&self) -> Option<Instant> {
        let reserve = self.table.reserve().filter(|entry| entry.state == WorkerState::Idle)?;
        Some(reserve.idle_since + RESERVE_IDLE)
    }

    /// A start that nobody waits for any more is given up.
    pub(super) fn drop_unneeded_reserve(&mut self) {
        let rising = [WorkerState::Starting, WorkerState::Warming, WorkerState::Backoff];
        if self.control.is_empty() && self.table.reserve().is_some_and(|entry| rising.contains(&entry.state)) {
            self.let_go_reserve();
        }
    }

    pub(super) fn let_go_reserve(&mut self) {
        self.table.retire(RESERVE);
        self.effects.extend(self.table.id(RESERVE).map(Effect::Retire));
    }
}

/// Whether a worker works and is not on its way out.
fn stays(entry: &Entry) -> bool {
    matches!(entry.state, WorkerState::Idle | WorkerState::Busy) && entry.recycle.is_none()
}

/// Whether a worker works until its replacement is there.
fn is_marked(entry: &Entry) -> bool {
    matches!(entry.state, WorkerState::Idle | WorkerState::Busy) && entry.recycle.is_some()
}
