//! What goes wrong where workers come from and where calls wait for them, fault by fault.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use kmtop::{
    backend::{Backend, Running, SharedBackend, program::Program},
    model::{Phase, Resize, RunError},
    pool::Limits,
};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    stand_in::{Nobody, Pool, backend, job, limits, pids, program, run},
    with_stand_in,
};
use crate::harness::{LIMIT, Server, is_whole, signal};

/// A time limit that is met.
const SHORT: Duration = Duration::from_millis(400);

/// Starts workers, but for the first times, when the system says no.
struct Refusing {
    inner: SharedBackend,
    refusals: AtomicUsize,
}

impl Backend for Refusing {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn start(&self) -> io::Result<Running> {
        if self.refusals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Err(io::Error::from_raw_os_error(rustix::io::Errno::AGAIN.raw_os_error()));
        }
        self.inner.start()
    }

    fn settings(&self) -> Value {
        self.inner.settings()
    }

    fn answer(&self, about: &str, arguments: &Value) -> Value {
        self.inner.answer(about, arguments)
    }
}

#[test]
fn fault_17_the_system_has_no_process_left() {
    run(async || {
        let refusing = Refusing { inner: backend(""), refusals: AtomicUsize::new(4) };
        let pool = Pool::start(Arc::new(refusing), limits(2));
        let whole = pool.whole(2).await;
        assert_eq!((whole.counters.crashed, whole.degraded, whole.crash_loop), (4, None, None));
        pool.assert_well(2).await;
    });
}

#[test]
fn fault_18_the_program_is_removed_while_it_runs() {
    run(async || {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("worker.sh");
        let install = || std::fs::copy(program(), &file).unwrap();
        install();
        let command = ["/bin/sh".to_owned(), file.display().to_string()];
        let pool = Pool::start(Arc::new(Program::command(&command, Arc::new(Nobody)).unwrap()), limits(2));
        let before = pids(&pool.whole(2).await);
        std::fs::remove_file(&file).unwrap();
        signal(before[0], Signal::KILL);
        pool.until("starts fail", |status| status.counters.crashed >= 3).await;
        let outcome = pool.run("do:echo old").await.expect("the old one is kept");
        assert_eq!(outcome.value["result"], "old");
        install();
        let after = pool.whole(2).await;
        assert!(pids(&after).contains(&before[1]), "the other one was never touched");
    });
}

#[test]
fn fault_19_one_that_grows_is_replaced_between_calls() {
    let server = Server::with(&with_stand_in("min = 1\nmax = 2\nworker_memory_mb = 60\n"));
    let home = &server.home;
    home.pool_until("the worker is up", is_whole);
    for _ in 0..2 {
        home.ask("km_process_tokens", json!({ "text": "do:leak" }));
    }
    let pool = home.pool_until("it is replaced", |pool| pool["recycled_by"]["memory"] == 1 && is_whole(pool));
    assert_eq!([&pool["counters"]["crashed"], &pool["counters"]["killed"]], [&json!(0), &json!(0)], "{pool:#}");
    assert_eq!(home.ask("km_process_tokens", json!({ "text": "do:echo after" }))["result"], "after");
}

#[test]
fn fault_20_a_flood_on_stderr() {
    run(async || {
        let pool = Pool::of(1).await;
        let outcome = pool.run("do:flood done").await.expect("it is read and thrown away");
        assert_eq!(outcome.value["result"], "done");
        assert_eq!(pool.status().await.counters.spawned, 1);
    });
    let server = Server::with(&with_stand_in("min = 1\nmax = 1\n"));
    let home = &server.home;
    home.pool_until("the worker is up", is_whole);
    assert_eq!(home.ask("km_process_tokens", json!({ "text": "do:flood done" }))["result"], "done");
    let log = crate::harness::until_is(
        "the log says that it was too much",
        || std::fs::read_to_string(home.state("kmtop.log")).unwrap_or_default(),
        |log| log.contains("the rest is thrown away"),
    );
    assert!(log.len() < 200_000, "of 200 MB the log has {} bytes", log.len());
}

#[test]
fn fault_21_one_that_reads_no_more() {
    run(async || {
        let pool = Pool::of(1).await;
        pool.run("do:deafen now").await.expect("the last that it heard");
        let long = format!("do:echo {}", "x".repeat(1 << 20));
        let error = pool.run_for(&long, SHORT).await.expect_err("the pipe is full");
        assert!(matches!(error, RunError::Timeout { phase: Phase::Run, .. }), "{error:?}");
        pool.assert_well(1).await;
    });
}

#[test]
fn fault_22_a_thousand_sizes_under_load_lose_nothing() {
    run(async || {
        let pool = Pool::start(backend(""), Limits { queue: 4_096, queue_limit: 4 * LIMIT, ..limits(4) });
        pool.handle.resize(Resize::Exactly { min: 0, max: 4, target: 4 }).await.unwrap();
        let calls: Vec<_> = (0..8)
            .map(|caller| {
                let handle = pool.handle.clone();
                tokio::spawn(async move {
                    for turn in 0..100 {
                        let words = format!("{caller} {turn}");
                        let asked = job(&format!("do:echo {words}"), LIMIT);
                        let outcome = handle.run(asked, CancellationToken::new()).await.expect("no call is lost");
                        assert_eq!(outcome.value["result"], words);
                    }
                })
            })
            .collect();
        for turn in 0..1_000 {
            let target = if turn % 2 == 0 { 0 } else { 4 };
            pool.handle.resize(Resize::Target(target)).await.unwrap();
            // Sometimes it comes to something.
            if turn % 50 == 1 {
                pool.until("a worker is there", |status| status.live > 0).await;
            }
        }
        pool.handle.resize(Resize::Target(3)).await.unwrap();
        for call in calls {
            call.await.expect("each call is answered once, with its own answer");
        }
        let end = pool.whole(3).await;
        assert_eq!((end.counters.served, end.counters.crashed, end.counters.shed), (800, 0, 0));
    });
}

#[test]
fn fault_23_all_busy_and_the_queue_full() {
    run(async || {
        let pool = Pool::start(backend(""), Limits { queue: 2, ..limits(1) });
        pool.whole(1).await;
        let _hung = pool.spawn("do:hang", LIMIT);
        pool.until("it works", |status| status.busy == 1).await;
        let _waiting = [pool.spawn("do:echo 1", LIMIT), pool.spawn("do:echo 2", LIMIT)];
        let full = pool.until("two wait", |status| status.queued == 2).await;
        assert!(full.pressure);
        let began = Instant::now();
        let error = pool.run("do:echo 3").await.expect_err("full");
        assert!(began.elapsed() < Duration::from_secs(1), "at once");
        let text = error.to_string();
        assert!(text.contains("2 calls wait") && text.contains("retry in") && text.contains("raise the pool's size"), "{text}");
    });
}
