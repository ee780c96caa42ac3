//! Runs beside one another: started, followed, cancelled.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Home, Server, own_sleep, until_is};

/// A server with the macros of this test; and the argument of the `sleep` that one of them starts twice.
fn server() -> (Server, String) {
    let home = Home::with("[pool]\nmin = 2\nmax = 3\n");
    let sleep = own_sleep();
    home.add_macros("runs.kmmacros", ("OWN_SLEEP", &sleep));
    (Server::in_home(home), sleep)
}

/// Starts a macro and does not wait for it.
fn start(server: &Server, name: &str) -> String {
    let answer = server.home.ask("km_run_macro", json!({ "macro": name, "wait": false }));
    assert_eq!(answer["status"], "started", "{answer:#}");
    answer["run_id"].as_str().expect("a number").to_owned()
}

fn status(server: &Server, run: &str) -> Value {
    server.home.ask("km_run_status", json!({ "run_id": run }))["runs"][0].clone()
}

fn until_status(server: &Server, run: &str, wanted: &str) -> Value {
    until_is(wanted, || status(server, run), |run| run["status"] == wanted)
}

/// All runs of a macro, newest first among those that are over.
fn runs_of(server: &Server, name: &str) -> Vec<Value> {
    let all = server.home.ask("km_run_status", json!({}));
    let all = all["runs"].as_array().expect("a list").iter();
    all.filter(|run| run["macro"] == name).cloned().collect()
}

/// Cancels, and gives the runs that were, with the time that it took.
fn cancel(server: &Server, which: Value) -> (Vec<Value>, Duration) {
    let asked = Instant::now();
    let answer = server.home.ask("km_cancel", which);
    (answer["cancelled"].as_array().expect("a list").clone(), asked.elapsed())
}

#[test]
fn a_run_is_cancelled_wherever_it_is() {
    let (server, sleep) = server();
    for name in ["Wait", "Spin", "Sleep"] {
        let run = start(&server, name);
        until_status(&server, &run, "started");
        if cfg!(target_os = "linux") && name == "Sleep" {
            until_is("the script sleeps", || crate::harness::processes_with(&sleep), |found| *found == 2);
        }
        let (cancelled, took) = cancel(&server, json!({ "run_id": run }));
        assert_eq!(cancelled.len(), 1, "{name}: {cancelled:#?}");
        assert_eq!(
            [&cancelled[0]["run_id"], &cancelled[0]["status"]],
            [&json!(run), &json!("cancelled")],
            "{name}: {cancelled:#?}"
        );
        // Two hundred milliseconds are aimed at; a machine that does much else gets more.
        assert!(took < Duration::from_secs(1), "{name}: {took:?}");
        assert_eq!(status(&server, &run)["status"], "cancelled");
    }
    #[cfg(target_os = "linux")]
    until_is("what the script started is gone", || crate::harness::processes_with(&sleep), |found| *found == 0);
    assert_eq!(server.home.pool()["counters"]["killed"], 0, "no worker had to be killed for it");
}

#[test]
fn runs_are_cancelled_by_macro_and_all_at_once() {
    let (server, _) = server();
    let waits = [start(&server, "Wait"), start(&server, "Wait")];
    let spin = start(&server, "Spin");
    let (cancelled, _) = cancel(&server, json!({ "macro": "Wait" }));
    assert_eq!(cancelled.len(), 2, "{cancelled:#?}");
    for run in &waits {
        assert_eq!(status(&server, run)["status"], "cancelled");
    }
    until_status(&server, &spin, "started");
    let (cancelled, _) = cancel(&server, json!({ "all": true }));
    assert_eq!(cancelled.len(), 1, "{cancelled:#?}");
    assert_eq!(cancel(&server, json!({ "all": true })).0, Vec::<Value>::new());
    assert_eq!(cancel(&server, json!({ "run_id": spin })).0, Vec::<Value>::new(), "it is over already");
    for (which, code) in [
        (json!({}), "bad_arguments"),
        (json!({"run_id": "x"}), "run_not_found"),
        (json!({"all": true, "macro": "Wait"}), "bad_arguments"),
    ] {
        let (error, _) = server.home.try_ask("km_cancel", which.clone()).expect_err("refused");
        assert_eq!(error["error"]["code"], code, "{which}");
    }
}

#[test]
fn a_macro_starts_a_run_that_outlives_its_own() {
    let (server, _) = server();
    let answer = server.home.ask("km_run_macro", json!({ "macro": "Starter" }));
    assert_eq!([&answer["status"], &answer["result"]], [&json!("finished"), &json!("started")], "{answer:#}");
    let runs = until_is(
        "the run that it started",
        || runs_of(&server, "Wait"),
        |runs| runs.iter().any(|run| run["status"] == "started"),
    );
    assert_eq!(runs[0]["client"], "macro Starter", "{runs:#?}");
    assert_eq!(cancel(&server, json!({ "macro": "Wait" })).0.len(), 1);
    // One that comes to its end by itself keeps its result for whoever asks.
    server.home.ask("km_run_macro", json!({ "macro": "Echo", "parameter": "p" }));
    let runs = until_is("its end", || runs_of(&server, "Answer"), |runs| runs.iter().any(|run| run["status"] == "finished"));
    let id = runs[0]["run_id"].as_str().expect("a number");
    assert_eq!(status(&server, id)["result"], format!("got <p> in {id}"));
}

#[test]
fn macros_that_start_themselves_come_to_an_end() {
    let (server, _) = server();
    server.home.ask("km_run_macro", json!({ "macro": "Endless" }));
    let runs =
        until_is("the last of them", || runs_of(&server, "Endless"), |runs| runs.iter().any(|run| run["status"] == "failed"));
    let failed = runs.iter().find(|run| run["status"] == "failed").expect("one");
    let error = failed["error"].as_str().expect("why");
    assert!(error.contains("action 1 (ExecuteMacro)") && error.contains("deeper than 50"), "{error}");
}

#[test]
fn a_macro_cancels_all_others() {
    let (server, _) = server();
    let wait = start(&server, "Wait");
    until_status(&server, &wait, "started");
    let answer = server.home.ask("km_run_macro", json!({ "macro": "End the others" }));
    assert_eq!([&answer["status"], &answer["result"]], [&json!("finished"), &json!("alone")], "{answer:#}");
    until_status(&server, &wait, "cancelled");
}

#[test]
fn runs_that_the_pool_turns_away_say_so_and_none_is_lost() {
    let home = Home::with("[pool]\nmin = 1\nmax = 1\nqueue = 20\n");
    let server = Server::in_home(home);
    // Far more than one worker can do: the bulk lane is cut after a second of it.
    let started: Vec<String> = (0..12).map(|_| start(&server, "Slow Report")).collect();
    let over = |run: &Value| run["outcome"].is_string();
    let runs: Vec<Value> = started.iter().map(|run| until_is("the run is over", || status(&server, run), over)).collect();
    let (finished, refused): (Vec<_>, Vec<_>) = runs.iter().partition(|run| run["status"] == "finished");
    assert!(finished.len() >= 3 && finished.iter().all(|run| run["outcome"] == "done"), "{runs:#?}");
    for run in &refused {
        assert_eq!([&run["status"], &run["outcome"]], ["failed", "not-run"], "{run:#}");
        let why = run["error"].as_str().expect("why");
        assert!(why.contains("bulk lane is overloaded") && why.contains("retry in"), "{why}");
    }
    let pool = server.home.pool();
    assert_eq!([&pool["shed_by"]["overloaded"], &pool["counters"]["served"]], [&json!(refused.len()), &json!(finished.len())]);
    assert!(!refused.is_empty(), "{pool:#}");
    // The engine's log tells of each as well.
    let log = server.home.ask("km_engine_log", json!({ "query": "overloaded", "limit": 50 }));
    let told = log.to_string().matches("cancelled before it began: busy: the bulk lane is overloaded").count();
    assert_eq!(told, refused.len(), "{log:#}");
}

#[test]
fn a_run_that_waited_too_long_for_a_worker_says_so() {
    let home = Home::with("[pool]\nmin = 1\nmax = 1\nqueue_timeout_ms = 200\n");
    home.add_macros("runs.kmmacros", ("OWN_SLEEP", &own_sleep()));
    let server = Server::in_home(home);
    let wait = start(&server, "Wait");
    until_status(&server, &wait, "started");
    let late = start(&server, "Answer");
    let late = until_status(&server, &late, "timeout");
    assert_eq!(late["outcome"], "not-run", "{late:#}");
    assert!(late["error"].as_str().is_some_and(|error| error.contains("queue phase")), "{late:#}");
}
