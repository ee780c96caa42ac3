//! Where the time of calls goes, and what holds the server back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Prediction;

/// Shares of a tool's time over the last ten minutes; together 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Phases {
    /// The tool; empty for all together.
    pub tool: Arc<str>,
    /// Calls.
    pub calls: u64,
    /// Mean microseconds of a call.
    pub mean_us: f64,
    /// Waiting for a worker while all were busy.
    pub queue: f64,
    /// Waiting for a worker that was on its way up.
    pub start: f64,
    /// At a worker, but for the job's own work.
    pub run: f64,
    /// The job's own work: the macro, the script, what they drive.
    pub own: f64,
    /// All the rest: reading the request, answering.
    pub reply: f64,
}

/// The two laws that hold for any queue: what was counted beside what follows from rates and times. Far apart, the numbers miss something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Laws {
    /// Busy workers, as counted each second.
    pub busy_counted: f64,
    /// Busy workers by the utilisation law: rate × time at a worker.
    pub busy_reckoned: f64,
    /// Calls that wait or are worked on, as counted each second.
    pub inside_counted: f64,
    /// The same by Little's law: rate × (wait + time at a worker).
    pub inside_reckoned: f64,
}

/// What can hold a server back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The engine underneath does not answer.
    EngineDown,
    /// The processors are busy.
    Cpu,
    /// Memory is short.
    MemoryPressure,
    /// The disk is busy.
    Disk,
    /// What the macros drive does one thing at a time.
    TargetSerialises,
    /// Workers that are wanted are not up yet.
    ColdStarts,
    /// One macro takes the workers' time.
    SlowMacro,
    /// One client calls more than there is room for.
    ClientRate,
    /// There are too few workers.
    PoolTooSmall,
}

impl Cause {
    /// All of them, the particular ones before the general one.
    pub const ALL: [Self; 9] = [
        Self::EngineDown,
        Self::Cpu,
        Self::MemoryPressure,
        Self::Disk,
        Self::TargetSerialises,
        Self::ColdStarts,
        Self::SlowMacro,
        Self::ClientRate,
        Self::PoolTooSmall,
    ];

    /// It as words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::EngineDown => "engine down",
            Self::Cpu => "CPU",
            Self::MemoryPressure => "memory pressure",
            Self::Disk => "disk",
            Self::TargetSerialises => "target serialises",
            Self::ColdStarts => "cold starts",
            Self::SlowMacro => "slow macro",
            Self::ClientRate => "client rate",
            Self::PoolTooSmall => "pool too small",
        }
    }
}

/// What holds the server back most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bottleneck {
    /// What it is.
    pub cause: Cause,
    /// By which share the 95th percentile would fall without it, 0 to 1, by the model.
    pub share: f64,
    /// The macro, client or target that it is about; empty for the server as a whole.
    pub subject: String,
    /// The numbers that it rests on.
    pub evidence: Vec<String>,
    /// How the 95th percentile would be without it; `None` where nothing was modelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<Prediction>,
}

impl Bottleneck {
    /// One without which nothing would be wrong, for this reason.
    #[must_use]
    pub fn whole(cause: Cause, reason: &str) -> Self {
        Self { cause, share: 1.0, subject: String::new(), evidence: vec![reason.to_owned()], predicted: None }
    }

    /// One line for people: `slow macro "Report" (84%)`.
    #[must_use]
    pub fn line(&self) -> String {
        let subject = if self.subject.is_empty() { String::new() } else { format!(" \"{}\"", self.subject) };
        format!("{}{subject} ({:.0}%)", self.cause.word(), self.share * 100.0)
    }
}
