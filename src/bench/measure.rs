//! One measurement from its first call to its report.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    BenchError,
    environment::Environment,
    line::Line,
    recovery::{self, Probe, Recovery},
    report::{Measured, Report},
    run::{End, Go, Pace, Runner, WarmUp, warm_up},
    schedule::Stage,
    search::{self, Found, Tried},
    settings::{Arriving, Settings},
    slo::Verdict,
    tally::Tally,
    target::Address,
    watch::{self, Point, Track},
};
use crate::util::clock::unix_ms;

/// How long the target's last second is waited for.
const LAST_SECOND: Duration = Duration::from_millis(2_500);
/// How long a target that has just started may take to tell what its workers hold.
const FIRST_SECONDS: Duration = Duration::from_secs(6);
/// Highest rate that is searched, in calls per second.
const HIGHEST: f64 = 200_000.0;

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Calls that do not count.
    WarmUp,
    /// Calls that count.
    Measure,
    /// Afterwards.
    Settle,
}

/// How far a measurement is.
pub struct Progress<'a> {
    /// What is going on.
    pub phase: Phase,
    /// What is being tried, for example a rate; empty when there is nothing to tell.
    pub what: &'a str,
    /// What was measured so far.
    pub tally: &'a Tally,
    /// Since the phase began.
    pub at: Duration,
    /// How long it takes.
    pub length: Duration,
    /// Calls under way.
    pub in_flight: usize,
}

/// Shows progress.
pub(super) type Show<'a> = &'a mut (dyn FnMut(&Progress<'_>) + 'a);

/// A measurement of one target.
pub struct Bench<'a> {
    /// The target.
    pub address: &'a Address,
    /// What to do.
    pub settings: &'a Settings,
    /// What the target says of itself.
    pub track: Option<&'a Track>,
    /// What tells the time.
    pub pace: Pace,
    /// Ends it early, with what was measured.
    pub stop: CancellationToken,
    /// Where it is measured.
    pub environment: Environment,
}

impl Bench<'_> {
    /// Measures, and watches the target recover.
    ///
    /// # Errors
    /// When the target cannot be reached, or nothing was measured.
    pub async fn run(&self, show: Show<'_>) -> Result<Report, BenchError> {
        let (kind, _) = self.settings.client(self.address);
        let opened = self.address.connect(kind, self.settings.lines().max(1)).await?;
        let measured = self.measure(&opened.lines, show).await;
        opened.close().await;
        Ok(Report::new(self, measured?))
    }

    /// Searches for the highest rate that keeps the objectives: short runs of `length` each, from `start` calls a second. The report is that
    /// of the highest rate that held, or of the lowest that was tried.
    ///
    /// # Errors
    /// When the target cannot be reached, or nothing was measured.
    pub async fn find_max(&self, start: f64, length: Duration, show: Show<'_>) -> Result<Report, BenchError> {
        let (kind, _) = self.settings.client(self.address);
        let opened = self.address.connect(kind, self.settings.lines().max(1)).await?;
        let found = self.search(&opened.lines, (start, length), show).await;
        opened.close().await;
        let (found, settings, measured) = found?;
        let bench = Bench { settings: &settings, stop: self.stop.clone(), environment: self.environment.clone(), ..*self };
        let mut report = Report::new(&bench, measured);
        report.find_max = Some(found);
        Ok(report)
    }

    async fn search(
        &self,
        lines: &[Arc<dyn Line>],
        (start, length): (f64, Duration),
        show: Show<'_>,
    ) -> Result<(Found, Settings, Measured), BenchError> {
        let mut best: Option<(bool, Settings, Measured)> = None;
        let found = search::find(start, HIGHEST, async |rate| {
            let settings = self.at_rate(rate, length);
            let bench = Bench { settings: &settings, stop: self.stop.clone(), environment: self.environment.clone(), ..*self };
            let what = format!("{rate:.0}/s");
            let measured = bench.once(lines, &what, show).await?;
            if measured.end == End::Cancelled {
                return Ok(None);
            }
            let held = measured.keeps_up(rate) && measured.verdicts.iter().all(|verdict| verdict.held == Some(true));
            let achieved_per_s = measured.achieved_per_s();
            let p95_us = measured.p95_us();
            // The newest that held is the highest; while none did, the newest is the lowest.
            if held || best.as_ref().is_none_or(|(held, ..)| !held) {
                best = Some((held, settings, measured));
            }
            Ok::<_, BenchError>(Some(Tried { rate_per_s: rate, held, p95_us, achieved_per_s }))
        })
        .await?;
        let (_, settings, measured) = best.ok_or_else(nothing)?;
        Ok((found, settings, measured))
    }

    fn at_rate(&self, rate: f64, length: Duration) -> Settings {
        let arrivals = match &self.settings.arriving {
            Arriving::Stages(_, arrivals) => *arrivals,
            Arriving::Recorded(_) | Arriving::Clients { .. } => super::schedule::Arrivals::Poisson,
        };
        Settings {
            arriving: Arriving::Stages(vec![Stage { rate, length }], arrivals),
            settle: Duration::ZERO,
            warm_up: self.settings.warm_up.min(Duration::from_secs(1)),
            ..self.settings.clone()
        }
    }

    /// One measurement over lines that are open, with the recovery after it.
    async fn measure(&self, lines: &[Arc<dyn Line>], show: Show<'_>) -> Result<Measured, BenchError> {
        let probe = lines.first().ok_or_else(nothing).map(|line| Probe {
            line,
            mix: &self.settings.mix,
            timeout: self.settings.timeout,
            stop: &self.stop,
        })?;
        let settles = !self.settings.settle.is_zero();
        let baseline = if settles { probe.baseline().await } else { None };
        if let Some(track) = self.track {
            track.wait_for_memory(FIRST_SECONDS).await;
        }
        let before = self.track.and_then(Track::latest);
        let mut measured = self.once(lines, "", show).await?;
        let ended = Instant::now();
        let mut recovery = Recovery { baseline_us: baseline, ..Recovery::default() };
        if settles && measured.end != End::Cancelled {
            show(&Progress {
                phase: Phase::Settle,
                what: "",
                tally: &measured.tally,
                at: Duration::ZERO,
                length: self.settings.settle,
                in_flight: 0,
            });
            let late = measured.took.saturating_sub(self.settings.length());
            let settled = match baseline {
                Some(baseline) => probe.settle(baseline, ended, self.settings.settle).await,
                None => None,
            };
            recovery.seconds = settled.map(|span| (span + late).as_secs_f64());
            if self.track.is_some() {
                // Memory is sampled every few seconds, and given back late.
                let left = self.settings.settle.saturating_sub(ended.elapsed());
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    () = self.stop.cancelled() => {}
                }
            }
        }
        if let Arriving::Stages(stages, _) = &self.settings.arriving
            && let Some(seconds) = recovery::after_burst(stages, &measured.tally.seconds())
        {
            recovery.seconds = Some(seconds);
        }
        let after = self.track.and_then(Track::latest);
        recovery::memory(&mut recovery, before.as_ref(), &measured.track, after.as_ref());
        measured.recovery = recovery;
        Ok(measured)
    }

    /// Warms up and measures.
    pub(super) async fn once(&self, lines: &[Arc<dyn Line>], what: &str, show: Show<'_>) -> Result<Measured, BenchError> {
        let settings = self.settings;
        let runner = Runner {
            lines,
            mix: &settings.mix,
            timeout: settings.timeout,
            seed: settings.seed,
            pace: self.pace,
            stop: self.stop.clone(),
        };
        let warmed = match settings.warm_up_load() {
            Some(load) => {
                let mut watch = |tally: &Tally, at, in_flight| {
                    show(&Progress { phase: Phase::WarmUp, what, tally, at, length: settings.warm_up, in_flight });
                };
                warm_up(&runner, &load, &mut watch).await.0
            }
            None => WarmUp::default(),
        };
        let load = settings.load();
        let mut tally = Tally::new(settings.mix.operations().len());
        let before: Option<Point> = self.track.and_then(Track::latest);
        let began_ms = unix_ms();
        let mut watch = |tally: &Tally, at: Duration, in_flight: usize| {
            show(&Progress { phase: Phase::Measure, what, tally, at, length: settings.length(), in_flight });
            let due = settings.abort_after.is_some_and(|delay| at >= delay);
            let broken = |verdict: &Verdict| verdict.held == Some(false);
            if due && verdicts(settings, tally, at).iter().any(broken) { Go::Stop } else { Go::On }
        };
        let (end, took) = runner.run(&load, &mut tally, &mut watch).await;
        if tally.all.calls == 0 && tally.all.dropped == 0 && tally.unanswered == 0 {
            return Err(nothing());
        }
        let ended_ms = unix_ms();
        if let Some(track) = self.track {
            track.wait_for(ended_ms, LAST_SECOND).await;
        }
        let track = self.track.map(|track| track.between(began_ms, ended_ms + 1_000)).unwrap_or_default();
        let verdicts = verdicts(settings, &tally, took);
        Ok(Measured {
            numbers: watch::numbers(before.as_ref(), &track),
            warmed,
            tally,
            end,
            took,
            began_ms,
            track,
            verdicts,
            recovery: Recovery::default(),
        })
    }
}

fn nothing() -> BenchError {
    BenchError::new("nothing was measured")
}

/// What became of the objectives.
fn verdicts(settings: &Settings, tally: &Tally, took: Duration) -> Vec<Verdict> {
    settings.objectives.iter().map(|objective| super::report::verdict(objective, &settings.mix, tally, took)).collect()
}
