//! How many workers there should be: decisions of the pool's controller, and what it is allowed to do.

use serde::{Deserialize, Serialize};

/// What the controller may do by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Autopilot {
    /// Nothing, and it says nothing.
    Off,
    /// It says what it would do.
    #[default]
    Suggest,
    /// It changes the pool's target between `min` and `max`.
    AutoSafe,
}

impl Autopilot {
    /// Each, in the order in which a key goes through them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Suggest, Self::AutoSafe];

    /// It as it is written in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Suggest => "suggest",
            Self::AutoSafe => "auto-safe",
        }
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Off => Self::Suggest,
            Self::Suggest => Self::AutoSafe,
            Self::AutoSafe => Self::Off,
        }
    }
}

/// Which part of the controller decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionPath {
    /// A job found no idle worker, and would wait longer than a start takes.
    Fast,
    /// Queueing theory asks for more than there are.
    Up,
    /// Fewer have been enough for a while.
    Down,
    /// More at once would be slower, or the machine has no room for them.
    Guard,
    /// A rule that is here to be compared with.
    Rule,
}

/// One decision about the number of workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SizeDecision {
    /// The target before.
    pub from: u16,
    /// The target after.
    pub to: u16,
    /// Which part of the controller decided.
    pub path: DecisionPath,
    /// Why, in one line.
    pub reason: String,
    /// What it rests on.
    pub inputs: DecisionInputs,
}

/// The numbers that a decision rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionInputs {
    /// Jobs that come in a second.
    pub rate_per_s: f64,
    /// What a job takes in the mean, in seconds.
    pub service_s: f64,
    /// How uneven jobs are: (1 + squared coefficient of variation) / 2, from 0.5 to 4; 1 is that of a Poisson process.
    pub variability: f64,
    /// Least number of workers that keeps the promised wait, by Erlang C.
    pub needed: u16,
    /// As far as growth may go now.
    pub limit: u16,
    /// Jobs that wait.
    pub queued: u32,
    /// Workers at work.
    pub busy: u32,
    /// Workers that are being started.
    pub starting: u32,
}

impl DecisionInputs {
    /// The load that is offered, in erlang: so many workers would be busy all the time.
    pub fn load(&self) -> f64 {
        self.rate_per_s * self.service_s
    }
}

/// What usually comes at this time of day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct UsualLoad {
    /// Calls a second that want a worker: the median of the days.
    pub rate_per_s: f64,
    /// Days that it rests on.
    pub days: u32,
    /// Workers that are kept ready for them; `None` before the controller has reckoned it.
    pub workers: Option<u16>,
}

/// A decision of a running pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// How many seconds after the pool's start.
    pub at_s: f64,
    /// Whether it was carried out; otherwise it was only said.
    pub applied: bool,
    /// The decision.
    #[serde(flatten)]
    pub decision: SizeDecision,
}

/// The controller of a running pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizingStatus {
    /// What it may do.
    pub autopilot: Autopilot,
    /// What it would do now and may not.
    pub proposal: Option<SizeDecision>,
    /// The newest decisions, newest last.
    pub decisions: Vec<Decided>,
    /// What usually comes at this time of day; `None` before some days are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual: Option<UsualLoad>,
    /// As many workers as the machine has room for; `None` while that is not known.
    pub room: Option<u16>,
}
