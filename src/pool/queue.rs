//! The jobs that wait for a worker: first in, first out, bounded in number and in time.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::Run;

/// Jobs that wait, oldest first.
pub(super) struct Queue {
    waiting: VecDeque<Run>,
    bound: usize,
    limit: Duration,
}

impl Queue {
    pub(super) fn new(bound: usize, limit: Duration) -> Self {
        Self { waiting: VecDeque::new(), bound, limit }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes a job in, or gives it back when the queue is full.
    pub(super) fn push(&mut self, run: Run) -> Result<(), Run> {
        if self.waiting.len() >= self.bound {
            self.drop_gone();
        }
        if self.waiting.len() >= self.bound {
            return Err(run);
        }
        self.waiting.push_back(run);
        Ok(())
    }

    /// Puts a job back to where it came from.
    pub(super) fn put_back(&mut self, run: Run) {
        self.waiting.push_front(run);
    }

    /// Room is first made by those whose caller has gone.
    fn drop_gone(&mut self) {
        self.waiting.retain(|run| !run.reply.is_closed());
    }

    /// The oldest job whose caller still waits for it.
    pub(super) fn pop(&mut self) -> Option<Run> {
        loop {
            let run = self.waiting.pop_front()?;
            if !run.reply.is_closed() {
                return Some(run);
            }
        }
    }

    /// When the oldest job will have waited for too long.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.front().map(|run| run.asked + self.limit)
    }

    /// How long the oldest job has waited.
    pub(super) fn oldest_wait(&self, now: Instant) -> Option<Duration> {
        self.waiting.front().map(|run| now.saturating_duration_since(run.asked))
    }

    /// Takes out the oldest job if it has waited for too long.
    pub(super) fn pop_overdue(&mut self, now: Instant) -> Option<Run> {
        (self.deadline()? <= now).then(|| self.waiting.pop_front()).flatten()
    }

    /// Takes one job out.
    pub(super) fn remove(&mut self, id: u64) -> Option<Run> {
        let at = self.waiting.iter().position(|run| run.id == id)?;
        self.waiting.remove(at)
    }

    /// Takes all jobs out.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Run> {
        std::mem::take(&mut self.waiting).into_iter()
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }
}
