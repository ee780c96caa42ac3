//! The pool, its queue and its workers; the library and the history.

use super::{Observation, Scene};
use crate::{
    analysis::calls::Counted,
    config::Alerts,
    metrics::quantile,
    model::{Breaker, BreakerState},
};

/// Fewer jobs than this say nothing about the efficiency.
const JOBS_FOR_EFFICIENCY: u64 = 50;

pub(super) fn observe(scene: &Scene<'_>, counted: &Counted, limits: &Alerts) -> Vec<Observation> {
    let mut seen = vec![queue_wait(scene, counted, limits), dropped(scene, limits), library(scene, limits)];
    seen.extend(efficiency(scene, limits));
    seen.extend(hung(scene, limits));
    seen.extend(degraded(scene, limits).or_else(|| crash_loop(scene, limits)));
    seen.extend(exhausted(scene, limits));
    seen.extend(pressure(scene, limits));
    seen.extend(poisoned(scene, limits));
    let history = "what was is kept in memory only until then, up to two minutes; the file is in the state folder";
    seen.extend(scene.history.as_ref().map(|problem| so("history", limits, "history", problem.clone()).with([history.into()])));
    let settings = "the settings of before stay in force";
    seen.extend(
        scene.settings.as_ref().map(|problem| so("settings", limits, "settings", problem.clone()).with([settings.into()])),
    );
    seen
}

fn queue_wait(scene: &Scene<'_>, counted: &Counted, limits: &Alerts) -> Observation {
    let finished = quantile(&scene.short.all().queued, 0.95).map(|micros| micros as f64 / 1_000.0);
    let waiting = scene.pool.oldest_wait_ms.map(|wait| wait as f64);
    // Calls that still wait count with what they have waited: under overload the finished ones tell too late.
    let wait = finished.into_iter().chain(waiting).fold(0.0, f64::max);
    let pool = scene.pool;
    let text = format!("calls wait {wait:.0} ms for a worker: {} busy of {}, {} queued", pool.busy, pool.live, pool.queued);
    let finished = finished.map_or_else(|| "no finished wait in 10 s".into(), |wait| format!("wait p95 {wait:.0} ms over 10 s"));
    let evidence = [finished, format!("target {} of max {}", pool.target, pool.max)];
    Observation::of("queue_wait", limits, "pool", Some(wait), text).with(evidence).with(counted.top_calls())
}

fn hung(scene: &Scene<'_>, limits: &Alerts) -> Vec<Observation> {
    let limit = limits.hung_worker_ms.warning * 0.9;
    let over = scene.pool.workers.iter().filter(|worker| worker.busy_ms.is_some_and(|busy| busy as f64 >= limit));
    let hung = over.map(|worker| {
        let busy = worker.busy_ms.unwrap_or_default() as f64;
        let what = worker.subject.as_deref().or(worker.tool.as_deref()).unwrap_or("a job");
        let text = format!("worker {} is in \"{what}\" for {:.0} s", worker.slot, busy / 1_000.0);
        let pid = format!("pid {}", worker.pid.map_or_else(|| "unknown".into(), |pid| pid.to_string()));
        Observation::of("hung_worker", limits, &format!("worker {}", worker.slot), Some(busy), text).with([pid])
    });
    hung.collect()
}

fn so(rule: &str, limits: &Alerts, subject: &str, text: String) -> Observation {
    Observation::of(rule, limits, subject, Some(1.0), text)
}

fn degraded(scene: &Scene<'_>, limits: &Alerts) -> Option<Observation> {
    let reason = scene.pool.degraded.as_ref()?;
    Some(so("degraded_pool", limits, "pool", format!("no worker can be started: {reason}")).with([reason.clone()]))
}

fn crash_loop(scene: &Scene<'_>, limits: &Alerts) -> Option<Observation> {
    let how = scene.pool.crash_loop.as_ref()?;
    let text = format!("workers die one after the other, and only one at a time is tried: {how}");
    Some(so("crash_loop", limits, "pool", text).with([how.clone()]))
}

fn size(scene: &Scene<'_>) -> String {
    format!("target {} of max {}", scene.pool.target, scene.pool.max)
}

fn exhausted(scene: &Scene<'_>, limits: &Alerts) -> Option<Observation> {
    let pool = scene.pool;
    let all = pool.target >= pool.max && pool.live >= pool.max && pool.busy >= pool.live && pool.queued > 0;
    let text = format!("all {} workers are busy, the pool may not grow, and {} calls wait", pool.live, pool.queued);
    all.then(|| so("pool_exhausted", limits, "pool", text).with([size(scene)]))
}

fn pressure(scene: &Scene<'_>, limits: &Alerts) -> Option<Observation> {
    let pool = scene.pool;
    let text = format!("the queue is nearly full: {} of {} calls wait", pool.queued, pool.queue_bound);
    pool.pressure.then(|| so("queue_pressure", limits, "pool", text).with([size(scene)]))
}

fn poisoned(scene: &Scene<'_>, limits: &Alerts) -> Vec<Observation> {
    let refused = scene.pool.breakers.iter().filter(|breaker| breaker.state != BreakerState::Closed);
    let one = |breaker: &Breaker| {
        let text = format!("{} has killed {} workers within a minute and is refused", breaker.key, breaker.crashes);
        let retry =
            breaker.retry_ms.map_or_else(|| "one job of it is tried now".into(), |ms| format!("tried again in {} s", ms / 1_000));
        so("poisoned", limits, &breaker.key, text).with([retry])
    };
    refused.map(one).collect()
}

fn efficiency(scene: &Scene<'_>, limits: &Alerts) -> Option<Observation> {
    let pool = scene.pool;
    let lost = pool.efficiency.filter(|_| pool.counters.served >= JOBS_FOR_EFFICIENCY).map(|share| (1.0 - share) * 100.0)?;
    let text = format!("{lost:.0}% of the workers' time goes into starts and kills");
    let counters = pool.counters;
    let counts = format!("{} started, {} killed, {} died", counters.spawned, counters.killed, counters.crashed);
    Some(Observation::of("efficiency", limits, "pool", Some(lost), text).with([counts]))
}

fn library(scene: &Scene<'_>, limits: &Alerts) -> Observation {
    let count = scene.unreadable_files;
    let text = format!("{count} files or folders of the macro library cannot be read; km_engine_status names them");
    Observation::of("library", limits, "library", Some(count as f64), text).with([format!("{count} of them")])
}

fn dropped(scene: &Scene<'_>, limits: &Alerts) -> Observation {
    let count = scene.interval.dropped;
    let text = format!("{count} call records were dropped; counts are too low");
    let kept = scene.interval.tools.iter().map(|tool| u64::from(tool.calls)).sum::<u64>();
    Observation::of("dropped_samples", limits, "measuring", Some(count as f64), text)
        .with([format!("{kept} were counted in the same second")])
}
