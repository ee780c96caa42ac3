//! The table of workers: who is in which state since when.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::recycle::Span;
use crate::{
    model::{Job, RecycleReason, WorkerState, WorkerStatus},
    util::clock::millis,
};

/// The slot of the worker outside of the pool's size.
pub(super) const RESERVE: u16 = 0;

/// A worker's name within the pool: its slot, and a number that tells it from the ones before in that slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WorkerId {
    /// Its place, from 1; 0 is the reserve's.
    pub(crate) slot: u16,
    /// Counts up with every worker.
    pub(crate) generation: u64,
}

/// What the pool knows of one worker.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) generation: u64,
    pub(super) pid: Option<u32>,
    pub(super) state: WorkerState,
    pub(super) started: Instant,
    /// Since when it has been able to take jobs.
    pub(super) ready: Option<Instant>,
    /// Since when it has had nothing to do.
    pub(super) idle_since: Instant,
    pub(super) served: u64,
    pub(super) current: Option<Current>,
    /// Tool and subject of its last finished job.
    pub(super) last: Option<(Arc<str>, Option<Arc<str>>)>,
    pub(super) span: Span,
    /// Why it goes as soon as another one is there for it.
    pub(super) recycle: Option<RecycleReason>,
    /// Busy time in the present measuring span, less the job that runs.
    busy: Duration,
    /// Share of the last measuring span.
    utilisation: Option<f64>,
}

/// The job that a worker has.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) id: u64,
    pub(super) tool: Arc<str>,
    pub(super) subject: Option<Arc<str>>,
    pub(super) key: Arc<str>,
    pub(super) targets: Vec<Arc<str>>,
    pub(super) since: Instant,
}

impl Current {
    pub(super) fn of(id: u64, job: &Job, since: Instant) -> Self {
        Self {
            id,
            tool: Arc::clone(&job.tool),
            subject: job.subject.clone(),
            key: Arc::clone(&job.key),
            targets: job.counted().cloned().collect(),
            since,
        }
    }
}

/// All workers by slot.
#[derive(Debug)]
pub(super) struct Table {
    workers: BTreeMap<u16, Entry>,
    /// Slots of idle workers; the last that became idle is taken first, so that surplus ones grow cold and can go.
    idle: Vec<u16>,
    next_generation: u64,
    /// Workers that died or never came up, by slot.
    crashes: BTreeMap<u16, u64>,
    measured: Instant,
}

/// Workers that can take or are doing work.
const LIVE: [WorkerState; 3] = [WorkerState::Idle, WorkerState::Busy, WorkerState::Draining];

impl Table {
    pub(super) fn new(now: Instant) -> Self {
        Self { workers: BTreeMap::new(), idle: Vec::new(), next_generation: 1, crashes: BTreeMap::new(), measured: now }
    }

    /// The lowest free slot.
    pub(super) fn free_slot(&self) -> u16 {
        (1..=u16::MAX).find(|slot| !self.workers.contains_key(slot)).unwrap_or(u16::MAX)
    }

    /// Makes room for a new worker.
    pub(super) fn open(&mut self, slot: u16, state: WorkerState, span: Span, now: Instant) -> WorkerId {
        let generation = self.next_generation;
        self.next_generation += 1;
        let entry = Entry {
            generation,
            pid: None,
            state,
            started: now,
            ready: None,
            idle_since: now,
            served: 0,
            current: None,
            last: None,
            span,
            recycle: None,
            busy: Duration::ZERO,
            utilisation: None,
        };
        self.workers.insert(slot, entry);
        WorkerId { slot, generation }
    }

    /// A worker, if it is still the one of this name.
    pub(super) fn get(&mut self, id: WorkerId) -> Option<&mut Entry> {
        self.workers.get_mut(&id.slot).filter(|entry| entry.generation == id.generation)
    }

    /// Lets the worker go, and returns what was known of it.
    pub(super) fn remove(&mut self, id: WorkerId) -> Option<Entry> {
        self.get(id)?;
        self.idle.retain(|idle| *idle != id.slot);
        self.workers.remove(&id.slot)
    }

    /// Marks a worker as ready for a job.
    pub(super) fn set_idle(&mut self, id: WorkerId, now: Instant) {
        if let Some(entry) = self.get(id) {
            entry.state = WorkerState::Idle;
            entry.idle_since = now;
            if id.slot != RESERVE {
                self.idle.push(id.slot);
            }
        }
    }

    /// Takes the worker's job off it.
    pub(super) fn finish(&mut self, id: WorkerId, now: Instant) -> Option<Current> {
        let measured = self.measured;
        let entry = self.get(id)?;
        let current = entry.current.take()?;
        entry.busy += now.saturating_duration_since(current.since.max(measured));
        Some(current)
    }

    /// Takes the worker that became idle last.
    pub(super) fn pop_idle(&mut self) -> Option<WorkerId> {
        let slot = self.idle.pop()?;
        self.id(slot)
    }

    /// The reserve, if it waits for a job.
    pub(super) fn idle_reserve(&self) -> Option<WorkerId> {
        self.workers.get(&RESERVE).filter(|entry| entry.state == WorkerState::Idle)?;
        self.id(RESERVE)
    }

    pub(super) fn reserve(&self) -> Option<&Entry> {
        self.workers.get(&RESERVE)
    }

    pub(super) fn id(&self, slot: u16) -> Option<WorkerId> {
        self.workers.get(&slot).map(|entry| WorkerId { slot, generation: entry.generation })
    }

    pub(super) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    /// The worker that is the best to let go: not yet ready, or idle for longest, or else the one that got its job last. Those that
    /// are on their way out already do not count.
    pub(super) fn surplus(&self) -> Option<u16> {
        let of =
            |wanted: &[WorkerState]| self.pool().rev().find(|(_, entry)| wanted.contains(&entry.state)).map(|(slot, _)| slot);
        let waiting = of(&[WorkerState::Backoff, WorkerState::Starting, WorkerState::Warming]);
        let stays = |slot: &&u16| self.workers.get(slot).is_some_and(|entry| entry.recycle.is_none());
        let coldest = || self.idle.iter().find(stays).copied();
        let busiest = || {
            let busy = self.pool().filter(|(_, entry)| entry.state == WorkerState::Busy && entry.recycle.is_none());
            busy.max_by_key(|(_, entry)| entry.current.as_ref().map(|current| current.since)).map(|(slot, _)| slot)
        };
        waiting.or_else(coldest).or_else(busiest)
    }

    /// Marks a worker as one that goes once its job is done. Returns its state before.
    pub(super) fn retire(&mut self, slot: u16) -> Option<WorkerState> {
        self.idle.retain(|idle| *idle != slot);
        let entry = self.workers.get_mut(&slot)?;
        let before = entry.state;
        entry.state = match before {
            WorkerState::Busy | WorkerState::Draining => WorkerState::Draining,
            _ => WorkerState::Killing,
        };
        Some(before)
    }

    /// The workers of the pool, without the reserve.
    pub(super) fn pool(&self) -> impl DoubleEndedIterator<Item = (u16, &Entry)> {
        self.workers.iter().filter(|(slot, _)| **slot != RESERVE).map(|(slot, entry)| (*slot, entry))
    }

    /// Workers that count towards the target: all but those on their way out.
    pub(super) fn staying(&self) -> usize {
        let leaving = [WorkerState::Draining, WorkerState::Killing];
        self.pool().filter(|(_, entry)| !leaving.contains(&entry.state) && entry.recycle.is_none()).count()
    }

    /// Workers of the pool in these states.
    pub(super) fn count(&self, states: &[WorkerState]) -> usize {
        self.pool().filter(|(_, entry)| states.contains(&entry.state)).count()
    }

    pub(super) fn live(&self) -> usize {
        self.count(&LIVE)
    }

    /// Workers on their way up.
    pub(super) fn rising(&self) -> usize {
        self.count(&[WorkerState::Backoff, WorkerState::Starting, WorkerState::Warming])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    /// All slots, the reserve's too.
    pub(super) fn slots(&self) -> Vec<u16> {
        self.workers.keys().copied().collect()
    }

    pub(super) fn entry(&mut self, slot: u16) -> Option<&mut Entry> {
        self.workers.get_mut(&slot)
    }

    pub(super) fn entries(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.workers.values_mut()
    }

    /// The workers that have a job, the reserve's too.
    pub(super) fn at_work(&self) -> impl Iterator<Item = WorkerId> {
        let busy = self.workers.iter().filter(|(_, entry)| entry.current.is_some());
        busy.map(|(slot, entry)| WorkerId { slot: *slot, generation: entry.generation })
    }

    /// The worker that has this job.
    pub(super) fn with_job(&self, id: u64) -> Option<WorkerId> {
        let has = |entry: &Entry| entry.current.as_ref().is_some_and(|current| current.id == id);
        let found = self.workers.iter().find(|(_, entry)| has(entry));
        found.map(|(slot, entry)| WorkerId { slot: *slot, generation: entry.generation })
    }

    /// The worker in this slot died, or never came up.
    pub(super) fn note_crash(&mut self, slot: u16) {
        *self.crashes.entry(slot).or_default() += 1;
    }

    /// How many workers of this slot did so.
    pub(super) fn crashes(&self, slot: u16) -> u64 {
        self.crashes.get(&slot).copied().unwrap_or_default()
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
        for (slot, entry) in &mut self.workers {
            let running =
                entry.current.as_ref().map_or(Duration::ZERO, |current| now.saturating_duration_since(current.since.max(since)));
            let share = (std::mem::take(&mut entry.busy) + running).as_secs_f64() / span.as_secs_f64();
            entry.utilisation = Some(share.min(1.0));
            if *slot != RESERVE && LIVE.contains(&entry.state) {
                shares.push(share.min(1.0));
            }
        }
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    }
}

impl Entry {
    pub(super) fn status(&self, slot: u16, crashes: u64, now: Instant, hung_after: Duration) -> WorkerStatus {
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
            rss_bytes: self.span.rss,
            peak_rss_bytes: self.span.peak,
            cpu_percent: None,
            crashes,
            last: self.last.as_ref().map(|(tool, subject)| match subject {
                Some(subject) => format!("{tool} {subject}").into(),
                None => Arc::clone(tool),
            }),
            recycle: self.recycle,
        }
    }
}
