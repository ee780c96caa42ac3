//! Semaphores between workers, limits and cancelling, with workers on threads.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use kmtop::{
    backend::protocol::{Message, Request},
    model::{Certainty, JobError},
};
use serde_json::{Value, json};

use super::Worker;
use crate::harness::until_is;

/// A macro of these actions, run by a worker; it is asked for once.
fn begin(worker: &mut Worker, actions: &Value) -> u64 {
    let listed = |action: &Value| {
        let mut fields = action.clone();
        let kind = fields.as_object_mut().expect("an object").remove("kind");
        let blocks = fields.as_object_mut().expect("an object").remove("blocks").unwrap_or_else(|| json!({}));
        json!({"kind": kind, "enabled": true, "fields": fields, "blocks": blocks})
    };
    let actions: Vec<Value> = actions.as_array().expect("a list").iter().map(listed).collect();
    let definition = json!({"uid": "MADE", "name": "Made", "group": "G", "enabled": true, "actions": actions});
    let job = worker.begin("run_macro", json!({"uid": "MADE"}));
    match worker.receive() {
        Message::Ask { ask, .. } => worker.send(&Request::Answer { ask, answer: definition }),
        other => panic!("unexpected {other:?}"),
    }
    job
}

fn run(worker: &mut Worker, actions: &Value) -> Result<Value, JobError> {
    let job = begin(worker, actions);
    worker.finish(job).map(|value| value["result"].clone())
}

fn semaphore(more: &Value) -> Value {
    let mut action = json!({"kind": "Semaphore", "SemaphoreAction": "Lock", "SemaphoreName": "Shared"});
    action.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    action
}

fn touch(path: &Path) -> Value {
    json!({"kind": "ExecuteShellScript", "UseText": true, "Text": format!("touch '{}'", path.display()), "IncludedVariables": []})
}

fn wait_for(path: &Path) -> Value {
    let there = json!({"ConditionType": "Path", "PathConditionType": "FileExists", "Path": path});
    json!({"kind": "PauseUntil", "Conditions": {"ConditionList": [there]}})
}

/// Two workers that share what workers share.
fn two() -> (Worker, Worker) {
    let one = Worker::start();
    let other = Worker::start();
    let shared = one.folder.path().join("semaphores");
    std::fs::create_dir_all(&shared).expect("made");
    std::os::unix::fs::symlink(&shared, other.folder.path().join("semaphores")).expect("linked");
    (one, other)
}

#[test]
fn a_semaphore_keeps_another_worker_waiting() {
    let (mut one, mut other) = two();
    let (held, go) = (one.folder.path().join("held"), one.folder.path().join("go"));
    let done = json!({"kind": "Return", "Text": "done"});
    let holding = begin(&mut one, &json!([semaphore(&json!({})), touch(&held), wait_for(&go), done]));
    until_is("the lock is held", || held.exists(), |there| *there);
    let error = run(&mut other, &json!([semaphore(&json!({"TimeOutPeriod": 0.05}))])).expect_err("it is held");
    assert!(error.message.contains("action 1 (Semaphore)") && error.message.contains("longer than 50ms"), "{}", error.message);
    let patient = semaphore(&json!({"TimeOutPeriod": 0.05, "TimeOutAbortsMacro": false}));
    assert_eq!(run(&mut other, &json!([patient, done])), Ok(json!("done")));
    // Waiting for a lock ends when the run is cancelled.
    let waiting = begin(&mut other, &json!([semaphore(&json!({}))]));
    let asked = Instant::now();
    other.send(&Request::Cancel { id: waiting });
    let error = other.finish(waiting).expect_err("cancelled");
    assert_eq!((error.code.as_str(), error.outcome), ("cancelled", Certainty::Unknown));
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    // It is given back at the end of the run that holds it, without an Unlock.
    let waiting = begin(&mut other, &json!([semaphore(&json!({})), done]));
    std::fs::write(&go, "").expect("written");
    assert_eq!(one.finish(holding).map(|value| value["result"].clone()), Ok(json!("done")));
    assert_eq!(other.finish(waiting).map(|value| value["result"].clone()), Ok(json!("done")));
    let mut again = json!([semaphore(&json!({"SemaphoreAction": "TryLock"})), done]);
    assert_eq!(run(&mut one, &again), Ok(json!("done")));
    again[0]["SemaphoreAction"] = json!("Shiny");
    assert_eq!(run(&mut one, &again).expect_err("unknown").code, "refused");
}

#[test]
fn a_run_ends_by_itself_before_the_server_ends_its_worker() {
    let mut worker = Worker::start();
    let definition = json!({"uid": "LONG", "name": "Long", "group": "G", "enabled": true, "actions": [
        {"kind": "Log", "enabled": true, "fields": {"Text": "begun"}},
        {"kind": "Pause", "enabled": true, "fields": {"Time": "600"}},
    ]});
    worker.send(&Request::Run {
        id: 77,
        operation: "run_macro".into(),
        arguments: json!({"uid": "LONG"}),
        deadline_ms: 300,
        trace: None,
    });
    match worker.receive() {
        Message::Ask { ask, .. } => worker.send(&Request::Answer { ask, answer: definition }),
        other => panic!("unexpected {other:?}"),
    }
    let error = worker.finish(77).expect_err("its time is up");
    assert_eq!((error.code.as_str(), error.outcome), ("timeout", Certainty::Unknown));
    assert!(error.message.contains("action 2 (Pause), actions[1]: the run's time was up"), "{}", error.message);
    assert_eq!(error.partial.expect("what was recorded")["sinks"]["log"], json!(["begun"]));
    assert_eq!(worker.call("ping", json!({})), Ok(json!({})), "the worker goes on");
}

#[test]
fn scripts_know_their_run() {
    let mut worker = Worker::start();
    let script = json!({"kind": "ExecuteShellScript", "UseText": true, "Text": "echo $KMINSTANCE", "DisplayKind": "Variable",
        "Variable": "Local_out", "IncludedVariables": []});
    let given =
        run(&mut worker, &json!([script, {"kind": "Return", "Text": "%Local_out%|%ExecutingInstance%"}])).expect("it runs");
    let (script, text) = given.as_str().expect("text").split_once('|').expect("both");
    assert!(!script.is_empty() && script == text, "{given}");
}
