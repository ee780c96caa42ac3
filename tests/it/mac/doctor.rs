//! `kmtop doctor`.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, sync::Arc};

use serde_json::{Value, json};

use super::{engine, node_is_missing};
use crate::harness::{Home, Server};

fn examine(home: &Home) -> (Option<i32>, Value) {
    let ran = home.run(&["doctor", "--json"]);
    assert_eq!(ran.stderr, "");
    (ran.code, ran.json())
}

#[track_caller]
fn finding<'e>(examination: &'e Value, check: &str) -> &'e Value {
    let findings = examination["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{check}: {examination:#}"))
}

#[track_caller]
fn is(examination: &Value, check: &str, status: &str, words: &str) {
    let finding = finding(examination, check);
    assert!(finding["status"] == status && finding["found"].as_str().unwrap().contains(words), "{finding:#}");
    let told = finding["fix"].as_str().is_some_and(|fix| !fix.is_empty());
    assert_eq!(told, matches!(status, "fault" | "warning"), "each fault has its fix: {finding:#}");
}

/// Settings with a port of the test's own.
fn quiet() -> &'static str {
    "[server]\nlisten = \"127.0.0.1:0\"\n"
}

#[test]
fn a_home_in_good_order_has_no_faults() {
    let home = Home::with(quiet());
    let (code, examination) = examine(&home);
    assert_eq!((code, &examination["ok"]), (Some(0), &json!(true)), "{examination:#}");
    is(&examination, "config", "ok", "config.toml");
    is(&examination, "backend", "ok", "embedded");
    is(&examination, "library", "ok", "macros in 1 files");
    is(&examination, "variables", "ok", "made at the first start");
    is(&examination, "worker", "ok", "a round trip takes");
    is(&examination, "engine", "ok", "it reckons");
    is(&examination, "port", "ok", "is free");
    is(&examination, "socket", "ok", "no server runs");
    is(&examination, "terminal", "skipped", "none here");
    let numbers = &finding(&examination, "worker")["numbers"];
    assert!(numbers["start_ms"].as_f64().unwrap() > numbers["round_trip_ms"].as_f64().unwrap(), "{numbers}");
    let ran = home.run(&["doctor"]);
    assert!(ran.code == Some(0) && ran.stdout.ends_with("no faults\n"), "{}", ran.stdout);
    assert!(!home.path().join("data/variables.sqlite").exists(), "it changes nothing");
}

#[test]
fn each_fault_has_its_fix_and_the_exit_code_says_so() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::with(&format!("[server]\nlisten = \"{}\"\n", taken.local_addr().unwrap()));
    fs::write(home.path().join("data/library/broken.kmmacros"), "no macros").unwrap();
    fs::create_dir(home.path().join("state")).unwrap();
    fs::write(home.state("token"), "secret").unwrap();
    fs::set_permissions(home.state("token"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(home.path().join("data/variables.sqlite"), "no database at all, but some text in its place").unwrap();
    let (code, examination) = examine(&home);
    assert_eq!((code, &examination["ok"]), (Some(1), &json!(false)));
    is(&examination, "library", "fault", "broken.kmmacros");
    is(&examination, "token", "fault", "mode 644");
    is(&examination, "variables", "fault", "variables.sqlite");
    is(&examination, "port", "fault", "taken by another program");
    let ran = home.run(&["doctor"]);
    assert!(ran.stdout.contains("fix: run `chmod 600") && ran.stdout.ends_with("faults\n"), "{}", ran.stdout);
}

#[test]
fn settings_that_cannot_be_taken_are_a_finding() {
    let home = Home::with("[pool]\nmin = 0\n");
    let (code, examination) = examine(&home);
    assert_eq!(code, Some(1));
    is(&examination, "config", "fault", "config.toml:2:7");
    finding(&examination, "worker");
}

#[test]
fn a_worker_that_cannot_start_is_a_fault() {
    let home = Home::with(&format!("{}[backend]\nkind = \"command\"\ncommand = [\"/nonexistent/worker\"]\n", quiet()));
    let (code, examination) = examine(&home);
    assert_eq!(code, Some(1));
    is(&examination, "worker", "fault", "/nonexistent/worker cannot be started");
}

#[test]
fn a_running_server_holds_its_own_port() {
    let server = Server::start();
    let home = Arc::clone(&server.home);
    home.configure(&format!("[server]\nlisten = \"127.0.0.1:{}\"\n", server.port()));
    let (code, examination) = examine(&home);
    assert_eq!(code, Some(0), "{examination:#}");
    is(&examination, "port", "ok", "while the server runs");
    is(&examination, "socket", "ok", "answers at");
}

#[test]
fn keyboard_maestro_is_looked_at_without_taking_silence_for_denial() {
    if node_is_missing() {
        return;
    }
    let examined = |state: Value| examine(&engine::home(&state, quiet()));
    let (code, well) = examined(json!({}));
    assert_eq!(code, Some(0), "{well:#}");
    is(&well, "engine", "ok", "runs");
    is(&well, "permissions", "ok", "get through");
    is(&well, "variables", "ok", "2 in Keyboard Maestro's own file");
    is(&well, "statistics", "ok", "of 1 macros");
    is(&well, "engine-log", "ok", "Engine.log");

    let (code, off) = examined(json!({ "running": false }));
    assert_eq!(code, Some(1));
    is(&off, "engine", "fault", "not running");
    is(&off, "permissions", "skipped", "while the engine does not run");

    let (code, denied) = examined(json!({ "errors": { "getvariable": -1743 } }));
    assert_eq!(code, Some(1));
    is(&denied, "permissions", "fault", "automation_denied");

    let (code, silent) = examined(json!({ "silent": true }));
    assert_eq!(code, Some(0), "{silent:#}");
    is(&silent, "permissions", "warning", "may wait on the Mac's screen");
}
