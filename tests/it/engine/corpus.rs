//! Every action type that runs or is simulated here, in a macro of its own, run by a real worker.
//!
//! A file of `tests/data/macros/types` holds macros that say in comments what they expect; macros without such a comment are
//! helpers of the others. The comment's title says what is meant, its text is what it shall be:
//!
//! | title | what |
//! |---|---|
//! | `Expected` | the macro's result |
//! | `Expected failure` | part of the error's message |
//! | `Expected typed` and the like | that list of the sinks, one entry a line |
//!
//! The variable `Test Folder` names a folder that is empty at first, `Test Address` a web address that answers `pong`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::PathBuf,
    thread,
};

use kmtop::macros::{Action, Macro, Mode, read::parse, table::TABLE};
use serde_json::{Value, json};

use super::Worker;
use crate::harness::data;

fn fixtures() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(data("macros/types")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "kmmacros"));
    files.sort();
    files
}

fn macros(file: &PathBuf) -> Vec<Macro> {
    let groups = parse(&fs::read(file).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    groups.into_iter().flat_map(|group| group.macros).collect()
}

/// What a macro expects: by `result`, `failure` or the name of a list of the sinks.
fn expected(definition: &Macro) -> BTreeMap<String, String> {
    let comments = definition.actions.iter().filter(|action| action.kind == "Comment");
    comments
        .filter_map(|comment| {
            let what = comment.word("Title")?.strip_prefix("Expected")?.trim();
            let what = if what.is_empty() { "result" } else { what };
            Some((what.to_owned(), comment.word("Text").unwrap_or_default().to_owned()))
        })
        .collect()
}

/// Answers every request with `pong`, as long as the tests run.
fn pong() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npong");
        }
    });
    address
}

fn profile() -> Value {
    json!({
        "network": true,
        "desktop": {
            "front": { "name": "Notes", "bundle_id": "com.apple.Notes" },
            "running": [{ "name": "Notes", "bundle_id": "com.apple.Notes" }, { "name": "Finder", "bundle_id": "com.apple.finder" }],
            "windows": [{ "title": "Plan", "frame": [10.0, 20.0, 300.0, 200.0] }],
            "screens": [{ "frame": [0.0, 0.0, 1440.0, 900.0] }],
            "mouse": [5.0, 6.0],
        },
    })
}

/// What is wrong with a macro's run; nothing when all is as expected.
fn faults(worker: &mut Worker, definition: &Macro) -> Vec<String> {
    let wanted = expected(definition);
    let ran = worker.call("run_macro", json!({ "uid": definition.uid, "parameter": "trigger" }));
    let said = |what: &str| match (&ran, what) {
        (Err(error), "failure") => error.message.clone(),
        (Ok(_), "failure") => "it did not fail".to_owned(),
        (Err(error), "result") => format!("it failed: {}", error.message),
        (Ok(report), "result") => report["result"].as_str().unwrap_or("(no result)").to_owned(),
        (ran, sink) => {
            let report = match ran {
                Ok(report) => report,
                Err(error) => error.partial.as_ref().unwrap_or(&Value::Null),
            };
            match &report["sinks"][sink] {
                Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap_or("?")).collect::<Vec<_>>().join("\n"),
                Value::String(text) => text.clone(),
                other => format!("{other}"),
            }
        }
    };
    let differs = |(what, wanted): (&String, &String)| {
        let said = said(what);
        let same = if what == "failure" { said.contains(wanted.as_str()) } else { said == *wanted };
        (!same).then(|| format!("{}, {what}:\n  expected {wanted:?}\n  got      {said:?}", definition.name))
    };
    wanted.iter().filter_map(differs).collect()
}

#[test]
fn macros_of_every_type_do_what_they_say() {
    let address = pong();
    let mut wrong = Vec::new();
    for file in fixtures() {
        let mut worker = Worker::with(file.clone(), &profile());
        let folder = worker.folder.path().join("files");
        fs::create_dir(&folder).unwrap();
        for (name, value) in [("Test Folder", folder.to_str().unwrap()), ("Test Address", &address)] {
            worker.call("set_variable", json!({ "name": name, "value": value })).unwrap();
        }
        for definition in macros(&file).iter().filter(|definition| !expected(definition).is_empty()) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            wrong.extend(faults(&mut worker, definition).into_iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn kinds<'a>(actions: &'a [Action], found: &mut BTreeSet<&'a str>) {
    for action in actions.iter().filter(|action| action.enabled) {
        found.insert(&action.kind);
        action.blocks.values().for_each(|block| kinds(block, found));
    }
}

#[test]
fn every_type_that_runs_has_a_macro() {
    let all: Vec<Macro> = fixtures().iter().flat_map(macros).collect();
    let mut found = BTreeSet::new();
    for definition in &all {
        kinds(&definition.actions, &mut found);
    }
    let runs = TABLE.iter().filter(|known| known.mode != Mode::Refuse).map(|known| known.name);
    let missing: Vec<&str> = runs.filter(|name| !found.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "add a macro with each to a file of tests/data/macros/types");
}
