//! The actor: owns the queue and the table of workers, and is the only one that changes them.

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    Control, Limits, Run, Size,
    ledger::Ledger,
    queue::Queue,
    table::{Current, Table},
    worker::{Assignment, End, What, Worker, WorkerEvent},
};
use crate::{
    backend::SharedBackend,
    model::{CommandError, Phase, PoolStatus, Resize, RunError, WorkerState},
    util::{clock::millis, numbers},
};

pub(super) struct Actor {
    backend: SharedBackend,
    limits: Limits,
    size: Size,
    reason: String,
    table: Table,
    queue: Queue,
    ledger: Ledger,
    utilisation: Option<f64>,
    events: mpsc::UnboundedSender<WorkerEvent>,
    event_receiver: mpsc::UnboundedReceiver<WorkerEvent>,
    draining: Option<Draining>,
}

struct Draining {
    deadline: Instant,
    done: Vec<tokio::sync::oneshot::Sender<()>>,
}

impl Actor {
    pub(super) fn new(backend: SharedBackend, limits: Limits) -> Self {
        let (events, event_receiver) = mpsc::unbounded_channel();
        Self {
            size: limits.size,
            reason: "as configured".into(),
            table: Table::new(Instant::now()),
            queue: Queue::new(limits.queue, limits.queue_limit),
            ledger: Ledger::default(),
            utilisation: None,
            events,
            event_receiver,
            draining: None,
            backend,
            limits,
        }
    }

    pub(super) async fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Run>, mut control: mpsc::UnboundedReceiver<Control>) {
        self.fill();
        loop {
            let drained = self.draining.as_ref().map(|draining| draining.deadline);
            let overdue = self.queue.deadline().into_iter().chain(drained).min();
            tokio::select! {
                biased;
                asked = control.recv() => match asked {
                    Some(asked) => self.obey(asked, &mut jobs),
                    None => return,
                },
                event = self.event_receiver.recv() => {
                    if let Some(event) = event {
                        self.note(event);
                    }
                }
                () = sleep_until(overdue.unwrap_or_else(Instant::now)), if overdue.is_some() => self.time_out(),
                run = jobs.recv(), if self.draining.is_none() => match run {
                    Some(run) => self.accept(run),
                    None => return,
                },
            }
            if self.draining.is_some() && self.table.is_empty() {
                return self.finish(&mut jobs);
            }
        }
    }

    fn obey(&mut self, control: Control, jobs: &mut mpsc::UnboundedReceiver<Run>) {
        match control {
            Control::Resize(resize, reply) => {
                let _ = reply.send(self.resize(resize));
            }
            Control::Status { measure, reply } => {
                if measure {
                    self.utilisation = self.table.measure(Instant::now());
                }
                let _ = reply.send(self.status());
            }
            Control::Cancelled(id) => self.cancelled(id, jobs),
            Control::Drain(grace, done) => self.drain(grace, done, jobs),
        }
    }

    fn resize(&mut self, resize: Resize) -> Result<(Size, Size), CommandError> {
        let before = self.size;
        self.size = before.resized(resize)?;
        self.reason = "set by hand".into();
        self.fill();
        while self.table.staying() > usize::from(self.size.target) {
            let Some(slot) = self.table.surplus() else { break };
            self.retire(slot);
        }
        Ok((before, self.size))
    }

    fn retire(&mut self, slot: u16) {
        let before = self.table.retire(slot);
        self.ledger.counters.recycled += u64::from(matches!(before, Some(WorkerState::Idle | WorkerState::Busy)));
    }

    /// Starts workers until there are as many as there should be.
    fn fill(&mut self) {
        while self.draining.is_none() && self.table.staying() < usize::from(self.size.target) {
            self.open(Duration::ZERO);
        }
    }

    /// Opens a slot and starts a worker in it after `delay`.
    fn open(&mut self, delay: Duration) {
        let (slot, generation) = self.table.open(Instant::now());
        let (jobs, assignments) = mpsc::channel(1);
        if let Some(entry) = self.table.get(slot, generation) {
            entry.jobs = Some(jobs);
            entry.state = if delay.is_zero() { WorkerState::Starting } else { WorkerState::Backoff };
        }
        let worker = Worker {
            slot,
            generation,
            backend: self.backend.clone(),
            start_limit: self.limits.start_limit,
            line: self.limits.line,
            events: self.events.clone(),
        };
        tokio::spawn(worker.run(assignments, delay));
    }

    fn accept(&mut self, run: Run) {
        if run.cancel.is_cancelled() {
            run.cancelled();
            return;
        }
        if self.hopeless() {
            let _ = run.reply.send(Err(RunError::Unavailable { reason: self.ledger.last_failure() }));
            return;
        }
        self.ledger.came(self.queue.len() == 0 && self.table.has_idle());
        match self.queue.push(run) {
            Ok(()) => self.assign(),
            Err(run) => self.shed(run),
        }
    }

    fn shed(&mut self, run: Run) {
        self.ledger.counters.shed += 1;
        let turns = self.queue.len() as f64 / f64::from(self.size.target.max(1));
        let error = RunError::Busy {
            queued: numbers::count(self.queue.len()),
            bound: numbers::count(self.limits.queue),
            target: self.size.target,
            retry_ms: millis(self.ledger.mean_job().mul_f64(turns.max(1.0))).max(1),
        };
        let _ = run.reply.send(Err(error));
    }

    /// Hands waiting jobs to idle workers.
    fn assign(&mut self) {
        while self.table.has_idle() {
            let Some(run) = self.queue.pop() else { return };
            let Some((_, entry)) = self.table.pop_idle() else { return };
            let now = Instant::now();
            let Run { id, job, asked, cancel, reply } = run;
            let (tool, subject) = (job.tool.clone(), job.subject.clone());
            entry.current = Some(Current { id, tool, subject, since: now, cancel: cancel.clone() });
            entry.state = WorkerState::Busy;
            let assignment = Assignment { id, job, asked, queued: now.saturating_duration_since(asked), cancel, reply };
            // A worker that is just dying cannot take it; its end is on its way here, and the job goes to another.
            if let Some(Err(error)) = entry.jobs.as_ref().map(|jobs| jobs.try_send(assignment)) {
                let Assignment { id, job, cancel, reply, .. } = error.into_inner();
                entry.current = None;
                self.queue.put_back(Run { id, job, asked, cancel, reply });
            }
        }
    }

    fn note(&mut self, event: WorkerEvent) {
        let WorkerEvent { slot, generation, what } = event;
        match what {
            What::Started(pid) => {
                self.ledger.counters.spawned += 1;
                self.set(slot, generation, |entry| {
                    entry.pid = pid;
                    entry.started = Instant::now();
                    if entry.state == WorkerState::Backoff {
                        entry.state = WorkerState::Starting;
                    }
                });
            }
            What::Greeted => self.set(slot, generation, |entry| {
                if entry.state == WorkerState::Starting {
                    entry.state = WorkerState::Warming;
                }
            }),
            What::Ready(took) => {
                self.ledger.started(took);
                self.ready(slot, generation);
            }
            What::Finished(ran) => {
                self.ledger.served(ran);
                self.table.finish(slot, generation, Instant::now());
                self.ready(slot, generation);
            }
            What::Ended(end, missed) => {
                if let Some(Assignment { id, job, asked, cancel, reply, .. }) = missed {
                    self.queue.put_back(Run { id, job, asked, cancel, reply });
                }
                self.ended(slot, generation, &end);
                self.assign();
            }
        }
    }

    fn set(&mut self, slot: u16, generation: u64, change: impl FnOnce(&mut super::table::Entry)) {
        if let Some(entry) = self.table.get(slot, generation) {
            change(entry);
        }
    }

    /// The worker can take a job, unless it was retired meanwhile.
    fn ready(&mut self, slot: u16, generation: u64) {
        let Some(entry) = self.table.get(slot, generation) else { return };
        if entry.jobs.is_none() {
            entry.state = WorkerState::Killing;
            return;
        }
        self.table.set_idle(slot);
        self.assign();
    }

    fn ended(&mut self, slot: u16, generation: u64, end: &End) {
        self.table.finish(slot, generation, Instant::now());
        if self.table.remove(slot, generation).is_none() {
            return;
        }
        match end {
            End::Retired => {}
            End::Killed { timeout, wasted } => {
                self.ledger.killed(*timeout, *wasted);
                tracing::warn!(slot, timeout, "worker killed");
            }
            End::NotStarted(how) | End::Died(how) | End::DiedBusy(how) => self.crashed(slot, how),
        }
        self.replace(end);
    }

    fn crashed(&mut self, slot: u16, how: &str) {
        self.ledger.crashed(slot, how);
        if self.hopeless() {
            let reason = self.ledger.last_failure();
            for run in self.queue.take_all() {
                let _ = run.reply.send(Err(RunError::Unavailable { reason: reason.clone() }));
            }
        }
    }

    /// Fills the place of a worker that ended. A first death is replaced at once; only deaths in a row wait longer and longer.
    fn replace(&mut self, end: &End) {
        if self.draining.is_some() || self.table.staying() >= usize::from(self.size.target) {
            return;
        }
        let delay = self.ledger.patience(matches!(end, End::NotStarted(_)));
        self.open(delay);
        self.fill();
    }

    /// Whether no worker lives and starting them fails again and again: then nobody should wait for one.
    fn hopeless(&self) -> bool {
        let alive = [WorkerState::Idle, WorkerState::Busy, WorkerState::Draining];
        self.ledger.failing() && self.table.count(&alive) == 0
    }

    fn time_out(&mut self) {
        let now = Instant::now();
        while let Some(run) = self.queue.pop_overdue(now) {
            self.ledger.counters.shed += 1;
            let queued = now.saturating_duration_since(run.asked);
            let error = RunError::Timeout { phase: Phase::Queue, limit: self.queue.limit(), slot: None, queued };
            let _ = run.reply.send(Err(error));
        }
        if self.draining.as_ref().is_some_and(|draining| draining.deadline <= now) {
            // Dropping the tasks' tokens would leave processes; cancelling ends jobs, and the grace for that is short.
            for slot in self.table.slots() {
                self.table.cancel(slot);
            }
            self.draining.iter_mut().for_each(|draining| draining.deadline = now + super::CANCEL_GRACE * 2);
        }
    }

    fn cancelled(&mut self, id: u64, jobs: &mut mpsc::UnboundedReceiver<Run>) {
        // It may still be on its way here: the control channel is polled first.
        while let Ok(run) = jobs.try_recv() {
            self.accept(run);
        }
        if let Some(run) = self.queue.remove(id) {
            run.cancelled();
        } else if let Some(current) = self.table.with_job(id) {
            current.cancel.cancel();
        }
    }

    fn drain(&mut self, grace: Duration, done: tokio::sync::oneshot::Sender<()>, jobs: &mut mpsc::UnboundedReceiver<Run>) {
        jobs.close();
        while let Ok(run) = jobs.try_recv() {
            let _ = run.reply.send(Err(RunError::Closed));
        }
        let deadline = Instant::now() + grace;
        match &mut self.draining {
            Some(draining) => draining.done.push(done),
            None => self.draining = Some(Draining { deadline, done: vec![done] }),
        }
        for run in self.queue.take_all() {
            let _ = run.reply.send(Err(RunError::Closed));
        }
        for slot in self.table.slots() {
            self.table.retire(slot);
        }
    }

    fn finish(&mut self, jobs: &mut mpsc::UnboundedReceiver<Run>) {
        while let Ok(run) = jobs.try_recv() {
            let _ = run.reply.send(Err(RunError::Closed));
        }
        let done = self.draining.take().map(|draining| draining.done).unwrap_or_default();
        for waiting in done {
            let _ = waiting.send(());
        }
    }

    fn status(&self) -> PoolStatus {
        let now = Instant::now();
        let count = |states: &[WorkerState]| numbers::small(self.table.count(states));
        PoolStatus {
            min: self.size.min,
            max: self.size.max,
            target: self.size.target,
            live: count(&[WorkerState::Idle, WorkerState::Busy, WorkerState::Draining]),
            busy: count(&[WorkerState::Busy, WorkerState::Draining]),
            idle: count(&[WorkerState::Idle]),
            starting: count(&[WorkerState::Starting, WorkerState::Warming]),
            queued: numbers::count(self.queue.len()),
            oldest_wait_ms: self.queue.oldest_wait(now).map(millis),
            queue_bound: numbers::count(self.limits.queue),
            utilisation: self.utilisation,
            workers: self.table.status(now, self.limits.hung_after),
            reuse_share: self.ledger.reuse_share(),
            efficiency: self.ledger.efficiency(),
            counters: self.ledger.counters,
            reason: self.reason.clone(),
            degraded: self.hopeless().then(|| self.ledger.last_failure()),
        }
    }
}
