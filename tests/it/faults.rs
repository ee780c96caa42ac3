//! What goes wrong with real worker processes, and what callers and the pool make of it.

mod matrix;
#[cfg(target_os = "linux")]
mod orphans;
mod process;
mod soak;
pub(crate) mod stand_in;
mod strangers;
mod supply;
#[cfg(target_os = "linux")]
mod system;
mod workers;

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Home, Server, http::Request, is_alive, is_whole, own_sleep, pids, signal, until};

/// A home with the macros that hang, and the argument of their `sleep`.
fn hanging(settings: &str) -> (Arc<Home>, String) {
    let home = Home::with(settings);
    let sleep = own_sleep();
    home.add_macros("faults.kmmacros", ("OWN_SLEEP", &sleep));
    (Arc::new(home), sleep)
}

/// Calls a macro on a thread, from a client over HTTP; the answer comes with its time.
fn run(server: &Server, name: &str) -> JoinHandle<(Value, Instant)> {
    let request = Request::call(server, "km_run_macro", &json!({ "macro": name }));
    thread::spawn(move || (request.send().json()["result"].clone(), Instant::now()))
}

/// The process of the only busy worker, as soon as there is one.
#[track_caller]
fn busy_worker(home: &Home) -> u32 {
    pids(&home.pool_until("a worker is busy", |pool| pool["busy"] == 1), "busy")[0]
}

#[expect(clippy::print_stderr, reason = "a test that was skipped must not look like one that passed")]
fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// Settings of a server whose workers are the stand-in, with these lines in `[pool]`.
fn with_stand_in(pool: &str) -> String {
    let script = stand_in::program().display().to_string();
    format!("[backend]\nkind = \"command\"\ncommand = [\"/bin/sh\", {script:?}]\n[pool]\n{pool}")
}

#[track_caller]
fn assert_failed(result: &Value, code: &str, outcome: &str) {
    assert_eq!(result["isError"], true, "{result:#}");
    let error = &result["structuredContent"]["error"];
    assert_eq!([&error["code"], &error["outcome"]], [&json!(code), &json!(outcome)], "{result:#}");
}

#[test]
fn a_worker_killed_at_work_is_told_to_its_caller_at_once_and_replaced() {
    let (home, _) = hanging("");
    let server = Server::in_home(Arc::clone(&home));
    let before = pids(&home.pool_until("all workers are up", is_whole), "idle");
    let running = run(&server, "Hang");
    let worker = busy_worker(&home);
    assert!(before.contains(&worker));
    let killed = Instant::now();
    signal(worker, Signal::KILL);
    // Others are served meanwhile.
    assert_eq!(home.ask("km_calculate", json!({ "expression": "6 * 7" }))["result"], "42");
    let (result, answered) = running.join().unwrap();
    assert_failed(&result, "worker_died", "unknown");
    assert!(answered.duration_since(killed) < Duration::from_secs(5), "told after {:?}", answered.duration_since(killed));
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("signal 9") && text.contains("unknown whether the work happened"), "{text}");
    assert_eq!(result["structuredContent"]["status"], "failed", "the run's report is there as well: {result:#}");

    let pool = home.pool_until("the pool is whole again", is_whole);
    let now = pids(&pool, "idle");
    assert!(now.len() == 2 && !now.contains(&worker), "{before:?} {now:?}");
    assert_eq!(now.iter().filter(|pid| before.contains(pid)).count(), 1, "the other one is untouched");
    assert_eq!([&pool["counters"]["crashed"], &pool["counters"]["spawned"]], [&json!(1), &json!(3)], "{pool:#}");
    until("the dead one is no zombie", || if is_alive(worker) { Err("it is".to_owned()) } else { Ok(()) });
}

#[test]
fn a_worker_killed_while_idle_is_replaced_and_no_call_is_hurt() {
    let server = Server::start();
    let home = &server.home;
    let before = pids(&home.pool_until("all workers are up", is_whole), "idle");
    for pid in &before {
        signal(*pid, Signal::KILL);
    }
    let pool =
        home.pool_until("both are replaced", |pool| is_whole(pool) && pids(pool, "idle").iter().all(|pid| !before.contains(pid)));
    assert_eq!([&pool["counters"]["crashed"], &pool["degraded"]], [&json!(2), &Value::Null], "{pool:#}");
    for turn in 0..10 {
        let answer = home.ask("km_process_tokens", json!({ "text": format!("{turn}") }));
        assert_eq!(answer["result"], turn.to_string());
    }
}

#[test]
fn a_worker_that_was_stopped_is_killed_at_the_limit_of_the_run() {
    let (home, _) = hanging("[pool]\nrun_timeout_ms = 1000\n");
    let server = Server::in_home(Arc::clone(&home));
    home.pool_until("all workers are up", is_whole);
    let running = run(&server, "Hang");
    let worker = busy_worker(&home);
    signal(worker, Signal::STOP);
    let (result, _) = running.join().unwrap();
    assert_failed(&result, "timeout", "unknown");
    assert_eq!(result["structuredContent"]["error"]["phase"], "run", "{result:#}");
    assert_eq!(result["structuredContent"]["status"], "timeout", "{result:#}");
    let pool = home.pool_until("the pool is whole again", is_whole);
    assert!(!pids(&pool, "idle").contains(&worker), "{pool:#}");
    assert_eq!([&pool["counters"]["timeouts"], &pool["counters"]["killed"]], [&json!(1), &json!(1)], "{pool:#}");
    until("the stopped one is gone", || if is_alive(worker) { Err("it lives".to_owned()) } else { Ok(()) });
}

#[test]
fn a_run_longer_than_its_call_goes_on() {
    let (home, _) = hanging("[pool]\ncall_timeout_ms = 300\n");
    let server = Server::in_home(Arc::clone(&home));
    home.pool_until("all workers are up", is_whole);
    let (result, _) = run(&server, "Hang").join().unwrap();
    assert_eq!(result["structuredContent"]["status"], "started", "{result:#}");
    assert_ne!(result["isError"], true, "{result:#}");
    assert_eq!(home.pool()["busy"], 1, "it goes on");
}

#[test]
fn a_full_queue_turns_away_at_once_and_status_never_waits() {
    let (home, _) = hanging("[pool]\nmin = 1\nmax = 1\nqueue = 1\n");
    let server = Server::in_home(Arc::clone(&home));
    home.pool_until("the worker is up", is_whole);
    let hanging = run(&server, "Hang");
    let worker = busy_worker(&home);
    let waiting = run(&server, "Quick");
    home.pool_until("one waits", |pool| pool["queued"] == 1);
    let (result, _) = run(&server, "Quick").join().unwrap();
    assert_failed(&result, "busy", "not-run");
    assert_eq!(result["structuredContent"]["error"]["phase"], "queue", "{result:#}");
    assert_eq!(home.ask("health_check", json!({}))["status"], "ok");
    // The reserve answers where all others are busy and the queue is full.
    let probed = home.ask("km_engine_status", json!({ "probe": true }));
    assert!(probed["answered_ms"].is_f64() && probed["problem"].is_null(), "{probed:#}");
    assert_eq!(home.pool()["counters"]["shed"], 1);
    assert_eq!(Request::get(&server, "/readyz").status(), 200);
    // The place of the one that hangs is freed: who waited is served.
    signal(worker, Signal::KILL);
    assert_failed(&hanging.join().unwrap().0, "worker_died", "unknown");
    assert_eq!(waiting.join().unwrap().0["structuredContent"]["result"], "quick");
}

#[test]
fn a_pool_resized_while_it_works_loses_no_call() {
    let server = Server::with("[pool]\nqueue_timeout_ms = 60000\n");
    let home = &server.home;
    home.pool_until("all workers are up", is_whole);
    thread::scope(|scope| {
        let runs: Vec<_> = (0..20).map(|_| run(&server, "Slow Report")).collect();
        scope.spawn(|| {
            for size in [8, 2, 15, 3, 5, 2, 9, 4].repeat(3) {
                home.ask("pool_resize", json!({ "size": size }));
            }
        });
        for running in runs {
            let (result, _) = running.join().unwrap();
            assert_eq!(result["structuredContent"]["status"], "finished", "{result:#}");
        }
    });
    let pool = home.pool_until("the pool has its last size", is_whole);
    assert_eq!([&pool["target"], &pool["live"]], [&json!(4), &json!(4)], "{pool:#}");
    let counters = &pool["counters"];
    assert_eq!([&counters["served"], &counters["crashed"], &counters["killed"]], [&json!(20), &json!(0), &json!(0)], "{pool:#}");
}

#[test]
fn a_run_that_works_at_shutdown_is_answered() {
    let mut server = Server::start();
    let home = Arc::clone(&server.home);
    home.pool_until("all workers are up", is_whole);
    let running = run(&server, "Slow Report");
    busy_worker(&home);
    assert_eq!(server.end(Signal::TERM).code(), Some(0));
    assert_eq!(running.join().unwrap().0["structuredContent"]["status"], "finished");
}
