//! The table of workers: who is in which state since when. Pure; the actor acts on what it says.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::worker::Assignment;
use crate::{
    model::{WorkerState, WorkerStatus},
    util::clock::millis,
};

/// What the pool knows of one worker.
pub(super) struct Entry {
    /// Tells this worker's events from those of the one before in its slot.
    pub(super) generation: u64,
    pub(super) pid: Option<u32>,
    pub(super) state: WorkerState,
    pub(super) started: Instant,
    pub(super) served: u64,
    /// Where its jobs go; dropping it retires the worker.
    pub(super) jobs: Option<mpsc::Sender<Assignment>>,
    pub(super) current: Option<Current>,
    /// Busy time in the present measuring span, less the job that runs.
    busy: Duration,
    /// Share of the last measuring span.
    utilisation: Option<f64>,
}

/// The job that a worker has.
pub(super) struct Current {
    pub(super) id: u64,
    pub(super) tool: Arc<str>,
    pub(super) subject: Option<Arc<str>>,
    pub(super) since: Instant,
    pub(super) cancel: CancellationToken,
}

/// All workers by slot.
pub(super) struct Table {
    workers: BTreeMap<u16, Entry>,
    /// Slots of idle workers; the last that became idle is taken first, so that surplus ones grow cold and can go.
    idle: Vec<u16>,
    next_generation: u64,
    measured: Instant,
}

impl Table {
    pub(super) fn new(now: Instant) -> Self {
        Self { workers: BTreeMap::new(), idle: Vec::new(), next_generation: 1, measured: now }
    }

    /// Makes room for a new worker in the lowest free slot, and returns slot and generation.
    pub(super) fn open(&mut self, now: Instant) -> (u16, u64) {
        let slot = (1..=u16::MAX).find(|slot| !self.workers.contains_key(slot)).unwrap_or(u16::MAX);
        let generation = self.next_generation;
        self.next_generation += 1;
        let entry = Entry {
            generation,
            pid: None,
            state: WorkerState::Starting,
            started: now,
            served: 0,
            jobs: None,
            current: None,
            busy: Duration::ZERO,
            utilisation: None,
        };
        self.workers.insert(slot, entry);
        (slot, generation)
    }

    /// The worker of this slot, if it is still the one of this generation.
    pub(super) fn get(&mut self, slot: u16, generation: u64) -> Option<&mut Entry> {
        self.workers.get_mut(&slot).filter(|entry| entry.generation == generation)
    }

    /// Lets the worker go, and returns what was known of it.
    pub(super) fn remove(&mut self, slot: u16, generation: u64) -> Option<Entry> {
        self.get(slot, generation)?;
        self.idle.retain(|idle| *idle != slot);
        self.workers.remove(&slot)
    }

    /// Marks a worker as ready for a job.
    pub(super) fn set_idle(&mut self, slot: u16) {
        if let Some(entry) = self.workers.get_mut(&slot) {
            entry.state = WorkerState::Idle;
            self.idle.push(slot);
        }
    }

    /// Notes that the worker's job is done.
    pub(super) fn finish(&mut self, slot: u16, generation: u64, now: Instant) -> Option<&mut Entry> {
        let measured = self.measured;
        let entry = self.get(slot, generation)?;
        if let Some(current) = entry.current.take() {
            entry.busy += now.saturating_duration_since(current.since.max(measured));
        }
        entry.served += 1;
        Some(entry)
    }

    /// Takes the worker that became idle last.
    pub(super) fn pop_idle(&mut self) -> Option<(u16, &mut Entry)> {
        let slot = self.idle.pop()?;
        self.workers.get_mut(&slot).map(|entry| (slot, entry))
    }

    pub(super) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    /// The worker that is the best to retire: not yet ready, or idle for longest, or else the one that got its job last.
    /// Those that are on their way out already do not count.
    pub(super) fn surplus(&self) -> Option<u16> {
        let of = |wanted: &[WorkerState]| {
            self.workers.iter().rev().find(|(_, entry)| wanted.contains(&entry.state)).map(|(slot, _)| *slot)
        };
        let waiting = of(&[WorkerState::Backoff, WorkerState::Starting, WorkerState::Warming]);
        let coldest = || self.idle.first().copied();
        let busiest = || {
            let busy = self.workers.iter().filter(|(_, entry)| entry.state == WorkerState::Busy);
            busy.max_by_key(|(_, entry)| entry.current.as_ref().map(|current| current.since)).map(|(slot, _)| *slot)
        };
        waiting.or_else(coldest).or_else(busiest)
    }

    /// Takes a worker's job channel away, which retires it once its job is done. Returns its state before.
    pub(super) fn retire(&mut self, slot: u16) -> Option<WorkerState> {
        self.idle.retain(|idle| *idle != slot);
        let entry = self.workers.get_mut(&slot)?;
        entry.jobs = None;
        let before = entry.state;
        let working = matches!(before, WorkerState::Busy | WorkerState::Draining);
        entry.state = if working { WorkerState::Draining } else { WorkerState::Killing };
        Some(before)
    }

    /// Tells the worker's job to stop, if it has one.
    pub(super) fn cancel(&self, slot: u16) {
        if let Some(current) = self.workers.get(&slot).and_then(|entry| entry.current.as_ref()) {
            current.cancel.cancel();
        }
    }

    /// Workers that count towards the target: all but those on their way out.
    pub(super) fn staying(&self) -> usize {
        let leaving = [WorkerState::Draining, WorkerState::Killing];
        self.workers.values().filter(|entry| !leaving.contains(&entry.state)).count()
    }

    pub(super) fn count(&self, states: &[WorkerState]) -> usize {
        self.workers.values().filter(|entry| states.contains(&entry.state)).count()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    pub(super) fn slots(&self) -> Vec<u16> {
        self.workers.keys().copied().collect()
    }

    /// The worker that has this job.
    pub(super) fn with_job(&self, id: u64) -> Option<&Current> {
        self.workers.values().filter_map(|entry| entry.current.as_ref()).find(|current| current.id == id)
    }

    /// Ends a measuring span: every worker's busy share over it, and the mean of those that were there.
    pub(super) fn measure(&mut self, now: Instant) -> Option<f64> {
        let span = now.saturating_duration_since(self.measured);
        if span.is_zero() {
            return None;
        }
        let since = self.measured;
        self.measured = now;
        let mut shares = Vec::new();
        for entry in self.workers.values_mut() {
            let running =
                entry.current.as_ref().map_or(Duration::ZERO, |current| now.saturating_duration_since(current.since.max(since)));
            let share = (std::mem::take(&mut entry.busy) + running).as_secs_f64() / span.as_secs_f64();
            entry.utilisation = Some(share.min(1.0));
            if matches!(entry.state, WorkerState::Idle | WorkerState::Busy | WorkerState::Draining) {
                shares.push(share.min(1.0));
            }
        }
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    }

    /// Every worker as others may see it.
    pub(super) fn status(&self, now: Instant, hung_after: Duration) -> Vec<WorkerStatus> {
        self.workers.iter().map(|(slot, entry)| entry.status(*slot, now, hung_after)).collect()
    }
}

impl Entry {
    fn status(&self, slot: u16, now: Instant, hung_after: Duration) -> WorkerStatus {
        let busy = self.current.as_ref().map(|current| now.saturating_duration_since(current.since));
        let hung = busy.is_some_and(|busy| busy >= hung_after);
        WorkerStatus {
            slot,
            pid: self.pid,
            state: if hung { WorkerState::Stuck } else { self.state },
            tool: self.current.as_ref().map(|current| Arc::clone(&current.tool)),
            subject: self.current.as_ref().and_then(|current| current.subject.clone()),
            busy_ms: busy.map(millis),
            age_ms: millis(now.saturating_duration_since(self.started)),
            served: self.served,
            utilisation: self.utilisation,
            rss_bytes: None,
        }
    }
}
