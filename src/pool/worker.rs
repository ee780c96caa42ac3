//! The task that owns one worker process: starts it, warms it, gives it one job at a time, ends it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    session::Session,
    turn::{Stop, Turn},
};
use crate::{
    backend::{
        Channel, Fault, Running, SharedBackend,
        protocol::{Message, Request, VERSION},
    },
    model::{Job, JobError, Outcome, Phase, RunError},
    util::text::brief,
};

/// A job for this worker.
pub(super) struct Assignment {
    pub(super) id: u64,
    pub(super) job: Job,
    pub(super) asked: Instant,
    pub(super) queued: Duration,
    pub(super) cancel: CancellationToken,
    pub(super) reply: oneshot::Sender<Result<Outcome, RunError>>,
}

/// What the task tells the actor.
pub(super) struct WorkerEvent {
    pub(super) slot: u16,
    pub(super) generation: u64,
    pub(super) what: What,
}

/// What happened to a worker.
pub(super) enum What {
    /// Its process runs.
    Started(Option<u32>),
    /// It said hello.
    Greeted,
    /// It is ready for its first job; the start took this long.
    Ready(Duration),
    /// Its job is done, and it is ready for the next.
    Finished(Duration),
    /// It is gone. A job that reached it when it was already dying comes back untouched.
    Ended(End, Option<Assignment>),
}

/// How a worker came to its end.
#[derive(Debug)]
pub(super) enum End {
    /// It was retired.
    Retired,
    /// It never became ready.
    NotStarted(String),
    /// It died while it had nothing to do.
    Died(String),
    /// It died or broke the protocol during a job.
    DiedBusy(String),
    /// It was killed at a job's deadline, or for not obeying a cancel, after this long in the job.
    Killed { timeout: bool, wasted: Duration },
}

/// What a worker's task is born with.
pub(super) struct Worker {
    pub(super) slot: u16,
    pub(super) generation: u64,
    pub(super) backend: SharedBackend,
    pub(super) start_limit: Duration,
    pub(super) line: usize,
    pub(super) events: mpsc::UnboundedSender<WorkerEvent>,
}

/// How one job left its worker.
enum Left {
    Ready,
    Gone(End),
}

impl Worker {
    /// Waits for `delay`, then lives until the worker is retired or dies, and reports its end.
    pub(super) async fn run(self, mut jobs: mpsc::Receiver<Assignment>, delay: Duration) {
        // Jobs come only to a worker that is ready; before that the channel can only close, when the worker is no longer wanted.
        let unwanted = timeout(delay, jobs.recv()).await.is_ok();
        let end = if !delay.is_zero() && unwanted { End::Retired } else { self.live(&mut jobs).await };
        jobs.close();
        let missed = jobs.try_recv().ok();
        self.tell(What::Ended(end, missed));
    }

    fn tell(&self, what: What) {
        // Without an actor nobody wants to know.
        let _ = self.events.send(WorkerEvent { slot: self.slot, generation: self.generation, what });
    }

    async fn live(&self, jobs: &mut mpsc::Receiver<Assignment>) -> End {
        let began = Instant::now();
        let Running { input, output, life } = match self.backend.start() {
            Ok(running) => running,
            Err(error) => return End::NotStarted(error.to_string()),
        };
        self.tell(What::Started(life.pid()));
        let mut session = Session::new(Channel::new(input, output, self.line), life);
        let greeted = tokio::select! {
            greeted = timeout(self.start_limit, self.greet(&mut session)) => greeted,
            _ = jobs.recv() => {
                session.kill().await;
                return End::Retired;
            }
        };
        match greeted {
            Ok(Ok(())) => self.tell(What::Ready(began.elapsed())),
            Ok(Err(fault)) => {
                let how = session.end_after(&fault).await;
                return End::NotStarted(format!("{how} before it was ready"));
            }
            Err(_) => {
                session.kill().await;
                return End::NotStarted(format!("was not ready after {:?}", self.start_limit));
            }
        }
        self.serve(&mut session, jobs).await
    }

    /// The hello, and a first job whose answer is thrown away: a worker that cannot do it is not ready.
    async fn greet(&self, session: &mut Session) -> Result<(), Fault> {
        let nonce = session.channel.nonce().to_owned();
        session.channel.send(&Request::Hello { version: VERSION, nonce, settings: self.backend.settings() }).await?;
        match session.channel.next().await? {
            Message::Hello { version: VERSION, .. } => self.tell(What::Greeted),
            Message::Hello { .. } => return Err(Fault::Protocol("another version of it")),
            _ => return Err(Fault::Protocol("no hello")),
        }
        let ping = Request::Run { id: 0, operation: "ping".into(), arguments: json!({}), deadline_ms: 0 };
        session.channel.send(&ping).await?;
        loop {
            match session.channel.next().await? {
                Message::Result { id: 0, .. } => return Ok(()),
                Message::Log { text, .. } => self.log(&text),
                _ => return Err(Fault::Protocol("no answer to ping")),
            }
        }
    }

    async fn serve(&self, session: &mut Session, jobs: &mut mpsc::Receiver<Assignment>) -> End {
        loop {
            tokio::select! {
                biased;
                message = session.channel.next() => match message {
                    Ok(Message::Log { text, .. }) => self.log(&text),
                    Ok(Message::Group { process_group, alive, .. }) => session.note_group(process_group, alive),
                    // A late or second answer must never reach the next caller: the worker goes.
                    Ok(_) => {
                        jobs.close();
                        session.kill().await;
                        return End::Died("spoke without being asked".into());
                    }
                    Err(fault) => {
                        // From here on no job is taken: the actor still believes that this worker is idle.
                        jobs.close();
                        return End::Died(session.end_after(&fault).await);
                    }
                },
                assignment = jobs.recv() => {
                    let Some(assignment) = assignment else {
                        session.retire().await;
                        return End::Retired;
                    };
                    if let Left::Gone(end) = self.work(session, assignment).await {
                        return end;
                    }
                }
            }
        }
    }

    async fn work(&self, session: &mut Session, assignment: Assignment) -> Left {
        let Assignment { id, job, queued, cancel, reply, .. } = assignment;
        let began = Instant::now();
        let mut turn = Turn::new(began + job.run_limit, cancel);
        let answered = match turn.hold(session.channel.send_job(id, &job)).await {
            Ok(()) => self.answer(session, id, &mut turn).await,
            Err(stop) => Err(stop),
        };
        let ran = began.elapsed();
        let own = |own_us| Duration::from_micros(own_us).min(ran);
        let slot = self.slot;
        let (result, left) = match answered {
            Ok((Ok(value), own_us)) => (Ok(Outcome { value, slot, queued, ran, own: own(own_us) }), Left::Ready),
            Ok((Err(error), own_us)) => (Err(RunError::Job { error, slot, queued, ran, own: own(own_us) }), Left::Ready),
            Err(stop) => self.stop(session, stop, job.run_limit, queued, ran).await,
        };
        // A caller that has gone does not want it.
        let _ = reply.send(result);
        if matches!(left, Left::Ready) {
            self.tell(What::Finished(ran));
        }
        left
    }

    /// Waits for the job's answer and the worker's own time, doing what the worker asks on the way.
    async fn answer(&self, session: &mut Session, id: u64, turn: &mut Turn) -> Result<(Result<Value, JobError>, u64), Stop> {
        loop {
            if turn.take_cancel() {
                turn.hold(session.channel.send(&Request::Cancel { id })).await?;
            }
            let Some(message) = turn.next(&mut session.channel).await? else { continue };
            match message {
                Message::Result { id: of, value, own_us, .. } if of == id => return Ok((Ok(value), own_us)),
                Message::Error { id: of, error, own_us, .. } if of == id => return Ok((Err(error), own_us)),
                Message::Ask { ask, about, arguments, .. } => {
                    let answer = self.backend.answer(&about, &arguments);
                    turn.hold(session.channel.send(&Request::Answer { ask, answer })).await?;
                }
                Message::Group { process_group, alive, .. } => session.note_group(process_group, alive),
                Message::Log { text, .. } => self.log(&text),
                _ => return Err(Stop::Fault(Fault::Protocol("an answer to another job"))),
            }
        }
    }

    /// Ends the worker, and says what that means for the caller and for the pool.
    async fn stop(
        &self,
        session: &mut Session,
        stop: Stop,
        limit: Duration,
        queued: Duration,
        ran: Duration,
    ) -> (Result<Outcome, RunError>, Left) {
        let slot = Some(self.slot);
        match stop {
            Stop::Fault(fault) => {
                let how = session.end_after(&fault).await;
                (Err(RunError::Crashed { slot: self.slot, how: how.clone(), queued, ran }), Left::Gone(End::DiedBusy(how)))
            }
            Stop::Deadline => {
                session.kill().await;
                let error = RunError::Timeout { phase: Phase::Run, limit, slot, queued };
                (Err(error), Left::Gone(End::Killed { timeout: true, wasted: ran }))
            }
            Stop::Disobeyed => {
                session.kill().await;
                let error = RunError::Cancelled { started: true, slot, queued, ran };
                (Err(error), Left::Gone(End::Killed { timeout: false, wasted: ran }))
            }
        }
    }

    fn log(&self, text: &str) {
        tracing::info!(slot = self.slot, "worker: {}", brief(text, 400));
    }
}
