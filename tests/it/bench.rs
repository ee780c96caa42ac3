//! `kmtop bench` and `kmtop profile`: the program itself, against itself and others.

mod targets;
mod view;

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::harness::{Home, Ran, Server};

/// The shortest load that measures something.
const SHORT: [&str; 6] = ["--duration", "1s", "--warm-up", "0", "--settle", "200ms"];

/// Runs `kmtop bench` with what keeps it short.
#[track_caller]
fn bench(home: &Home, arguments: &[&str]) -> Ran {
    home.run(&[&["bench"], arguments].concat())
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("a count: {value}"))
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_quick_scenario_runs_end_to_end_and_leaves_nothing_behind() {
    let home = Home::new();
    let temporary = tempfile::tempdir().unwrap();
    let (page, log) = (home.path().join("page.html"), home.path().join("run.hlog"));
    let mut command = home.command(&["bench", "quick", "--json", "--slo", "error<1%", "p50<20s"]);
    command.args(SHORT).env("TMPDIR", temporary.path()).arg("--html").arg(&page).arg("--hdr").arg(&log);
    let ran = Ran::of(&mut command);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "quiet in a pipe: {ran:?}");
    let report = ran.json();
    assert_eq!((&report["scenario"], &report["loop"], &report["passed"]), (&json!("quick"), &json!("open"), &json!(true)));
    assert_eq!((&report["calls"]["failed"], &report["calls"]["dropped"], &report["errors"]), (&json!(0), &json!(0), &json!({})));
    assert_eq!(report["calls"]["planned"], report["calls"]["completed"]);
    let operations: Vec<&str> =
        report["operations"].as_array().unwrap().iter().filter_map(|operation| operation["name"].as_str()).collect();
    assert_eq!(operations, ["health", "variables", "macros"]);
    assert!(report["operations"].as_array().unwrap().iter().all(|operation| count(&operation["calls"]) > 0), "{report:#}");
    assert!(report["numbers"]["worker_seconds"].as_f64() > Some(0.5), "the target tells of its workers: {:#}", report["numbers"]);
    assert!(
        report["recovery"]["memory_before_bytes"].is_u64() && report["rate"]["peak_per_s"].is_u64(),
        "{:#}",
        report["recovery"]
    );
    assert!(fs::read_to_string(&page).unwrap().matches("<svg").count() >= 4);
    assert!(fs::read_to_string(&log).unwrap().contains("HIST"), "compressed V2 histograms begin so");
    assert_eq!(names(temporary.path()), Vec::<String>::new(), "its home is gone");
    assert!(!home.state("").exists(), "the user's own home is untouched");
}

#[test]
fn the_same_seed_plans_the_same_calls() {
    let home = Home::new();
    let calls = |seed: &str| {
        let report = bench(&home, &[&SHORT[..], &["--json", "--rate", "40", "--seed", seed]].concat()).json();
        let counts = report["operations"].as_array().unwrap().iter().map(|operation| count(&operation["calls"]));
        counts.collect::<Vec<u64>>()
    };
    assert_eq!(calls("7"), calls("7"));
}

#[test]
fn a_closed_loop_says_that_it_is_one() {
    let home = Home::new();
    let ran = bench(&home, &[&SHORT[..], &["--clients", "3", "--mix", "health=1"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for words in ["closed loop", "not what users see", "corrected", "raw", "3 clients", "raw http"] {
        assert!(ran.stdout.contains(words), "{words}: {ran:?}");
    }
}

#[test]
fn an_objective_that_does_not_hold_is_the_exit_code() {
    let home = Home::new();
    let ran = bench(&home, &[&SHORT[..], &["--json", "--rate", "30", "--slo", "p95<1us"]].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!((&ran.json()["passed"], &ran.json()["slo"][0]["held"]), (&json!(false), &json!(false)));
    let early = ["--rate", "30", "--duration", "60s", "--warm-up", "0", "--settle", "0", "--slo", "p95<1us", "--abort-on-fail"];
    let ran = bench(&home, &[&early[..], &["--delay", "500ms", "--json"]].concat());
    assert_eq!((ran.code, &ran.json()["ended_early"]), (Some(1), &json!("aborted")), "{ran:?}");
}

#[test]
fn what_cannot_be_measured_is_said_and_is_exit_code_2() {
    let server = Server::start();
    let home = &server.home;
    let root = format!("http://127.0.0.1:{}", server.port());
    let table = [
        (&["--slo", "p95<500"][..], "500ms"),
        (&["--slo", "nothing:p95<1s"], "health"),
        (&["--rate", "fast"], "50/s"),
        (&["--stages", "10/s"], "10/s:30s"),
        (&["--mix", "nothing=1"], "health, variables"),
        (&["--call", "health_check={"], "not JSON"),
        (&["--call", "km_run_macro={\"macro\":\"Mine\"}"], "kmtop profile"),
        (&["--sweep", "workers=4..5"], "workers=1..16"),
        (&["--replay", "no-such-file"], "no-such-file"),
        (&["some-scenario"], "quick, standard"),
        (&["http://127.0.0.1:1/mcp"], "127.0.0.1:1"),
        (&[&root], "ends in /mcp"),
        (&["--", "/no/such/program"], "/no/such/program"),
        (&["--", "false"], "false"),
    ];
    for (arguments, expected) in table {
        let ran = bench(home, arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(expected), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn the_highest_rate_is_searched() {
    let home = Home::new();
    // Nothing holds this: it ends below one call in ten seconds, with what it tried.
    let never = ["--find-max", "--rate", "0.3", "--constant", "--slo", "p95<1us", "--duration", "300ms", "--warm-up", "0"];
    let ran = bench(&home, &[&never[..], &["--json", "--mix", "health=1"]].concat());
    assert_eq!((ran.code, &ran.json()["find_max"]["rate_per_s"]), (Some(1), &Value::Null), "{ran:?}");
    assert!(ran.json()["find_max"]["tried"].as_array().unwrap().len() >= 2);
}

#[test]
fn workers_are_swept() {
    let home = Home::new();
    let ran = bench(&home, &["--sweep", "workers=1..3", "--duration", "600ms", "--warm-up", "0", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let sweep = &ran.json()["sweep"];
    assert_eq!(sweep["steps"].as_array().unwrap().len(), 3);
    assert!(sweep["law"]["lambda"].as_f64() > Some(0.0), "{sweep:#}");
}

#[test]
fn one_operation_is_profiled() {
    let home = Home::new();
    let page = home.path().join("profile.html");
    let ran =
        home.run(&["profile", "km_calculate", r#"{"expression":"6*7"}"#, "-n", "20", "--json", "--html", page.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let profile = ran.json();
    assert_eq!((&profile["calls"], &profile["failed"]), (&json!(20), &json!(0)), "{profile:#}");
    for phase in ["queue", "run", "own", "overhead", "total"] {
        assert_eq!(profile["phases"][phase]["calls"], 20, "{phase}: {profile:#}");
        assert_eq!(profile["series"][phase].as_array().unwrap().len(), 20);
    }
    assert!(profile["workers"]["before"]["rss_bytes"].is_u64() && profile["server"]["after"]["rss_bytes"].is_u64());
    if cfg!(target_os = "linux") {
        assert!(profile["read_bytes_per_call"].as_f64() > Some(0.0) && profile["worker_cpu_ms_per_call"].is_f64(), "{profile:#}");
    }
    assert_eq!(fs::read_to_string(&page).unwrap().matches("<svg").count(), 2);
    assert!(!home.state("server.json").exists(), "the server that was started for it is gone");
    let failing = home.run(&["profile", "km_calculate", r#"{"expression":"6*"}"#, "-n", "2"]);
    assert_eq!(failing.code, Some(1), "{failing:?}");
    let unknown = home.run(&["profile", "km_no_such_tool"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("km_no_such_tool"), "{unknown:?}");
}
