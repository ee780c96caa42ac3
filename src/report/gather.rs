//! Reads the history.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::{
    Point, Report, Summary, ToolRow, changes, incidents,
    samples::{self, Samples},
    trends,
};
use crate::{
    contracts::{Collector, Promises, check},
    history::{HistoryError, Kind, Reader},
    metrics::{self, decode, quantile},
    model::{Interval, SparseHistogram},
};

/// Steps that a range is cut into, in seconds, and how many there may be.
const STEPS_S: [u64; 7] = [10, 60, 300, 900, 3_600, 14_400, 86_400];
const MOST_POINTS: u64 = 300;

/// What is to be told.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Where it begins, milliseconds since 1970.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
    /// What is promised.
    pub promises: Promises,
}

/// Histograms that are added up as they come.
pub(super) struct Sum(Histogram<u32>);

impl Default for Sum {
    /// A new one grows; one that was read back drops what is longer than it ever held.
    fn default() -> Self {
        Self(metrics::latency())
    }
}

impl Sum {
    /// Adds what these bytes hold; damaged ones are left out.
    pub(super) fn add(&mut self, part: &SparseHistogram) {
        if let Ok(Some(part)) = decode(part) {
            self.merge(&part);
        }
    }

    fn merge(&mut self, part: &Histogram<u32>) {
        if let Err(error) = self.0.add(part) {
            tracing::warn!(%error, "a histogram is left out");
        }
    }

    pub(super) fn whole(self) -> Histogram<u32> {
        self.0
    }
}

/// A quantile in milliseconds; `None` without values.
pub(super) fn ms(histogram: &Histogram<u32>, share: f64) -> Option<f64> {
    quantile(histogram, share).map(|micros| micros as f64 / 1_000.0)
}

fn three(histogram: &Histogram<u32>) -> [Option<f64>; 3] {
    [0.5, 0.95, 0.99].map(|share| ms(histogram, share))
}

#[derive(Default)]
struct Tool {
    calls: u64,
    errors: u64,
    total: Sum,
    overhead: Sum,
    queued: Sum,
    halves: [Sum; 2],
}

/// The numbers of the range.
#[derive(Default)]
struct Numbers {
    points: Vec<Point>,
    tools: BTreeMap<String, Tool>,
    collector: Collector,
    total: Sum,
    overhead: Sum,
    queued: Sum,
}

impl Numbers {
    fn add(&mut self, interval: &Interval, later: bool) {
        self.collector.push(interval);
        let seconds = f64::from(interval.length_ms) / 1_000.0;
        let [mut total, mut overhead, mut queued] = [Sum::default(), Sum::default(), Sum::default()];
        let mut worked_us = 0.0;
        let (mut calls, mut errors) = (0, 0);
        for part in &interval.tools {
            let tool = self.tools.entry(part.tool.to_string()).or_default();
            tool.calls += u64::from(part.calls);
            tool.errors += u64::from(part.errors);
            calls += u64::from(part.calls);
            errors += u64::from(part.errors);
            if let Ok(Some(part)) = decode(&part.total) {
                for sum in [&mut tool.total, &mut tool.halves[usize::from(later)], &mut total] {
                    sum.merge(&part);
                }
            }
            if let Ok(Some(part)) = decode(&part.overhead) {
                tool.overhead.merge(&part);
                overhead.merge(&part);
            }
            if let Ok(Some(part)) = decode(&part.queued) {
                tool.queued.merge(&part);
                queued.merge(&part);
            }
            if let Ok(Some(ran)) = decode(&part.ran) {
                worked_us += ran.mean() * ran.len() as f64;
            }
        }
        let [total, overhead, queued] = [total, overhead, queued].map(Sum::whole);
        self.points.push(Point {
            time_ms: interval.time_ms,
            seconds,
            calls,
            errors,
            total_p95_ms: ms(&total, 0.95),
            added_p95_ms: ms(&overhead, 0.95),
            wait_p95_ms: ms(&queued, 0.95),
            busy: if seconds > 0.0 { worked_us / 1e6 / seconds } else { 0.0 },
            workers: interval.gauges.live,
            cpu_percent: interval.gauges.cpu_percent,
            memory_percent: interval.gauges.memory_percent,
            own_rss_bytes: interval.gauges.own_rss_bytes,
        });
        for (whole, part) in [(&mut self.total, total), (&mut self.overhead, overhead), (&mut self.queued, queued)] {
            whole.merge(&part);
        }
    }
}

/// Tells of a range; `None` when nothing is stored in it.
///
/// # Errors
/// When the history cannot be read.
pub fn gather(reader: &Reader, asked: &Asked) -> Result<Option<Report>, HistoryError> {
    let Some((oldest, newest)) = reader.span()? else { return Ok(None) };
    let (from_ms, to_ms) = (asked.from_ms.max(oldest.saturating_sub(60_000)), asked.to_ms.min(newest));
    if from_ms > to_ms {
        return Ok(None);
    }
    let length_s = (to_ms - from_ms) / 1_000;
    let step_s = STEPS_S.into_iter().find(|step| length_s / step <= MOST_POINTS).unwrap_or(STEPS_S[6]);
    let middle = from_ms.midpoint(to_ms);
    let mut numbers = Numbers::default();
    reader.each((from_ms, to_ms), step_s, |interval| {
        numbers.add(&interval, interval.time_ms > middle);
        true
    })?;
    if numbers.points.is_empty() {
        return Ok(None);
    }
    let notes = reader.notes(from_ms, to_ms)?;
    let samples = samples::take(reader, (from_ms, to_ms), &notes)?;
    let mut incidents = incidents::of(&samples, &notes, to_ms);
    let changes = changes::of(reader, &notes, &samples, &incidents)?;
    incidents::attach(&mut incidents, &changes);
    let info = reader.info(to_ms)?.unwrap_or_default();
    let Numbers { points, tools, collector, total, overhead, queued } = numbers;
    let measured = collector.finish();
    let [total, overhead, queued] = [total, overhead, queued].map(Sum::whole);
    let (calls, errors) = points.iter().fold((0, 0), |(calls, errors), point| (calls + point.calls, errors + point.errors));
    let last = samples.last.as_deref();
    let recorded_s = measured.seconds;
    Ok(Some(Report {
        host: info.host,
        version: info.version,
        from_ms,
        to_ms,
        summary: Summary {
            recorded_s,
            calls,
            errors,
            error_share: (calls > 0).then(|| errors as f64 / calls as f64),
            rate_per_s: (recorded_s > 0.0).then(|| calls as f64 / recorded_s),
            peak_rate_per_s: points
                .iter()
                .filter(|point| point.seconds >= step_s as f64 / 2.0)
                .map(|point| point.calls as f64 / point.seconds)
                .reduce(f64::max),
            total_ms: three(&total),
            added_ms: three(&overhead),
            wait_p95_ms: ms(&queued, 0.95),
            starts: notes.iter().filter(|note| note.kind == Kind::Start).count() as u64,
            score: last.and_then(|state| state.score.as_ref()).map(|score| score.total),
            own_rss_bytes: measured.own_rss_bytes,
        },
        incidents,
        contracts: check(&asked.promises, &measured),
        tools: rows(tools),
        phases: samples.phases(),
        bottlenecks: samples.blamed(),
        changes,
        advice: last.map(samples::open_advice).unwrap_or_default(),
        trends: trends::of(&points),
        capacity: trends::capacity(&points, last.map(|state| state.pool.max)),
        notes: remarks(&samples, (from_ms, to_ms), recorded_s),
        points,
        step_s,
    }))
}

fn rows(tools: BTreeMap<String, Tool>) -> Vec<ToolRow> {
    let row = |(name, tool): (String, Tool)| {
        let (total, overhead, queued) = (tool.total.whole(), tool.overhead.whole(), tool.queued.whole());
        let [earlier, later] = tool.halves.map(Sum::whole);
        // Medians of fewer calls move by themselves.
        let enough = earlier.len() >= 50 && later.len() >= 50;
        let drift = ms(&later, 0.5).zip(ms(&earlier, 0.5)).filter(|_| enough).map(|(later, earlier)| later / earlier.max(1e-3));
        ToolRow {
            tool: name,
            calls: tool.calls,
            errors: tool.errors,
            total_ms: three(&total),
            added_p95_ms: ms(&overhead, 0.95),
            wait_p95_ms: ms(&queued, 0.95),
            drift,
        }
    };
    let mut rows: Vec<ToolRow> = tools.into_iter().map(row).collect();
    rows.sort_by(|one, other| other.calls.cmp(&one.calls).then_with(|| one.tool.cmp(&other.tool)));
    rows
}

fn remarks(samples: &Samples, (from_ms, to_ms): (u64, u64), recorded_s: f64) -> Vec<String> {
    let mut notes = Vec::new();
    let asked_s = (to_ms - from_ms) as f64 / 1_000.0;
    if recorded_s < asked_s * 0.95 {
        notes.push(format!(
            "there are numbers for {:.0} % of this time; the rest is not known",
            recorded_s / asked_s.max(1.0) * 100.0
        ));
    }
    if samples.looks == 0 {
        notes.push("what the server thought of itself is not stored for this time: no alerts, bottlenecks and advice".to_owned());
    }
    if asked_s < 2.0 * 86_400.0 {
        notes.push("under two days are told of: the course of a day may look like a trend".to_owned());
    }
    notes
}
