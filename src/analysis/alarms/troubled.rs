//! Trouble of every kind on the pretended server: each rule tells of its own within a bound, with numbers as its evidence, and of nothing
//! before.

use std::thread;

use super::pretended::{Calls, Now, Server};
use crate::{
    analysis::RULES,
    model::{Alert, Breaker, BreakerState, Severity},
};

/// One kind of trouble, which begins after so much that is usual.
#[derive(Clone, Copy)]
struct Trouble {
    rule: &'static str,
    worst: Severity,
    /// Seconds of what is usual before.
    after_s: u64,
    /// Seconds within which it is told.
    within_s: u64,
    /// What calls are like then.
    calls: Calls,
    /// What else is otherwise so many seconds after it began.
    change: fn(&mut Now, f64),
}

const fn trouble(rule: &'static str, within_s: u64, change: fn(&mut Now, f64)) -> Trouble {
    Trouble { rule, worst: Severity::Warning, after_s: 30, within_s, calls: Calls::USUAL, change }
}

impl Trouble {
    const fn critical(self) -> Self {
        Self { worst: Severity::Critical, ..self }
    }

    const fn remark(self) -> Self {
        Self { worst: Severity::Info, ..self }
    }

    const fn after(self, after_s: u64) -> Self {
        Self { after_s, ..self }
    }
}

/// Trouble of calls, after so many seconds.
const fn of_calls(rule: &'static str, (after_s, within_s): (u64, u64), calls: Calls) -> Trouble {
    Trouble { after_s, calls, ..trouble(rule, within_s, |_, _| {}) }
}

const SLOW: Calls = Calls { added_ms: 80.0, ..Calls::USUAL };

/// The bounds are what a rule is held for, what its window needs to fill, and of the watches without a limit what they took in the
/// comparison of such watches: a shift two minutes, a leak of 2 MB a minute a quarter of an hour, one of 0.5 MB five minutes more.
const TROUBLES: &[Trouble] = &[
    trouble("degraded_pool", 1, |now, _| now.pool.degraded = Some("no such program".into())).critical(),
    trouble("crash_loop", 1, |now, _| now.pool.crash_loop = Some("exit status 3".into())).critical(),
    trouble("hung_worker", 1, |now, _| now.pool.workers[0].busy_ms = Some(12_000)),
    trouble("hung_worker", 1, |now, _| now.pool.workers[0].busy_ms = Some(31_000)).critical(),
    trouble("queue_wait", 3, |now, _| now.pool.oldest_wait_ms = Some(150)),
    trouble("queue_wait", 3, |now, _| now.pool.oldest_wait_ms = Some(600)).critical(),
    trouble("pool_exhausted", 11, |now, _| {
        (now.pool.target, now.pool.live, now.pool.busy, now.pool.queued) = (now.pool.max, now.pool.max, now.pool.max, 3);
    }),
    trouble("queue_pressure", 1, |now, _| now.pool.pressure = true),
    of_calls("response", (900, 120), Calls { added_ms: 200.0, ..Calls::USUAL }),
    of_calls("response", (900, 30), Calls { added_ms: 900.0, ..Calls::USUAL }).critical(),
    of_calls("contract", (600, 400), SLOW),
    of_calls("error_share", (300, 120), Calls { rate: 6.0, failing: 0.025, ..Calls::USUAL }),
    of_calls("error_share", (300, 60), Calls { failing: 0.3, ..Calls::USUAL }).critical(),
    of_calls("contract_success", (600, 200), Calls { failing: 0.5, ..Calls::USUAL }),
    trouble("poisoned", 1, |now, _| {
        let key = "run Crash".into();
        now.pool.breakers = vec![Breaker { key, state: BreakerState::Open, crashes: 3, retry_ms: Some(1) }];
    }),
    trouble("cpu", 1_100, |now, _| now.gauges.cpu_percent = Some(80.0)).after(1_200),
    trouble("cpu", 80, |now, _| now.gauges.cpu_percent = Some(97.0)).after(1_200).critical(),
    trouble("memory", 1_750, |now, _| now.gauges.memory_percent = Some(85.0)).after(1_800),
    trouble("memory", 80, |now, _| now.gauges.memory_percent = Some(97.0)).after(1_800).critical(),
    trouble("disk_space", 11, |now, _| now.system.disk.iter_mut().for_each(|disk| disk.used_percent = Some(85.0))),
    trouble("disk_space", 11, |now, _| now.system.disk.iter_mut().for_each(|disk| disk.used_percent = Some(95.0))).critical(),
    trouble("disk_traffic", 130, |now, _| now.gauges.disk_write = Some(40e6)).after(60),
    of_calls("throughput", (900, 600), Calls { rate: 0.2, ..Calls::USUAL }),
    trouble("worker_memory", 31, |now, _| now.system.workers[1].rss_bytes = 300_000_000),
    trouble("worker_cpu", 31, |now, _| now.system.workers[1].cpu_percent = Some(95.0)),
    trouble("own_memory", 31, |now, _| now.system.own.iter_mut().for_each(|own| own.rss_bytes = 150_000_000)),
    trouble("own_cpu", 31, |now, _| now.system.own.iter_mut().for_each(|own| own.cpu_percent = Some(60.0))),
    trouble("efficiency", 61, |now, _| now.pool.efficiency = Some(0.7)),
    trouble("cache_miss", 61, |now, _| now.stores.cache_miss_share = Some(0.5)).remark(),
    trouble("file_read", 61, |now, _| now.stores.file_read_ms = Some(80.0)),
    trouble("file_slots", 31, |now, _| now.stores.file_slots_share = Some(0.9)),
    trouble("trend", 1_200, |now, seconds| now.gauges.cpu_percent = Some(30.0 + rise(seconds, 1.5))).after(1_200),
    trouble("leak", 900, |now, seconds| {
        now.system.own.iter_mut().for_each(|own| own.rss_bytes += grown(seconds, 2.0));
    })
    .after(1_000),
    trouble("leak", 1_200, |now, seconds| now.system.workers[1].rss_bytes += grown(seconds, 0.5)).after(1_000),
    of_calls("shift", (1_800, 120), Calls { added_ms: 15.0, ..Calls::USUAL }),
    trouble("dropped_samples", 1, |now, _| now.dropped = 5),
    trouble("library", 1, |now, _| now.unreadable_files = 1),
    trouble("history", 1, |now, _| now.history = Some("the disk is full".into())),
    trouble("settings", 1, |now, _| now.settings = Some("config.toml:3: what is that?".into())),
];

/// What a number has risen by, at so much a minute.
#[expect(clippy::cast_possible_truncation, reason = "percents")]
fn rise(seconds: f64, each_minute: f64) -> f32 {
    (seconds / 60.0 * each_minute) as f32
}

/// Bytes by which memory has grown, at so many MB a minute.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
fn grown(seconds: f64, each_minute: f64) -> u64 {
    (seconds / 60.0 * each_minute * 1e6) as u64
}

/// An alert of this rule and severity; several of one cause are shown as one, and then it stands in the evidence of the worst.
fn told<'a>(alerts: &'a [Alert], trouble: &Trouble) -> Option<&'a Alert> {
    let beside = |line: &String| trouble.rule.starts_with("contract") && line.contains("breaks its contract");
    alerts
        .iter()
        .find(|alert| (alert.rule == trouble.rule && alert.severity == trouble.worst) || alert.evidence.iter().any(beside))
}

/// Long plays go on in steps of ten seconds, as the watches do.
const LONG_S: u64 = 600;

/// Plays it, and says what went wrong.
fn play(seed: u64, trouble: &Trouble) -> Result<(), String> {
    let Trouble { rule, after_s, within_s, calls, change, .. } = trouble;
    let step_s = if *after_s >= LONG_S { 10 } else { 1 };
    let mut server = Server::new(seed, step_s * 1_000, Calls::USUAL);
    for second in (0..*after_s).step_by(usize::try_from(step_s).unwrap_or(1)) {
        if second.is_multiple_of(60) {
            server.know_days(Calls::USUAL.rate);
        }
        let verdict = server.step(|_| {});
        if let Some(alert) = told(&verdict.alerts, trouble) {
            return Err(format!("{rule}: told before there was any: {alert:?}"));
        }
    }
    let began = server.time_ms();
    server.calls(*calls);
    for second in (0..=*within_s).step_by(usize::try_from(step_s).unwrap_or(1)) {
        if second.is_multiple_of(60) {
            server.know_days(Calls::USUAL.rate);
        }
        let verdict = server.step(|now| change(now, second as f64));
        let Some(alert) = told(&verdict.alerts, trouble) else { continue };
        let empty = alert.text.is_empty() || alert.evidence.is_empty() || alert.value.is_none() || alert.limit.is_none();
        return match () {
            () if empty => Err(format!("{rule}: without evidence: {alert:?}")),
            () if alert.since <= began || alert.since > server.time_ms() => Err(format!("{rule}: since {began}: {alert:?}")),
            () => Ok(()),
        };
    }
    Err(format!("{rule} as {:?}: not told within {within_s} s", trouble.worst))
}

#[test]
fn every_rule_tells_of_its_trouble_in_time_and_with_evidence() {
    for rule in RULES {
        let staged = |worst: Severity| TROUBLES.iter().any(|trouble| trouble.rule == rule.name && trouble.worst == worst);
        let least = staged(Severity::Warning) || staged(Severity::Info);
        assert!(least || rule.critical <= 1.0, "{} is never staged", rule.name);
        assert!(staged(Severity::Critical) || rule.critical.is_infinite(), "{} is never critical", rule.name);
    }
    let halves: Vec<_> = TROUBLES
        .chunks(TROUBLES.len().div_ceil(2))
        .map(|half| {
            thread::spawn(|| half.iter().enumerate().filter_map(|(seed, one)| play(seed as u64 + 1, one).err()).collect())
        })
        .collect();
    let wrong: Vec<String> = halves.into_iter().flat_map(|half| -> Vec<String> { half.join().expect("played") }).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
