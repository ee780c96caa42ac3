//! A server whose history cannot be had goes on, and says so; one whose history can be had keeps, exports and records it.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use rusqlite::Connection;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Home, Server, until, until_is};

fn alert(home: &Home) -> String {
    let ran = home.run(&["once", "--json"]);
    let frame: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    let alerts = frame["alerts"].as_array().cloned().unwrap_or_default();
    let history = alerts.iter().find(|alert| alert["rule"] == "history");
    history.and_then(|alert| alert["text"].as_str()).unwrap_or_default().to_owned()
}

#[track_caller]
fn goes_on_and_says(prepare: impl FnOnce(&std::path::Path), words: &str) -> Server {
    let home = Arc::new(Home::new());
    fs::create_dir_all(home.path().join("state")).unwrap();
    fs::set_permissions(home.path().join("state"), fs::Permissions::from_mode(0o700)).unwrap();
    prepare(&home.state("history.sqlite"));
    let server = Server::in_home(Arc::clone(&home));
    assert_eq!(home.ask("km_calculate", json!({ "expression": "6 * 7" }))["result"], "42");
    until_is("the alert", || alert(&home), |text| text.contains(words));
    assert_eq!(home.ask("km_calculate", json!({ "expression": "6 * 7" }))["result"], "42");
    server
}

#[test]
fn fault_25_the_history_cannot_be_written() {
    let server = goes_on_and_says(|path| fs::create_dir(path).unwrap(), "history cannot be written and is tried again");
    fs::remove_dir(server.home.state("history.sqlite")).unwrap();
    until_is("it is well again", || alert(&server.home), String::is_empty);
    assert!(server.home.state("history.sqlite").is_file());
}

#[test]
fn fault_27_the_history_is_damaged() {
    let server = goes_on_and_says(|path| fs::write(path, "no database ".repeat(500)).unwrap(), "a new one is begun");
    let aside = fs::read_dir(server.home.path().join("state")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(aside.filter(|name| name.to_string_lossy().contains("history.sqlite.corrupt-")).count(), 1);
}

#[test]
fn fault_28_the_history_is_of_a_later_version() {
    let newer = |path: &std::path::Path| {
        let file = Connection::open(path).unwrap();
        file.execute_batch("CREATE TABLE later (x); PRAGMA application_id = 1802335344; PRAGMA user_version = 99;").unwrap();
    };
    let server = goes_on_and_says(newer, "layout 99, which a later kmtop wrote; it is left alone");
    let ran = server.home.run(&["export"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("a later kmtop wrote"), "{}", ran.stderr);
}

#[test]
fn what_is_kept_and_recorded_is_exported() {
    let home = Arc::new(Home::new());
    let file = home.path().join("all.kmrec");
    let name = file.to_str().unwrap().to_owned();
    let mut server = Server::with_flags(Arc::clone(&home), &["--record", &name]);
    for _ in 0..3 {
        home.ask("km_calculate", json!({ "expression": "6 * 7" }));
    }
    let rows = |extra: &[&str]| {
        let ran = home.run(&[&["export", "--table", "tools", "--format", "jsonl"], extra].concat());
        let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let calculated = lines.filter(|row| row["tool"] == "km_calculate").map(|row| row["calls"].as_u64().unwrap());
        calculated.sum::<u64>()
    };
    until_is("history has the calls", || rows(&[]), |calls| *calls == 3);
    until_is("the recording has them", || rows(&["--recording", &name]), |calls| *calls == 3);
    assert_eq!(rows(&["--step", "3600"]), 3, "merged, too");
    let ran = home.run(&["export", "--table", "events"]);
    assert!(ran.stdout.lines().any(|line| line.contains("start: kmtop ")), "{}", ran.stdout);
    let out = home.path().join("out.csv");
    let ran = home.run(&["export", "--since", "1h", "-o", out.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert!(fs::read_to_string(out).unwrap().starts_with("time,time_ms,length_ms,calls,"));
    let ran = home.run(&["export", "--until", "2001-01-01"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("nothing is stored in that range"), "{}", ran.stderr);
    assert_eq!(home.run(&["export", "--since", "someday"]).code, Some(2));
    assert!(server.end(Signal::TERM).success());
    until_is("it says what it recorded", || server.stderr(), |said| said.contains("look at them with: kmtop replay"));
    // Another recording does not go into a file of something else.
    fs::write(&file, "a shopping list").unwrap();
    let ran = home.run(&["--serve", "--record", &name]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("is not a recording of kmtop"), "{}", ran.stderr);
}

#[test]
fn history_goes_on_over_restarts_and_can_be_switched_off() {
    let home = Arc::new(Home::new());
    let starts = || {
        let ran = home.run(&["export", "--table", "events", "--format", "jsonl"]);
        ran.stdout.lines().filter(|line| line.contains("start: kmtop")).count()
    };
    for expected in [1, 2] {
        let server = Server::in_home(Arc::clone(&home));
        until_is("the start is noted", &starts, |starts| *starts == expected);
        drop(server);
    }
    fs::remove_file(home.state("history.sqlite")).unwrap();
    home.configure("[history]\nenabled = false\n");
    let server = Server::in_home(Arc::clone(&home));
    until("a tick", || if server.home.pool()["live"] == 0 { Err("no worker".to_owned()) } else { Ok(()) });
    assert!(!home.state("history.sqlite").exists());
}
