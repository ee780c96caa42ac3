//! Two servers that differ in their settings, under the same load in turns: ABBA BAAB ABBA BAAB.
//!
//! Calls in one queue depend on each other, and a machine's pace wanders; blocks of time that take turns have neither fault.
//! `docs/optimizer.md` tells how blocks are compared.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Bench, BenchError, Environment, Pace, Settings,
    line::Line,
    measure::Show,
    report::Report,
    run::End,
    schedule::Stage,
    settings::Arriving,
    tally::{Part, Tally},
    target::Address,
};
use crate::sizing::trial::{self, Arm, Block, Finding, Trial};

/// Calls that a block is made long enough for; with fewer it does not count.
const CALLS: u64 = 20;
/// Shortest and longest block.
const LENGTH: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(1));
/// So much of each block's beginning belongs to the one before.
const WASHOUT: Duration = Duration::from_secs(2);
/// Blocks that may be void before it is given up.
const MOST_VOID: usize = 8;

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The settings that were tried, as they were named.
    pub settings: String,
    /// `keep`, `roll_back`, `no_difference` or `inconclusive`.
    pub decision: &'static str,
    /// Why, in a sentence.
    pub reason: String,
    /// Times with these settings by those without: 0.8 is a fifth quicker; `None` with too few blocks.
    pub ratio: Option<f64>,
    /// The low end of its 95 % range.
    pub low: Option<f64>,
    /// The high end.
    pub high: Option<f64>,
    /// Without the settings, and with them.
    pub arms: [ArmReport; 2],
    /// Every block that counts, in order.
    pub blocks: Vec<BlockReport>,
}

/// All blocks of one side.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ArmReport {
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Median in microseconds; `None` without calls.
    pub p50_us: Option<u64>,
    /// 95th percentile.
    pub p95_us: Option<u64>,
    /// 99th percentile.
    pub p99_us: Option<u64>,
}

/// One block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockReport {
    /// `a` without the settings, `b` with them.
    pub arm: &'static str,
    /// Calls.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// The mean over operations of the geometric mean of their times, in microseconds.
    pub mean_us: f64,
    /// 95th percentile in microseconds.
    pub p95_us: u64,
}

/// What is compared, and by which load.
pub struct Comparing<'a> {
    /// The server without the settings, and the one with them.
    pub sides: [&'a Address; 2],
    /// The load.
    pub settings: &'a Settings,
    /// The settings that are tried, as they were named.
    pub name: String,
    /// Length of a block; `None` for one that the rate asks for.
    pub block: Option<Duration>,
    /// Ends it early, with what is known.
    pub stop: CancellationToken,
    /// Where it is measured.
    pub environment: Environment,
}

#[derive(Default)]
struct Sofar {
    blocks: Vec<Block>,
    calls: Vec<usize>,
    shown: Vec<BlockReport>,
    whole: [Part; 2],
}

impl Comparing<'_> {
    /// Measures block by block until there is a finding. The report's other figures are those of the last block with the settings.
    ///
    /// # Errors
    /// When a server cannot be reached, or too little was measured.
    pub async fn run(&self, show: Show<'_>) -> Result<Report, BenchError> {
        let (kind, _) = self.settings.client(self.sides[0]);
        let lines = self.settings.lines().max(1);
        let present = self.sides[0].connect(kind, lines).await?;
        let changed = match self.sides[1].connect(kind, lines).await {
            Ok(changed) => changed,
            Err(error) => {
                present.close().await;
                return Err(error);
            }
        };
        let report = self.blocks([&present.lines, &changed.lines], show).await;
        present.close().await;
        changed.close().await;
        report
    }

    async fn blocks(&self, lines: [&[Arc<dyn Line>]; 2], show: Show<'_>) -> Result<Report, BenchError> {
        let length = self.block.unwrap_or_else(|| self.length());
        // The seed decides, so that the same command measures the same.
        let turned = self.settings.seed.is_multiple_of(2);
        let began = Instant::now();
        let (mut sofar, mut last, mut void, mut warm) = (Sofar::default(), None, 0, [false; 2]);
        let comparison = loop {
            let arm = trial::arm(sofar.blocks.len(), turned);
            let side = usize::from(arm == Arm::Changed);
            let settings = self.block_settings(length, sofar.blocks.len() + void, warm[side]);
            let bench = self.bench(&settings, side);
            let what = format!("block {} of {}, {}", sofar.blocks.len() + 1, Trial::most_blocks(), ["without", "with"][side]);
            let at = began.elapsed();
            let measured = bench.once(lines[side], &what, &mut *show).await?;
            warm[side] = true;
            let ended = measured.end != End::Whole;
            if ended || measured.tally.all.calls < CALLS || measured.tally.operations.iter().any(|part| part.calls == 0) {
                void += 1;
            } else {
                sofar.add(arm, (at + length / 2, length), &measured.tally);
                if arm == Arm::Changed || last.is_none() {
                    last = Some(Report::new(&bench, measured));
                }
            }
            let over = ended || void > MOST_VOID;
            if let Some(comparison) = trial::compare(&sofar.blocks, &sofar.calls, over) {
                break comparison;
            }
        };
        let mut report = last.ok_or_else(|| {
            BenchError::new(format!(
                "no block had {CALLS} calls with each operation among them; use a higher --rate or a longer --duration"
            ))
        })?;
        report.notes.push("calls, latency and charts are those of the last block with the settings that were tried".to_owned());
        report.compare = Some(sofar.compared(&self.name, comparison));
        Ok(report)
    }

    fn bench<'a>(&'a self, settings: &'a Settings, side: usize) -> Bench<'a> {
        Bench {
            address: self.sides[side],
            settings,
            track: None,
            pace: Pace::Thread,
            stop: self.stop.clone(),
            environment: self.environment.clone(),
        }
    }

    /// Long enough for twenty calls.
    fn length(&self) -> Duration {
        let rate = match &self.settings.arriving {
            Arriving::Stages(stages, _) => super::schedule::mean_rate(stages),
            Arriving::Recorded(_) | Arriving::Clients { .. } => f64::INFINITY,
        };
        Duration::try_from_secs_f64(CALLS as f64 / rate.max(1e-3)).unwrap_or(LENGTH.1).clamp(LENGTH.0, LENGTH.1)
    }

    fn block_settings(&self, length: Duration, turn: usize, warm: bool) -> Settings {
        let arriving = match &self.settings.arriving {
            Arriving::Stages(stages, arrivals) => {
                Arriving::Stages(vec![Stage { rate: super::schedule::mean_rate(stages), length }], *arrivals)
            }
            Arriving::Recorded(plan) => Arriving::Recorded(plan.clone()),
            Arriving::Clients { clients, think, .. } => Arriving::Clients { clients: *clients, think: *think, length },
        };
        Settings {
            arriving,
            // Two blocks next to each other, one of each side, get the same calls.
            seed: self.settings.seed.wrapping_add(u64::try_from(turn / 2).unwrap_or(0)),
            warm_up: if warm { self.settings.warm_up.min(WASHOUT) } else { self.settings.warm_up },
            settle: Duration::ZERO,
            objectives: Vec::new(),
            abort_after: None,
            ..self.settings.clone()
        }
    }
}

impl Sofar {
    fn add(&mut self, arm: Arm, (middle, length): (Duration, Duration), tally: &Tally) {
        let means = tally.operations.iter().map(mean_ln);
        let value = means.sum::<f64>() / tally.operations.len().max(1) as f64;
        let calls = usize::try_from(tally.all.calls).unwrap_or(usize::MAX);
        let failed = usize::try_from(tally.all.errors).unwrap_or(usize::MAX);
        let load = tally.planned as f64 / length.as_secs_f64();
        self.blocks.push(Block { arm, middle: middle.as_secs_f64(), value, load, missed: 0, failed, waits: Vec::new() });
        self.calls.push(calls);
        self.shown.push(BlockReport {
            arm: if arm == Arm::Changed { "b" } else { "a" },
            calls: tally.all.calls,
            failed: tally.all.errors,
            mean_us: value.exp(),
            p95_us: tally.all.latency.value_at_quantile(0.95),
        });
        let whole = &mut self.whole[usize::from(arm == Arm::Changed)];
        whole.calls += tally.all.calls;
        whole.errors += tally.all.errors;
        if let Err(error) = whole.latency.add(&tally.all.latency) {
            tracing::warn!(%error, "a histogram is left out");
        }
    }

    fn compared(self, name: &str, comparison: trial::Comparison) -> Compared {
        let effect = comparison.effect;
        let percent = |ratio: f64| (ratio - 1.0).abs() * 100.0;
        let by =
            |words: &str| effect.map_or_else(String::new, |effect| format!("calls take {:.0} % {words}", percent(effect.ratio)));
        let (decision, reason) = match comparison.finding {
            Finding::Quicker => ("keep", by("less time")),
            Finding::Slower => ("roll_back", by("more time")),
            Finding::FailsMore => {
                ("roll_back", format!("{} calls failed with it, {} without", self.whole[1].errors, self.whole[0].errors))
            }
            Finding::Alike => ("no_difference", "whatever difference there is, it is under a tenth".to_owned()),
            Finding::Unknown => ("inconclusive", unknown(effect)),
        };
        let arm = |part: &Part| {
            let at = |share| (!part.latency.is_empty()).then(|| part.latency.value_at_quantile(share));
            ArmReport { calls: part.calls, failed: part.errors, p50_us: at(0.5), p95_us: at(0.95), p99_us: at(0.99) }
        };
        Compared {
            settings: name.to_owned(),
            decision,
            reason,
            ratio: effect.map(|effect| effect.ratio),
            low: effect.map(|effect| effect.low),
            high: effect.map(|effect| effect.high),
            arms: [arm(&self.whole[0]), arm(&self.whole[1])],
            blocks: self.shown,
        }
    }
}

fn unknown(effect: Option<trial::Effect>) -> String {
    effect.map_or_else(
        || "too few blocks were measured".to_owned(),
        |effect| {
            let reach = (effect.high / effect.ratio - 1.0) * 100.0;
            format!("a difference under {reach:.0} % would not have been seen; longer blocks (--duration) see more")
        },
    )
}

/// The mean logarithm of an operation's times.
fn mean_ln(part: &Part) -> f64 {
    let sum: f64 = part
        .latency
        .iter_recorded()
        .map(|value| (value.value_iterated_to().max(1) as f64).ln() * f64::from(value.count_at_value()))
        .sum();
    sum / part.latency.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(micros: u64, failed: u64) -> Tally {
        let mut tally = Tally::new(1);
        for turn in 0..100 {
            let planned = Duration::from_millis(turn * 10);
            let outcome = if turn < failed { Err(Arc::from("busy")) } else { Ok(()) };
            tally.send(planned, planned, 1);
            let done = planned + Duration::from_micros(micros + turn);
            tally.add(&crate::bench::tally::Sample { operation: 0, planned, sent: planned, done, outcome });
        }
        tally
    }

    fn compared(with: impl Fn(u64) -> Tally) -> Compared {
        let mut sofar = Sofar::default();
        let comparison = loop {
            let turn = u64::try_from(sofar.blocks.len()).expect("few");
            let arm = trial::arm(sofar.blocks.len(), false);
            let wander = 1_000 + turn * turn % 7 * 5;
            let tally = if arm == Arm::Changed { with(wander) } else { tally(wander, 0) };
            sofar.add(arm, (Duration::from_secs(turn * 10), Duration::from_secs(10)), &tally);
            if let Some(comparison) = trial::compare(&sofar.blocks, &sofar.calls, false) {
                break comparison;
            }
        };
        sofar.compared("b.toml", comparison)
    }

    #[test]
    fn the_decision_comes_with_its_range() {
        let slower = compared(|wander| tally(wander * 5 / 4, 0));
        assert_eq!((slower.decision, slower.blocks.len()), ("roll_back", 8));
        let (low, high) = slower.low.zip(slower.high).expect("a range");
        assert!(low > 1.1 && low < 1.25 && high > 1.2 && high < 1.5, "{slower:?}");
        assert!(slower.reason.contains("more time"), "{}", slower.reason);
        assert_eq!(compared(|wander| tally(wander * 4 / 5, 0)).decision, "keep");
        assert_eq!(compared(|wander| tally(wander, 0)).decision, "no_difference");
    }

    #[test]
    fn settings_under_which_calls_fail_are_rolled_back_at_once() {
        let failing = compared(|wander| tally(wander, 30));
        assert_eq!((failing.decision, failing.blocks.len()), ("roll_back", 2));
        assert!(failing.reason.contains("30 calls failed with it, 0 without"), "{}", failing.reason);
        assert_eq!(failing.arms.map(|arm| (arm.calls, arm.failed)), [(100, 0), (100, 30)]);
    }
}
