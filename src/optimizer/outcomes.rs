//! What was predicted, beside what was then measured.

use std::collections::VecDeque;

use crate::{
    metrics::{Window, quantile},
    model::{Advice, AdviceOutcome},
};

/// How the model of a prediction begins that can be held against measured waits; of others the unit is another.
const WAIT: &str = "ms p95 wait";
/// Outcomes that are kept.
const KEPT: usize = 20;
/// How long after the change nothing is measured, in ms: workers start, the queue empties.
const SETTLE_MS: u64 = 10_000;
/// How long is measured then, in ms: the window of a minute holds nothing from before.
const MEASURE_MS: u64 = 60_000;
/// Fewer waits than this have no 95th percentile.
const LEAST: u64 = 20;
/// So many milliseconds beside the range still hit: the clock of a loaded machine is no finer.
const SLACK_MS: f64 = 10.0;

/// Follows the predictions of advice that was applied.
#[derive(Debug, Default)]
pub struct Outcomes {
    outcomes: VecDeque<AdviceOutcome>,
    /// Advice that is on trial: while it is in force for some blocks only, a minute says nothing.
    on_trial: Option<u64>,
}

fn wait_p95_ms(minute: &Window) -> Option<f64> {
    let waits = &minute.all().queued;
    quantile(waits, 0.95).filter(|_| waits.len() >= LEAST).map(|micros| micros as f64 / 1_000.0)
}

/// Keeps what was measured beside what was predicted.
fn note(outcome: &mut AdviceOutcome, measured: f64) {
    let range = outcome.predicted.low - SLACK_MS..=outcome.predicted.high + SLACK_MS;
    outcome.measured = Some(measured);
    outcome.hit = Some(range.contains(&measured));
}

impl Outcomes {
    /// Notes that advice was applied, when something was predicted of it and the same can be measured.
    pub fn applied(&mut self, now_ms: u64, advice: &Advice, text: &str, minute: &Window) {
        let of_waits = advice.predicted.clone().filter(|predicted| predicted.model.starts_with(WAIT));
        let (Some(predicted), Some(before)) = (of_waits, wait_p95_ms(minute)) else { return };
        // Two changes at once: what is measured from now on is the newer one's.
        self.outcomes.retain(|outcome| outcome.measured.is_some());
        self.outcomes.push_back(AdviceOutcome {
            advice: advice.id,
            time_ms: now_ms,
            text: text.to_owned(),
            predicted,
            before,
            measured: None,
            hit: None,
        });
        if self.outcomes.len() > KEPT {
            self.outcomes.pop_front();
        }
    }

    /// This advice is on trial, which will measure what it brings.
    pub fn on_trial(&mut self, advice: u64) {
        self.on_trial = Some(advice);
    }

    /// Its trial is over, and this was measured, in ms; nothing, when it had no time to.
    pub fn tried(&mut self, advice: u64, measured_ms: Option<f64>) {
        self.on_trial = None;
        let is_open = |outcome: &AdviceOutcome| outcome.advice == advice && outcome.measured.is_none();
        match (self.outcomes.iter_mut().find(|outcome| is_open(outcome)), measured_ms) {
            (Some(outcome), Some(measured)) => note(outcome, measured),
            _ => self.outcomes.retain(|outcome| !is_open(outcome)),
        }
    }

    /// How many predictions were right, and of how many that is known; `None` before there is one.
    #[must_use]
    pub fn hits(&self) -> Option<(usize, usize)> {
        let known: Vec<bool> = self.outcomes.iter().filter_map(|outcome| outcome.hit).collect();
        (!known.is_empty()).then(|| (known.iter().filter(|hit| **hit).count(), known.len()))
    }

    /// Something else was changed: what waits to be measured cannot be any more.
    pub fn disturbed(&mut self) {
        self.outcomes.retain(|outcome| outcome.measured.is_some());
    }

    /// Measures what is due.
    pub fn look(&mut self, now_ms: u64, minute: &Window) {
        let on_trial = self.on_trial;
        let open = |outcome: &&mut AdviceOutcome| outcome.measured.is_none() && on_trial != Some(outcome.advice);
        for outcome in self.outcomes.iter_mut().filter(open) {
            if now_ms.saturating_sub(outcome.time_ms) >= SETTLE_MS + MEASURE_MS
                && let Some(measured) = wait_p95_ms(minute)
            {
                note(outcome, measured);
            }
        }
    }

    /// All of them, newest last.
    #[must_use]
    pub fn shown(&self) -> Vec<AdviceOutcome> {
        self.outcomes.iter().cloned().collect()
    }

    /// Puts the hit rate behind the model of each prediction.
    pub fn mark(&self, advice: &mut [Advice]) {
        let Some((hits, known)) = self.hits() else { return };
        for predicted in advice.iter_mut().filter_map(|advice| advice.predicted.as_mut()) {
            predicted.model = format!("{}; {hits} of {known} earlier predictions were right", predicted.model);
        }
    }
}
