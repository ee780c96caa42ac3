//! Workers that this project did not write: one in another language, and three that are no workers at all.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{assert_failed, skip};
use crate::harness::{Server, data, http::Request, is_whole, until_is};

/// Settings for a worker that is run by this command.
fn settings(command: &[&str], more: &str) -> String {
    format!("[backend]\nkind = \"command\"\ncommand = {command:?}\n{more}")
}

fn script(name: &str) -> String {
    data("bin").join(name).display().to_string()
}

/// Settings for a worker in Python, or a note that there is no Python.
fn python(name: &str, arguments: &[&str]) -> Option<String> {
    let works = |output: &std::process::Output| output.status.success();
    if !Command::new("python3").args(["-c", "import json"]).output().is_ok_and(|output| works(&output)) {
        skip("there is no python3 here");
        return None;
    }
    let file = script(name);
    let command = [&["python3", file.as_str()], arguments].concat();
    // Its start can take seconds where many tests run at once.
    Some(settings(&command, "[pool]\nmin = 1\nmax = 2\nstart_timeout_ms = 20000\n"))
}

#[test]
fn a_worker_in_another_language_serves_calls() {
    let Some(settings) = python("worker.py", &[]) else { return };
    let server = Server::with(&settings);
    let home = &server.home;
    home.pool_until("the worker is up", is_whole);
    let call = |tool, arguments| Request::call(&server, tool, &arguments).send().json()["result"].clone();
    let answer = |tool, arguments| call(tool, arguments)["structuredContent"].clone();
    assert_eq!(answer("km_set_variable", json!({ "name": "Côte", "value": "a\n\"b\"" }))["value"], "a\n\"b\"");
    assert_eq!(answer("km_get_variable", json!({ "name": "côte" }))["value"], "a\n\"b\"");
    assert_eq!(answer("km_process_tokens", json!({ "text": "x" }))["result"], "python: x");
    let ran = answer("km_run_macro", json!({ "macro": "Greet" }));
    assert_eq!(ran["result"], "python ran Greet", "it asked the server for the macro: {ran:#}");
    assert_eq!(answer("km_engine_status", json!({}))["backend"], "command");
    assert_failed(&call("km_calculate", json!({ "expression": "1" })), "unsupported", "not-run");
    let pool = home.pool();
    assert_eq!([&pool["counters"]["served"], &pool["counters"]["spawned"]], [&json!(5), &json!(1)], "{pool:#}");
}

#[test]
fn the_worker_of_the_documentation_works_as_it_stands_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/worker-protocol.md")).unwrap();
    let program = fs::read_to_string(script("minimal_worker.py")).unwrap();
    assert!(page.contains(program.trim()), "the page shows the very file");
    let Some(settings) = python("minimal_worker.py", &[]) else { return };
    let server = Server::with(&settings);
    let home = &server.home;
    home.pool_until("the worker is up", is_whole);
    assert_eq!(home.ask("km_calculate", json!({ "expression": "6 * 7" }))["result"], "42");
    let ran = home.ask("km_run_macro", json!({ "macro": "Greet", "parameter": "you" }));
    assert_eq!(ran["result"], "Greet: you", "{ran:#}");
    let (error, _) = home.try_ask("km_get_variable", json!({ "name": "A" })).unwrap_err();
    assert_eq!(error["error"]["code"], "unknown_operation", "{error:#}");
    assert_eq!(home.pool()["counters"]["spawned"], 1, "a refusal is no end");
}

#[test]
fn an_answer_that_nobody_asked_for_never_reaches_the_next_caller() {
    let Some(settings) = python("worker.py", &["late"]) else { return };
    let server = Server::with(&settings);
    let home = &server.home;
    home.pool_until("the worker is up", is_whole);
    for turn in 0..3 {
        // The worker is replaced after each: its second answer could be anybody's.
        let answer = home.try_ask("km_process_tokens", json!({ "text": format!("{turn}") }));
        match answer {
            Ok(value) => assert_eq!(value["result"], format!("python: {turn}")),
            Err((error, _)) => assert_eq!(error["error"]["code"], "worker_died", "{error:#}"),
        }
        home.pool_until("it was replaced", |pool| is_whole(pool) && pool["counters"]["spawned"] == turn + 2);
    }
}

/// A server over a worker that never comes up: it stays up itself, and says what is the matter. Gives back why.
#[track_caller]
fn assert_degraded(command: &[&str]) -> String {
    let server = Server::with(&settings(command, "[pool]\nstart_timeout_ms = 300\n"));
    let home = &server.home;
    let pool = home.pool_until("the pool knows that it cannot work", |pool| pool["degraded"].is_string());
    assert_eq!([&pool["live"], &pool["counters"]["served"]], [&json!(0), &json!(0)], "{pool:#}");
    let result = Request::call(&server, "km_calculate", &json!({ "expression": "1" })).send().json()["result"].clone();
    assert_failed(&result, "no_worker", "not-run");
    assert_eq!(Request::get(&server, "/healthz").status(), 200);
    assert_eq!(Request::get(&server, "/readyz").status(), 503);
    assert_eq!(home.ask("km_list_macros", json!({ "query": "Greet" }))["total"], 1, "what needs no worker works");
    let down = |frame: &Value| frame["engine"]["status"] == "down";
    until_is("the snapshot says so", || home.run(&["once", "--json"]).json(), down);
    let why = pool["degraded"].as_str().unwrap().to_owned();
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(!text.contains("SECRET-GARBAGE") && !text.contains('\u{1b}'), "a worker's bytes are shown to nobody: {text}");
    why
}

#[test]
fn a_worker_that_writes_garbage() {
    let why = assert_degraded(&[&script("garbage.sh")]);
    assert!(why.contains("protocol"), "{why}");
}

#[test]
fn a_worker_that_exits_at_its_start() {
    let why = assert_degraded(&[&script("exits.sh")]);
    assert!(why.contains("exited with status 3"), "{why}");
}

#[test]
fn a_worker_that_never_says_hello() {
    let why = assert_degraded(&[&script("mute.sh")]);
    assert!(why.contains("not ready after 300ms"), "{why}");
}

#[test]
fn a_worker_that_closes_its_output_and_stays() {
    let why = assert_degraded(&[&script("closes.sh")]);
    assert!(why.contains("closed its stdout"), "{why}");
}

#[test]
fn a_worker_that_does_not_exist() {
    assert!(!Path::new("/nowhere/worker").exists());
    let why = assert_degraded(&["/nowhere/worker"]);
    assert!(why.contains("No such file"), "{why}");
}
