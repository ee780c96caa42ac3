//! What others may see of the pool.

use tokio::time::Instant;

use super::{
    Core, Load,
    table::{Entry, RESERVE},
};
use crate::{
    model::{PoolStatus, WorkerState},
    util::{clock::millis, numbers},
};

/// Slow calls in a status.
const SLOW_SHOWN: usize = 20;

impl<L: Load> Core<L> {
    /// Begins a new span for the utilisation.
    pub(in crate::pool) fn measure(&mut self, now: Instant) {
        let length = now.saturating_duration_since(std::mem::replace(&mut self.measured, now));
        self.utilisation = self.table.measure(now);
        self.look(length, now);
    }

    /// What the pool is doing now.
    pub(in crate::pool) fn status(&self, now: Instant) -> PoolStatus {
        let count = |states: &[WorkerState]| numbers::small(self.table.count(states));
        let waiting = self.queue.len() + self.control.len();
        let control = self.control.front().map(|ticket| now.saturating_duration_since(ticket.asked));
        let hung_after = self.limits.hung_after;
        let status = |(slot, entry): (u16, &Entry)| entry.status(slot, self.table.crashes(slot), now, hung_after);
        let mut slow = self.ledger.slow();
        slow.truncate(SLOW_SHOWN);
        PoolStatus {
            min: self.size.min,
            max: self.size.max,
            target: self.size.target,
            live: numbers::small(self.table.live()),
            busy: count(&[WorkerState::Busy, WorkerState::Draining]),
            idle: count(&[WorkerState::Idle]),
            starting: count(&[WorkerState::Starting, WorkerState::Warming]),
            queued: numbers::count(waiting),
            queued_by_lane: self.queue.by_lane().map(|(lane, count)| (lane, numbers::count(count))).collect(),
            wait: self.ledger.wait(now),
            pressure: self.queue.pressure(),
            oldest_wait_ms: self.queue.oldest_wait(now).max(control).map(millis),
            queue_bound: numbers::count(self.queue.bound()),
            utilisation: self.utilisation,
            workers: self.table.pool().map(status).collect(),
            reserve: self.table.reserve().map(|entry| status((RESERVE, entry))),
            start: self.ledger.start(),
            spawned_last_hour: self.ledger.spawned_last_hour(now),
            at_max_ms: millis(self.at_max.spent(now)),
            offered_load: self.ledger.offered_load(now),
            reuse_share: self.ledger.reuse_share(),
            efficiency: self.ledger.efficiency(),
            counters: self.ledger.counters,
            shed_by: self.ledger.shed_by.clone(),
            recycled_by: self.ledger.recycled_by.clone(),
            breakers: self.breakers.status(now),
            crash_loop: self.streak.looping().then(|| self.streak.how().to_owned()),
            slow,
            recycling: self.limits.lives.into(),
            reason: self.reason.clone(),
            sizing: self.sizing(now),
            stopped: self.stopped.as_deref().map(str::to_owned),
            degraded: self.hopeless().then(|| self.streak.how().to_owned()),
        }
    }
}
