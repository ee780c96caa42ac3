//! The macro engine from the outside: the sample library, the index over it, and a worker driven over pipes.

mod corpus;
mod expressions;
mod runs;
mod scripts;
mod worker;
mod world;

use std::{
    collections::BTreeMap,
    fs,
    io::{Write, pipe},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use kmtop::{
    backend::{
        embedded::run_worker,
        protocol::{Message, Request},
    },
    library::Library,
    macros::{MacroSource, Mode, Profile, outline, portability, read::parse},
    model::Certainty,
};
use serde_json::{Value, json};

use worker::Worker;

const LIMIT: Duration = Duration::from_secs(10);

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.kmmacros")
}

#[test]
fn every_macro_of_the_sample_runs_but_the_one_that_asks() {
    let groups = parse(&fs::read(sample()).expect("the sample is there")).expect("it can be read");
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Sample", "Demo"]);
    for definition in groups.iter().flat_map(|group| &group.macros) {
        let verdict = portability(definition, &Profile::default());
        let expected = if definition.name == "Type Signature" { Mode::Refuse } else { Mode::Run };
        assert_eq!(verdict.mode, expected, "{}: {:#?}", definition.name, verdict.actions);
        assert_eq!(definition.actions[0].kind, "Comment", "{} says what it does", definition.name);
        assert!(outline(definition).contains("1. Comment"));
    }
}

#[test]
fn a_worker_does_every_operation() {
    let mut worker = Worker::start();
    assert_eq!(worker.call("ping", json!({})), Ok(json!({})));
    assert_eq!(worker.call("get_variable", json!({"name": "A"})), Ok(json!({"name": "A", "value": null})));
    assert_eq!(worker.call("set_variable", json!({"name": "A", "value": "40"})), Ok(json!({"name": "A", "value": "40"})));
    assert_eq!(worker.call("get_variable", json!({"name": "a"})), Ok(json!({"name": "a", "value": "40"})));
    assert_eq!(worker.call("calculate", json!({"expression": "A + 2"})), Ok(json!({"result": "42"})));
    assert_eq!(worker.call("process_tokens", json!({"text": "<%Variable%A%>"})), Ok(json!({"result": "<40>"})));
    assert_eq!(worker.call("list_variables", json!({})), Ok(json!({"names": ["A"]})));
    assert_eq!(worker.call("set_variable", json!({"name": "A", "value": "%Delete%"})), Ok(json!({"name": "A", "value": null})));
    assert_eq!(worker.call("list_variables", json!({})), Ok(json!({"names": []})));
    assert_eq!(format!("{:?}", worker.close()), format!("{:?}", ExitCode::SUCCESS));
}

#[test]
fn a_worker_says_what_is_wrong_with_a_request() {
    let mut worker = Worker::start();
    let cases = [
        ("nonsense", json!({}), "unknown_operation"),
        ("run_macro", json!({}), "bad_arguments"),
        ("run_macro", json!({"uid": "NOPE"}), "macro_not_found"),
        ("get_variable", json!({"name": "Local_x"}), "bad_arguments"),
        ("get_variable", json!({"name": "My Password"}), "bad_arguments"),
        ("set_variable", json!({"name": "a;b", "value": ""}), "bad_arguments"),
        ("calculate", json!({"expression": "1 +"}), "bad_arguments"),
        ("process_tokens", json!({"txt": "1 +"}), "bad_arguments"),
    ];
    for (operation, arguments, code) in cases {
        let error = worker.call(operation, arguments.clone()).expect_err(operation);
        assert_eq!((error.code.as_str(), error.outcome), (code, Certainty::NotRun), "{operation} {arguments}");
    }
}

#[test]
fn a_worker_runs_the_sample() {
    let mut worker = Worker::start();
    assert_eq!(worker.run("Greet", Some("Ann")).as_deref(), Ok("Hello, Ann!"));
    assert_eq!(worker.asked, 1);
    assert_eq!(worker.run("Greet", Some("Bob")).as_deref(), Ok("Hello, Bob!"));
    assert_eq!(worker.asked, 1, "the macro is kept as long as the revision stays");
    assert_eq!(worker.run("Word Count", Some("three 'quoted' $(words)")).as_deref(), Ok("3 words"));
    assert!(worker.run("Disk Report", None).expect("it runs").contains('%'));
    assert_eq!(worker.run("Invoice Total", None).as_deref(), Ok("Net 100, tax 19.00, total 119.00"));
    assert_eq!(worker.run("Countdown", Some("2")).as_deref(), Ok("Counted down from 2"));
    assert_eq!(worker.run("Backup Check", None).as_deref(), Ok("No backup has been noted yet"));
    assert!(worker.run("Backup Done", None).expect("it runs").starts_with("Backup noted at 20"));
    assert_eq!(worker.run("Backup Check", None).as_deref(), Ok("The backup is fresh: 0 hours old"));
    assert!(worker.run("Weather-free Morning Note", None).expect("it runs").contains("This is week "));
    assert!(worker.run("Nightly Report", None).expect("it runs").contains("\nSystem: "));
    assert_eq!(worker.run("Visit Counter", None).as_deref(), Ok("1"));
    assert_eq!(worker.run("Visit Counter", None).as_deref(), Ok("2"));
    assert_eq!(worker.run("Slugify", Some("Héllo, \"World\" `no`")).expect("it runs").replace("--", "-"), "h-llo-world-no");
    assert_eq!(worker.run("Check Address", Some("ann@example.org")).as_deref(), Ok("looks right"));
    assert_eq!(worker.run("Check Address", Some("ann@")).as_deref(), Ok("looks wrong"));
    assert!(worker.run("Slow Report", None).expect("it runs").starts_with("Report of "));
    assert!(worker.groups.values().all(|alive| !alive), "every script was reaped");
}

#[test]
fn failures_and_refusals_name_the_action() {
    let mut worker = Worker::start();
    let failed = worker.run("Flaky Upload", None).expect_err("the first upload fails");
    assert_eq!((failed.code.as_str(), failed.outcome), ("macro_failed", Certainty::Failed));
    assert!(
        failed.message.contains("actions[2]") && failed.message.contains("exit code 1: upload refused"),
        "{}",
        failed.message
    );
    assert_eq!(worker.run("Flaky Upload", None).as_deref(), Ok("uploaded"));
    let refused = worker.run("Type Signature", None).expect_err("it asks");
    assert_eq!((refused.code.as_str(), refused.outcome), ("refused", Certainty::NotRun));
    assert!(refused.message.contains("2 (PromptWithList) at actions[1]"), "{}", refused.message);
}

#[test]
fn a_dry_run_changes_nothing() {
    let mut worker = Worker::start();
    let mut arguments = worker.arguments("Visit Counter", None);
    arguments["dry_run"] = json!(true);
    let value = worker.call("run_macro", arguments).expect("it may run");
    assert_eq!((&value["dry_run"], &value["result"]), (&json!(true), &Value::Null));
    assert!(value["outline"].as_str().expect("an outline").contains("SetVariableToCalculation: Sample Visits"));
    assert_eq!(worker.call("list_variables", json!({})), Ok(json!({"names": []})));
}

/// Whether a process group is gone. What was killed stays a member until its parent, or the system's first process, has reaped it.
fn is_gone(group: u32) -> bool {
    let until = Instant::now() + LIMIT;
    while is_alive(group) && Instant::now() < until {
        thread::sleep(Duration::from_millis(5));
    }
    !is_alive(group)
}

/// Whether a process group has members.
fn is_alive(group: u32) -> bool {
    let pid = rustix::process::Pid::from_raw(i32::try_from(group).expect("a number")).expect("not zero");
    rustix::process::test_kill_process_group(pid).is_ok()
}

/// Starts the macro that hangs, and waits until its script runs.
fn hang(worker: &mut Worker) -> (u64, u32) {
    let arguments = worker.arguments("Hung Export", None);
    let job = worker.begin("run_macro", arguments);
    loop {
        match worker.receive() {
            Message::Ask { ask, arguments, .. } => {
                let found = worker.library.find_by_uid(arguments["uid"].as_str().expect("a UUID")).expect("in the sample");
                worker.send(&Request::Answer { ask, answer: serde_json::to_value(&*found).expect("a macro is JSON") });
            }
            Message::Group { process_group, alive: true, .. } => return (job, process_group),
            other => panic!("unexpected {other:?}"),
        }
    }
}

#[test]
fn cancelling_ends_the_script_and_spares_the_worker() {
    let mut worker = Worker::start();
    let (job, group) = hang(&mut worker);
    assert!(is_alive(group));
    let started = Instant::now();
    worker.send(&Request::Cancel { id: job });
    let error = worker.finish(job).expect_err("cancelled");
    assert_eq!((error.code.as_str(), error.outcome), ("cancelled", Certainty::Unknown));
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(is_gone(group));
    assert_eq!(worker.groups, BTreeMap::from([(group, false)]));
    worker.send(&Request::Cancel { id: 999 });
    assert_eq!(worker.call("ping", json!({})), Ok(json!({})), "a cancellation of no job does nothing");
}

#[test]
fn cancelling_ends_a_pause_and_a_job_that_waits() {
    let mut worker = Worker::start();
    let arguments = worker.arguments("Slow Report", None);
    let (first, second) = (worker.begin("run_macro", arguments), worker.begin("ping", json!({})));
    worker.send(&Request::Cancel { id: second });
    worker.send(&Request::Cancel { id: first });
    assert_eq!(worker.finish(first).expect_err("cancelled").code, "cancelled");
    let error = worker.finish(second).expect_err("cancelled");
    assert_eq!((error.code.as_str(), error.outcome), ("cancelled", Certainty::NotRun));
}

#[test]
fn the_end_of_the_server_ends_the_script() {
    let mut worker = Worker::start();
    let (_, group) = hang(&mut worker);
    let started = Instant::now();
    worker.close();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(is_gone(group));
}

#[test]
fn a_worker_refuses_another_protocol() {
    for line in [r#"{"type":"hello","version":99,"nonce":"n","settings":{}}"#, "garbage", r#"{"type":"cancel","id":1}"#] {
        let (input, mut requests) = pipe().expect("a pipe");
        let (_messages, output) = pipe().expect("a pipe");
        requests.write_all(format!("{line}\n").as_bytes()).expect("written");
        let worker = thread::spawn(move || run_worker(input, output));
        assert_eq!(format!("{:?}", worker.join().expect("no panic")), format!("{:?}", ExitCode::FAILURE), "{line}");
    }
}

#[test]
fn workers_share_the_library_without_copies() {
    let library = Library::start(vec![sample()]);
    assert!(library.wait_ready(LIMIT));
    let index = library.index();
    let entry = index.find("Greet").expect("in the sample");
    let found = library.find_by_uid(&entry.uid.to_lowercase()).expect("in any case");
    assert!(Arc::ptr_eq(&found, &entry.definition));
}

#[test]
fn the_deepest_macro_that_is_read_fits_into_a_message() {
    let value = |depth: usize| format!("{}{}", "<array>".repeat(depth), "</array>".repeat(depth));
    let file = |actions: usize, values: usize| {
        let open = "<dict><key>MacroActionType</key><string>Group</string><key>Actions</key><array>".repeat(actions - 1);
        let inner = format!("<dict><key>MacroActionType</key><string>Comment</string><key>X</key>{}</dict>", value(values));
        let actions = format!("<key>Actions</key><array>{open}{inner}{}</array>", "</array></dict>".repeat(actions - 1));
        format!("<plist><array><dict><key>Macros</key><array><dict>{actions}</dict></array></dict></array></plist>")
    };
    // Every split of the two bounds between nested actions and nested values.
    for actions in 1..=32 {
        let deepest = (1..80).rev().find_map(|values| parse(file(actions, values).as_bytes()).ok()).expect("some depth is read");
        let answer = serde_json::to_value(&deepest[0].macros[0]).expect("a macro is JSON");
        let line = serde_json::to_string(&Request::Answer { ask: 1, answer }).expect("a request is JSON");
        let read: Request = serde_json::from_str(&line).expect("the worker reads it");
        assert!(matches!(read, Request::Answer { .. }), "{actions}");
    }
    let deeper = parse(file(33, 1).as_bytes()).expect("the rest of the file is read");
    assert!(deeper.iter().all(|group| group.macros.is_empty()), "a macro that is too deep is left out");
}

#[test]
fn the_library_is_searched_by_text() {
    let library = Library::start(vec![sample()]);
    assert!(library.wait_ready(LIMIT));
    let index = library.index();
    let found: Vec<_> =
        index.search("BACKUP TIME", 50).into_iter().map(|found| (found.entry.name.clone(), found.place, found.snippet)).collect();
    assert_eq!(found[0], ("Backup Done".into(), "actions[1].Variable".into(), "Backup Time".into()));
    assert!(found.iter().any(|(name, place, _)| name == "Backup Check" && place == "actions[1].Conditions"));
    let sleep = index.search("sleep 600", 50);
    assert_eq!((sleep.len(), sleep[0].place.as_str(), sleep[0].snippet.as_str()), (1, "actions[1].Text", "sleep 600"));
    assert_eq!(index.search("e", 7).len(), 7);
    assert_eq!(index.search("", 7), []);
}
