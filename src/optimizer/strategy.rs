//! Whether another strategy fits what is seen.

use super::{Draft, Facts};
use crate::{
    model::{Autopilot, Cause, Command, Decided, PolicyChange, Prediction, RiskClass, Strategy, WorkerState},
    sizing::{Knobs, warm},
};

/// Growth that follows a shrink within so many seconds has undone it.
const UNDONE_S: f64 = 60.0;
/// So many of them are a habit.
const HABIT: usize = 3;
const MEGABYTE: f64 = 1e6;

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Draft> {
    [patience(facts), warmth(facts), thrift(facts)].into_iter().flatten().collect()
}

fn draft(facts: &Facts<'_>, issue: String, to: Strategy) -> Draft {
    let from = facts.policy.strategy;
    let change = PolicyChange { strategy: Some(to), ..PolicyChange::default() };
    Draft {
        current: from.word().to_owned(),
        target: to.word().to_owned(),
        steps: vec![format!("strategy {} -> {}", from.word(), to.word())],
        undo: format!("u: strategy {} -> {}", to.word(), from.word()),
        risk_class: RiskClass::NeedsApproval,
        ..Draft::new("strategy", issue, Command::SetPolicy { change, size: None })
    }
}

/// Workers are let go and started anew soon after, again and again: the hold is too short for these pauses.
fn patience(facts: &Facts<'_>) -> Option<Draft> {
    let decisions: Vec<&Decided> = facts.pool.sizing.decisions.iter().filter(|decided| decided.applied).collect();
    if facts.policy.autopilot != Autopilot::AutoSafe || facts.policy.strategy == Strategy::Aggressive {
        return None;
    }
    let undone = decisions.windows(2).filter(|pair| {
        let (shrink, growth) = (&pair[0].decision, &pair[1].decision);
        shrink.to < shrink.from && growth.to > growth.from && pair[1].at_s - pair[0].at_s <= UNDONE_S
    });
    let started_anew: Vec<u16> = undone.map(|pair| pair[0].decision.from - pair[0].decision.to).collect();
    let span_s = decisions.last()?.at_s - decisions.first()?.at_s;
    if started_anew.len() < HABIT || span_s <= 0.0 {
        return None;
    }
    let workers: u16 = started_anew.iter().sum();
    let starts = facts.pool.spawned_last_hour as f64;
    let hourly = (f64::from(workers) * 3_600.0 / span_s).min(starts);
    let issue = format!("{} times workers were let go and started anew within a minute", started_anew.len());
    let hold = Knobs::of(&facts.policy.changed(PolicyChange { strategy: Some(Strategy::Aggressive), ..PolicyChange::default() }));
    Some(Draft {
        cost: format!("up to {} workers stay for {:.0} s when they are not needed", workers, hold.tuning.hold),
        risk: "memory that idle workers hold".into(),
        evidence: vec![format!("{workers} workers in {span_s:.0} s, {starts:.0} starts in the last hour")],
        predicted: Some(Prediction {
            low: starts - hourly,
            mid: starts - hourly / 2.0,
            high: starts,
            model: format!("starts an hour, {starts:.0} now, without those that followed a stop within the hold"),
        }),
        ..draft(facts, issue, Strategy::Aggressive)
    })
}

/// Calls wait for workers that a thrifty strategy has let go.
fn warmth(facts: &Facts<'_>) -> Option<Draft> {
    let bottleneck = facts.bottleneck.filter(|bottleneck| bottleneck.cause == Cause::ColdStarts)?;
    let more = warm(Strategy::Balanced)?.checked_sub(facts.pool.min).filter(|more| *more > 0)?;
    if facts.policy.strategy != Strategy::Conservative || facts.pool.max < facts.pool.min + more {
        return None;
    }
    let issue = "calls wait for workers on their way up, and the strategy keeps few and lets them go soon".to_owned();
    Some(Draft {
        cost: format!("{more} more workers stay when they are not needed"),
        risk: "memory that idle workers hold".into(),
        evidence: bottleneck.evidence.clone(),
        predicted: bottleneck.predicted.clone(),
        ..draft(facts, issue, Strategy::Balanced)
    })
}

/// Memory is short, and the strategy keeps workers warm that nobody needs.
fn thrift(facts: &Facts<'_>) -> Option<Draft> {
    let alert = facts.alert("memory")?;
    let kept = warm(facts.policy.strategy)?;
    let fewer = kept.checked_sub(warm(Strategy::Conservative)?).filter(|fewer| *fewer > 0)?;
    let idle = facts.pool.workers.iter().filter(|worker| worker.state == WorkerState::Idle);
    let held: Vec<f64> = idle.filter_map(|worker| worker.rss_bytes).map(|bytes| bytes as f64 / MEGABYTE).collect();
    if facts.pool.queued > 0 || held.len() < usize::from(fewer) {
        return None;
    }
    let (least, most) = held.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), held| (least.min(*held), most.max(*held)));
    let mean = held.iter().sum::<f64>() / held.len() as f64;
    let each = f64::from(fewer);
    let issue = format!("memory is short, and the strategy keeps {kept} workers of which {} are idle", held.len());
    Some(Draft {
        risk: "the next burst waits for workers to start".into(),
        evidence: vec![alert.text.clone(), format!("{} idle workers hold {:.0} MB", held.len(), held.iter().sum::<f64>())],
        predicted: Some(Prediction {
            low: least * each,
            mid: mean * each,
            high: most * each,
            model: format!("MB freed, by what {fewer} of the idle workers hold"),
        }),
        ..draft(facts, issue, Strategy::Conservative)
    })
}
