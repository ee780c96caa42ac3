//! Objectives against what was measured.

use std::time::Duration;

use super::super::{
    mix::Mix,
    slo::{Measure, Objective, Verdict},
    tally::{Part, Tally},
};

/// What became of an objective so far, `took` after the beginning.
#[must_use]
pub(in crate::bench) fn verdict(objective: &Objective, mix: &Mix, tally: &Tally, took: Duration) -> Verdict {
    let part = match &objective.operation {
        None => Some((&tally.all, tally.unanswered)),
        Some(name) => {
            let place = mix.operations().iter().position(|operation| operation.name == *name);
            place.and_then(|place| tally.operations.get(place)).map(|part| (part, 0))
        }
    };
    objective.verdict(part.and_then(|(part, unanswered)| measured(objective.measure, part, unanswered, took)))
}

fn measured(measure: Measure, part: &Part, unanswered: u64, took: Duration) -> Option<f64> {
    let ended = part.calls + unanswered;
    let known = |value: f64| (!part.latency.is_empty()).then_some(value);
    let share = |count: u64, of: u64| (of > 0).then(|| count as f64 / of as f64);
    match measure {
        Measure::Percentile(percentile) => known(part.latency.value_at_quantile(percentile / 100.0) as f64),
        Measure::Mean => known(part.latency.mean()),
        Measure::Max => known(part.latency.max() as f64),
        Measure::Error => share(part.errors + unanswered, ended),
        Measure::Success => share(part.calls - part.errors, ended),
        Measure::Rate => Some(part.calls as f64 / took.as_secs_f64().max(1e-6)),
        Measure::Dropped => share(part.dropped, ended + part.dropped),
    }
}
