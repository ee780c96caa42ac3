//! What is wrong, and what would help.

use serde::{Deserialize, Serialize};

use super::Command;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Will hurt if it stays.
    Warning,
    /// Hurts now.
    Critical,
}

/// The life of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Over its limit, not yet for long enough.
    Pending,
    /// Over its limit for long enough.
    Firing,
    /// Under its limit again, not yet for long enough.
    Resolving,
}

/// Something over its limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Counts up from 1 for each server.
    pub id: u64,
    /// The rule: `cpu`, `memory`, `error_share`, `queue_wait`, `hung_worker`, `degraded_pool`, `dropped_samples`,
    /// `library`, `history`, `settings`.
    pub rule: String,
    /// What it is about: a tool, a worker, or the server.
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where in its life it is.
    pub state: AlertState,
    /// The measured number, in the rule's unit (percent, or milliseconds for waits and hung workers).
    pub value: Option<f64>,
    /// The limit that it passed, in the same unit.
    pub limit: Option<f64>,
    /// When it went over its limit, milliseconds since 1970.
    pub since: u64,
    /// One sentence for people.
    pub text: String,
    /// The numbers that it rests on.
    pub evidence: Vec<String>,
}

/// The life of a piece of advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdviceState {
    /// Can be applied.
    Open,
    /// Applied; its change is in the journal.
    Applied,
}

/// Something that would help.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// Counts up from 1 for each server.
    pub id: u64,
    /// What it touches, for example `pool`.
    pub category: String,
    /// 1 is the most urgent.
    pub priority: u8,
    /// What is wrong.
    pub issue: String,
    /// How it is.
    pub current: String,
    /// How it should be.
    pub target: String,
    /// The command that applying it obeys.
    pub change: Command,
    /// What will be done, step by step.
    pub steps: Vec<String>,
    /// What it should bring; `None` when nothing was modelled.
    pub predicted: Option<Prediction>,
    /// What it costs.
    pub cost: String,
    /// What may go wrong.
    pub risk: String,
    /// How to take it back.
    pub undo: String,
    /// Where in its life it is.
    pub state: AdviceState,
    /// Whether it may be applied without asking anybody.
    #[serde(default)]
    pub risk_class: RiskClass,
    /// The numbers that it rests on.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// Whether a piece of advice may be applied without asking anybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskClass {
    /// It can be taken back at once and takes nothing from anybody.
    Safe,
    /// Somebody has to say yes.
    #[default]
    NeedsApproval,
}

/// A predicted number with its range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Low end.
    pub low: f64,
    /// Most likely.
    pub mid: f64,
    /// High end.
    pub high: f64,
    /// How it was reckoned, and the unit.
    pub model: String,
}
