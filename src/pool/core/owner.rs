//! What the owner may do to the whole pool or one worker. The red stop: everything that runs is cancelled, what waits is turned away,
//! and nothing begins until it is lifted.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Core, Effect, Load, Ticket,
    table::{Entry, RESERVE},
};
use crate::model::{Lane, RecycleReason, RunError, WorkerState};

impl<L: Load> Core<L> {
    /// Stops everything; `by` is who wants it. Says how many jobs ran and how many waited.
    pub(in crate::pool) fn stop(&mut self, by: String, now: Instant) -> (usize, usize) {
        self.stopped = Some(by.into());
        let waiting = self.take_waiting();
        let waited = waiting.len();
        for ticket in waiting {
            self.refuse_stopped(ticket, now);
        }
        let at_work: Vec<_> = self.table.at_work().collect();
        let ran = at_work.len();
        self.effects.extend(at_work.into_iter().map(Effect::Stop));
        (ran, waited)
    }

    /// Takes jobs again; says whether it was stopped.
    pub(in crate::pool) fn lift(&mut self) -> bool {
        self.stopped.take().is_some()
    }

    /// Starts the workers at once that wait for their start; says how many.
    pub(in crate::pool) fn warm(&mut self, now: Instant) -> usize {
        let waits = |(_, entry): &(u16, &Entry)| entry.state == WorkerState::Backoff;
        let slots: Vec<u16> = self.table.pool().filter(waits).map(|(slot, _)| slot).collect();
        for slot in &slots {
            self.table.retire(*slot);
            self.effects.extend(self.table.id(*slot).map(Effect::Retire));
            let free = self.table.free_slot();
            self.open(free, Duration::ZERO, now);
        }
        slots.len()
    }

    /// Has the worker in this slot replaced; says whether there is one that is not on its way out.
    pub(in crate::pool) fn drain_worker(&mut self, slot: u16, now: Instant) -> bool {
        let works = [WorkerState::Idle, WorkerState::Busy];
        let entry = self.table.entry(slot).filter(|entry| works.contains(&entry.state) && entry.recycle.is_none());
        let Some(entry) = entry.filter(|_| slot != RESERVE) else { return false };
        entry.recycle = Some(RecycleReason::Asked);
        self.fill(now);
        self.replace_marked();
        true
    }

    /// Stops the job of the worker in this slot and has the worker replaced; says whether there is one that works or could. A worker that
    /// does not heed the stop is killed as after any other.
    pub(in crate::pool) fn kill_worker(&mut self, slot: u16, now: Instant) -> bool {
        let at_work = [WorkerState::Busy, WorkerState::Stuck, WorkerState::Draining];
        let Some(entry) = self.table.entry(slot).filter(|_| slot != RESERVE) else { return false };
        let works = at_work.contains(&entry.state);
        if !works && entry.state != WorkerState::Idle {
            return false;
        }
        entry.recycle.get_or_insert(RecycleReason::Asked);
        if works {
            self.effects.extend(self.table.id(slot).map(Effect::Stop));
        }
        self.fill(now);
        self.replace_marked();
        true
    }

    /// Whether this job is refused because everything is stopped. Jobs that cancel others are not.
    pub(super) fn is_stopped_for(&self, ticket: &Ticket<L>) -> bool {
        self.stopped.is_some() && ticket.job.lane != Lane::Control
    }

    pub(super) fn refuse_stopped(&mut self, ticket: Ticket<L>, now: Instant) {
        let by = self.stopped.clone().unwrap_or_default();
        self.turn_away(ticket, RunError::Stopped { by }, now);
    }
}
