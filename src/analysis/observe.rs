//! What is held against limits, and the words for it.

use crate::{
    config::{Alerts, Levels},
    metrics::{Window, quantile},
    model::{Breaker, BreakerState, PoolStatus, SystemSample},
};

/// Fewer calls than this say nothing about the share of errors.
const CALLS_FOR_ERRORS: u64 = 10;

/// How long most numbers must be well before their alert is gone, in ms. What is plainly over, such as a job that has ended, clears
/// at once.
const CLEAR_MS: u64 = 5_000;

/// Everything that the rules look at.
pub struct Scene<'a> {
    /// The last ten seconds.
    pub short: &'a Window,
    /// The last minute.
    pub minute: &'a Window,
    /// The pool now.
    pub pool: &'a PoolStatus,
    /// The machine now.
    pub system: &'a SystemSample,
    /// Records dropped in the last tick.
    pub dropped: u64,
    /// Files and folders of the library that cannot be read.
    pub unreadable_files: u64,
    /// What is the matter with the history on the disk.
    pub history: Option<String>,
    /// What is the matter with the settings' file.
    pub settings: Option<String>,
}

/// One number against its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The rule.
    pub rule: &'static str,
    /// What it is about.
    pub subject: String,
    /// The number; `None` when it is not known now, which changes nothing.
    pub value: Option<f64>,
    /// Its limits, in the same unit.
    pub levels: Levels,
    /// How long it must be over its limit before the alert fires, in ms.
    pub hold_ms: u64,
    /// How long it must be well before the alert is gone, in ms.
    pub clear_ms: u64,
    /// One sentence for people.
    pub text: String,
    /// The numbers that it rests on.
    pub evidence: Vec<String>,
}

/// Holds the scene against the limits.
pub fn observe(scene: &Scene<'_>, limits: &Alerts) -> Vec<Observation> {
    let mut seen = vec![
        cpu(scene, limits.cpu_percent),
        memory(scene, limits.memory_percent),
        errors(scene, limits.error_percent),
        queue_wait(scene, limits.queue_wait_ms),
        dropped(scene),
        library(scene),
    ];
    seen.extend(hung(scene, limits.hung_worker_ms));
    seen.extend(degraded(scene).or_else(|| crash_loop(scene)));
    seen.extend(pressure(scene));
    seen.extend(poisoned(scene));
    seen.extend(history(scene));
    seen.extend(settings(scene));
    seen
}

fn cpu(scene: &Scene<'_>, levels: Levels) -> Observation {
    let known: Vec<f64> = scene.short.series(|gauges| gauges.cpu_percent.map(f64::from)).into_iter().flatten().collect();
    let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
    let own = scene.system.own.and_then(|own| own.cpu_percent);
    Observation {
        rule: "cpu",
        subject: "system".into(),
        value: mean,
        levels,
        hold_ms: 10_000,
        clear_ms: CLEAR_MS,
        text: format!("CPU {:.0}% over 10 s", mean.unwrap_or_default()),
        evidence: own.map(|own| format!("kmtop itself {own:.0}% of a core")).into_iter().collect(),
    }
}

fn memory(scene: &Scene<'_>, levels: Levels) -> Observation {
    let used = scene.system.memory.and_then(|memory| memory.used_percent());
    let bytes = scene.system.memory.map(|memory| {
        let gibibytes = |bytes: u64| bytes as f64 / f64::from(1 << 30);
        format!("{:.1} of {:.1} GiB used", gibibytes(memory.used_bytes), gibibytes(memory.total_bytes))
    });
    Observation {
        rule: "memory",
        subject: "system".into(),
        value: used,
        levels,
        hold_ms: 10_000,
        clear_ms: CLEAR_MS,
        text: format!("memory {:.0}% used", used.unwrap_or_default()),
        evidence: bytes.into_iter().collect(),
    }
}

fn errors(scene: &Scene<'_>, levels: Levels) -> Observation {
    let all = scene.minute.all();
    let enough = all.calls >= CALLS_FOR_ERRORS && all.errors != 1;
    let share = all.error_share().filter(|_| enough).map(|share| share * 100.0);
    let mut worst: Vec<_> = scene.minute.tools().filter(|(_, tool)| tool.errors > 0).collect();
    worst.sort_by_key(|(_, tool)| std::cmp::Reverse(tool.errors));
    Observation {
        rule: "error_share",
        subject: "calls".into(),
        value: if all.calls == 0 { Some(0.0) } else { share },
        levels,
        hold_ms: 5_000,
        clear_ms: CLEAR_MS,
        text: format!("{:.1}% of calls fail ({} of {} in a minute)", share.unwrap_or_default(), all.errors, all.calls),
        evidence: worst.iter().take(3).map(|(name, tool)| format!("{name}: {} of {} failed", tool.errors, tool.calls)).collect(),
    }
}

fn queue_wait(scene: &Scene<'_>, levels: Levels) -> Observation {
    let finished = quantile(&scene.short.all().queued, 0.95).map(|micros| micros as f64 / 1_000.0);
    let waiting = scene.pool.oldest_wait_ms.map(|wait| wait as f64);
    // Calls that still wait count with what they have waited: under overload the finished ones tell too late.
    let wait = finished.into_iter().chain(waiting).fold(0.0, f64::max);
    let pool = scene.pool;
    Observation {
        rule: "queue_wait",
        subject: "pool".into(),
        value: Some(wait),
        levels,
        hold_ms: 2_000,
        clear_ms: CLEAR_MS,
        text: format!("calls wait {wait:.0} ms for a worker: {} busy of {}, {} queued", pool.busy, pool.live, pool.queued),
        evidence: vec![
            finished.map_or_else(|| "no finished wait in 10 s".into(), |wait| format!("wait p95 {wait:.0} ms over 10 s")),
            format!("target {} of max {}", pool.target, pool.max),
        ],
    }
}

fn hung(scene: &Scene<'_>, levels: Levels) -> Vec<Observation> {
    let over = scene.pool.workers.iter().filter(|worker| worker.busy_ms.is_some_and(|busy| busy as f64 >= levels.warning * 0.9));
    let hung = over.map(|worker| {
        let busy = worker.busy_ms.unwrap_or_default() as f64;
        let what = worker.subject.as_deref().or(worker.tool.as_deref()).unwrap_or("a job");
        Observation {
            rule: "hung_worker",
            subject: format!("worker {}", worker.slot),
            value: Some(busy),
            levels,
            hold_ms: 0,
            clear_ms: 0,
            text: format!("worker {} is in \"{what}\" for {:.0} s", worker.slot, busy / 1_000.0),
            evidence: vec![format!("pid {}", worker.pid.map_or_else(|| "unknown".into(), |pid| pid.to_string()))],
        }
    });
    hung.collect()
}

fn degraded(scene: &Scene<'_>) -> Option<Observation> {
    let reason = scene.pool.degraded.as_ref()?;
    Some(Observation {
        rule: "degraded_pool",
        subject: "pool".into(),
        value: Some(1.0),
        levels: Levels::new(1.0, 1.0),
        hold_ms: 0,
        clear_ms: CLEAR_MS,
        text: format!("no worker can be started: {reason}"),
        evidence: vec![reason.clone()],
    })
}

/// Something that is so or not so: a warning, or with `critical` worse.
fn state(rule: &'static str, subject: String, critical: bool, text: String, evidence: Vec<String>) -> Observation {
    let levels = if critical { Levels::new(1.0, 1.0) } else { Levels::new(1.0, f64::INFINITY) };
    Observation { rule, subject, value: Some(1.0), levels, hold_ms: 0, clear_ms: CLEAR_MS, text, evidence }
}

fn crash_loop(scene: &Scene<'_>) -> Option<Observation> {
    let how = scene.pool.crash_loop.as_ref()?;
    let text = format!("workers die one after the other, and only one at a time is tried: {how}");
    Some(state("crash_loop", "pool".into(), true, text, vec![how.clone()]))
}

fn pressure(scene: &Scene<'_>) -> Option<Observation> {
    let pool = scene.pool;
    let text = format!("the queue is nearly full: {} of {} calls wait", pool.queued, pool.queue_bound);
    let evidence = vec![format!("target {} of max {}", pool.target, pool.max)];
    pool.pressure.then(|| state("queue_pressure", "pool".into(), false, text, evidence))
}

fn poisoned(scene: &Scene<'_>) -> Vec<Observation> {
    let refused = scene.pool.breakers.iter().filter(|breaker| breaker.state != BreakerState::Closed);
    let one = |breaker: &Breaker| {
        let text = format!("{} has killed {} workers within a minute and is refused", breaker.key, breaker.crashes);
        state("poisoned", breaker.key.to_string(), false, text, Vec::new())
    };
    refused.map(one).collect()
}

fn settings(scene: &Scene<'_>) -> Option<Observation> {
    let problem = scene.settings.as_ref()?;
    Some(state("settings", "settings".into(), false, problem.clone(), Vec::new()))
}

fn history(scene: &Scene<'_>) -> Option<Observation> {
    let problem = scene.history.as_ref()?;
    Some(state("history", "history".into(), false, problem.clone(), Vec::new()))
}

fn library(scene: &Scene<'_>) -> Observation {
    let count = scene.unreadable_files;
    Observation {
        rule: "library",
        subject: "library".into(),
        value: Some(count as f64),
        levels: Levels::new(1.0, f64::INFINITY),
        hold_ms: 0,
        clear_ms: 0,
        text: format!("{count} files or folders of the macro library cannot be read; km_engine_status names them"),
        evidence: Vec::new(),
    }
}

fn dropped(scene: &Scene<'_>) -> Observation {
    let count = scene.dropped;
    Observation {
        rule: "dropped_samples",
        subject: "measuring".into(),
        value: Some(count as f64),
        levels: Levels::new(1.0, f64::INFINITY),
        hold_ms: 0,
        clear_ms: CLEAR_MS,
        text: format!("{count} call records were dropped; counts are too low"),
        evidence: Vec::new(),
    }
}
