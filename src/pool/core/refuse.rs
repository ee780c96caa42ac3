//! What callers are told whose jobs get no worker.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Core, Load, Ticket, breaker::Refusal};
use crate::{
    model::{Job, Phase, RunError, ShedReason},
    util::{clock::millis, numbers},
};

impl<L: Load> Core<L> {
    pub(super) fn busy(&mut self, ticket: Ticket<L>, reason: ShedReason, now: Instant) {
        self.ledger.shed(reason);
        let error = RunError::Busy {
            queued: numbers::count(self.queue.len()),
            bound: numbers::count(self.queue.bound()),
            target: self.size.target,
            retry_ms: self.retry_ms(),
        };
        self.turn_away(ticket, error, now);
    }

    pub(super) fn no_worker(&mut self, ticket: Ticket<L>, now: Instant) {
        self.ledger.shed(ShedReason::Unavailable);
        let error = RunError::Unavailable { reason: self.streak.how().to_owned() };
        self.turn_away(ticket, error, now);
    }

    pub(super) fn waited_too_long(&mut self, ticket: Ticket<L>, now: Instant) {
        self.ledger.shed(ShedReason::Waited);
        let queued = now.saturating_duration_since(ticket.asked);
        let phase = if self.table.live() == 0 { Phase::Start } else { Phase::Queue };
        let error = RunError::Timeout { phase, limit: self.queue.limit(), slot: None, queued };
        self.turn_away(ticket, error, now);
    }

    /// A guess of when there will be room.
    pub(super) fn retry_ms(&self) -> u64 {
        let turns = self.queue.len() as f64 / f64::from(self.size.target.max(1));
        millis(self.ledger.mean_job().mul_f64(turns.max(1.0))).max(1)
    }
}

/// Why this kind of work is refused.
pub(super) fn poisoned(job: &Job, refusal: Refusal) -> RunError {
    RunError::Poisoned { key: Arc::clone(&job.key), crashes: refusal.crashes, retry_ms: millis(refusal.retry).max(1) }
}
