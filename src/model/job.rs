//! A job for a worker, and how it came out.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Lane, Trace};

/// Work for a worker process.
#[derive(Debug, Clone)]
pub struct Job {
    /// The worker's operation, for example `run_macro`.
    pub operation: &'static str,
    /// Its arguments: data, never source text.
    pub arguments: Value,
    /// The tool that asks, for display.
    pub tool: Arc<str>,
    /// What it is about, for display: a macro's or a variable's name.
    pub subject: Option<Arc<str>>,
    /// How long it may run once a worker has it; then the worker's process group is killed.
    pub run_limit: Duration,
    /// The lane in which it waits for a worker.
    pub lane: Lane,
    /// Who asks: the clients of one lane take turns.
    pub client: Arc<str>,
    /// What counts as one and the same work: the operation, and for a macro which one. One key may not fill the pool while others
    /// wait, and a key that kills its workers again and again is refused for a while.
    pub key: Arc<str>,
    /// The names whose limits it falls under, as the settings write them; empty for most.
    pub targets: Vec<Arc<str>>,
    /// Limits that it brings along: at most so many jobs under each name run at once.
    pub ceilings: Vec<(Arc<str>, u16)>,
    /// Whether it only reads, so that it may be done once more when its worker dies.
    pub repeatable: bool,
    /// The trace that it belongs to.
    pub trace: Option<Arc<Trace>>,
}

impl Job {
    /// Every name whose jobs are counted because of it.
    pub fn counted(&self) -> impl Iterator<Item = &Arc<str>> {
        self.targets.iter().chain(self.ceilings.iter().map(|(name, _)| name))
    }

    /// A job in the interactive lane that falls under no limit and is never repeated.
    pub fn new(operation: &'static str, arguments: Value, tool: &str, run_limit: Duration) -> Self {
        Self {
            operation,
            arguments,
            tool: tool.into(),
            subject: None,
            run_limit,
            lane: Lane::Interactive,
            client: Arc::from(""),
            key: operation.into(),
            targets: Vec::new(),
            ceilings: Vec::new(),
            repeatable: false,
            trace: None,
        }
    }
}

/// A job that a worker answered well.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What the operation returned.
    pub value: Value,
    /// The worker that did it.
    pub slot: u16,
    /// From the request until a worker took it.
    pub queued: Duration,
    /// From then until its answer.
    pub ran: Duration,
    /// The job's own work inside the worker.
    pub own: Duration,
}

/// Where a job was when its time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waiting for a worker.
    Queue,
    /// Waiting for a worker to start.
    Start,
    /// Being done.
    Run,
}

impl Phase {
    /// The phase as a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Start => "start",
            Self::Run => "run",
        }
    }
}

/// Why a job has no outcome.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RunError {
    /// Turned away at once: the queue is full.
    #[error(
        "busy: {queued} calls wait for {target} workers (queue bound {bound}); retry in {retry_ms} ms, or raise the pool's size"
    )]
    Busy {
        /// Jobs waiting.
        queued: u32,
        /// Their bound.
        bound: u32,
        /// The pool's target.
        target: u16,
        /// A guess of when there will be room, in milliseconds.
        retry_ms: u64,
    },
    /// Turned away after a wait: its lane is overloaded, and a wait that long would only have grown.
    #[error("busy: the {} lane is overloaded, and this call had waited {waited:?}; retry in {retry_ms} ms, or raise the pool's size", .lane.word())]
    Overloaded {
        /// The lane.
        lane: Lane,
        /// How long it had waited.
        waited: Duration,
        /// A guess of when there will be room, in milliseconds.
        retry_ms: u64,
    },
    /// Refused at once: this work has killed its workers again and again.
    #[error("{key} has killed {crashes} workers within a minute and is refused for now; retry in {retry_ms} ms")]
    Poisoned {
        /// The work: the operation, and for a macro which one.
        key: Arc<str>,
        /// Workers that it has killed of late.
        crashes: u32,
        /// When it is tried again, in milliseconds.
        retry_ms: u64,
    },
    /// A deadline passed.
    #[error("timed out in the {} phase after {limit:?}", .phase.word())]
    Timeout {
        /// Where it was.
        phase: Phase,
        /// The limit that it met.
        limit: Duration,
        /// The worker, when it had one; that worker has been killed.
        slot: Option<u16>,
        /// From the request until a worker took it, or until now.
        queued: Duration,
    },
    /// The worker died or broke the protocol while doing it.
    #[error("worker {slot} {how} during the call; whether the work happened is unknown")]
    Crashed {
        /// The worker.
        slot: u16,
        /// What became of it.
        how: String,
        /// From the request until the worker took it.
        queued: Duration,
        /// From then until its end.
        ran: Duration,
    },
    /// The worker answered with an error.
    #[error("{}", .error.message)]
    Job {
        /// The error.
        error: JobError,
        /// The worker.
        slot: u16,
        /// From the request until the worker took it.
        queued: Duration,
        /// From then until its answer.
        ran: Duration,
        /// The job's own work inside the worker.
        own: Duration,
    },
    /// The caller cancelled it or went away.
    #[error("cancelled {}", if *.started { "while running; part of the work may have happened" } else { "before it started" })]
    Cancelled {
        /// Whether a worker had it.
        started: bool,
        /// The worker that had it; it has been killed if it did not stop by itself.
        slot: Option<u16>,
        /// From the request until a worker took it, or until now.
        queued: Duration,
        /// From then until now; zero when none took it.
        ran: Duration,
    },
    /// The server itself lost it: a fault, or it was ended at once.
    #[error("the server lost the call; whether the work happened is unknown")]
    Lost,
    /// The pool no longer takes work.
    #[error("the server is shutting down; nothing was run")]
    Closed,
    /// Everything was stopped.
    #[error("everything was stopped by {by}, and nothing is run until that is lifted")]
    Stopped {
        /// Who did it.
        by: Arc<str>,
    },
    /// No worker can be started.
    #[error("no worker can be started: {reason}")]
    Unavailable {
        /// What the start fails with.
        reason: String,
    },
}

/// Why a job failed, as the worker sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// Stable code in `snake_case`, for example `refused`, `cancelled`, `macro_failed`, `bad_arguments`.
    pub code: String,
    /// What failed and where, for people.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether the work may have happened.
    pub outcome: Certainty,
    /// What was recorded until then, as the answer would have had it: for `run_macro` an object with `sinks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<Value>,
}

/// Whether work that was not answered well may have happened. Decides whether a caller may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Nothing was done.
    NotRun,
    /// It may have happened, in part or whole.
    Unknown,
    /// It ran and failed.
    Failed,
}

impl RunError {
    /// Whether the work may have happened.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Busy { .. }
            | Self::Overloaded { .. }
            | Self::Poisoned { .. }
            | Self::Closed
            | Self::Stopped { .. }
            | Self::Unavailable { .. }
            | Self::Cancelled { started: false, .. } => Certainty::NotRun,
            Self::Timeout { phase, .. } if *phase != Phase::Run => Certainty::NotRun,
            Self::Timeout { .. } | Self::Crashed { .. } | Self::Cancelled { started: true, .. } | Self::Lost => {
                Certainty::Unknown
            }
            Self::Job { error, .. } => error.outcome,
        }
    }

    /// The error's stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Busy { .. } | Self::Overloaded { .. } => "busy",
            Self::Poisoned { .. } => "poisoned",
            Self::Timeout { .. } => "timeout",
            Self::Crashed { .. } => "worker_died",
            Self::Job { error, .. } => &error.code,
            Self::Cancelled { .. } => "cancelled",
            Self::Closed => "shutting_down",
            Self::Stopped { .. } => "stopped",
            Self::Lost => "lost",
            Self::Unavailable { .. } => "no_worker",
        }
    }
}
