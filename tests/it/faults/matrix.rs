//! Every phase of a worker's life against every way to fail in it: whoever waits is told, nobody gets another's answer, and the pool
//! is whole again afterwards.

use std::time::Duration;

use kmtop::{model::RunError, pool::Limits};
use tokio_util::sync::CancellationToken;

use super::stand_in::{Language, Pool, job, limits, run};
use crate::harness::LIMIT;

const SHORT: Duration = Duration::from_millis(300);
/// Ways to fail in a job.
const FAULTS: [&str; 15] = [
    "crash",
    "exit",
    "hang",
    "stop",
    "spin",
    "garbage",
    "partial",
    "long",
    "drip",
    "other",
    "forge",
    "late",
    "close",
    "child 600",
    "stubborn 600",
];

#[test]
fn at_the_start_and_at_the_first_job() {
    for fault in ["exit", "hang", "garbage", "close", "crash", "partial", "warm-exit", "warm-hang", "warm-garbage"] {
        for language in Language::all() {
            run(async || {
                let pool = Pool::start(language.backend(fault), Limits { start_limit: SHORT, ..limits(1) });
                let error = pool.run("do:echo 1").await.expect_err(fault);
                assert!(matches!(error, RunError::Unavailable { .. }), "{language:?} {fault}: {error:?}");
                let status = pool.status().await;
                assert_eq!((status.live, status.counters.served), (0, 0), "{language:?} {fault}");
                pool.handle.drain(Duration::ZERO).await;
            });
        }
    }
}

#[test]
fn at_work() {
    for language in Language::all() {
        run(async || {
            let pool = Pool::of_workers_in(language, 2).await;
            for fault in FAULTS {
                let error = pool.run_for(&format!("do:{fault}"), SHORT).await.expect_err(fault);
                assert!(matches!(error, RunError::Crashed { .. } | RunError::Timeout { .. }), "{fault}: {error:?}");
                pool.assert_well(2).await;
            }
        });
    }
}

#[test]
fn after_a_cancel() {
    for language in Language::all() {
        run(async || {
            let pool = Pool::of_workers_in(language, 2).await;
            for fault in
                FAULTS.iter().filter(|fault| matches!(**fault, "hang" | "stop" | "spin" | "drip" | "child 600" | "stubborn 600"))
            {
                let cancel = CancellationToken::new();
                let (handle, token, asked) = (pool.handle.clone(), cancel.clone(), job(&format!("do:{fault}"), LIMIT));
                let running = tokio::spawn(async move { handle.run(asked, token).await });
                pool.until("it runs", |status| status.busy == 1).await;
                cancel.cancel();
                let error = running.await.unwrap().expect_err(fault);
                assert!(matches!(error, RunError::Cancelled { started: true, .. }), "{fault}: {error:?}");
                pool.assert_well(2).await;
            }
            let before = pool.status().await.counters.spawned;
            let cancel = CancellationToken::new();
            let (handle, token) = (pool.handle.clone(), cancel.clone());
            let polite = tokio::spawn(async move { handle.run(job("do:polite", LIMIT), token).await });
            pool.until("it runs", |status| status.busy == 1).await;
            cancel.cancel();
            assert_eq!(polite.await.unwrap().expect_err("stopped").code(), "cancelled");
            pool.assert_well(2).await;
            assert_eq!(pool.status().await.counters.spawned, before, "one that heeds a cancel is kept");
        });
    }
}

#[test]
fn when_it_was_idle_for_long() {
    for language in Language::all() {
        run(async || {
            let pool = Pool::start(language.backend("sick"), Limits { check_after: Duration::from_millis(50), ..limits(1) });
            pool.whole(1).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            // It does not answer when it is asked whether it is well: the call goes to its successor, untouched.
            let outcome = pool.run("do:echo mine").await.expect("the next one has it");
            assert_eq!(outcome.value["result"], "mine");
            let status = pool.status().await;
            assert_eq!((status.counters.crashed, status.counters.repeated, status.counters.spawned), (1, 0, 2));
        });
    }
}

#[test]
fn at_the_end() {
    for fault in ["hang", "stop", "spin", "close", "stubborn 600", "deafen x"] {
        for language in Language::all() {
            run(async || {
                let pool = Pool::of_workers_in(language, 1).await;
                let running = pool.spawn(&format!("do:{fault}"), LIMIT);
                if !fault.starts_with("deafen") {
                    pool.until("it runs or is gone", |status| status.busy == 1 || status.counters.crashed > 0).await;
                }
                let began = std::time::Instant::now();
                pool.handle.drain(Duration::from_millis(200)).await;
                assert!(began.elapsed() < LIMIT / 2, "{fault}: {:?}", began.elapsed());
                let _ = running.await.unwrap();
                assert!(matches!(pool.run("do:echo 1").await, Err(RunError::Closed)), "{fault}");
            });
        }
    }
}
