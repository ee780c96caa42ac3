//! The shape of a report. Its JSON is a contract for scripts.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::tools::ToolReport;
use crate::bench::{
    compare::Compared,
    environment::Environment,
    quantile::Summary,
    recovery::Recovery,
    run::WarmUp,
    search::Found,
    slo::Verdict,
    sweep::Sweep,
    tally::Second,
    watch::{Numbers, Point},
};
use crate::model::SparseHistogram;

/// The result of a load test.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The scenario, if it was one.
    pub scenario: Option<String>,
    /// `open` or `closed`.
    pub r#loop: &'static str,
    /// What the figures are, in a sentence.
    pub label: &'static str,
    /// What was called.
    pub target: TargetReport,
    /// How it was loaded.
    pub load: LoadReport,
    /// The calls before those that count.
    pub warm_up: WarmUp,
    /// Seconds from the first planned call to the last answer.
    pub seconds: f64,
    /// Whether it was ended early, by whom: `interrupted`, `aborted`; `None` when it was not.
    pub ended_early: Option<&'static str>,
    /// Counts.
    pub calls: Calls,
    /// Calls per second.
    pub rate: Rate,
    /// From the planned time to the answer. In a closed loop: corrected for the calls that would have come while a client waited.
    pub latency: Summary,
    /// From the sending to the answer.
    pub service: Summary,
    /// From the planned time to the sending: what the generator was late by.
    pub generator_lag: Lag,
    /// In how many calls of the same length wait and work for a call, as far as the target tells.
    pub split: Option<Split>,
    /// Failures by word.
    pub errors: BTreeMap<String, u64>,
    /// Each operation.
    pub operations: Vec<OperationReport>,
    /// Each tool that was called, as the target told; empty when it did not.
    pub tools: Vec<ToolReport>,
    /// A digest of what was called: results with another one cannot be compared.
    pub work: String,
    /// The comparison with other settings.
    pub compare: Option<Compared>,
    /// What the target said of itself; `None` when it did not.
    pub numbers: Option<Numbers>,
    /// What came after.
    pub recovery: Recovery,
    /// What became of the objectives.
    pub slo: Vec<Verdict>,
    /// Whether planned calls were dropped because too many were under way.
    pub saturated: bool,
    /// Whether all objectives held and nothing was dropped: what the exit code tells.
    pub passed: bool,
    /// What should be known of these figures.
    pub notes: Vec<String>,
    /// The search for the highest rate.
    pub find_max: Option<Found>,
    /// Throughput by workers.
    pub sweep: Option<Sweep>,
    /// Where it was measured.
    pub environment: Environment,
    /// Every second.
    pub timeline: Vec<Second>,
    /// The target, every second.
    pub track: Vec<Point>,
    /// Latency by quantile, for the spectrum.
    pub spectrum: Vec<Spectral>,
    #[serde(skip)]
    pub(super) histograms: Vec<Histogram<u32>>,
    #[serde(skip)]
    pub(super) began_ms: u64,
}

/// What was called.
#[derive(Debug, Clone, Serialize)]
pub struct TargetReport {
    /// Its address or command.
    pub address: String,
    /// The client that called it: `rmcp`, `raw http`, `raw stdio`.
    pub client: &'static str,
    /// Why that one.
    pub client_reason: &'static str,
}

/// How it was loaded.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LoadReport {
    /// `poisson`, `constant` or `recorded`; `None` in a closed loop.
    pub arrivals: Option<&'static str>,
    /// Stages of an open loop.
    pub stages: Vec<StageReport>,
    /// Clients of a closed loop.
    pub clients: Option<usize>,
    /// Their thinking, in milliseconds, from and to.
    pub think_ms: Option<[f64; 2]>,
    /// What the random numbers began from.
    pub seed: u64,
    /// Most calls under way.
    pub in_flight_cap: Option<usize>,
}

/// A stage.
#[derive(Debug, Clone, Serialize)]
pub struct StageReport {
    /// Calls per second.
    pub rate_per_s: f64,
    /// How long.
    pub seconds: f64,
}

/// Counts of calls.
#[derive(Debug, Clone, Serialize)]
pub struct Calls {
    /// That were to be made.
    pub planned: u64,
    /// That were made.
    pub sent: u64,
    /// That were answered or given up.
    pub completed: u64,
    /// Of these, that failed.
    pub failed: u64,
    /// That were not made, because too many were under way.
    pub dropped: u64,
    /// That had no answer when the measurement was broken off.
    pub unanswered: u64,
    /// Most that were under way.
    pub most_in_flight: usize,
}

/// Calls per second.
#[expect(clippy::struct_field_names, reason = "the names are those of the JSON")]
#[derive(Debug, Clone, Serialize)]
pub struct Rate {
    /// Planned; `None` in a closed loop, which plans none.
    pub planned_per_s: Option<f64>,
    /// Answered.
    pub achieved_per_s: f64,
    /// Most in one second.
    pub peak_per_s: u32,
}

/// How late the generator was.
#[derive(Debug, Clone, Serialize)]
pub struct Lag {
    /// Median in microseconds.
    pub p50_us: u64,
    /// 99th percentile.
    pub p99_us: u64,
    /// The most.
    pub max_us: u64,
    /// Whether p99 is over 1 ms: then the generator is part of what was measured.
    pub late: bool,
}

/// Where the mean call's time goes, in microseconds, as the target tells.
#[expect(clippy::struct_field_names, reason = "the names are those of the JSON")]
#[derive(Debug, Clone, Serialize)]
pub struct Split {
    /// Waiting for a worker.
    pub wait_us: f64,
    /// At a worker.
    pub service_us: f64,
    /// The rest inside the server.
    pub rest_us: f64,
}

/// One operation.
#[derive(Debug, Clone, Serialize)]
pub struct OperationReport {
    /// Its name.
    pub name: String,
    /// Its share of the mix, 0 to 1.
    pub share: f64,
    /// Calls that were answered or given up.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that were dropped.
    pub dropped: u64,
    /// Calls answered per second.
    pub rate_per_s: f64,
    /// From the planned time to the answer.
    pub latency: Summary,
    /// From the sending to the answer.
    pub service: Summary,
    /// The tools that it calls.
    pub tools: Vec<String>,
    /// Every time, as a histogram of microseconds: of an open loop from the planned time, of a closed one from the sending.
    pub times: SparseHistogram,
}

/// A point of the percentile spectrum.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spectral {
    /// Share of calls that took at most so long, 0 to under 1.
    pub quantile: f64,
    /// From the planned time, in microseconds.
    pub latency_us: u64,
    /// From the sending, in microseconds.
    pub service_us: u64,
}
