//! What came of a simulation, and its score.

use serde::Serialize;

use crate::model::Decided;

/// The numbers of one simulation. Shares are from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// The controller's name.
    pub controller: String,
    /// Share of calls that waited longer than promised, were turned away, or lost their worker.
    pub miss_share: f64,
    /// 50 % of the calls waited at most this long, in milliseconds.
    pub p50_wait_ms: f64,
    /// 95 %.
    pub p95_wait_ms: f64,
    /// 99 %.
    pub p99_wait_ms: f64,
    /// Workers in the mean over time, those that start included.
    pub mean_workers: f64,
    /// Most workers.
    pub peak_workers: u16,
    /// Share of the workers' time in which they were busy.
    pub utilisation: f64,
    /// How often in an hour the target changed its direction.
    pub reversals_per_h: f64,
    /// How often it changed.
    pub resizes_per_h: f64,
    /// Workers that were started, without the first ones.
    pub spawns_per_h: f64,
    /// Workers in the mean without which nobody could have served all calls at once; see [`super::bound()`].
    pub bound_workers: f64,
    /// Workers by the bound, percents missed (20 at most) and a hundredth of the reversals in an hour; less is better.
    pub score: f64,
    /// Calls that came.
    pub calls: u64,
    /// Calls that were turned away.
    pub shed: u64,
    /// Seconds that were simulated.
    pub length_s: f64,
    /// What was decided.
    #[serde(skip)]
    pub decisions: Vec<Decided>,
}

impl Outcome {
    /// The score of these numbers.
    pub(super) fn score(mean_workers: f64, bound: f64, miss_share: f64, reversals_per_h: f64) -> f64 {
        mean_workers / bound.max(1.0) + (miss_share * 100.0).min(20.0) + 0.01 * reversals_per_h
    }
}
