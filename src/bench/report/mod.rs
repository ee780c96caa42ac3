//! The result: one object, whose JSON is a contract for scripts, and its other forms.

mod compared;
mod hdr;
mod shape;
mod text;
mod tools;
mod verdict;

#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use hdrhistogram::Histogram;

use super::{
    measure::Bench,
    quantile::Summary,
    recovery::Recovery,
    run::{End, WarmUp},
    settings::Arriving,
    slo::Verdict,
    tally::{Part, Tally},
    watch::{Numbers, Point},
};
use crate::metrics::encode;

pub use hdr::hdr_log;
pub use shape::Report;
pub(super) use shape::Spectral;
use shape::{Calls, Lag, LoadReport, OperationReport, Rate, Split, StageReport, TargetReport};
pub use text::text;
pub use tools::ToolReport;
pub(super) use verdict::verdict;

/// The generator may be late by so many microseconds, 99 times of 100, before a measurement is doubted.
const LATE_US: u64 = 1_000;
/// Share of the planned rate that a target must answer to keep up.
const KEEPS_UP: f64 = 0.95;

/// What was measured, before it is put into words.
pub struct Measured {
    /// All counts and histograms.
    pub tally: Tally,
    /// The calls before.
    pub warmed: WarmUp,
    /// How it ended.
    pub end: End,
    /// From the first planned call to the last answer.
    pub took: Duration,
    /// When it began, milliseconds since 1970.
    pub began_ms: u64,
    /// The target, second by second.
    pub track: Vec<Point>,
    /// The target as a whole.
    pub numbers: Option<Numbers>,
    /// What became of the objectives.
    pub verdicts: Vec<Verdict>,
    /// What came after.
    pub recovery: Recovery,
}

impl Measured {
    /// Calls answered per second.
    #[must_use]
    pub fn achieved_per_s(&self) -> f64 {
        per_s(self.tally.all.calls, self.took)
    }

    /// 95th percentile in microseconds.
    #[must_use]
    pub fn p95_us(&self) -> Option<u64> {
        (!self.tally.all.latency.is_empty()).then(|| self.tally.all.latency.value_at_quantile(0.95))
    }

    /// Whether the target answered what was planned, and the generator made it.
    #[must_use]
    pub fn keeps_up(&self, rate: f64) -> bool {
        let planned = per_s(self.tally.planned, self.took).min(rate);
        self.tally.all.dropped == 0 && self.tally.unanswered == 0 && self.achieved_per_s() >= planned * KEEPS_UP
    }
}

fn per_s(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(1e-6)
}

impl Report {
    /// The report of what was measured.
    #[must_use]
    pub fn new(bench: &Bench<'_>, measured: Measured) -> Self {
        let settings = bench.settings;
        let (kind, client_reason) = settings.client(bench.address);
        let closed = matches!(settings.arriving, Arriving::Clients { .. });
        let corrected = |part: &Part| if closed { correct(part) } else { part.latency.clone() };
        let Measured { tally, warmed, end, took, began_ms, track, numbers, verdicts, recovery } = measured;
        let correlation = tally.correlation();
        let latency = corrected(&tally.all);
        let operations = settings.mix.operations().iter().zip(&tally.operations).enumerate();
        let operations = operations.map(|(place, (operation, part))| OperationReport {
            name: operation.name.clone(),
            share: settings.mix.share(place),
            calls: part.calls,
            failed: part.errors,
            dropped: part.dropped,
            rate_per_s: per_s(part.calls, took),
            latency: Summary::of(&corrected(part), correlation),
            service: Summary::of(&part.service, correlation),
            tools: operation.calls.iter().map(|call| call.tool.to_string()).collect(),
            // What a correction made up is no time of a call.
            times: encode(if closed { &part.service } else { &part.latency }),
        });
        let saturated = tally.all.dropped > 0;
        let mut report = Self {
            scenario: settings.scenario.clone(),
            r#loop: if closed { "closed" } else { "open" },
            label: if closed {
                "closed loop: service time with so many clients, not what users see; latency is corrected for coordinated omission, service \
                 is raw"
            } else {
                "open loop: latency from the planned time of each call"
            },
            target: TargetReport { address: bench.address.shown(), client: bench.address.client_word(kind), client_reason },
            load: load(settings),
            warm_up: warmed,
            seconds: took.as_secs_f64(),
            ended_early: match end {
                End::Whole => None,
                End::Stopped => Some("aborted"),
                End::Cancelled => Some("interrupted"),
            },
            calls: Calls {
                planned: tally.planned,
                sent: tally.sent,
                completed: tally.all.calls,
                failed: tally.all.errors,
                dropped: tally.all.dropped,
                unanswered: tally.unanswered,
                most_in_flight: tally.most_in_flight,
            },
            rate: Rate {
                planned_per_s: (!closed).then(|| per_s(tally.planned, settings.length().min(took.max(Duration::from_millis(1))))),
                achieved_per_s: per_s(tally.all.calls, took),
                peak_per_s: tally.peak_per_s(),
            },
            service: Summary::of(&tally.all.service, correlation),
            spectrum: spectrum(&latency, &tally.all.service),
            latency: Summary::of(&latency, correlation),
            generator_lag: lag(&tally.lag, closed),
            split: numbers.as_ref().and_then(split),
            errors: tally.errors.iter().map(|(word, count)| (word.to_string(), *count)).collect(),
            operations: operations.collect(),
            tools: tools::tools(&settings.mix, &track),
            work: tools::work(&settings.mix),
            compare: None,
            passed: !saturated && verdicts.iter().all(|verdict| verdict.held == Some(true)),
            saturated,
            numbers,
            recovery,
            slo: verdicts,
            notes: Vec::new(),
            find_max: None,
            sweep: None,
            environment: bench.environment.clone(),
            timeline: tally.seconds(),
            track,
            histograms: tally.histograms(),
            began_ms,
        };
        report.note(correlation);
        report
    }

    fn note(&mut self, correlation: f64) {
        if self.generator_lag.late {
            self.notes.push(format!(
                "the generator was late by {:.1} ms at p99: it is part of what was measured; use another machine or a lower rate",
                self.generator_lag.p99_us as f64 / 1_000.0
            ));
        }
        if self.saturated {
            self.notes.push(format!(
                "saturated: {} of {} planned calls were dropped, because {} were under way",
                self.calls.dropped,
                self.calls.planned,
                self.load.in_flight_cap.unwrap_or(0)
            ));
        }
        if !self.environment.optimized {
            self.notes.push(
                "kmtop was built without optimisation: its figures are several times worse than a release build's".to_owned(),
            );
        }
        if correlation > 0.1 {
            self.notes.push(format!(
                "neighbouring calls are alike (correlation {correlation:.2}): the confidence intervals are widened for it"
            ));
        }
    }
}

/// A closed loop's latency with the calls that would have come while its clients waited: each call longer than the median one stands for
/// further ones that would have been planned behind it.
fn correct(part: &Part) -> Histogram<u32> {
    if part.latency.is_empty() {
        return part.latency.clone();
    }
    part.latency.clone_correct(part.latency.value_at_quantile(0.5).max(1))
}

fn lag(lag: &Histogram<u32>, closed: bool) -> Lag {
    let p99_us = lag.value_at_quantile(0.99);
    Lag { p50_us: lag.value_at_quantile(0.5), p99_us, max_us: lag.max(), late: !closed && p99_us > LATE_US }
}

fn split(numbers: &Numbers) -> Option<Split> {
    let total = numbers.total.mean_us?;
    // Calls without a worker wait for none: the means are over all calls.
    let share = |part: &Summary| part.mean_us.map_or(0.0, |mean| mean * part.calls as f64 / numbers.total.calls.max(1) as f64);
    let (wait_us, service_us) = (share(&numbers.queued), share(&numbers.ran));
    Some(Split { wait_us, service_us, rest_us: (total - wait_us - service_us).max(0.0) })
}

fn load(settings: &super::settings::Settings) -> LoadReport {
    let open = LoadReport { seed: settings.seed, in_flight_cap: Some(settings.in_flight), ..LoadReport::default() };
    match &settings.arriving {
        Arriving::Stages(stages, arrivals) => {
            let stage = |stage: &super::Stage| StageReport { rate_per_s: stage.rate, seconds: stage.length.as_secs_f64() };
            LoadReport { arrivals: Some(arrivals.word()), stages: stages.iter().map(stage).collect(), ..open }
        }
        Arriving::Recorded(_) => LoadReport { arrivals: Some("recorded"), ..open },
        Arriving::Clients { clients, think, .. } => LoadReport {
            clients: Some(*clients),
            think_ms: Some([think.0.as_secs_f64() * 1e3, think.1.as_secs_f64() * 1e3]),
            in_flight_cap: None,
            ..open
        },
    }
}

/// Points at even steps of log 1/(1 − q), ten for each factor of ten, as far as the calls reach.
fn spectrum(latency: &Histogram<u32>, service: &Histogram<u32>) -> Vec<Spectral> {
    let calls = latency.len();
    if calls == 0 {
        return Vec::new();
    }
    let point = |tenth: u32| {
        let quantile = 1.0 - 10_f64.powf(-f64::from(tenth) / 10.0);
        Spectral {
            quantile,
            latency_us: latency.value_at_quantile(quantile),
            service_us: if service.is_empty() { 0 } else { service.value_at_quantile(quantile) },
        }
    };
    (0..).map(point).take_while(|point| 1.0 / (1.0 - point.quantile) <= calls as f64 * 1.26).take(100).collect()
}
