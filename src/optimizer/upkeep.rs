//! Recycling, history, measuring, work that kills workers, and the engine underneath.

use super::{Draft, Facts};
use crate::model::{Alert, BreakerState, Cause, Command, Prediction, RecycleReason, Recycling};

/// Starts in an hour from which on recycling is a habit that costs.
const MANY_STARTS: u64 = 120;
/// Codes of failures for want of a permission.
const PERMISSION_CODES: &[&str] = &["automation_denied", "accessibility_denied"];

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> =
        [engine(facts), permission(facts), recycling(facts), history(facts), measuring(facts)].into_iter().flatten().collect();
    drafts.extend(poison(facts));
    drafts.extend(leaks(facts));
    drafts
}

/// The engine does not answer, or workers cannot be started.
fn engine(facts: &Facts<'_>) -> Option<Draft> {
    let bottleneck = facts.bottleneck.filter(|bottleneck| bottleneck.cause == Cause::EngineDown)?;
    let step = "kmtop doctor".to_owned();
    Some(Draft {
        priority: 1,
        current: "down".into(),
        target: "running".into(),
        steps: vec!["run `kmtop doctor`: it tells a missing engine from a missing permission, each with its remedy".into()],
        undo: "nothing is changed here".into(),
        evidence: bottleneck.evidence.clone(),
        ..Draft::new("engine", "the engine underneath does not answer".into(), Command::ByHand(step))
    })
}

/// Calls fail for want of a permission.
fn permission(facts: &Facts<'_>) -> Option<Draft> {
    let alert = facts.alert("error_share")?;
    let code = PERMISSION_CODES.iter().find(|code| alert.evidence.iter().any(|line| line.contains(**code)))?;
    let step = "kmtop doctor".to_owned();
    Some(Draft {
        priority: 1,
        current: "refused".into(),
        target: "granted".into(),
        steps: vec![
            "run `kmtop doctor` on the Mac itself: it names the program, the permission and the place in System Settings".into(),
        ],
        risk: "who has the permission may drive the other program".into(),
        undo: "take the permission back in System Settings".into(),
        evidence: std::iter::once(alert.text.clone()).chain(alert.evidence.iter().cloned()).collect(),
        ..Draft::new(
            "permission",
            format!("calls fail with `{code}`: macOS does not let kmtop's workers do it"),
            Command::ByHand(step),
        )
    })
}

/// Workers are replaced so often that starting them costs more than it saves.
fn recycling(facts: &Facts<'_>) -> Option<Draft> {
    let pool = facts.pool;
    let alert = facts.alert("efficiency")?;
    let count = |reason: RecycleReason| pool.recycled_by.get(&reason).copied().unwrap_or_default();
    let present = in_force(facts);
    let Recycling { calls, age_s, memory_mb } = present;
    let all: u64 = pool.counters.spawned.max(1);
    let (reason, key, is, wanted) = [
        (RecycleReason::Calls, "pool.worker_calls", calls, Recycling { calls: calls * 4, ..present }),
        (RecycleReason::Age, "pool.worker_age_s", age_s, Recycling { age_s: age_s * 4, ..present }),
        (RecycleReason::Memory, "pool.worker_memory_mb", memory_mb, Recycling { memory_mb: memory_mb * 2, ..present }),
    ]
    .into_iter()
    .max_by_key(|(reason, ..)| count(*reason))?;
    let often = pool.spawned_last_hour >= MANY_STARTS && count(reason) * 2 > all && is > 0;
    let issue =
        format!("workers are replaced by {} {} times, and starting them takes time from calls", reason.word(), count(reason));
    let should = if reason == RecycleReason::Memory { is * 2 } else { is * 4 };
    let mut draft = limits(issue, key, (is, should), wanted);
    draft.risk = "what recycling guards against grows longer before it is cleared".into();
    draft.evidence = vec![alert.text.clone(), format!("{} starts in the last hour", pool.spawned_last_hour)];
    let (starts, share) = (pool.spawned_last_hour as f64, count(reason) as f64 / all as f64);
    let less = |left: f64| starts * (1.0 - share * (1.0 - left));
    let times = should as f64 / is.max(1) as f64;
    let model = format!("starts an hour, {starts:.0} now, when those by {} come {times:.0} times as seldom", reason.word());
    draft.predicted = Some(Prediction { low: less(0.0), mid: less(1.0 / times), high: starts, model });
    often.then_some(draft)
}

/// The limits of workers' lives as they are now.
fn in_force(facts: &Facts<'_>) -> Recycling {
    let settings = &facts.settings.pool;
    let as_set = Recycling { calls: settings.worker_calls, age_s: settings.worker_age_s, memory_mb: settings.worker_memory_mb };
    if facts.pool.recycling == Recycling::default() { as_set } else { facts.pool.recycling }
}

/// Other limits of workers' lives, first for half of the workers.
fn limits(issue: String, key: &str, (is, should): (u64, u64), wanted: Recycling) -> Draft {
    Draft {
        current: is.to_string(),
        target: should.to_string(),
        steps: vec![
            format!("replace workers by {key} = {should}, half of them first"),
            format!("write {key} = {should} into the settings to keep it beyond a start"),
        ],
        undo: "u puts the limits back".into(),
        ..Draft::new("recycling", issue, Command::SetRecycling(wanted))
    }
}

/// The disk fills, and history takes part of it.
fn history(facts: &Facts<'_>) -> Option<Draft> {
    let settings = &facts.settings.history;
    let alert = facts.alert("disk_space").filter(|_| settings.enabled && settings.size_mb > 64)?;
    let should = (settings.size_mb / 2).max(64);
    let issue = format!("the disk fills; the history may take {} MB of it", settings.size_mb);
    let mut draft = Draft::setting("history", issue, "history.size_mb", (settings.size_mb.to_string(), should.to_string()));
    draft.risk = "the oldest minutes are let go".into();
    draft.evidence = vec![alert.text.clone()];
    let most = (settings.size_mb - should) as f64;
    draft.predicted =
        Some(Prediction { low: 0.0, mid: most, high: most, model: "MB freed, if the history is as large as it may be".into() });
    Some(draft)
}

/// Records of calls are lost: what is measured must become less or what calls must.
fn measuring(facts: &Facts<'_>) -> Option<Draft> {
    let alert = facts.alert("dropped_samples")?;
    let busiest = facts.interval.tools.iter().max_by_key(|tool| tool.calls)?;
    let step = format!("call {} less often than {} times a second, or in lists", busiest.tool, busiest.calls);
    Some(Draft {
        priority: 3,
        steps: vec![step.clone()],
        undo: "nothing is changed here".into(),
        evidence: vec![alert.text.clone()],
        predicted: alert.value.map(|lost| Prediction {
            low: 0.0,
            mid: 0.0,
            high: lost,
            model: format!("records lost a second, {lost:.0} now, if these calls come in fewer or in lists"),
        }),
        ..Draft::new("sampling", "more calls end in a second than can be measured".into(), Command::ByHand(step))
    })
}

/// Work that kills its workers.
fn poison(facts: &Facts<'_>) -> Vec<Draft> {
    let refused = facts.pool.breakers.iter().filter(|breaker| breaker.state != BreakerState::Closed);
    let one = |breaker: &crate::model::Breaker| {
        let step = format!("disable what {} runs: kmtop call km_set_macro_enabled", breaker.key);
        Draft {
            priority: 1,
            current: "enabled".into(),
            target: "disabled".into(),
            steps: vec![step.clone(), "look into the slow log for what it did last".into()],
            risk: "the macro no longer runs by itself".into(),
            undo: "km_set_macro_enabled with true".into(),
            evidence: vec![format!("{} workers killed within a minute", breaker.crashes)],
            predicted: Some(Prediction {
                low: 0.0,
                mid: 0.0,
                high: f64::from(breaker.crashes),
                model: format!("workers killed a minute, {} now, if nothing else runs the macro", breaker.crashes),
            }),
            ..Draft::new("poison", format!("{} kills the workers that do it", breaker.key), Command::ByHand(step))
        }
    };
    refused.map(one).collect()
}

/// A worker whose memory grows should be replaced before it is too large.
fn leaks(facts: &Facts<'_>) -> Option<Draft> {
    let leak: &Alert = facts.alerts.iter().find(|alert| alert.rule == "leak" && alert.subject.starts_with("worker"))?;
    let present = in_force(facts);
    let age = present.age_s;
    let should = if age == 0 { 1_800 } else { (age / 2).max(300) };
    let issue = format!("{} takes more and more memory", leak.subject);
    let mut draft = limits(issue, "pool.worker_age_s", (age, should), Recycling { age_s: should, ..present });
    draft.cost = "a worker start more each half an hour and worker".into();
    draft.risk = "none: the replacement starts first".into();
    draft.evidence = std::iter::once(leak.text.clone()).chain(leak.evidence.iter().cloned()).collect();
    draft.predicted = leak.value.map(|rate| {
        let grown = rate * should as f64 / 3_600.0;
        let model = format!("MB grown in a worker's life of {should} s, at {rate:.0} MB an hour");
        // A life is up to a tenth shorter, by chance.
        Prediction { low: 0.9 * grown, mid: 0.95 * grown, high: grown, model }
    });
    Some(draft)
}
