//! How it went, drawn.

use jiff::{Timestamp, tz::TimeZone};

use super::{Point, Report};
use crate::{
    page::{Axis, Chart, Figure, PageError, Series},
    util::numbers::nearest,
};

/// Seconds since 1970 as the time of day, and for midnight the day.
fn time(seconds: f64) -> String {
    let time = i64::try_from(nearest(seconds)).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(String::new, |time| time.to_zoned(TimeZone::system()).strftime("%d %H:%M").to_string())
}

fn number(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

fn milliseconds(value: f64) -> String {
    if value < 1.0 { format!("{value:.2} ms") } else { format!("{value:.0} ms") }
}

/// The charts of a report.
pub(super) fn of(report: &Report) -> Result<Vec<Figure>, PageError> {
    let points = &report.points;
    let along = |name, of: fn(&Point) -> Option<f64>| {
        Series::line(name, points.iter().filter_map(move |point| Some((point.time_ms as f64 / 1_000.0, of(point)?))))
    };
    let across = || Axis::from_least("day and time", time);
    let calls = Chart {
        title: "Calls a second",
        x: across(),
        y: Axis::plain("calls a second", number),
        band: false,
        series: vec![
            along("calls", |point| (point.seconds > 0.0).then(|| point.calls as f64 / point.seconds)),
            along("failed", |point| (point.seconds > 0.0).then(|| point.errors as f64 / point.seconds)),
        ],
    };
    let times = Chart {
        title: "Times (p95)",
        x: across(),
        y: Axis::logarithmic("milliseconds", milliseconds),
        band: false,
        series: vec![
            along("whole call", |point| point.total_p95_ms.filter(|ms| *ms > 0.0)),
            along("what kmtop adds", |point| point.added_p95_ms.filter(|ms| *ms > 0.0)),
            along("wait for a worker", |point| point.wait_p95_ms.filter(|ms| *ms > 0.0)),
            incidents(report),
        ],
    };
    let pool = Chart {
        title: "Workers",
        x: across(),
        y: Axis::plain("workers", number),
        band: false,
        series: vec![along("live", |point| Some(f64::from(point.workers))), along("busy in the mean", |point| Some(point.busy))],
    };
    let machine = Chart {
        title: "The machine",
        x: across(),
        y: Axis::plain("percent; MB of kmtop itself", number),
        band: false,
        series: vec![
            along("processors %", |point| point.cpu_percent.map(f64::from)),
            along("memory %", |point| point.memory_percent.map(f64::from)),
            along("kmtop itself MB", |point| point.own_rss_bytes.map(|bytes| bytes as f64 / 1e6)),
        ],
    };
    Ok(vec![
        Figure::new("calls", &calls, "All tools together, those that failed beside them.")?,
        Figure::new("times", &times, "95 of 100 calls took at most this; the dots are the beginnings of incidents.")?,
        Figure::new("workers", &pool, "Where busy comes near live, calls wait.")?,
        Figure::new("machine", &machine, "The whole machine, and what kmtop itself takes of its memory.")?,
    ])
}

/// The beginning of each incident, at the height of the longest time of its step.
fn incidents(report: &Report) -> Series {
    let points = &report.points;
    let heights = report.incidents.iter().filter_map(|incident| {
        let step = points.iter().find(|point| point.time_ms >= incident.began_ms)?;
        Some((incident.began_ms as f64 / 1_000.0, step.total_p95_ms.filter(|ms| *ms > 0.0)?))
    });
    Series::dots("incident", heights)
}
