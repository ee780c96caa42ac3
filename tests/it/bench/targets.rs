//! Servers that are not bench's own.

use std::{fs, sync::Arc};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{SHORT, bench, count};
use crate::harness::{Home, Server};

/// Every class, so that what is brought can be removed again.
const ALL: &str = "allow = [\"read\", \"run\", \"write\", \"delete\", \"script\"]\n";

/// The variables and macros at a server that are a load test's.
fn traces(home: &Home) -> (Value, Value) {
    let variable = home.ask("km_get_variable", json!({ "name": "kmtop Benchmark 1" }))["value"].clone();
    let macros = home.ask("km_list_macros", json!({ "query": "kmtop Benchmark" }))["total"].clone();
    (variable, macros)
}

#[test]
fn a_server_at_an_address_is_left_as_it_was() {
    let server = Server::with(ALL);
    let other = Home::new();
    fs::write(other.path().join("token.txt"), format!("{}\n", server.token())).unwrap();
    let file = other.path().join("token.txt");
    let target = [server.url(), "--token-file".to_owned(), file.display().to_string()];
    let target: Vec<&str> = target.iter().map(String::as_str).collect();
    for client in ["rmcp", "raw"] {
        let ran = bench(&other, &[&target[..], &SHORT, &["--rate", "60", "--json", "--client", client]].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let report = ran.json();
        let notes = report["notes"].to_string();
        assert!(report["calls"]["failed"] == 0 && !notes.contains("left") && !notes.contains("removed"), "{report:#}");
        let operations = report["operations"].as_array().unwrap();
        assert!(operations.len() == 3 && operations.iter().all(|operation| count(&operation["calls"]) > 0), "{operations:#?}");
        let word = if client == "raw" { "raw http" } else { "rmcp" };
        assert_eq!((&report["target"]["client"], &report["numbers"]), (&json!(word), &Value::Null));
        assert_eq!(traces(&server.home), (Value::Null, json!(0)), "variables and macros are gone");
    }
    let refused = bench(&other, &[&server.url(), "--duration", "1s"]);
    assert!(refused.code == Some(2) && refused.stdout.is_empty(), "without its token: {refused:?}");
}

#[test]
fn the_server_of_this_home_needs_no_token_and_tells_its_numbers() {
    let server = Server::start();
    let ran = bench(&server.home, &[&[server.url().as_str()][..], &SHORT, &["--rate", "40", "--json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = ran.json();
    assert!(report["numbers"]["worker_seconds"].is_f64(), "{report:#}");
    let notes = report["notes"].to_string();
    assert!(notes.contains("macros was left out"), "a server that does not offer deletion gets no macros: {notes}");
    assert_eq!(traces(&server.home), (Value::Null, json!(0)));
}

#[test]
fn a_program_on_pipes_is_measured_and_ended() {
    let home = Home::new();
    for client in ["rmcp", "raw"] {
        let program = [env!("CARGO_BIN_EXE_kmtop"), "--serve", "--stdio", "--standalone"];
        let flags = ["--rate", "50", "--json", "--client", client, "--"];
        let ran = bench(&home, &[&SHORT[..], &flags, &program].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let report = ran.json();
        assert_eq!(
            (&report["calls"]["failed"], report["calls"]["completed"].as_u64() > Some(10)),
            (&json!(0), true),
            "{report:#}"
        );
        assert_eq!(report["target"]["client"], if client == "raw" { "raw stdio" } else { "rmcp" });
        assert!(report["operations"].as_array().unwrap().iter().all(|operation| operation["name"] != "macros"), "{report:#}");
    }
}

#[test]
fn calls_of_ones_own_are_made_by_weight() {
    let server = Server::start();
    let home = &server.home;
    let call = r#"km_calculate@3={"expression":"{{random:1..9}} * {{counter}}"}"#;
    let flags = ["--call", call, "--call", "health_check", "--rate", "60", "--json"];
    let report = bench(home, &[&[server.url().as_str()][..], &SHORT, &flags].concat()).json();
    let share = |place: usize| report["operations"][place]["share"].as_f64();
    assert_eq!((share(0), share(1), &report["calls"]["failed"]), (Some(0.75), Some(0.25), &json!(0)), "{report:#}");
    fs::write(home.path().join("mix.toml"), "[[operation]]\ntool = \"km_no_such_tool\"\n").unwrap();
    let file = home.path().join("mix.toml");
    let flags = ["--mix-file", file.to_str().unwrap(), "--rate", "20", "--json"];
    let ran = bench(home, &[&[server.url().as_str()][..], &SHORT, &flags].concat());
    let failed = &ran.json()["calls"]["failed"];
    assert!(ran.code == Some(1) && failed == &ran.json()["calls"]["completed"], "all calls failed: {ran:?}");
}

#[test]
fn recorded_arrivals_are_replayed() {
    let home = Arc::new(Home::new());
    let recording = home.path().join("calls.kmrec").to_string_lossy().into_owned();
    let mut server = Server::with_flags(Arc::clone(&home), &["--record", &recording]);
    for _ in 0..30 {
        home.ask("health_check", json!({}));
    }
    let total = || home.run(&["export", "--table", "tools", "--format", "jsonl"]).stdout;
    crate::harness::until("the calls are in the history", || {
        let stored: u64 = total()
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|row| row["tool"] == "health_check")
            .filter_map(|row| row["calls"].as_u64())
            .sum();
        if stored >= 30 { Ok(()) } else { Err(format!("{stored}: {}", total())) }
    });
    let replay = |source: &str| {
        let flags = ["--replay", source, "--speed", "4", "--json", "--settle", "0", "--warm-up", "0", "--mix", "health=1"];
        let report = bench(&home, &flags).json();
        assert_eq!(report["load"]["arrivals"], "recorded");
        assert!(count(&report["calls"]["completed"]) >= 30 && report["calls"]["failed"] == 0, "{report:#}");
    };
    replay("history");
    assert!(server.end(Signal::TERM).success(), "and the recording is whole");
    replay(&recording);
}
