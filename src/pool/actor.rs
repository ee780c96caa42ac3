//! The actor: tells the pool's mind what happens, and does what it says.

use std::{collections::HashMap, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    Caller, Control, Limits, Run,
    core::{Core, Effect, End, WorkerId},
    slow::SlowLog,
    worker::{Assignment, What, Worker, WorkerEvent},
};
use crate::{backend::SharedBackend, model::RunError};

pub(super) struct Actor {
    backend: SharedBackend,
    limits: Limits,
    core: Core<Caller>,
    /// Where each worker's jobs go, and what stops the one it has. Without a channel it is on its way out.
    lines: HashMap<WorkerId, Line>,
    events: mpsc::UnboundedSender<WorkerEvent>,
    event_receiver: mpsc::UnboundedReceiver<WorkerEvent>,
    slow_log: Option<SlowLog>,
    drained: Vec<oneshot::Sender<()>>,
}

struct Line {
    jobs: Option<mpsc::Sender<Assignment>>,
    cancel: Option<CancellationToken>,
}

impl Actor {
    pub(super) fn new(backend: SharedBackend, limits: Limits) -> Self {
        let (events, event_receiver) = mpsc::unbounded_channel();
        Self {
            core: Core::new(limits.clone(), Instant::now(), Box::new(chance)),
            lines: HashMap::new(),
            events,
            event_receiver,
            slow_log: limits.slow_log.clone().and_then(SlowLog::start),
            drained: Vec::new(),
            backend,
            limits,
        }
    }

    pub(super) async fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Run>, mut control: mpsc::UnboundedReceiver<Control>) {
        self.core.begin(Instant::now());
        self.obey_core();
        loop {
            let deadline = self.core.deadline();
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
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => self.core.tick(Instant::now()),
                run = jobs.recv(), if !self.core.is_draining() => match run {
                    Some(run) => self.accept(run),
                    None => return,
                },
            }
            self.obey_core();
            if self.core.is_drained() {
                return self.finish(&mut jobs);
            }
        }
    }

    fn accept(&mut self, run: Run) {
        if run.load.cancel.is_cancelled() {
            let error = RunError::Cancelled { started: false, slot: None, queued: run.asked.elapsed(), ran: Duration::ZERO };
            let _ = run.load.reply.send(Err(error));
            return;
        }
        self.core.accept(run, Instant::now());
    }

    fn obey(&mut self, control: Control, jobs: &mut mpsc::UnboundedReceiver<Run>) {
        let now = Instant::now();
        match control {
            Control::Resize(resize, None, reply) => {
                let _ = reply.send(self.core.resize(resize, now));
            }
            Control::Resize(resize, Some(why), reply) => {
                let _ = reply.send(self.core.resize_for(resize, why, now));
            }
            Control::Recycle(wanted, part, reply) => {
                let _ = reply.send(self.core.set_lives(wanted, part, now));
            }
            Control::Status { measure, reply } => {
                if measure {
                    self.core.measure(now);
                }
                let _ = reply.send(self.core.status(now));
            }
            Control::Cancelled(id) => {
                // The job may still be on its way here: the control channel is polled first.
                while let Ok(run) = jobs.try_recv() {
                    self.accept(run);
                }
                self.core.cancel(id, now);
            }
            Control::Held(held) => self.core.weigh(&held, now),
            Control::Steer(knobs) => self.core.steer(knobs),
            Control::Expect(usual) => self.core.expect(usual),
            Control::Machine(machine) => self.core.note_machine(machine),
            Control::Stop(by, reply) => {
                let ended = self.core.stop(by, now);
                let mut on_their_way = 0;
                // Jobs that are on their way here were asked for before the stop.
                while let Ok(run) = jobs.try_recv() {
                    on_their_way += 1;
                    self.accept(run);
                }
                let _ = reply.send((ended.0, ended.1 + on_their_way));
            }
            Control::Lift(reply) => {
                let _ = reply.send(self.core.lift());
            }
            Control::Warm(reply) => {
                let _ = reply.send(self.core.warm(now));
            }
            Control::DrainWorker(slot, reply) => {
                let _ = reply.send(self.core.drain_worker(slot, now));
            }
            Control::KillWorker(slot, reply) => {
                let _ = reply.send(self.core.kill_worker(slot, now));
            }
            Control::Drain(grace, done) => {
                jobs.close();
                while let Ok(run) = jobs.try_recv() {
                    let _ = run.load.reply.send(Err(RunError::Closed));
                }
                self.drained.push(done);
                self.core.drain(grace, now);
            }
        }
    }

    fn note(&mut self, event: WorkerEvent) {
        let WorkerEvent { id, what } = event;
        let now = Instant::now();
        match what {
            What::Started(pid) => self.core.started(id, pid, now),
            What::Greeted => self.core.greeted(id),
            What::Ready(took) => self.core.ready(id, took, now),
            What::Finished { ran, timed_out, slow } => self.core.finished(id, ran, timed_out, slow.map(|slow| *slow), now),
            What::Stopping { timeout, wasted, slow } => self.core.stopping(id, timeout, wasted, slow.map(|slow| *slow), now),
            What::Slow { key, call } => self.core.note_slow(&key, Some(*call)),
            What::Ended(end, missed) => {
                self.lines.remove(&id);
                self.core.ended(id, &end, missed.map(|missed| *missed), now);
            }
        }
    }

    /// Does what the core says, until it says nothing more.
    fn obey_core(&mut self) {
        loop {
            let effects: Vec<_> = self.core.effects().collect();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.perform(effect);
            }
        }
    }

    fn perform(&mut self, effect: Effect<Caller>) {
        match effect {
            Effect::Start(id, delay) => self.start(id, delay),
            Effect::Give(id, ticket) => self.give(id, ticket),
            Effect::Retire(id) => {
                if let Some(line) = self.lines.get_mut(&id) {
                    line.jobs = None;
                }
            }
            Effect::Stop(id) => {
                if let Some(cancel) = self.lines.get(&id).and_then(|line| line.cancel.as_ref()) {
                    cancel.cancel();
                }
            }
            Effect::Answer(ticket, error) => {
                // A caller that has gone does not want it.
                let _ = ticket.load.reply.send(Err(error));
            }
            Effect::Slow(call) => {
                if let Some(log) = &self.slow_log {
                    log.write(&call);
                }
            }
        }
    }

    fn start(&mut self, id: WorkerId, delay: Duration) {
        let (jobs, assignments) = mpsc::channel(1);
        self.lines.insert(id, Line { jobs: Some(jobs), cancel: None });
        let worker = Worker {
            id,
            backend: self.backend.clone(),
            start_limit: self.limits.start_limit,
            check_after: self.limits.check_after,
            line: self.limits.line,
            events: self.events.clone(),
        };
        tokio::spawn(supervised(worker, assignments, delay));
    }

    fn give(&mut self, id: WorkerId, ticket: Run) {
        let Some((line, jobs)) =
            self.lines.get_mut(&id).and_then(|line| Some((line.jobs.clone()?, line))).map(|(jobs, line)| (line, jobs))
        else {
            return self.core.bounced(id, ticket, Instant::now());
        };
        line.cancel = Some(ticket.load.cancel.clone());
        let queued = ticket.asked.elapsed();
        // A worker that is just dying cannot take it; its end is on its way here, and the job goes to another.
        if let Err(error) = jobs.try_send(Assignment { ticket, queued }) {
            self.core.bounced(id, error.into_inner().ticket, Instant::now());
        }
    }

    fn finish(&mut self, jobs: &mut mpsc::UnboundedReceiver<Run>) {
        while let Ok(run) = jobs.try_recv() {
            let _ = run.load.reply.send(Err(RunError::Closed));
        }
        for waiting in self.drained.drain(..) {
            let _ = waiting.send(());
        }
    }
}

/// A worker's task. Its end is always told, even when it ends by a fault of this program: nobody else would ever free its slot.
async fn supervised(worker: Worker, mut assignments: mpsc::Receiver<Assignment>, delay: Duration) {
    let (id, events) = (worker.id, worker.events.clone());
    let lived = AssertUnwindSafe(worker.run(&mut assignments, delay)).catch_unwind().await;
    let (end, missed) = lived.unwrap_or_else(|_| {
        tracing::error!(slot = id.slot, "a worker's task panicked");
        (End::Died { how: "was lost by a fault in kmtop".into(), at_work: false }, None)
    });
    assignments.close();
    let missed = missed.or_else(|| assignments.try_recv().ok().map(|assignment| Box::new(assignment.ticket)));
    // Without an actor nobody wants to know.
    let _ = events.send(WorkerEvent { id, what: What::Ended(end, missed) });
}

/// A number from 0 to 1.
fn chance() -> f64 {
    let mut bytes = [0_u8; 4];
    // Without chance it is the middle.
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}
