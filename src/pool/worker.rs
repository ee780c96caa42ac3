//! The task that owns one worker process: starts it, warms it, gives it one job at a time, ends it.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::{
    CANCEL_GRACE, Run,
    core::{End, SLOW, WorkerId},
    session::Session,
    turn::{Stop, Turn},
};
use crate::{
    backend::{
        Channel, Fault, Running, SharedBackend,
        protocol::{Message, Request, VERSION},
    },
    model::{JobError, Outcome, Phase, RunError, SlowCall},
    util::{
        clock::{millis, unix_ms},
        text::brief,
    },
};

/// How long a worker that was idle for a while has to say that it is well.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

/// A job for this worker.
pub(super) struct Assignment {
    pub(super) ticket: Run,
    pub(super) queued: Duration,
}

/// What the task tells the actor.
pub(super) struct WorkerEvent {
    pub(super) id: WorkerId,
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
    Finished { ran: Duration, timed_out: bool, slow: Option<Box<SlowCall>> },
    /// It is being stopped: its job's time was up, or it did not heed a cancel. The caller has its answer.
    Stopping { timeout: bool, wasted: Duration, slow: Option<Box<SlowCall>> },
    /// A call that took long has ended with its worker; `key` is the kind of work.
    Slow { key: Arc<str>, call: Box<SlowCall> },
    /// It is gone. A job that it had not begun, or that may be done again, comes back.
    Ended(End, Option<Box<Run>>),
}

/// What a worker's task is born with.
pub(super) struct Worker {
    pub(super) id: WorkerId,
    pub(super) backend: SharedBackend,
    pub(super) start_limit: Duration,
    pub(super) check_after: Duration,
    pub(super) line: usize,
    pub(super) events: mpsc::UnboundedSender<WorkerEvent>,
}

/// How a worker's task ends: how the worker did, and the job that goes back.
type Last = (End, Option<Box<Run>>);

impl Worker {
    /// Waits for `delay`, then lives until the worker is retired or dies.
    pub(super) async fn run(self, jobs: &mut mpsc::Receiver<Assignment>, delay: Duration) -> Last {
        // Jobs come only to a worker that is ready; before that the channel can only close, when the worker is no longer wanted.
        if !delay.is_zero() && timeout(delay, jobs.recv()).await.is_ok() {
            return (End::Retired, None);
        }
        self.live(jobs).await
    }

    fn tell(&self, what: What) {
        // Without an actor nobody wants to know.
        let _ = self.events.send(WorkerEvent { id: self.id, what });
    }

    async fn live(&self, jobs: &mut mpsc::Receiver<Assignment>) -> Last {
        let began = Instant::now();
        let Running { input, output, life } = match self.backend.start() {
            Ok(running) => running,
            Err(error) => return (End::NotStarted(error.to_string()), None),
        };
        self.tell(What::Started(life.pid()));
        let mut session = Session::new(Channel::new(input, output, self.line), life);
        let greeted = tokio::select! {
            greeted = timeout(self.start_limit, self.greet(&mut session)) => greeted,
            _ = jobs.recv() => {
                session.kill().await;
                return (End::Retired, None);
            }
        };
        match greeted {
            Ok(Ok(())) => self.tell(What::Ready(began.elapsed())),
            Ok(Err(fault)) => {
                let how = session.end_after(&fault).await;
                return (End::NotStarted(format!("{how} before it was ready")), None);
            }
            Err(_) => {
                session.kill().await;
                return (End::NotStarted(format!("was not ready after {:?}", self.start_limit)), None);
            }
        }
        self.serve(&mut session, jobs).await
    }

    /// The hello, and a first job whose answer is thrown away: what is slow the first time is slow before anybody waits.
    async fn greet(&self, session: &mut Session) -> Result<(), Fault> {
        let nonce = session.channel.nonce().to_owned();
        session.channel.send(&Request::Hello { version: VERSION, nonce, settings: self.backend.settings() }).await?;
        match session.channel.next().await? {
            Message::Hello { version: VERSION, .. } => self.tell(What::Greeted),
            Message::Hello { .. } => return Err(Fault::Protocol("another version of it")),
            _ => return Err(Fault::Protocol("no hello")),
        }
        let (operation, arguments) = self.backend.warm_up();
        self.first_job(session, operation, arguments).await
    }

    /// A job with the number 0, which is nobody's.
    async fn first_job(&self, session: &mut Session, operation: &str, arguments: Value) -> Result<(), Fault> {
        let is_ping = operation == "ping";
        let request = Request::Run { id: 0, operation: operation.into(), arguments, deadline_ms: 0, trace: None };
        session.channel.send(&request).await?;
        loop {
            match session.channel.next().await? {
                Message::Result { id: 0, .. } => return Ok(()),
                // It speaks, and says what it lacks; calls that need it will be told the same.
                Message::Error { id: 0, error, .. } if !is_ping => {
                    self.log(&format!("the first job failed: {}", error.message));
                    return Ok(());
                }
                Message::Log { text, .. } => self.log(&text),
                Message::Group { process_group, alive, .. } => session.note_group(process_group, alive),
                _ => return Err(Fault::Protocol("no answer to its first job")),
            }
        }
    }

    async fn serve(&self, session: &mut Session, jobs: &mut mpsc::Receiver<Assignment>) -> Last {
        let mut idle_since = Instant::now();
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
                        return died("spoke without being asked".into());
                    }
                    Err(fault) => {
                        // From here on no job is taken: the actor still believes that this worker is idle.
                        jobs.close();
                        return died(session.end_after(&fault).await);
                    }
                },
                assignment = jobs.recv() => {
                    let Some(assignment) = assignment else {
                        session.retire().await;
                        return (End::Retired, None);
                    };
                    if idle_since.elapsed() > self.check_after && let Err(how) = self.check(session).await {
                        return (End::Died { how, at_work: false }, Some(Box::new(assignment.ticket)));
                    }
                    if let Some(last) = self.work(session, assignment).await {
                        return last;
                    }
                    idle_since = Instant::now();
                }
            }
        }
    }

    /// Asks a worker that was idle for long whether it is well, before a job depends on it.
    async fn check(&self, session: &mut Session) -> Result<(), String> {
        match timeout(CHECK_LIMIT, self.first_job(session, "ping", json!({}))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(fault)) => Err(session.end_after(&fault).await),
            Err(_) => {
                session.kill().await;
                Err(format!("did not answer within {CHECK_LIMIT:?} after it was idle"))
            }
        }
    }

    /// Does one job; comes back with the worker's end when it cannot do another.
    async fn work(&self, session: &mut Session, assignment: Assignment) -> Option<Last> {
        let Assignment { ticket, queued } = assignment;
        let (id, slot, limit) = (ticket.id, self.id.slot, ticket.job.run_limit);
        let began = Instant::now();
        let mut turn = Turn::new(began + limit, ticket.load.cancel.clone());
        let answered = match turn.hold(session.channel.send_job(id, &ticket.job)).await {
            Ok(()) => self.answer(session, &ticket, &mut turn).await,
            Err(stop) => Err(stop),
        };
        let ran = began.elapsed();
        let record = |ending| slow_call(&ticket, slot, queued, ran, ending);
        match answered {
            Ok((result, own_us)) => {
                let own = Duration::from_micros(own_us).min(ran);
                // A worker that minds the time ends the work itself, and lives.
                let timed_out = matches!(&result, Err(error) if error.code == "timeout");
                let taken = record(if timed_out { "timeout" } else { "answered" });
                // A caller that has gone does not want it.
                let _ = ticket.load.reply.send(match result {
                    Ok(value) => Ok(Outcome { value, slot, queued, ran, own }),
                    Err(error) => Err(RunError::Job { error, slot, queued, ran, own }),
                });
                self.tell(What::Finished { ran, timed_out, slow: taken });
                None
            }
            Err(Stop::Fault(fault)) => {
                if let Some(call) = record("died") {
                    self.tell(What::Slow { key: Arc::clone(&ticket.job.key), call });
                }
                let how = session.end_after(&fault).await;
                let end = End::Died { how: how.clone(), at_work: true };
                if ticket.job.repeatable && !ticket.again {
                    return Some((end, Some(Box::new(Run { again: true, ..ticket }))));
                }
                let _ = ticket.load.reply.send(Err(RunError::Crashed { slot, how, queued, ran }));
                Some((end, None))
            }
            Err(Stop::Deadline) => {
                let taken = record("timeout");
                // Told at once; how the worker is brought to its end is no concern of the caller's.
                let _ = ticket.load.reply.send(Err(RunError::Timeout { phase: Phase::Run, limit, slot: Some(slot), queued }));
                self.tell(What::Stopping { timeout: true, wasted: ran, slow: taken });
                session.ask_to_stop(id, CANCEL_GRACE).await;
                session.stop().await;
                Some((End::Retired, None))
            }
            Err(Stop::Disobeyed) => {
                let taken = record("cancelled");
                let error = RunError::Cancelled { started: true, slot: Some(slot), queued, ran };
                let _ = ticket.load.reply.send(Err(error));
                self.tell(What::Stopping { timeout: false, wasted: ran, slow: taken });
                session.stop().await;
                Some((End::Retired, None))
            }
        }
    }

    /// Waits for the job's answer and the worker's own time, doing what the worker asks on the way.
    async fn answer(&self, session: &mut Session, ticket: &Run, turn: &mut Turn) -> Result<(Result<Value, JobError>, u64), Stop> {
        let id = ticket.id;
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
                Message::Tell { about, arguments, .. } => self.backend.note(&about, &arguments),
                Message::Log { text, .. } => {
                    match &ticket.job.trace {
                        Some(trace) => self.log_of(trace.trace_id(), &text),
                        None => self.log(&text),
                    }
                    if let Some(run) = ticket.job.arguments.get("run_id") {
                        self.backend.note("log", &json!({ "run": run, "text": text }));
                    }
                }
                _ => return Err(Stop::Fault(Fault::Protocol("an answer to another job"))),
            }
        }
    }

    fn log(&self, text: &str) {
        tracing::info!(slot = self.id.slot, "worker: {}", brief(text, 400));
    }

    /// A line about a job that belongs to a trace.
    fn log_of(&self, trace_id: &str, text: &str) {
        tracing::info!(slot = self.id.slot, trace_id, "worker: {}", brief(text, 400));
    }
}

fn died(how: String) -> Last {
    (End::Died { how, at_work: false }, None)
}

/// What is written down of a call that took long, if it did; whether that was long for its kind is judged elsewhere.
fn slow_call(ticket: &Run, slot: u16, queued: Duration, ran: Duration, ending: &str) -> Option<Box<SlowCall>> {
    let job = &ticket.job;
    (queued + ran >= SLOW).then(|| {
        Box::new(SlowCall {
            time_ms: unix_ms(),
            tool: job.tool.clone(),
            subject: job.subject.clone(),
            client: job.client.clone(),
            digest: digest(&job.arguments),
            phase: if queued > ran { Phase::Queue } else { Phase::Run }.word().into(),
            worker: slot,
            queued_ms: millis(queued),
            ran_ms: millis(ran),
            usual_ms: None,
            ending: ending.into(),
        })
    })
}

/// Tells equal arguments from others, and tells nothing else of them: its key is made anew for each run of the server.
fn digest(arguments: &Value) -> String {
    use std::{collections::hash_map::RandomState, hash::BuildHasher, sync::LazyLock};
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    format!("{:016x}", KEY.hash_one(arguments.to_string()))
}
