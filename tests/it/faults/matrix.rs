//! Every phase of a worker's life against every way to fail in it: whoever waits is told, nobody gets another's answer, and the pool
//! is whole again afterwards. Each with two workers: one in shell, and one in Python that was written from the protocol's description.

use std::time::Duration;

use kmtop::{
    model::{Phase, RunError},
    pool::Limits,
};
use tokio_util::sync::CancellationToken;

use super::stand_in::{Language, Pool, each, job, limits};
use crate::harness::LIMIT;

const SHORT: Duration = Duration::from_millis(300);
/// Ways to fail in a job, and whether the worker is lost by it; the others are noticed only when the job's time is up.
const FAULTS: [(&str, bool); 15] = [
    ("crash", true),
    ("exit", true),
    ("garbage", true),
    ("partial", true),
    ("long", true),
    ("other", true),
    ("forge", true),
    ("close", true),
    ("hang", false),
    ("stop", false),
    ("spin", false),
    ("drip", false),
    ("late", false),
    ("child 600", false),
    ("stubborn 600", false),
];

#[test]
fn at_the_start_and_at_the_first_job() {
    let faults = ["exit", "hang", "garbage", "close", "crash", "partial", "warm-exit", "warm-hang", "warm-garbage"];
    each(Language::with(faults), async |(fault, language)| {
        let pool = Pool::start(language.backend(fault), Limits { start_limit: SHORT, ..limits(1) });
        let error = pool.run("do:echo 1").await.expect_err(fault);
        assert!(matches!(error, RunError::Unavailable { .. }), "{language:?} {fault}: {error:?}");
        let status = pool.status().await;
        assert_eq!((status.live, status.counters.served), (0, 0), "{language:?} {fault}");
        pool.handle.drain(Duration::ZERO).await;
    });
}

#[test]
fn at_work() {
    each(Language::with(FAULTS), async |((fault, is_lost), language)| {
        let pool = Pool::of_workers_in(language, 2).await;
        let limit = if is_lost { LIMIT } else { SHORT };
        let error = pool.run_for(&format!("do:{fault}"), limit).await.expect_err(fault);
        match error {
            RunError::Crashed { .. } => assert!(is_lost, "{language:?} {fault}"),
            RunError::Timeout { phase: Phase::Run, .. } => assert!(!is_lost, "{language:?} {fault}"),
            error => panic!("{language:?} {fault}: {error:?}"),
        }
        pool.assert_well(2).await;
        let counters = pool.status().await.counters;
        let expected = if is_lost { (1, 0, 0) } else { (0, 1, 1) };
        assert_eq!((counters.crashed, counters.killed, counters.timeouts), expected, "{language:?} {fault}");
        assert_eq!((counters.spawned, counters.served), (3, 3), "{language:?} {fault}");
    });
}

#[test]
fn after_a_cancel() {
    let faults = FAULTS.into_iter().filter(|(fault, is_lost)| !is_lost && *fault != "late");
    each(Language::with(faults), async |((fault, _), language)| {
        let pool = Pool::of_workers_in(language, 2).await;
        let error = cancelled(&pool, fault).await;
        assert!(matches!(error, RunError::Cancelled { started: true, .. }), "{language:?} {fault}: {error:?}");
        pool.assert_well(2).await;
        assert_eq!(pool.status().await.counters.killed, 1, "{language:?} {fault}");
    });
    each(Language::with(["polite"]), async |(_, language)| {
        let pool = Pool::of_workers_in(language, 2).await;
        assert_eq!(cancelled(&pool, "polite").await.code(), "cancelled");
        pool.assert_well(2).await;
        assert_eq!(pool.status().await.counters.spawned, 2, "one that heeds a cancel is kept");
    });
}

/// How a job ends that is cancelled while it runs.
async fn cancelled(pool: &Pool, fault: &str) -> RunError {
    let cancel = CancellationToken::new();
    let (handle, token, asked) = (pool.handle.clone(), cancel.clone(), job(&format!("do:{fault}"), LIMIT));
    let running = tokio::spawn(async move { handle.run(asked, token).await });
    pool.until("it runs", |status| status.busy == 1).await;
    cancel.cancel();
    running.await.unwrap().expect_err(fault)
}

#[test]
fn while_it_is_idle() {
    each(Language::with(["crash", "exit", "garbage", "close", "stale"]), async |(fault, language)| {
        let pool = Pool::of_workers_in(language, 2).await;
        assert_eq!(pool.run(&format!("do:then {fault}")).await.expect("answered before").value["result"], fault);
        let status = pool.until("it is replaced", |status| status.counters.spawned == 3 && status.idle == 2).await;
        assert_eq!((status.counters.crashed, status.counters.served, status.degraded), (1, 1, None), "{language:?} {fault}");
        pool.assert_well(2).await;
    });
}

#[test]
fn when_it_was_idle_for_long() {
    each(Language::with(["sick-hang", "sick-exit", "sick-garbage", "sick-close"]), async |(fault, language)| {
        let pool = Pool::start(language.backend(fault), Limits { check_after: Duration::from_millis(50), ..limits(1) });
        pool.whole(1).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        // It fails when it is asked whether it is well: the call goes to its successor, untouched.
        let outcome = pool.run("do:echo mine").await.expect("the next one has it");
        assert_eq!(outcome.value["result"], "mine", "{language:?} {fault}");
        // On a busy machine the successor, too, may have been idle for too long when its turn comes.
        let counters = pool.status().await.counters;
        assert!(counters.crashed >= 1, "{language:?} {fault}");
        assert_eq!((counters.repeated, counters.spawned), (0, counters.crashed + 1), "{language:?} {fault}");
    });
}

#[test]
fn at_the_end() {
    each(Language::with(["hang", "stop", "spin", "close", "stubborn 600", "deafen x"]), async |(fault, language)| {
        let pool = Pool::of_workers_in(language, 1).await;
        let running = pool.spawn(&format!("do:{fault}"), LIMIT);
        if !fault.starts_with("deafen") {
            pool.until("it runs or is gone", |status| status.busy == 1 || status.counters.crashed > 0).await;
        }
        let began = std::time::Instant::now();
        pool.handle.drain(Duration::from_millis(200)).await;
        assert!(began.elapsed() < LIMIT / 2, "{fault}: {:?}", began.elapsed());
        let _ = running.await.unwrap();
        assert!(matches!(pool.run("do:echo 1").await, Err(RunError::Closed)), "{language:?} {fault}");
    });
}
