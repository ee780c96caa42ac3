//! The shape of a report. Its JSON is a contract for scripts.

use serde::Serialize;

use crate::{
    contracts::Verdict,
    model::{Prediction, Severity},
};

/// A report. Times are milliseconds since 1970; what is not known is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// The machine's name.
    pub host: String,
    /// kmtop's version at the end of the range.
    pub version: String,
    /// Where the range begins.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
    /// The whole in numbers.
    pub summary: Summary,
    /// What went wrong, oldest first.
    pub incidents: Vec<Incident>,
    /// What was promised.
    pub contracts: Verdict,
    /// Each tool, the one with the most calls first.
    pub tools: Vec<ToolRow>,
    /// Where the time of all calls went; `None` when nobody reckoned it.
    pub phases: Option<PhaseShares>,
    /// What held the server back, the most frequent first.
    pub bottlenecks: Vec<Blamed>,
    /// What was changed, oldest first.
    pub changes: Vec<ChangeEffect>,
    /// Advice that was open at the end.
    pub advice: Vec<Advised>,
    /// How numbers went, and where to.
    pub trends: Vec<TrendLine>,
    /// How long the pool lasts.
    pub capacity: Option<Capacity>,
    /// Steps of the range, oldest first.
    pub points: Vec<Point>,
    /// Seconds of each of these steps.
    pub step_s: u64,
    /// What is to be known of these numbers.
    pub notes: Vec<String>,
}

/// The whole in numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Seconds for which there are numbers.
    pub recorded_s: f64,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Their share, 0 to 1; `None` without calls.
    pub error_share: Option<f64>,
    /// Calls a second over the recorded time.
    pub rate_per_s: Option<f64>,
    /// Most calls a second in one step.
    pub peak_rate_per_s: Option<f64>,
    /// p50, p95 and p99 of whole calls, in milliseconds.
    pub total_ms: [Option<f64>; 3],
    /// The same of what kmtop added.
    pub added_ms: [Option<f64>; 3],
    /// 95th percentile of the wait for a worker, in milliseconds.
    pub wait_p95_ms: Option<f64>,
    /// How often a server started.
    pub starts: u64,
    /// The health score at the end, 0 to 100.
    pub score: Option<f64>,
    /// Most resident memory of kmtop itself, in bytes.
    pub own_rss_bytes: Option<u64>,
}

/// Something that went wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Incident {
    /// When it began.
    pub began_ms: u64,
    /// When it was over; `None` while it goes on at the end of the range.
    pub ended_ms: Option<u64>,
    /// How bad it was.
    pub severity: Option<Severity>,
    /// The rules that told of it.
    pub rules: Vec<String>,
    /// What it was about: tools, workers, the pool.
    pub subjects: Vec<String>,
    /// What was said of it at its worst.
    pub text: String,
    /// The numbers that this rests on.
    pub evidence: Vec<String>,
    /// What held the server back meanwhile, as it was named most often.
    pub bottleneck: Option<String>,
    /// The places in `changes` of what was changed while it lasted, or within ten minutes after.
    pub changes: Vec<usize>,
}

/// A tool.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ToolRow {
    /// Its name.
    pub tool: String,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// p50, p95 and p99 of whole calls, in milliseconds.
    pub total_ms: [Option<f64>; 3],
    /// 95th percentile of what kmtop added.
    pub added_p95_ms: Option<f64>,
    /// 95th percentile of the wait for a worker.
    pub wait_p95_ms: Option<f64>,
    /// Its median in the later half of the range by that in the earlier: 1.25 is a quarter slower.
    pub drift: Option<f64>,
}

/// Shares of the calls' time; together 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PhaseShares {
    /// Waiting while all workers were busy.
    pub queue: f64,
    /// Waiting for a worker on its way up.
    pub start: f64,
    /// At a worker, but for the job's own work.
    pub run: f64,
    /// The job's own work.
    pub own: f64,
    /// All the rest.
    pub reply: f64,
}

/// Something that held the server back.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Blamed {
    /// What, in words.
    pub bottleneck: String,
    /// In how many of the looks it was named.
    pub looks: u64,
    /// Their share of all looks, 0 to 1.
    pub share: f64,
    /// When it was named first.
    pub first_ms: u64,
    /// When it was named last.
    pub last_ms: u64,
}

/// How it was over a while.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Level {
    /// Seconds.
    pub seconds: f64,
    /// Calls.
    pub calls: u64,
    /// 95th percentile of the wait for a worker, in milliseconds.
    pub wait_p95_ms: Option<f64>,
    /// 95th percentile of what kmtop added.
    pub added_p95_ms: Option<f64>,
    /// Share of calls that failed, 0 to 1.
    pub error_share: Option<f64>,
}

/// Whether a change helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It did.
    Helped,
    /// It did harm.
    Harmed,
    /// Some numbers fell and others rose.
    Mixed,
    /// Nothing that anybody would notice.
    NoDifference,
    /// There were too few calls to say.
    TooFewCalls,
}

/// Something that was changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeEffect {
    /// When.
    pub time_ms: u64,
    /// What was done and by whom.
    pub text: String,
    /// Whether it was taken back.
    pub undone: bool,
    /// How it was before.
    pub before: Level,
    /// How it was after.
    pub after: Level,
    /// Whether it helped: before and after are compared, and whatever else changed meanwhile is in it.
    pub effect: Effect,
    /// The numbers that say so.
    pub words: String,
    /// What was predicted of it, if anything was.
    pub predicted: Option<Prediction>,
    /// Whether what was measured lies in the predicted range.
    pub hit: Option<bool>,
}

/// Advice that was open.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Advised {
    /// What it touches.
    pub category: String,
    /// 1 is the most urgent.
    pub priority: u8,
    /// What is wrong.
    pub issue: String,
    /// How it is.
    pub current: String,
    /// How it should be.
    pub target: String,
}

/// How a number went.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TrendLine {
    /// The number.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The fitted line at the beginning.
    pub start: f64,
    /// The fitted line at the end.
    pub end: f64,
    /// By how much it changes in a day.
    pub per_day: f64,
    /// Whether it rises beyond doubt.
    pub rises: bool,
    /// Its limit.
    pub limit: Option<f64>,
    /// Hours until it meets its limit, and the earliest and the latest of these; a latest that never comes is `None`.
    pub reaches_in_h: Option<(f64, f64, Option<f64>)>,
}

/// How long the pool lasts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Capacity {
    /// The pool's largest size.
    pub workers: u16,
    /// Busy workers in the mean that such a pool bears without a queue that matters.
    pub limit: f64,
    /// Busy workers in the mean over the range.
    pub mean: f64,
    /// In its busiest step.
    pub peak: f64,
    /// Hours until the limit is met at this growth, and the earliest and latest; `None` when the load does not grow.
    pub reached_in_h: Option<(f64, f64, Option<f64>)>,
    /// It in a sentence.
    pub words: String,
}

/// One step of the range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Point {
    /// Its end.
    pub time_ms: u64,
    /// Seconds for which there are numbers.
    pub seconds: f64,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub errors: u64,
    /// 95th percentile of whole calls, in milliseconds.
    pub total_p95_ms: Option<f64>,
    /// Of what kmtop added.
    pub added_p95_ms: Option<f64>,
    /// Of the wait for a worker.
    pub wait_p95_ms: Option<f64>,
    /// Busy workers in the mean: the time that calls took at workers by the time that passed.
    pub busy: f64,
    /// Live workers at its end.
    pub workers: u16,
    /// Busy share of all processors, 0 to 100.
    pub cpu_percent: Option<f32>,
    /// Used share of main memory, 0 to 100.
    pub memory_percent: Option<f32>,
    /// Resident memory of kmtop itself, in bytes.
    pub own_rss_bytes: Option<u64>,
}
