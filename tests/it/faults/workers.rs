//! What goes wrong with a worker, fault by fault. The stand-in worker does it for real.

use std::time::{Duration, Instant};

use kmtop::{
    model::{Certainty, Phase, RunError, WorkerState},
    pool::Limits,
};
use rustix::process::Signal;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::stand_in::{Pool, backend, each, job, limits, pids, run};
use crate::harness::{LIMIT, is_alive, own_sleep, signal};

/// A time limit that is met.
const SHORT: Duration = Duration::from_millis(400);

/// Waits on the pool's own runtime, which has to go on meanwhile.
async fn come(what: &str, good: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !good() {
        assert!(Instant::now() < deadline, "{what}: not within {LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn gone(pid: u32) {
    come(&format!("{pid} is gone and no zombie"), || !is_alive(pid)).await;
}

#[test]
fn fault_01_killed_while_idle() {
    run(async || {
        let pool = Pool::of(2).await;
        let before = pids(&pool.status().await);
        for pid in &before {
            signal(*pid, Signal::KILL);
        }
        let after = pool.until("both are replaced", |status| status.counters.spawned == 4 && status.idle == 2).await;
        assert!(pids(&after).iter().all(|pid| !before.contains(pid)));
        assert_eq!((after.counters.crashed, after.degraded), (2, None));
        pool.assert_well(2).await;
    });
}

#[test]
fn fault_02_killed_at_work() {
    run(async || {
        let pool = Pool::of(1).await;
        let began = Instant::now();
        let error = pool.run("do:crash").await.expect_err("it died");
        assert!(matches!(&error, RunError::Crashed { how, .. } if how.contains("signal 9")), "{error:?}");
        assert_eq!((error.certainty(), error.code()), (Certainty::Unknown, "worker_died"));
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_eq!(pool.status().await.counters.repeated, 0, "what may have happened is not done again");
        pool.assert_well(1).await;
    });
}

#[test]
fn fault_02_what_only_reads_is_done_once_more_and_not_twice() {
    run(async || {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::of(1).await;
        let mut asked = job(&format!("do:once {}", folder.path().join("was here").display()), LIMIT);
        asked.repeatable = true;
        let outcome = pool.handle.run(asked.clone(), CancellationToken::new()).await.expect("done once more");
        assert_eq!(outcome.value["result"], "again");
        asked.arguments = json!({ "text": "do:crash" });
        let error = pool.handle.run(asked, CancellationToken::new()).await.expect_err("it always dies");
        assert_eq!(error.code(), "worker_died");
        let end = pool.whole(1).await;
        assert_eq!((end.counters.repeated, end.counters.crashed), (2, 3));
    });
}

#[test]
fn fault_03_stopped_at_work() {
    run(async || {
        let pool = Pool::of(1).await;
        let pid = pids(&pool.status().await)[0];
        let error = pool.run_for("do:stop", SHORT).await.expect_err("it answers no more");
        assert!(matches!(error, RunError::Timeout { phase: Phase::Run, .. }), "{error:?}");
        pool.assert_well(1).await;
        gone(pid).await;
    });
}

#[test]
fn fault_04_hanging_while_others_go_on() {
    run(async || {
        let pool = Pool::of(2).await;
        let hung = pool.spawn("do:hang", SHORT * 2);
        pool.until("it hangs", |status| status.busy == 1).await;
        for turn in 0..20 {
            assert_eq!(pool.run(&format!("do:echo {turn}")).await.expect("the other one").value["result"], turn.to_string());
        }
        assert!(matches!(hung.await.unwrap(), Err(RunError::Timeout { .. })));
        pool.assert_well(2).await;
        assert_eq!(pool.status().await.counters.timeouts, 1);
    });
}

#[test]
fn fault_05_spinning_is_seen_and_ended() {
    run(async || {
        let pool = Pool::start(backend(""), Limits { hung_after: Duration::from_millis(100), ..limits(1) });
        let pid = pids(&pool.whole(1).await)[0];
        let spinning = pool.spawn("do:spin", SHORT);
        let seen =
            pool.until("it is shown", |status| status.workers.iter().any(|worker| worker.state == WorkerState::Stuck)).await;
        assert_eq!(seen.workers[0].pid, Some(pid));
        assert!(matches!(spinning.await.unwrap(), Err(RunError::Timeout { .. })));
        gone(pid).await;
        pool.assert_well(1).await;
    });
}

/// A job that breaks the protocol: its caller is told, the worker is replaced, nobody sees what it wrote.
fn breaks_the_protocol(words: &str, expected: &str) {
    run(async || {
        let pool = Pool::of(1).await;
        let pid = pids(&pool.status().await)[0];
        let error = pool.run(words).await.expect_err("no answer");
        let text = error.to_string();
        assert!(matches!(error, RunError::Crashed { .. }) && text.contains(expected), "{error:?}");
        assert!(!text.contains("SECRET") && !text.contains('\u{1b}') && !text.contains("stale"), "{text}");
        pool.assert_well(1).await;
        gone(pid).await;
        assert_eq!(pool.status().await.counters.crashed, 1);
    });
}

#[test]
fn fault_06_garbage() {
    breaks_the_protocol("do:garbage", "no message");
    breaks_the_protocol("do:forge", "without the nonce");
}

#[test]
fn fault_07_half_a_line() {
    breaks_the_protocol("do:partial", "status 0");
}

#[test]
fn fault_08_a_line_of_100_megabytes() {
    run(async || {
        let pool = Pool::start(backend(""), Limits { line: 4 << 20, ..limits(1) });
        pool.whole(1).await;
        let error = pool.run("do:long").await.expect_err("too long");
        assert!(error.to_string().contains("a line of over 4194304 bytes"), "{error}");
        pool.assert_well(1).await;
    });
}

#[test]
fn fault_09_a_drip_has_one_deadline_for_all_of_it() {
    run(async || {
        let pool = Pool::of(1).await;
        let error = pool.run_for("do:drip", SHORT).await.expect_err("never whole");
        assert!(matches!(error, RunError::Timeout { phase: Phase::Run, .. }), "{error:?}");
        pool.assert_well(1).await;
    });
}

#[test]
fn fault_10_answers_that_are_nobodys() {
    breaks_the_protocol("do:other", "an answer to another job");
    run(async || {
        let pool = Pool::of(1).await;
        assert_eq!(pool.run("do:twice mine").await.expect("the first counts").value["result"], "mine");
        pool.until("it is replaced", |status| status.counters.spawned == 2).await;
        pool.assert_well(1).await;
        let error = pool.run_for("do:late", SHORT).await.expect_err("it comes too late");
        assert!(matches!(error, RunError::Timeout { .. }), "{error:?}");
        pool.assert_well(1).await;
        assert_eq!(pool.status().await.counters.spawned, 3, "one that was late is not trusted again");
    });
}

#[test]
fn fault_11_closed_output() {
    breaks_the_protocol("do:close", "closed its stdout");
}

#[test]
fn fault_12_exits_at_its_start() {
    run(async || {
        let pool = Pool::start(backend("exit"), limits(2));
        let error = pool.run("do:echo 1").await.expect_err("there is none");
        assert!(matches!(&error, RunError::Unavailable { reason } if reason.contains("status 3")), "{error:?}");
        let looping = pool.until("a loop is seen", |status| status.crash_loop.is_some()).await;
        assert!(looping.degraded.is_some() && looping.counters.crashed >= 5, "{looping:#?}");
        assert!(looping.workers.len() <= 2);
        // Longer and longer waits: within a second there are few more.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let later = pool.status().await;
        assert!(later.counters.crashed - looping.counters.crashed <= 3 && later.workers.len() <= 1, "{later:#?}");
    });
}

#[test]
fn fault_13_hangs_at_its_start() {
    each(["hang", "warm-hang"], async |fault| {
        let pool = Pool::start(backend(fault), Limits { start_limit: SHORT, ..limits(1) });
        let error = pool.run("do:echo 1").await.expect_err("there is none");
        assert!(matches!(&error, RunError::Unavailable { reason } if reason.contains("not ready after 400ms")), "{error:?}");
    });
}

#[test]
fn fault_14_no_zombies() {
    run(async || {
        let pool = Pool::of(3).await;
        let mut seen = pids(&pool.status().await);
        for words in ["do:crash", "do:exit", "do:close", "do:garbage"] {
            pool.run(words).await.expect_err(words);
            pool.assert_well(3).await;
            seen.extend(pids(&pool.status().await));
        }
        let now = pids(&pool.status().await);
        for pid in seen.into_iter().filter(|pid| !now.contains(pid)) {
            gone(pid).await;
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn fault_15_grandchildren_go_too() {
    each(["do:child", "do:stubborn"], async |words| {
        let (pool, sleep) = (Pool::of(1).await, own_sleep());
        let hung = pool.spawn(&format!("{words} {sleep}"), SHORT * 2);
        come("it has a child", || crate::harness::processes_with(&sleep) == 1).await;
        assert!(matches!(hung.await.unwrap(), Err(RunError::Timeout { .. })));
        pool.assert_well(1).await;
        come("no child is left", || crate::harness::processes_with(&sleep) == 0).await;
    });
}

#[test]
fn fault_16_one_that_ignores_the_signal_is_killed() {
    run(async || {
        let pool = Pool::of(1).await;
        let pid = pids(&pool.status().await)[0];
        let began = Instant::now();
        let error = pool.run_for("do:stubborn 600", SHORT).await.expect_err("over its time");
        assert!(matches!(error, RunError::Timeout { .. }) && began.elapsed() < Duration::from_secs(2), "told at once: {error:?}");
        gone(pid).await;
        pool.assert_well(1).await;
    });
}
