//! The pool against workers that live in this process, on a paused clock: every phase and every way to fail.

mod stage;

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::*;
use crate::model::{Certainty, Phase, WorkerState};
use stage::Stage;

fn job(operation: &'static str, arguments: Value) -> Job {
    Job::new(operation, arguments, "test", Duration::from_secs(30))
}

fn limits(min: u16, max: u16, queue: usize) -> Limits {
    Limits { queue, line: 4_096, ..Limits::new(Size::new(min, max).expect("valid bounds")) }
}

fn stage(min: u16, max: u16, queue: usize) -> (Arc<Stage>, Handle) {
    let stage = Arc::new(Stage::default());
    (Arc::clone(&stage), start(stage, limits(min, max, queue)))
}

async fn run(pool: &Handle, operation: &'static str) -> Result<Outcome, RunError> {
    pool.run(job(operation, json!(operation)), CancellationToken::new()).await
}

fn spawn(pool: &Handle, operation: &'static str) -> tokio::task::JoinHandle<Result<Outcome, RunError>> {
    let pool = pool.clone();
    tokio::spawn(async move { run(&pool, operation).await })
}

async fn status(pool: &Handle) -> PoolStatus {
    pool.status().await.expect("the pool lives")
}

/// Waits until the pool is as wanted. The clock is paused: this takes no time, and a wrong wish fails after an hour of it.
async fn until(pool: &Handle, wanted: impl Fn(&PoolStatus) -> bool) -> PoolStatus {
    for _ in 0..3_600_000 {
        let now = status(pool).await;
        if wanted(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("never so: {:?}", status(pool).await);
}

#[tokio::test(start_paused = true)]
async fn each_of_200_callers_gets_its_own_answer() {
    let (_, pool) = stage(4, 8, 256);
    let calls = (0..200).map(|number| {
        let pool = pool.clone();
        tokio::spawn(async move { (number, pool.run(job("echo", json!(number)), CancellationToken::new()).await) })
    });
    for call in calls.collect::<Vec<_>>() {
        let (number, outcome) = call.await.expect("no panic");
        assert_eq!(outcome.expect("answered").value, json!(number));
    }
    let end = status(&pool).await;
    assert_eq!((end.counters.served, end.counters.spawned, end.busy), (200, 4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_breaks_the_protocol_is_replaced_and_its_caller_told() {
    for scene in ["die", "garbage", "forge", "other", "long"] {
        let (_, pool) = stage(1, 1, 8);
        let error = run(&pool, scene).await.expect_err(scene);
        assert!(matches!(error, RunError::Crashed { slot: 1, .. }), "{scene}: {error:?}");
        assert_eq!((error.certainty(), error.code()), (Certainty::Unknown, "worker_died"));
        assert_eq!(run(&pool, "echo").await.expect("a new worker").value, json!("echo"), "{scene}");
        assert_eq!(status(&pool).await.counters.crashed, 1, "{scene}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_answer_never_reaches_the_next_caller() {
    let (_, pool) = stage(1, 1, 8);
    assert_eq!(run(&pool, "twice").await.expect("the first answer").value, json!("twice"));
    for _ in 0..3 {
        // The worker goes either before or during the next job, and never answers it with the stale line.
        match run(&pool, "echo").await {
            Ok(outcome) => assert_eq!(outcome.value, json!("echo")),
            Err(error) => assert_eq!(error.code(), "worker_died"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_meets_a_dying_worker_goes_to_the_next() {
    let (_, pool) = stage(1, 2, 64);
    for round in 0..50 {
        run(&pool, "last").await.expect("answered before the end");
        let calls: Vec<_> = (0..3).map(|_| spawn(&pool, "echo")).collect();
        for call in calls {
            let outcome = call.await.expect("no panic");
            assert_eq!(outcome.expect("no call is lost").value, json!("echo"), "round {round}");
        }
    }
    assert_eq!(status(&pool).await.counters.served, 200);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_does_not_read_is_killed_at_the_deadline_and_at_a_cancel() {
    let (_, pool) = stage(1, 1, 8);
    let error = run(&pool, "deaf").await.expect_err("never answered");
    assert!(matches!(error, RunError::Timeout { phase: Phase::Run, .. }), "{error:?}");
    let cancel = CancellationToken::new();
    let (token, handle) = (cancel.clone(), pool.clone());
    let deaf = tokio::spawn(async move { handle.run(job("deaf", json!(1)), token).await });
    until(&pool, |status| status.busy == 1).await;
    let began = Instant::now();
    cancel.cancel();
    assert!(matches!(deaf.await.expect("no panic"), Err(RunError::Cancelled { started: true, .. })));
    assert!(began.elapsed() < Duration::from_secs(5));
    run(&pool, "echo").await.expect("the pool is whole");
}

#[tokio::test(start_paused = true)]
async fn a_job_over_its_deadline_is_killed_and_the_rest_goes_on() {
    let (_, pool) = stage(2, 2, 8);
    let began = Instant::now();
    let hung = spawn(&pool, "hang");
    until(&pool, |status| status.busy == 1).await;
    assert_eq!(run(&pool, "echo").await.expect("the other worker").value, json!("echo"));
    let stuck = until(&pool, |status| status.workers.iter().any(|worker| worker.state == WorkerState::Stuck)).await;
    assert!(stuck.workers.iter().any(|worker| worker.busy_ms >= Some(10_000)));
    let error = hung.await.expect("no panic").expect_err("timed out");
    assert!(matches!(error, RunError::Timeout { phase: Phase::Run, slot: Some(_), .. }), "{error:?}");
    assert_eq!(error.certainty(), Certainty::Unknown);
    assert!(began.elapsed() < Duration::from_secs(31));
    let whole = until(&pool, |status| status.idle == 2).await;
    assert_eq!((whole.counters.killed, whole.counters.timeouts, whole.counters.spawned), (1, 1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_answers_busy_at_once_and_a_long_wait_ends() {
    let (stage, pool) = stage(1, 1, 2);
    let running = spawn(&pool, "wait");
    until(&pool, |status| status.busy == 1).await;
    let waiting = [spawn(&pool, "echo"), spawn(&pool, "echo")];
    until(&pool, |status| status.queued == 2).await;
    let error = run(&pool, "echo").await.expect_err("full");
    assert!(matches!(error, RunError::Busy { queued: 2, bound: 2, target: 1, .. }), "{error:?}");
    for call in waiting {
        let error = call.await.expect("no panic").expect_err("waited too long");
        assert!(matches!(error, RunError::Timeout { phase: Phase::Queue, .. }), "{error:?}");
        assert_eq!(error.certainty(), Certainty::NotRun);
    }
    stage.release.notify_one();
    running.await.expect("no panic").expect("answered");
    assert_eq!(status(&pool).await.counters.shed, 3);
}

#[tokio::test(start_paused = true)]
async fn resizing_lets_busy_workers_finish() {
    let (stage, pool) = stage(4, 8, 64);
    let running: Vec<_> = (0..4).map(|_| spawn(&pool, "wait")).collect();
    until(&pool, |status| status.busy == 4).await;
    let (before, after) = pool.resize(Resize::Exactly { min: 1, max: 8, target: 1 }).await.expect("in bounds");
    assert_eq!((before.target, after.target), (4, 1));
    let draining = status(&pool).await;
    assert_eq!((draining.live, draining.target), (4, 1));
    for call in running {
        stage.release.notify_one();
        call.await.expect("no panic").expect("a busy worker finishes its job");
    }
    until(&pool, |status| status.live == 1 && status.workers.len() == 1).await;
    pool.resize(Resize::Target(8)).await.expect("in bounds");
    until(&pool, |status| status.idle == 8).await;
    assert!(pool.resize(Resize::Target(9)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_thousand_resizes_lose_no_call() {
    let (_, pool) = stage(1, 16, 256);
    for round in 0..1_000_u16 {
        let call = spawn(&pool, "echo");
        pool.resize(Resize::Target(1 + round * 7 % 16)).await.expect("in bounds");
        call.await.expect("no panic").expect("answered");
    }
    pool.resize(Resize::Target(5)).await.expect("in bounds");
    let end = until(&pool, |status| status.idle == 5 && status.workers.len() == 5).await;
    assert_eq!((end.counters.served, end.counters.crashed), (1_000, 0));
}

#[tokio::test(start_paused = true)]
async fn cancelling_takes_a_waiting_job_out_and_stops_a_running_one() {
    let (_, pool) = stage(1, 1, 8);
    let cancels = ["cancellable", "echo"].map(|operation| {
        let (pool, cancel) = (pool.clone(), CancellationToken::new());
        let token = cancel.clone();
        (tokio::spawn(async move { pool.run(job(operation, json!(1)), token).await }), cancel)
    });
    until(&pool, |status| status.busy == 1 && status.queued == 1).await;
    let [(running, stop_running), (waiting, stop_waiting)] = cancels;
    stop_waiting.cancel();
    assert!(matches!(waiting.await.expect("no panic"), Err(RunError::Cancelled { started: false, .. })));
    stop_running.cancel();
    assert_eq!(running.await.expect("no panic").expect_err("stopped").code(), "cancelled");
    assert_eq!(run(&pool, "echo").await.expect("the same worker").slot, 1);
    assert_eq!(status(&pool).await.counters.spawned, 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_ignores_a_cancel_is_killed() {
    let (_, pool) = stage(1, 1, 8);
    let cancel = CancellationToken::new();
    let (token, handle) = (cancel.clone(), pool.clone());
    let running = tokio::spawn(async move { handle.run(job("hang", json!(1)), token).await });
    until(&pool, |status| status.busy == 1).await;
    cancel.cancel();
    assert!(matches!(running.await.expect("no panic"), Err(RunError::Cancelled { started: true, slot: Some(1), .. })));
    until(&pool, |status| status.idle == 1 && status.counters.killed == 1).await;
}

#[tokio::test(start_paused = true)]
async fn starts_that_fail_back_off_and_callers_are_told() {
    let stage = Arc::new(Stage::default());
    stage.broken.store(5, Ordering::Relaxed);
    let pool = start(stage.clone(), limits(1, 1, 8));
    let error = run(&pool, "echo").await.expect_err("no worker");
    assert!(matches!(&error, RunError::Unavailable { reason } if reason.contains("no such program")), "{error:?}");
    assert!(status(&pool).await.degraded.is_some());
    let whole = until(&pool, |status| status.idle == 1).await;
    assert_eq!((whole.counters.crashed, whole.degraded), (5, None));
    run(&pool, "echo").await.expect("well again");
}

#[tokio::test(start_paused = true)]
async fn workers_ask_and_errors_pass_through() {
    let (_, pool) = stage(1, 1, 8);
    assert_eq!(run(&pool, "ask").await.expect("answered").value, json!({ "about": "macro", "arguments": "ask" }));
    let error = run(&pool, "fail").await.expect_err("the job failed");
    assert_eq!((error.code(), error.certainty()), ("macro_failed", Certainty::Failed));
    assert_eq!(status(&pool).await.counters.spawned, 1, "a failed job costs no worker");
}

#[tokio::test(start_paused = true)]
async fn draining_finishes_what_runs_and_turns_the_rest_away() {
    let (stage, pool) = stage(1, 1, 8);
    let running = spawn(&pool, "wait");
    until(&pool, |status| status.busy == 1).await;
    let waiting = spawn(&pool, "echo");
    until(&pool, |status| status.queued == 1).await;
    let drained = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.drain(Duration::from_secs(10)).await })
    };
    assert_eq!(waiting.await.expect("no panic"), Err(RunError::Closed));
    stage.release.notify_one();
    running.await.expect("no panic").expect("finished");
    drained.await.expect("no panic");
    assert_eq!(run(&pool, "echo").await, Err(RunError::Closed));
}

#[tokio::test(start_paused = true)]
async fn draining_does_not_wait_for_a_hung_job_for_ever() {
    let (_, pool) = stage(1, 1, 8);
    let hung = spawn(&pool, "hang");
    until(&pool, |status| status.busy == 1).await;
    let began = Instant::now();
    pool.drain(Duration::from_secs(3)).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(hung.await.expect("no panic").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_a_workers_task_costs_that_worker_and_nothing_else() {
    let (_, pool) = stage(1, 1, 8);
    assert_eq!(run(&pool, "panic").await, Err(RunError::Lost));
    assert_eq!(run(&pool, "echo").await.expect("another worker").value, json!("echo"));
    let end = status(&pool).await;
    assert_eq!((end.counters.crashed, end.workers.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_only_reads_is_done_once_more_by_another_worker() {
    let (_, pool) = stage(2, 2, 8);
    let again = Job { repeatable: true, ..job("die", json!(1)) };
    assert_eq!(pool.run(again, CancellationToken::new()).await.expect_err("it always dies").code(), "worker_died");
    assert_eq!(run(&pool, "die").await.expect_err("never again by itself").code(), "worker_died");
    let end = until(&pool, |status| status.idle == 2).await;
    assert_eq!((end.counters.repeated, end.counters.crashed), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn work_that_kills_its_workers_is_refused_for_a_while() {
    let (_, pool) = stage(2, 2, 8);
    for _ in 0..3 {
        run(&pool, "die").await.expect_err("it dies");
        run(&pool, "echo").await.expect("others go on");
    }
    let error = run(&pool, "die").await.expect_err("refused");
    assert!(matches!(&error, RunError::Poisoned { key, crashes: 3, .. } if &**key == "die"), "{error:?}");
    assert_eq!((error.certainty(), status(&pool).await.counters.crashed), (Certainty::NotRun, 3));
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(run(&pool, "die").await.expect_err("tried once").code(), "worker_died");
    assert_eq!(run(&pool, "die").await.expect_err("and refused again").code(), "poisoned");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_times_between_nothing_and_all_loses_no_call() {
    let (_, pool) = stage(1, 16, 4_096);
    let calls: Vec<_> = (0..1_000_u16)
        .map(|round| {
            let pool = pool.clone();
            tokio::spawn(async move { (round, pool.run(job("echo", json!(round)), CancellationToken::new()).await) })
        })
        .collect();
    for round in 0..1_000_u16 {
        let target = if round % 2 == 0 { 0 } else { 16 };
        pool.resize(Resize::Exactly { min: 0, max: 16, target }).await.expect("in bounds");
        tokio::task::yield_now().await;
    }
    pool.resize(Resize::Target(7)).await.expect("in bounds");
    for call in calls {
        let (round, outcome) = call.await.expect("no panic");
        assert_eq!(outcome.expect("answered").value, json!(round));
    }
    let end = until(&pool, |status| status.idle == 7 && status.workers.len() == 7).await;
    assert_eq!((end.counters.served, end.counters.crashed, end.counters.shed), (1_000, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_replaced_by_age_without_a_gap() {
    let stage = Arc::new(Stage::default());
    let lives = Lives { age: Some(Duration::from_secs(100)), ..Lives::default() };
    let pool = start(stage, Limits { lives, ..limits(2, 2, 8) });
    for turn in 0..400 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(run(&pool, "echo").await.expect("always served").value, json!("echo"), "after {turn} s");
        assert!(turn == 0 || status(&pool).await.live >= 2, "after {turn} s");
    }
    let end = status(&pool).await;
    let aged = end.recycled_by.get(&crate::model::RecycleReason::Age).copied().unwrap_or_default();
    assert!((6..=10).contains(&aged), "two workers of about 95 s each: {aged}");
    assert_eq!(end.counters.crashed, 0);
}
