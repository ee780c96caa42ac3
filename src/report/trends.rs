//! What rises, and when it would meet its limit; how long the pool lasts.

use super::{Capacity, Point, TrendLine};
use crate::analysis::Trend;

/// Points that a trend needs.
const LEAST: usize = 12;
/// Busy share of the largest pool that it bears without a queue that matters.
const BEARABLE: f64 = 0.8;
/// A forecast beyond so many hours is none: ten years.
const FAR_H: f64 = 87_600.0;

struct Series {
    name: &'static str,
    unit: &'static str,
    limit: Option<f64>,
    of: fn(&Point) -> Option<f64>,
}

/// Limits are those of the table of rules (`docs/judgement.md`): warnings, or of kmtop itself what it promises.
const SERIES: [Series; 7] = [
    Series {
        name: "calls",
        unit: "/s",
        limit: None,
        of: |point| (point.seconds > 0.0).then(|| point.calls as f64 / point.seconds),
    },
    Series { name: "what kmtop adds (p95)", unit: "ms", limit: Some(100.0), of: |point| point.added_p95_ms },
    Series { name: "wait for a worker (p95)", unit: "ms", limit: Some(100.0), of: |point| point.wait_p95_ms },
    Series {
        name: "failed calls",
        unit: "%",
        limit: Some(1.0),
        of: |point| (point.calls > 0).then(|| point.errors as f64 / point.calls as f64 * 100.0),
    },
    Series {
        name: "memory of kmtop itself",
        unit: "MB",
        limit: Some(100.0),
        of: |point| point.own_rss_bytes.map(|bytes| bytes as f64 / 1e6),
    },
    Series { name: "memory of the machine", unit: "%", limit: Some(80.0), of: |point| point.memory_percent.map(f64::from) },
    Series { name: "processors of the machine", unit: "%", limit: Some(70.0), of: |point| point.cpu_percent.map(f64::from) },
];

/// The trends of these points; those with too few known numbers are left out.
pub(super) fn of(points: &[Point]) -> Vec<TrendLine> {
    SERIES.iter().filter_map(|series| line(series, points)).collect()
}

fn trend(points: &[Point], of: impl Fn(&Point) -> Option<f64>) -> Option<Trend> {
    let first = points.first()?.time_ms;
    let hours = |point: &Point| point.time_ms.saturating_sub(first) as f64 / 3.6e6;
    let known: Vec<(f64, f64)> = points.iter().filter_map(|point| Some((hours(point), of(point)?))).collect();
    if known.len() < LEAST { None } else { Trend::of(&known) }
}

/// When a trend that rises beyond doubt meets a limit, in hours.
fn reaches(trend: &Trend, limit: f64) -> Option<(f64, f64, Option<f64>)> {
    let (hours, soonest, latest) = trend.rises().then(|| trend.reaches(limit)).flatten()?;
    (hours <= FAR_H).then(|| (hours, soonest, Some(latest).filter(|latest| *latest <= FAR_H)))
}

fn line(series: &Series, points: &[Point]) -> Option<TrendLine> {
    let trend = trend(points, series.of)?;
    Some(TrendLine {
        name: series.name,
        unit: series.unit,
        start: trend.start,
        end: trend.end,
        per_day: trend.slope * 24.0,
        rises: trend.rises(),
        limit: series.limit,
        reaches_in_h: series.limit.and_then(|limit| reaches(&trend, limit)),
    })
}

/// How long a pool of at most `most` workers lasts.
pub(super) fn capacity(points: &[Point], most: Option<u16>) -> Option<Capacity> {
    let workers = most.filter(|most| *most > 0)?;
    let limit = f64::from(workers) * BEARABLE;
    let seconds: f64 = points.iter().map(|point| point.seconds).sum();
    let mean = points.iter().map(|point| point.busy * point.seconds).sum::<f64>() / seconds.max(1e-9);
    let peak = points.iter().map(|point| point.busy).fold(0.0, f64::max);
    let reached_in_h = trend(points, |point| Some(point.busy)).and_then(|trend| reaches(&trend, limit));
    let bears = format!("{limit:.1} of {workers} workers busy in the mean");
    let words = match reached_in_h {
        _ if peak >= limit => format!("in its busiest step the load was {peak:.1} busy workers, over the pool's limit ({bears})"),
        Some((hours, soonest, latest)) => format!(
            "at this growth the pool's limit ({bears}) is reached in {} ({} to {}); the busiest step had {peak:.1}",
            span(hours),
            span(soonest),
            latest.map_or_else(|| "never".to_owned(), span)
        ),
        None => format!("the load does not grow; the busiest step had {peak:.1} busy workers, the pool's limit is {bears}"),
    };
    Some(Capacity { workers, limit, mean, peak, reached_in_h, words })
}

/// Hours as people say them.
pub(super) fn span(hours: f64) -> String {
    match hours {
        minutes if minutes < 1.0 => format!("{:.0} min", minutes * 60.0),
        hours if hours < 48.0 => format!("{hours:.0} h"),
        _ if hours < 24.0 * 90.0 => format!("{:.0} days", hours / 24.0),
        _ => format!("{:.0} months", hours / (24.0 * 30.4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(of: impl Fn(u64) -> f64) -> Vec<Point> {
        let point = |hour: u64| Point {
            time_ms: hour * 3_600_000,
            seconds: 3_600.0,
            calls: 3_600,
            busy: of(hour),
            own_rss_bytes: Some(40_000_000 + hour * 100_000),
            ..Point::default()
        };
        (0..100).map(point).collect()
    }

    #[test]
    fn a_load_that_grows_meets_the_pools_limit() {
        // 1 + 0.05 an hour: 5.95 at the end, and 8 of 10 workers after 41 hours more.
        let capacity = capacity(&points(|hour| 1.0 + hour as f64 * 0.05 + (hour % 3) as f64 * 0.01), Some(10)).expect("known");
        let (hours, soonest, latest) = capacity.reached_in_h.expect("it grows");
        assert!((hours - 41.0).abs() < 1.0 && soonest <= hours && latest.is_some_and(|latest| latest >= hours), "{capacity:?}");
        assert!(
            capacity.words.starts_with("at this growth the pool's limit (8.0 of 10 workers busy in the mean) is reached in 41 h"),
            "{}",
            capacity.words
        );
    }

    #[test]
    fn what_does_not_grow_lasts() {
        let flat = capacity(&points(|hour| 2.0 + (hour % 5) as f64 * 0.1), Some(10)).expect("known");
        assert_eq!(flat.reached_in_h, None);
        assert!(flat.words.starts_with("the load does not grow"), "{}", flat.words);
        let over = capacity(&points(|hour| if hour == 50 { 9.0 } else { 1.0 }), Some(10)).expect("known");
        assert!(over.words.contains("over the pool's limit"), "{}", over.words);
        assert_eq!(capacity(&points(|_| 1.0), None), None);
    }

    #[test]
    fn memory_that_grows_has_a_forecast() {
        let trends = of(&points(|_| 1.0));
        let memory = trends.iter().find(|line| line.name == "memory of kmtop itself").expect("known");
        let (hours, ..) = memory.reaches_in_h.expect("it rises");
        // 49.9 MB, 0.1 MB an hour: 501 hours to 100 MB.
        assert!(memory.rises && (hours - 501.0).abs() < 2.0, "{memory:?}");
        assert!(trends.iter().all(|line| line.name != "memory of the machine"), "unknown numbers have no trend");
        assert_eq!([span(0.5), span(30.0), span(100.0), span(4_000.0)], ["30 min", "30 h", "4 days", "5 months"]);
    }
}
