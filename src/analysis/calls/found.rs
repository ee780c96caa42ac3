//! What taking a suspect away would bring, and which of them is named.

use super::replay::{percentile, pieces};
use crate::model::{Bottleneck, Cause, Prediction};

/// A suspect must lower the percentile by this share at least.
const LEAST_SHARE: f64 = 0.2;
/// The particular suspect goes before the general one if it brings so much of what the best would.
const NEARLY_BEST: f64 = 0.8;

/// A suspect, and how calls would be without it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    cause: Cause,
    /// By which share the 95th percentile falls.
    share: f64,
    /// To so many microseconds, with the least and the most of five pieces of the time.
    without_us: (u64, u64, u64),
    subject: String,
    evidence: Vec<String>,
}

impl Found {
    /// Without this suspect so much of each call would be too much, in microseconds, where the 95th percentile is `p95` with it.
    pub(super) fn new(cause: Cause, p95: u64, left: &[u64], subject: String, evidence: Vec<String>) -> Self {
        let without = percentile(left, 0.95).unwrap_or_default().min(p95);
        let (low, high) = pieces(left).fold((without, without), |(low, high), piece| (low.min(piece), high.max(piece)));
        let share = if p95 == 0 { 0.0 } else { 1.0 - without as f64 / p95 as f64 };
        Self { cause, share, without_us: (low, without, high), subject, evidence }
    }
}

/// Names the suspect without which the percentile falls most; a particular one before a general one that brings hardly more.
pub(super) fn name(found: &[Found], p95: u64, calls: usize) -> Option<Bottleneck> {
    let best = found.iter().map(|found| found.share).fold(0.0, f64::max);
    let Found { cause, share, without_us: (low, mid, high), subject, mut evidence } =
        found.iter().find(|found| found.share >= LEAST_SHARE && found.share >= NEARLY_BEST * best)?.clone();
    let ms = |micros: u64| micros as f64 / 1_000.0;
    evidence.push(format!("without it p95 would be {:.0} ms instead of {:.0} ms, by {calls} recorded calls", ms(mid), ms(p95)));
    let model = format!("ms p95 of waits and what kmtop adds, {:.0} now; {calls} calls without it", ms(p95));
    let predicted = Some(Prediction { low: ms(low), mid: ms(mid), high: ms(high), model });
    Some(Bottleneck { cause, share, subject, evidence, predicted })
}
