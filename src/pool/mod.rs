//! The worker pool: keeps as many workers as it is told, and hands each job to one of them.
//!
//! `core` decides, and does nothing; one actor tells it what happens and does what it says; one task owns each worker process.
//! Jobs come down one channel, and everything that steers the pool comes down another that is polled first, so that a flood of
//! jobs never delays a resize, a cancel or the shutdown. A job's answer goes from its worker's task straight to the caller.

mod actor;
mod core;
mod session;
mod size;
mod slow;
mod turn;
mod worker;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    backend::SharedBackend,
    model::{CommandError, Job, Outcome, PoolStatus, Recycling, Resize, RunError, UsualLoad},
    sizing::{Knobs, Machine},
};

use self::core::{Load, Ticket};

pub use self::core::{Lives, Part, is_canary};
pub use size::Size;

/// How the pool behaves.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bounds and first target.
    pub size: Size,
    /// Jobs that may wait; one more is turned away at once.
    pub queue: usize,
    /// How long a job may wait for a worker.
    pub queue_limit: Duration,
    /// How long a worker may take to say hello and do its first, discarded job.
    pub start_limit: Duration,
    /// From when on a busy worker is shown as hung.
    pub hung_after: Duration,
    /// A worker that was idle for longer is asked whether it is well before it gets a job.
    pub check_after: Duration,
    /// Longest protocol line of a worker, in bytes.
    pub line: usize,
    /// How long workers live.
    pub lives: Lives,
    /// How many jobs may run at once that share a name of [`Job::targets`].
    pub targets: BTreeMap<String, u16>,
    /// What the controller of the size may do and promises.
    pub knobs: Knobs,
    /// Processors of the machine.
    pub cores: u16,
    /// Where slow calls are written down; `None` for nowhere.
    pub slow_log: Option<PathBuf>,
}

impl Limits {
    /// The defaults with this size.
    pub fn new(size: Size) -> Self {
        Self {
            size,
            queue: 256,
            queue_limit: Duration::from_secs(10),
            start_limit: Duration::from_secs(5),
            hung_after: Duration::from_secs(10),
            check_after: Duration::from_secs(30),
            line: 16 << 20,
            lives: Lives::default(),
            targets: BTreeMap::new(),
            knobs: Knobs::default(),
            cores: 4,
            slow_log: None,
        }
    }
}

/// How long a worker has to answer after it was asked to cancel a job, or after its job's time was up; then it gets a signal.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// What a caller sent along with its job.
#[derive(Debug)]
struct Caller {
    cancel: CancellationToken,
    reply: oneshot::Sender<Result<Outcome, RunError>>,
}

impl Load for Caller {
    fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }
}

/// A job on its way to the pool.
type Run = Ticket<Caller>;

/// What steers the pool.
enum Control {
    /// A new size, and why unless somebody set it by hand.
    Resize(Resize, Option<String>, oneshot::Sender<Result<(Size, Size), CommandError>>),
    /// Other limits of life for these workers; the reply is what they were.
    Recycle(Recycling, Part, oneshot::Sender<Recycling>),
    /// The status; `measure` begins a new span for the utilisation.
    Status { measure: bool, reply: oneshot::Sender<PoolStatus> },
    /// The caller of this job has cancelled it.
    Cancelled(u64),
    /// What the processes of these numbers hold, in bytes.
    Held(Vec<(u32, u64)>),
    /// Other knobs of the controller.
    Steer(Knobs),
    /// What usually comes at this time of day.
    Expect(Option<UsualLoad>),
    /// What the machine has room for.
    Machine(Machine),
    /// Stop everything, for this one; the reply is how many jobs ran and how many waited.
    Stop(String, oneshot::Sender<(usize, usize)>),
    /// Take jobs again; the reply is whether it was stopped.
    Lift(oneshot::Sender<bool>),
    /// Start workers that wait for their start; the reply is how many there were.
    Warm(oneshot::Sender<usize>),
    /// Replace the worker in this slot; the reply is whether there is one.
    DrainWorker(u16, oneshot::Sender<bool>),
    /// Cancel the job of the worker in this slot and replace it; the reply is whether there is one.
    KillWorker(u16, oneshot::Sender<bool>),
    /// Take no more jobs, let running ones finish for this long, end all workers.
    Drain(Duration, oneshot::Sender<()>),
}

/// The pool, for everybody who has jobs for it or steers it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    jobs: mpsc::UnboundedSender<Run>,
    control: mpsc::UnboundedSender<Control>,
    next: Arc<AtomicU64>,
}

/// Starts the pool on the current runtime. It ends when it was drained, or when every handle is gone.
pub fn start(backend: SharedBackend, limits: Limits) -> Handle {
    // The bound on waiting jobs is the queue's, which answers "busy" with numbers; this channel only carries them there.
    let (jobs, job_receiver) = mpsc::unbounded_channel();
    let (control, control_receiver) = mpsc::unbounded_channel();
    tokio::spawn(actor::Actor::new(backend, limits).run(job_receiver, control_receiver));
    Handle { jobs, control, next: Arc::new(AtomicU64::new(1)) }
}

impl Handle {
    /// Has a job done by one worker.
    ///
    /// When `cancel` fires, a waiting job is taken out of the queue and a running one is told to stop.
    ///
    /// # Errors
    /// Every way in which there is no outcome; [`RunError::certainty`] tells whether the work may have happened.
    pub async fn run(&self, job: Job, cancel: CancellationToken) -> Result<Outcome, RunError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (reply, mut answer) = oneshot::channel();
        let load = Caller { cancel: cancel.clone(), reply };
        self.jobs.send(Ticket { id, job, asked: Instant::now(), again: false, load }).map_err(|_| RunError::Closed)?;
        let answered = tokio::select! {
            biased;
            answered = &mut answer => answered,
            () = cancel.cancelled() => {
                // The actor answers at once when the job still waits, and the worker's task when it runs.
                let _ = self.control.send(Control::Cancelled(id));
                answer.await
            }
        };
        // Whoever has the job answers it, whatever becomes of it; without an answer nobody knows.
        answered.unwrap_or(Err(RunError::Lost))
    }

    /// Gives the pool a new size, and returns the size before and the new one. Busy workers finish first.
    ///
    /// # Errors
    /// When the size is out of bounds; nothing is changed.
    pub async fn resize(&self, resize: Resize) -> Result<(Size, Size), CommandError> {
        self.ask_resize(resize, None).await
    }

    /// The same for a reason other than that somebody wants it; the controller of the size is not kept off by it.
    ///
    /// # Errors
    /// As [`Handle::resize`].
    pub async fn resize_for(&self, resize: Resize, why: String) -> Result<(Size, Size), CommandError> {
        self.ask_resize(resize, Some(why)).await
    }

    async fn ask_resize(&self, resize: Resize, why: Option<String>) -> Result<(Size, Size), CommandError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.control.send(Control::Resize(resize, why, reply));
        answer.await.unwrap_or_else(|_| Err(CommandError::new("shutting_down", "the pool is shutting down")))
    }

    /// Gives workers other limits of life, all of them or the canary, and returns those that all had before; `None` once the pool has ended.
    pub async fn recycle(&self, wanted: Recycling, part: Part) -> Option<Recycling> {
        let (reply, answer) = oneshot::channel();
        self.control.send(Control::Recycle(wanted, part, reply)).ok()?;
        answer.await.ok()
    }

    /// What the pool is doing now; `None` once it has ended.
    pub async fn status(&self) -> Option<PoolStatus> {
        self.ask_status(false).await
    }

    /// What the pool is doing now, with the utilisation since this was last asked. For the hub's tick alone.
    pub async fn measure(&self) -> Option<PoolStatus> {
        self.ask_status(true).await
    }

    async fn ask_status(&self, measure: bool) -> Option<PoolStatus> {
        let (reply, answer) = oneshot::channel();
        self.control.send(Control::Status { measure, reply }).ok()?;
        answer.await.ok()
    }

    /// Tells the pool what the workers' processes hold, by process number, in bytes: one that holds too much is replaced.
    pub fn note_memory(&self, held: Vec<(u32, u64)>) {
        let _ = self.control.send(Control::Held(held));
    }

    /// Has the controller of the size promise and do other things from now on.
    pub fn steer(&self, knobs: Knobs) {
        let _ = self.control.send(Control::Steer(knobs));
    }

    /// Tells the controller of the size what usually comes at this time of day, so that workers are ready before it comes.
    pub fn expect(&self, usual: Option<UsualLoad>) {
        let _ = self.control.send(Control::Expect(usual));
    }

    /// Tells the controller of the size what the machine has room for.
    pub fn note_machine(&self, machine: Machine) {
        let _ = self.control.send(Control::Machine(machine));
    }

    /// Cancels every job, and refuses new ones until [`Handle::lift`]; `by` is who wants it. Says how many jobs ran and how many waited;
    /// `None` once the pool has ended.
    pub async fn stop(&self, by: &str) -> Option<(usize, usize)> {
        let (reply, answer) = oneshot::channel();
        let _ = self.control.send(Control::Stop(by.to_owned(), reply));
        answer.await.ok()
    }

    /// Takes jobs again; says whether it was stopped, `None` once the pool has ended.
    pub async fn lift(&self) -> Option<bool> {
        let (reply, answer) = oneshot::channel();
        let _ = self.control.send(Control::Lift(reply));
        answer.await.ok()
    }

    /// Starts workers that wait for their start at once; says how many, `None` once the pool has ended.
    pub async fn warm(&self) -> Option<usize> {
        let (reply, answer) = oneshot::channel();
        let _ = self.control.send(Control::Warm(reply));
        answer.await.ok()
    }

    /// Replaces the worker in this slot, as if it were too old; says whether there is one, `None` once the pool has ended.
    pub async fn drain_worker(&self, slot: u16) -> Option<bool> {
        let (reply, answer) = oneshot::channel();
        let _ = self.control.send(Control::DrainWorker(slot, reply));
        answer.await.ok()
    }

    /// Cancels the job of the worker in this slot and replaces it; says whether there is one, `None` once the pool has ended.
    pub async fn kill_worker(&self, slot: u16) -> Option<bool> {
        let (reply, answer) = oneshot::channel();
        let _ = self.control.send(Control::KillWorker(slot, reply));
        answer.await.ok()
    }

    /// Takes no more jobs, turns the waiting ones away, lets running ones finish for up to `grace`, and ends all workers.
    pub async fn drain(&self, grace: Duration) {
        let (reply, answer) = oneshot::channel();
        let _ = self.control.send(Control::Drain(grace, reply));
        let _ = answer.await;
    }
}
