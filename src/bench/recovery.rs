//! How long it takes until a target is as it was before the load, and what memory it gives back.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    line::Line,
    mix::Mix,
    schedule::{self, Stage},
    tally::Second,
    watch::Point,
};
use crate::util::clock::micros;

/// Calls whose median is what a call takes without load.
const BASE_CALLS: usize = 7;
/// Between two calls that look whether it is well again.
const PAUSE: Duration = Duration::from_millis(50);
/// Good calls in a row that say so.
const GOOD: usize = 3;
/// Memory that grew by less has nothing to be given back.
const LITTLE: u64 = 1 << 20;

/// What came after the load.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Recovery {
    /// Seconds from the end of the load, or of its highest stage, until calls took what they had taken before; `None` when they did not, or
    /// nobody looked.
    pub seconds: Option<f64>,
    /// What a call took without load, in microseconds.
    pub baseline_us: Option<u64>,
    /// Resident memory of server and workers before the load, in bytes.
    pub memory_before_bytes: Option<u64>,
    /// The most under load.
    pub memory_peak_bytes: Option<u64>,
    /// A while after it.
    pub memory_after_bytes: Option<u64>,
    /// Share of what was added that was given back, 0 to 1; `None` when less than 1 MiB was added.
    pub memory_recovered_share: Option<f64>,
}

/// Makes single calls of the first operation, whose time is taken.
pub(super) struct Probe<'a> {
    pub(super) line: &'a Arc<dyn Line>,
    pub(super) mix: &'a Mix,
    pub(super) timeout: Duration,
    pub(super) stop: &'a CancellationToken,
}

impl Probe<'_> {
    /// Microseconds of one call; `None` when it failed.
    async fn once(&self, turn: u64) -> Option<u64> {
        let ask = self.mix.ask(0, turn, &mut fastrand::Rng::with_seed(turn));
        let began = Instant::now();
        let outcome = tokio::time::timeout(self.timeout, self.line.call(ask)).await;
        matches!(outcome, Ok(Ok(()))).then(|| micros(began.elapsed()))
    }

    /// The median of a few calls in microseconds; with the word of failure when the first fails.
    pub(super) async fn baseline(&self) -> Option<u64> {
        let mut times = Vec::new();
        for turn in 0..BASE_CALLS {
            times.push(self.once(u64::try_from(turn).unwrap_or(0)).await?);
        }
        times.sort_unstable();
        times.get(BASE_CALLS / 2).copied()
    }

    /// Calls until three in a row took at most twice the baseline, or 5 ms more; how long after `since` the first of them ended.
    pub(super) async fn settle(&self, baseline: u64, since: Instant, limit: Duration) -> Option<Duration> {
        let well = (baseline * 2).max(baseline + 5_000);
        let deadline = Instant::now() + limit;
        let (mut good, mut first, mut turn) = (0, None, 0);
        while Instant::now() < deadline && !self.stop.is_cancelled() {
            if self.once(turn).await.is_some_and(|time| time <= well) {
                first = first.or_else(|| Some(since.elapsed()));
                good += 1;
            } else {
                (good, first) = (0, None);
            }
            if good == GOOD {
                return first;
            }
            turn += 1;
            sleep(PAUSE).await;
        }
        None
    }
}

/// Seconds from the end of the highest stage, when calmer ones stand before and after it, until a second's p95 was at most one and a half
/// times the median p95 before it, and stayed so for the next.
#[must_use]
pub(super) fn after_burst(stages: &[Stage], seconds: &[Second]) -> Option<f64> {
    let (highest, peak) = stages.iter().enumerate().max_by(|one, other| one.1.rate.total_cmp(&other.1.rate))?;
    let calmer = |stage: Option<&Stage>| stage.is_some_and(|stage| stage.rate < peak.rate);
    if highest == 0 || !calmer(stages.get(highest - 1)) || !calmer(stages.get(highest + 1)) {
        return None;
    }
    let begin = schedule::length(&stages[..highest]).as_secs_f64();
    let end = begin + peak.length.as_secs_f64();
    let p95 = |second: &Second| second.p95_us.map(|p95| (second.second as f64, f64::from(p95)));
    let mut before: Vec<f64> = seconds.iter().filter_map(p95).filter(|(at, _)| at + 1.0 <= begin).map(|(_, p95)| p95).collect();
    before.sort_by(f64::total_cmp);
    let well = before.get(before.len() / 2)? * 1.5;
    let after: Vec<(f64, f64)> = seconds.iter().filter_map(p95).filter(|(at, _)| *at >= end.floor()).collect();
    let first = after.windows(2).find(|two| two.iter().all(|(_, p95)| *p95 <= well))?;
    Some((first[0].0 - end).max(0.0))
}

/// What memory did, from before the load over its course to after it.
pub(super) fn memory(recovery: &mut Recovery, before: Option<&Point>, during: &[Point], after: Option<&Point>) {
    let before = before.and_then(Point::rss_bytes);
    let after = after.and_then(Point::rss_bytes);
    let peak = during.iter().filter_map(Point::rss_bytes).max().max(before).max(after);
    recovery.memory_before_bytes = before;
    recovery.memory_peak_bytes = peak;
    recovery.memory_after_bytes = after;
    if let (Some(before), Some(peak), Some(after)) = (before, peak, after) {
        let added = peak.saturating_sub(before);
        let given_back = peak.saturating_sub(after);
        recovery.memory_recovered_share = (added >= LITTLE).then(|| (given_back as f64 / added as f64).min(1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: usize, p95: u32) -> Second {
        Second { second, p95_us: Some(p95), ..Second::default() }
    }

    fn stage(rate: f64, length: u64) -> Stage {
        Stage { rate, length: Duration::from_secs(length) }
    }

    #[test]
    fn a_burst_is_over_when_calls_are_as_before() {
        let stages = [stage(10.0, 3), stage(100.0, 2), stage(10.0, 5)];
        let p95 = [1_000, 1_100, 900, 9_000, 20_000, 12_000, 4_000, 1_400, 1_000, 1_000];
        let seconds: Vec<Second> = p95.iter().enumerate().map(|(at, p95)| second(at, *p95)).collect();
        assert_eq!(after_burst(&stages, &seconds), Some(2.0));
        assert_eq!(after_burst(&stages[..2], &seconds), None, "nothing calmer after it");
        assert_eq!(after_burst(&stages, &seconds[..7]), None, "it was not seen");
        assert_eq!(after_burst(&[stage(10.0, 3)], &seconds), None);
    }

    #[test]
    fn memory_that_hardly_grew_has_nothing_to_give_back() {
        let point = |bytes| {
            let mut point = Point::default();
            point.server_rss_bytes = Some(bytes);
            point
        };
        let mut recovery = Recovery::default();
        memory(&mut recovery, Some(&point(10 << 20)), &[point(50 << 20)], Some(&point(20 << 20)));
        assert_eq!(recovery.memory_recovered_share, Some(0.75));
        let mut little = Recovery::default();
        memory(&mut little, Some(&point(10 << 20)), &[point((10 << 20) + 5)], Some(&point(10 << 20)));
        assert_eq!((little.memory_recovered_share, little.memory_peak_bytes), (None, Some((10 << 20) + 5)));
        let mut unknown = Recovery::default();
        memory(&mut unknown, None, &[], None);
        assert_eq!(unknown, Recovery::default());
    }
}
