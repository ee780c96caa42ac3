//! How many workers there may be, how many are kept warm, and memory that can be given back.

use super::{Draft, Facts, size::arrivals};
use crate::{
    model::{Cause, Command, Prediction, Resize, RiskClass, Strategy, WorkerState},
    sizing::Knobs,
};

/// More workers than this serve nobody.
const MOST: u16 = 64;
/// Workers may take this share of the memory that is free.
const MEMORY_SHARE: f64 = 0.25;
const MEGABYTE: f64 = 1e6;

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Draft> {
    [more_allowed(facts), warm(facts), release(facts)].into_iter().flatten().collect()
}

/// The most workers that memory allows: a quarter of what is free by the largest worker; `None` when neither is known.
fn cap(facts: &Facts<'_>) -> Option<u16> {
    let largest = facts.system.workers.iter().map(|worker| worker.rss_bytes).max().filter(|bytes| *bytes > 0)?;
    let free = facts.system.memory?.available_bytes as f64 * MEMORY_SHARE;
    let more = (free / largest as f64).floor().clamp(0.0, f64::from(MOST));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held between 0 and 64")]
    Some(facts.pool.live.saturating_add(more as u16).min(MOST))
}

/// All workers that may be there are busy, and the model says that more would help.
fn more_allowed(facts: &Facts<'_>) -> Option<Draft> {
    let pool = facts.pool;
    let bottleneck = facts.bottleneck.filter(|bottleneck| bottleneck.cause == Cause::PoolTooSmall)?;
    if pool.target < pool.max || pool.max >= MOST {
        return None;
    }
    let cap = cap(facts)?;
    let max = pool.max.saturating_mul(2).min(cap);
    if max <= pool.max {
        return None;
    }
    let largest = facts.system.workers.iter().map(|worker| worker.rss_bytes).max().unwrap_or_default() as f64 / MEGABYTE;
    let issue = format!("all {} workers that may be there are at work, and calls wait", pool.max);
    let mut evidence = bottleneck.evidence.clone();
    evidence.push(format!("memory allows {cap} workers"));
    Some(Draft {
        priority: 1,
        current: format!("{} to {}", pool.min, pool.max),
        target: format!("{} to {max}", pool.min),
        steps: vec![format!("let the pool have up to {max} workers"), format!("pool {} -> {max}", pool.target)],
        cost: format!("up to {:.0} MB for {} more workers", largest * f64::from(max - pool.max), max - pool.max),
        risk: "memory and processor time of the machine".into(),
        undo: "u puts bounds and size back".into(),
        evidence,
        predicted: facts.predict.wait(&arrivals(facts.trace), max.into()),
        ..Draft::new("pool bounds", issue, Command::ResizePool(Resize::Exactly { min: pool.min, max, target: max }))
    })
}

/// Calls wait for workers on their way up: more of them should be kept.
fn warm(facts: &Facts<'_>) -> Option<Draft> {
    let pool = facts.pool;
    let bottleneck = facts.bottleneck.filter(|bottleneck| bottleneck.cause == Cause::ColdStarts)?;
    let start_ms = pool.start?.p50_us as f64 / 1_000.0;
    let wanted = pool.target.clamp(pool.min, pool.max);
    if wanted <= pool.min {
        return None;
    }
    let issue = format!("calls wait for workers that take {start_ms:.0} ms to start");
    Some(Draft {
        current: pool.min.to_string(),
        target: wanted.to_string(),
        steps: vec![format!("keep at least {wanted} workers")],
        cost: format!("{} workers stay when they are not needed", wanted - pool.min),
        risk: "memory that idle workers hold".into(),
        undo: "u puts the bounds back".into(),
        risk_class: RiskClass::Safe,
        evidence: bottleneck.evidence.clone(),
        predicted: bottleneck.predicted.clone(),
        ..Draft::new("warm workers", issue, Command::ResizePool(Resize::Bounds { min: wanted, max: pool.max }))
    })
}

/// Memory is short by the strategy's own measure, or by that of the alerts, and idle workers hold some.
fn release(facts: &Facts<'_>) -> Option<Draft> {
    let pool = facts.pool;
    let most = Knobs::of(&facts.policy).memory_percent;
    let used = facts.system.memory.and_then(|memory| memory.used_percent());
    let strategy = used.filter(|used| facts.policy.strategy != Strategy::None && *used >= most);
    let evidence = match (facts.alert("memory"), strategy) {
        (Some(alert), _) => std::iter::once(alert.text.clone()).chain(alert.evidence.first().cloned()).collect(),
        (None, Some(used)) => {
            vec![format!("{used:.0}% of memory is used; \"{}\" gives back from {most:.0}% on", facts.policy.strategy.word())]
        }
        (None, None) => return None,
    };
    let idle: Vec<f64> = pool
        .workers
        .iter()
        .filter(|worker| worker.state == WorkerState::Idle)
        .filter_map(|worker| worker.rss_bytes)
        .map(|bytes| bytes as f64 / MEGABYTE)
        .collect();
    let spare = crate::util::numbers::small(idle.len()).min(pool.target.saturating_sub(pool.min));
    if spare == 0 || pool.queued > 0 {
        return None;
    }
    let target = pool.target - spare;
    let freed = idle.iter().take(spare.into()).sum::<f64>();
    let (least, largest) = idle.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), held| (least.min(*held), most.max(*held)));
    let issue = format!("memory is short, and {spare} idle workers hold {freed:.0} MB");
    Some(Draft {
        priority: 1,
        current: pool.target.to_string(),
        target: target.to_string(),
        steps: vec![format!("pool {} -> {target}", pool.target)],
        predicted: Some(Prediction {
            low: least * f64::from(spare),
            mid: freed,
            high: largest * f64::from(spare),
            model: format!("MB freed, by what {spare} of the idle workers hold"),
        }),
        risk: "the next calls may wait for a worker to start".into(),
        undo: format!("u: pool {target} -> {}", pool.target),
        risk_class: RiskClass::Safe,
        evidence,
        ..Draft::new("memory", issue, Command::ResizePool(Resize::Target(target)))
    })
}
