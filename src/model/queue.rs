//! How jobs wait, why they are turned away, and which of them were slow.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a job waits. Lanes are served in this order; within one, clients take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Short questions about the engine itself. They never wait for a worker that does something else.
    Control,
    /// Somebody waits for the answer.
    Interactive,
    /// Nobody waits at the other end: runs that go on by themselves, and clients that the settings name.
    Bulk,
    /// Load tests.
    Bench,
}

impl Lane {
    /// The lanes of the queue, first served first. Control jobs do not wait there.
    pub const QUEUED: [Self; 3] = [Self::Interactive, Self::Bulk, Self::Bench];

    /// The lane as a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
            Self::Bench => "bench",
        }
    }
}

/// Why a job was turned away, or given up while it waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShedReason {
    /// The queue was full.
    Full,
    /// It made room for a job of a lane that goes before its own.
    Displaced,
    /// It had waited for too long.
    Waited,
    /// Its lane was overloaded.
    Overloaded,
    /// Its work has killed workers again and again.
    Poisoned,
    /// No worker can be started.
    Unavailable,
}

impl ShedReason {
    /// The reason as a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Displaced => "displaced",
            Self::Waited => "waited",
            Self::Overloaded => "overloaded",
            Self::Poisoned => "poisoned",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Why a worker is retired on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecycleReason {
    /// The pool became smaller.
    Size,
    /// It has done as many jobs as one may do.
    Calls,
    /// It has lived for as long as one may live.
    Age,
    /// It holds more memory than the others, or than any may.
    Memory,
    /// The owner wanted it.
    Asked,
}

impl RecycleReason {
    /// The reason as a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Size => "size",
            Self::Calls => "calls",
            Self::Age => "age",
            Self::Memory => "memory",
        }
    }
}

/// Percentiles of a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Median, in microseconds.
    pub p50_us: u64,
    /// 95th percentile, in microseconds.
    pub p95_us: u64,
    /// 99th percentile, in microseconds.
    pub p99_us: u64,
    /// How many there were.
    pub count: u64,
}

/// Work that has killed workers of late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Breaker {
    /// The work: the operation, and for a macro which one.
    pub key: Arc<str>,
    /// What is done about it.
    pub state: BreakerState,
    /// Workers that it has killed within the last minute.
    pub crashes: u32,
    /// Milliseconds until it is tried again; `None` when it is not refused.
    pub retry_ms: Option<u64>,
}

/// What is done about work that kills workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// It is done as any other.
    Closed,
    /// It is refused.
    Open,
    /// One job of it is tried; others are refused until that one ends.
    HalfOpen,
}

/// A call that took over a second and over five times the 95th percentile of its work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlowCall {
    /// When it ended, milliseconds since 1970.
    pub time_ms: u64,
    /// The tool.
    pub tool: Arc<str>,
    /// What it was about: a macro's or a variable's name.
    pub subject: Option<Arc<str>>,
    /// Who called.
    pub client: Arc<str>,
    /// Equal for equal arguments while the server runs.
    pub digest: String,
    /// Where it spent most of its time: `queue` or `run`.
    pub phase: Arc<str>,
    /// The worker that had it.
    pub worker: u16,
    /// Milliseconds waited for a worker.
    pub queued_ms: u64,
    /// Milliseconds at the worker.
    pub ran_ms: u64,
    /// 95th percentile of its work, in milliseconds; `None` while too little was done.
    pub usual_ms: Option<u64>,
    /// `answered`, `timeout`, `cancelled` or `crashed`.
    pub ending: Arc<str>,
}
