//! `kmtop report`, `kmtop check`, `kmtop baseline`, `kmtop bench --compare` and recordings of alerts, as their user meets them.

mod day;

use std::fs;

use kmtop::record::{Recording, Source};
use serde_json::{Value, json};

use crate::harness::{Home, Ran, Server, until};
use day::{FAILURES, Tool, WAITS, minute, minute_ms};

const DAY: [&str; 4] = ["--since", "2026-01-31T00:00:00Z", "--until", "2026-02-01T00:00:00Z"];

#[track_caller]
fn utc(home: &Home, arguments: &[&str]) -> Ran {
    Ran::of(home.command(arguments).env("TZ", "UTC"))
}

#[test]
fn a_day_with_two_incidents_is_told_whole() {
    let home = Home::new();
    day::write(&home, day::with_two_incidents());
    let ran = utc(&home, &[&["report", "--format", "json"][..], &DAY].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let report = ran.json();
    let incidents = report["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 2, "{incidents:#?}");
    let (waits, failures) = (&incidents[0], &incidents[1]);
    assert_eq!((&waits["rules"], &waits["began_ms"]), (&json!(["queue_wait"]), &json!(minute_ms(WAITS.0 - 1) + 10_000)));
    assert_eq!((&failures["rules"], &failures["began_ms"]), (&json!(["error_share"]), &json!(minute_ms(FAILURES.0 - 1) + 5_000)));
    assert_eq!(waits["ended_ms"], json!(minute_ms(WAITS.2) - 20_000), "to the second, although looks are minutes apart");
    assert_eq!(waits["bottleneck"], "pool too small");
    assert_eq!((&waits["changes"], &failures["changes"]), (&json!([0]), &json!([1])));
    let effects: Vec<&Value> = report["changes"].as_array().unwrap().iter().map(|change| &change["effect"]).collect();
    assert_eq!(effects, ["helped", "no_difference"], "{:#}", report["changes"]);
    assert_eq!(
        (&report["bottlenecks"][0]["bottleneck"], &report["bottlenecks"][0]["looks"]),
        (&json!("pool too small"), &json!(20))
    );
    assert_eq!(report["summary"]["calls"], 1_440 * 60);
    assert_eq!(report["advice"][0]["issue"], "a worker grows");
    assert!(report["capacity"]["words"].as_str().unwrap().contains("of 15 workers"), "{}", report["capacity"]);
    let memory = report["trends"].as_array().unwrap().iter().find(|trend| trend["name"] == "memory of kmtop itself").unwrap();
    // 40.1 MB and 10.08 MB a day: some 143 hours to 100 MB.
    assert!((120.0..170.0).contains(&memory["reaches_in_h"][0].as_f64().unwrap()), "{memory}");
    let broken: Vec<String> = report["contracts"]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["outcome"] == "broken")
        .map(|line| format!("{} {}", line["subject"].as_str().unwrap(), line["measure"].as_str().unwrap()))
        .collect();
    assert_eq!(broken, ["km_get_variable success", "km_run_macro p99"], "{:#}", report["contracts"]);
    the_same_day_for_people(&home);
}

#[track_caller]
fn the_same_day_for_people(home: &Home) {
    let text = utc(home, &[&["report"][..], &DAY].concat());
    assert_eq!(text.code, Some(0), "{text:?}");
    for expected in [
        "### 1. queue_wait (critical)",
        "Began at 2026-01-31 03:00:10; over at 2026-01-31 03:20:40, after 20m.",
        "Held back by: pool too small.",
        "Changed at 2026-01-31 03:19:30: pool from 4 to 8 workers (by console). It helped: p95 of the wait for a worker",
        "### 2. error_share (critical)",
        "Changed at 2026-01-31 15:09:30: pool from 8 to 10 workers (by console). It made no difference",
        "recycling: a worker grows (20,000 calls → 5,000 calls)",
        "## Capacity",
    ] {
        assert!(text.stdout.contains(expected), "{expected}\n{}", text.stdout);
    }
    let path = home.path().join("day.html");
    let file = path.display().to_string();
    let ran = utc(home, &[&["report", "--output", &file][..], &DAY].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    let page = fs::read_to_string(&path).unwrap();
    assert_eq!((page.matches("<svg").count(), page.matches("<script").count()), (4, 0));
    assert!(page.contains("<h2>Incidents</h2>") && page.contains("It helped"), "{page}");
    assert_eq!(page.matches("http").count(), page.matches("http://www.w3.org").count(), "it needs nothing from elsewhere");
}

#[test]
fn nothing_stored_is_an_exit_code_of_its_own() {
    let home = Home::new();
    assert_eq!(home.run(&["report"]).code, Some(2), "there is no history at all");
    day::write(&home, [minute(1, &[])]);
    let ran = home.run(&["report", "--since", "2025-01-01", "--until", "2025-01-02"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("nothing is stored"), "{ran:?}");
    assert_eq!(home.run(&["report", "--since", "1h", "--until", "2h"]).code, Some(2));
}

#[test]
fn a_check_of_the_history_is_kept_broken_or_not_measured() {
    let home = Home::new();
    let tool = Tool { name: "km_run_macro", calls: 40, errors: 0, wait: 4.0, work: 100.0 };
    day::write(&home, (1..=30).map(|at| minute(at, &[tool])));
    let file = home.path().join("contracts.toml");
    let contracts = file.display().to_string();
    let check = |text: &str, more: &[&str]| {
        fs::write(&file, text).unwrap();
        home.run(&[&["check", "--contracts", &contracts][..], &DAY, more].concat())
    };
    let kept = check("[[contract]]\ntool = \"km_run_macro\"\np95_ms = 20\nsuccess_percent = 99\n[process]\nmemory_mb = 50", &[]);
    assert_eq!((kept.code, kept.stdout.lines().last()), (Some(0), Some("kept")), "{kept:?}");
    let broken = check("[[contract]]\ntool = \"km_run_macro\"\np95_ms = 5", &["--json"]);
    let told = broken.json();
    assert_eq!((broken.code, &told["outcome"], &told["broken"]), (Some(1), &json!("broken"), &json!(1)), "{told:#}");
    let missing =
        check("[[contract]]\ntool = \"km_run_macro\"\np95_ms = 20\n[[contract]]\ntool = \"gone\"\np95_ms = 5", &["--junit", "-"]);
    assert_eq!(missing.code, Some(2), "could not measure is not kept: {missing:?}");
    assert!(missing.stdout.contains("<error message=\"it was not called\" type=\"not_measured\"/>"), "{}", missing.stdout);
    let wrong = check("[[contract]]\ntool = \"x\"\np95 = 5", &[]);
    assert!(
        wrong.code == Some(2) && wrong.stderr.contains("contracts.toml") && wrong.stderr.contains("unknown field"),
        "{wrong:?}"
    );
    let usual = home.run(&[&["check"][..], &DAY].concat());
    assert_eq!(usual.code, Some(0), "the defaults hold: {usual:?}");
    assert_eq!(
        home.run(&["check", "--since", "2025-01-01", "--until", "2025-01-02"]).code,
        Some(2),
        "no numbers, no promise kept"
    );
}

#[test]
fn a_check_of_the_running_server_and_of_a_load_test() {
    let server = Server::start();
    let none = server.home.run(&["check", "--live", "--contracts", "/nonexistent.toml"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    for _ in 0..25 {
        server.home.ask("health_check", json!({}));
    }
    let file = server.home.path().join("c.toml");
    fs::write(&file, "[[contract]]\ntool = \"health_check\"\np95_ms = 3000\n").unwrap();
    let asked = ["check", "--live", "--json", "--contracts", file.to_str().unwrap()];
    // The calls are counted with the next tick.
    let told = until("the calls", || {
        let ran = server.home.run(&asked);
        if ran.code == Some(0) { Ok(ran.json()) } else { Err(format!("{ran:?}")) }
    });
    assert_eq!((&told["outcome"], &told["promises"][0]["subject"]), (&json!("kept"), &json!("health_check")), "{told:#}");
    let short = ["--rate", "60", "--duration", "1s", "--warm-up", "0", "--settle", "100ms"];
    let run = server.home.run(&[&["bench", "--json", "--mix", "health=1"][..], &short].concat());
    let path = server.home.path().join("run.json");
    fs::write(&path, &run.stdout).unwrap();
    let ran = server.home.run(&["check", path.to_str().unwrap(), "--contracts", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(run.json()["tools"][0]["tool"] == "health_check" && ran.stdout.starts_with("load test"), "{ran:?}");
}

/// Hours of a server: each five minutes of its own pace, one tool slowed by `factor` in the last half hour.
fn hours(factor: f64) -> Vec<kmtop::model::Interval> {
    let tools = |at: u64| {
        // A pace that wanders by a few percent from window to window, each tool by its own.
        let pace = |tool: u64| 1.0 + 0.02 * (((at - 1) / 5 * 7 + tool * 3) % 5) as f64;
        let slow = if at > 120 { factor } else { 1.0 };
        [("km_get_variable", 3.0, 1.0), ("km_list_macros", 9.0, 1.0), ("km_run_macro", 80.0, slow)]
            .into_iter()
            .zip(0..)
            .map(|((name, work, slow), tool)| Tool { name, calls: 60, errors: 0, wait: 0.5, work: work * pace(tool) * slow })
            .collect::<Vec<Tool>>()
    };
    (1..=150).map(|at| minute(at, &tools(at))).collect()
}

#[test]
fn a_slow_down_of_a_quarter_is_confirmed_and_named_and_two_percent_is_not() {
    let saved = ["--since", "2026-01-31T00:00:00Z", "--until", "2026-01-31T02:00:00Z"];
    let late = ["--since", "2026-01-31T02:00:00Z", "--until", "2026-01-31T02:30:00Z"];
    let compare = |factor| {
        let home = Home::new();
        day::write(&home, hours(factor));
        let ran = home.run(&[&["baseline", "save", "good"][..], &saved].concat());
        assert_eq!((ran.code, ran.stdout.trim()), (Some(0), "24 windows added to good; it has 20"), "{ran:?}");
        let list = home.run(&["baseline", "list", "--json"]).json();
        assert_eq!((&list[0]["name"], &list[0]["windows"]), (&json!("good"), &json!(20)));
        assert!(home.run(&["baseline", "show", "good"]).stdout.contains("km_run_macro"));
        let ran = home.run(&[&["baseline", "compare", "good"][..], &late].concat());
        let json = home.run(&[&["baseline", "compare", "good", "--json"][..], &late].concat());
        (ran, json)
    };
    let (ran, json) = compare(1.25);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.ends_with("slower beyond doubt: km_run_macro\n"), "{ran:?}");
    let first = &json.json()["operations"][0];
    assert_eq!((&first["operation"], &first["course"]), (&json!("km_run_macro"), &json!("slower")), "{first:#}");
    assert!(first["confidence"].as_f64().unwrap() > 0.95 && first["body"]["low"].as_f64().unwrap() > 1.05, "{first:#}");
    let (ran, _) = compare(1.02);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.ends_with("3 compared, none slower beyond doubt\n"), "{ran:?}");
}

#[test]
fn load_tests_make_a_baseline_and_what_is_not_enough_is_said() {
    let home = Home::new();
    let run = home.run(&[
        "bench",
        "--json",
        "--rate",
        "60",
        "--duration",
        "1s",
        "--warm-up",
        "0",
        "--settle",
        "100ms",
        "--mix",
        "health=1",
    ]);
    let path = home.path().join("run.json");
    fs::write(&path, &run.stdout).unwrap();
    let (run, baseline) = (path.to_str().unwrap(), home.path().join("sub/main.json"));
    let baseline = baseline.to_str().unwrap();
    assert_eq!(home.run(&["baseline", "compare", baseline, run]).code, Some(2), "there is none");
    for words in ["1 windows added", "0 windows added"] {
        let ran = home.run(&["baseline", "save", baseline, run]);
        assert!(ran.code == Some(0) && ran.stdout.starts_with(words), "{words}: {ran:?}");
    }
    let junit = home.path().join("junit.xml");
    let ran = home.run(&["baseline", "compare", baseline, run, "--junit", junit.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2), "nothing could be compared: {ran:?}");
    assert!(ran.stdout.contains("calls; 200 are needed") && ran.stdout.ends_with("nothing could be compared\n"), "{ran:?}");
    assert!(fs::read_to_string(junit).unwrap().contains("<testsuites name=\"kmtop baseline compare\""));
    assert_eq!(home.run(&["baseline", "save", "a:b", run]).code, Some(2));
    assert_eq!(home.run(&["baseline", "compare", "good", "/nonexistent.json"]).code, Some(2));
}

#[test]
fn two_settings_take_turns_and_the_decision_has_its_range() {
    let home = Home::new();
    let tried = home.path().join("tried.toml");
    fs::write(&tried, "[pool]\nmin = 3\nmax = 3\n[server]\nlisten = \"127.0.0.1:1\"\n").unwrap();
    let page = home.path().join("page.html");
    let flags = ["--duration", "300ms", "--warm-up", "0", "--rate", "150", "--mix", "health=1", "--json"];
    let mut command = home.command(&[&["bench", "--compare", tried.to_str().unwrap()][..], &flags].concat());
    let ran = Ran::of(command.arg("--html").arg(&page));
    let compared = &ran.json()["compare"];
    let decisions = ["keep", "roll_back", "no_difference", "inconclusive"];
    assert!(decisions.contains(&compared["decision"].as_str().unwrap()), "{compared:#}");
    assert!(compared["low"].as_f64().unwrap() <= compared["ratio"].as_f64().unwrap(), "{compared:#}");
    assert!(compared["ratio"].as_f64().unwrap() <= compared["high"].as_f64().unwrap(), "{compared:#}");
    let blocks = compared["blocks"].as_array().unwrap();
    assert!([8, 12, 16].contains(&blocks.len()), "{blocks:?}");
    // Each group of four has both sides twice, the outer ones alike.
    let arms: String = blocks[..4].iter().map(|block| block["arm"].as_str().unwrap()).collect();
    assert!(["abba", "baab"].contains(&arms.as_str()), "{arms}");
    assert_eq!(ran.code == Some(1), compared["decision"] == "roll_back", "{ran:?}");
    assert!(fs::read_to_string(page).unwrap().contains("<figure id=\"blocks\">"));
    fs::write(&tried, "[pool]\nmin = \"many\"\n").unwrap();
    let wrong = home.run(&["bench", "--compare", tried.to_str().unwrap(), "--duration", "300ms"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("pool"), "{wrong:?}");
}

#[test]
fn the_minutes_before_an_alert_are_saved() {
    let home = Home::with("[history]\nrecord_alerts = true\n");
    // A file that cannot be read is an alert at once.
    fs::write(home.path().join("data/library/broken.kmmacros"), "<plist><array><dict>").unwrap();
    let server = Server::in_home(home);
    let folder = server.home.path().join("data/recordings");
    let path = until("a recording", || {
        let entries = fs::read_dir(&folder).map_err(|error| error.to_string())?;
        let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        let ours = paths.iter().find(|path| path.to_string_lossy().ends_with("-library.kmrec"));
        ours.cloned().ok_or_else(|| format!("{paths:?}"))
    });
    let seconds = until("seconds in it", || {
        let recording = Recording::open(&path).map_err(|error| error.to_string())?;
        if recording.times().is_empty() { Err("none".to_owned()) } else { Ok(recording.times().len()) }
    });
    assert!(seconds <= 300, "{seconds}");
    until("the event", || {
        let told = utc(&server.home, &["export", "--table", "events"]).stdout;
        if told.contains("the five minutes before library are recorded: kmtop replay") { Ok(()) } else { Err(told) }
    });
}
