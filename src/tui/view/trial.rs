//! A change on trial as it runs: a line above the alerts, what it rests on below, and beside the reasons of the pool's size.

use crate::{
    model::{TrialArm, TrialKind, TrialStatus},
    tui::{App, GlyphSet},
    util::units,
};

/// The mark before its line.
pub(crate) fn mark(app: &App) -> &'static str {
    if app.glyphs.set == GlyphSet::Ascii { "~" } else { "◇" }
}

/// What it rests on, how far it is, and what would end it.
pub(crate) fn lines(trial: &TrialStatus) -> Vec<(&'static str, String)> {
    let turn = match (trial.settling, trial.kind, trial.arm) {
        (true, ..) => "the change is taking hold, the first block is still to come".to_owned(),
        (false, TrialKind::Canary, _) => "both beside each other, every second worker with the change".to_owned(),
        (false, TrialKind::Blocks, TrialArm::Present) => "now A, as before".to_owned(),
        (false, TrialKind::Blocks, TrialArm::Changed) => "now B, with the change".to_owned(),
    };
    let void = if trial.void > 0 { format!(", {} did not count", trial.void) } else { String::new() };
    let effect =
        trial.effect.map_or_else(|| "not known before five blocks".to_owned(), |effect| format!("waits {}", effect.words()));
    let p95 = trial.p95_ms.map_or_else(String::new, |(before, after)| format!("   p95 A {before:.0} ms, B {after:.0} ms"));
    vec![
        ("trial", format!("{}   by {}", trial.text, trial.by)),
        ("block", format!("{} of {}, {:.0} s each{void}: {turn}", trial.block, trial.blocks, trial.block_s)),
        ("effect", format!("{effect}{p95}")),
        ("ends", trial.ends.clone()),
        ("undo", "u takes it back now and ends the trial".to_owned()),
    ]
}

/// For the reasons of the pool's size: what is usual at this time of day, the trial, and how good predictions have been.
pub(crate) fn reasons(app: &App) -> Vec<String> {
    let state = &app.data.state;
    let usual = state.pool.sizing.usual.map(|usual| {
        let ready = usual.workers.map(|workers| format!(": {workers} workers are kept ready")).unwrap_or_default();
        format!("{} calls/s are usual at this time of day ({} days){ready}", units::rate(usual.rate_per_s), usual.days)
    });
    let trial = state.trial.as_ref().map(|trial| format!("trial {}", trial.line()));
    let known: Vec<bool> = state.outcomes.iter().filter_map(|outcome| outcome.hit).collect();
    let newest = state.outcomes.iter().rev().find_map(|outcome| Some((outcome, outcome.measured?)));
    let predicted = newest.map(|(outcome, measured)| {
        let (hits, predicted) = (known.iter().filter(|hit| **hit).count(), &outcome.predicted);
        format!(
            "{hits} of {} predictions were right; the newest: {:.0} ms ({:.0} to {:.0}), measured {measured:.0} ms",
            known.len(),
            predicted.mid,
            predicted.low,
            predicted.high
        )
    });
    usual.into_iter().chain(trial).chain(predicted).collect()
}
