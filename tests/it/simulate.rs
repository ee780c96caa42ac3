//! `kmtop simulate` and `kmtop stop-all` as a script meets them.

use std::{fs, sync::Arc};

use kmtop::{
    history::{History, Keep},
    model::Interval,
    util::clock::unix_ms,
};

use crate::{
    fixture::Fixture,
    harness::{Home, LIMIT},
};

const CONTRACT: [&str; 9] = [
    "controller",
    "miss_share",
    "p95_wait_ms",
    "mean_workers",
    "reversals_per_h",
    "resizes_per_h",
    "spawns_per_h",
    "bound_workers",
    "score",
];

#[test]
fn one_controller_is_an_object_with_the_promised_members() {
    let home = Home::new();
    let ran = home.run(&["simulate", "--workload", "steady", "--seed", "2", "--controller", "qsf", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let outcome = ran.json();
    for name in CONTRACT {
        assert!(!outcome[name].is_null(), "{name} in {outcome}");
    }
    let number = |name: &str| outcome[name].as_f64().unwrap();
    assert!(number("miss_share") < 0.01 && number("bound_workers") < number("mean_workers"), "{outcome}");
    // Made with Python's `random`, from the same seed: the numbers come out again.
    assert!((number("mean_workers") - 8.3297).abs() < 0.01, "{outcome}");
    let again = home.run(&["simulate", "--workload", "steady", "--seed", "2", "--json"]);
    assert_eq!(again.stdout, ran.stdout, "qsf is the default, and the same seed gives the same");
}

#[test]
fn several_controllers_are_a_table_or_an_array() {
    let home = Home::new();
    let asked = ["simulate", "--workload", "agent-batch", "--controller", "fixed:4,naive,oracle"];
    let table = home.run(&asked);
    let firsts: Vec<_> = table.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(firsts, ["CONTROLLER", "fixed:4", "naive", "oracle"], "{table:?}");
    let array = home.run(&[&asked[..], &["--json"]].concat()).json();
    let names: Vec<_> = array.as_array().unwrap().iter().map(|one| one["controller"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["fixed:4", "naive", "oracle"]);
}

#[test]
fn a_trace_is_played_and_what_is_wrong_with_it_is_named_with_its_line() {
    let home = Home::new();
    let path = home.path().join("calls.csv");
    let calls = (0..600).map(|call| format!("{}.{},1", call / 10, call % 10)).collect::<Vec<_>>().join("\n");
    fs::write(&path, format!("arrival_s,service_s\n{calls}")).unwrap();
    let file = path.display().to_string();
    let asked = |more: &[&str]| home.run(&[&["simulate", "--trace", &file][..], more].concat());
    let few = asked(&["--controller", "fixed:5", "--lane", "interactive", "--json"]).json();
    let many = asked(&["--controller", "fixed:12", "--json"]).json();
    assert!(few["miss_share"].as_f64().unwrap() > 0.9 && many["miss_share"] == 0.0, "{few} {many}");
    let bounded = asked(&["--max", "6", "--controller", "qsf", "--json"]).json();
    assert!(bounded["peak_workers"].as_u64().unwrap() <= 6, "{bounded}");
    let limited = asked(&["--queue", "3", "--controller", "fixed:5", "--json"]).json();
    assert!(limited["shed"].as_u64() > few["shed"].as_u64(), "{limited}");
    let why = asked(&["--decisions"]).stdout;
    assert!(why.contains("wait and none is idle") || why.contains("calls/s of"), "{why}");

    fs::write(&path, "arrival_s,service_s\n1,2\n3,soon\n").unwrap();
    let wrong = asked(&[]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains(&format!("{file}:3: service_s \"soon\" is no number")), "{}", wrong.stderr);
}

#[test]
fn what_was_recorded_is_played_again_with_what_if() {
    let home = Home::with("[pool]\nmin = 3\nmax = 9\n");
    fs::create_dir_all(home.path().join("state")).unwrap();
    let history = History::start(home.state("history.sqlite"), Keep::days(30, 512_000_000));
    let mut fixture = Fixture::default();
    let begins = unix_ms() / 1_000 * 1_000 - 300_000;
    let mut calls = 0;
    for second in 1..=120_u64 {
        let interval = Interval { time_ms: begins + second * 1_000, sequence: second, ..fixture.next() };
        calls += interval.tools.iter().map(|tool| u64::from(tool.calls)).sum::<u64>();
        history.push(Arc::new(interval));
    }
    assert!(history.flush(LIMIT), "{:?}", history.problem());
    drop(history);
    let asked = |more: &[&str]| home.run(&[&["simulate", "--history", "1h"][..], more].concat());
    let one = asked(&["--json"]).json();
    let played = one["calls"].as_u64().unwrap();
    assert!(played > 0 && played <= calls, "{played} of {calls} calls had a worker: {one}");
    assert!((119.0..=121.0).contains(&one["length_s"].as_f64().unwrap()), "times without a server are left out: {one}");
    assert!(one["peak_workers"].as_u64().unwrap() <= 9 && one["bound_workers"].as_f64().unwrap() > 0.0, "{one}");
    let all = asked(&["--controller", "all", "--json"]).json();
    let names: Vec<_> =
        all.as_array().unwrap().iter().map(|outcome| outcome["controller"].as_str().unwrap().to_owned()).collect();
    for name in ["qsf", "naive", "doubling", "hpa", "fpm", "aimd"] {
        assert!(names.iter().any(|other| other == name), "{name} in {names:?}");
    }
    assert!(names.iter().any(|name| name.starts_with("fixed:")), "{names:?}");
    let few = asked(&["--max", "3", "--size", "3", "--controller", "fixed:3", "--json"]).json();
    assert_eq!(few["peak_workers"], 3, "{few}");
    let table = asked(&[]).stdout;
    assert!(
        table.contains("3 to 9 workers") && table.contains("without any wait at least") && table.contains("\nqsf"),
        "{table}"
    );
    assert_eq!(asked(&["--json"]).json(), one, "the same seed plays the same");
    let nothing = home.run(&["simulate", "--history", "30d..29d"]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert!(nothing.stderr.contains("no call that had a worker is stored"), "{}", nothing.stderr);
}

#[test]
fn wrong_use_says_what_there_is() {
    let home = Home::new();
    for (asked, words) in [
        (&["--workload", "stormy"][..], "steady, step5, onoff"),
        (&["--workload", "steady", "--controller", "best"], "qsf, naive, doubling, fixed:N"),
        (&["--workload", "steady", "--min", "9", "--max", "3"], "--min 9 is above --max 3"),
        (&["--history", "1h"], "there is no history"),
        (&["--trace", "nowhere.csv"], "nowhere.csv"),
        (&[], "--workload"),
    ] {
        let ran = home.run(&[&["simulate"], asked].concat());
        assert!(ran.code == Some(2) && ran.stderr.contains(words), "{asked:?}: {ran:?}");
    }
}

#[test]
fn without_a_server_there_is_nothing_to_stop() {
    let ran = Home::new().run(&["stop-all"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("nothing to stop") && ran.stderr.contains("kmtop --serve"), "{}", ran.stderr);
}
