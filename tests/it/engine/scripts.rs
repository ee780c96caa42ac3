//! Shell scripts, run by a worker.

use std::time::{Duration, Instant};

use kmtop::{
    backend::protocol::{Message, Request},
    model::JobError,
};
use serde_json::{Value, json};

use super::Worker;

/// A macro of one script action with these fields, served under its own UUID.
fn script(worker: &mut Worker, fields: &Value) -> Result<Value, JobError> {
    let mut action = json!({"UseText": true, "DisplayKind": "Variable", "Variable": "Local_out"});
    action.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    let definition = json!({"uid": "SCRIPT", "name": "Script", "group": "G", "enabled": true, "actions": [
        {"kind": "ExecuteShellScript", "enabled": true, "fields": action},
        {"kind": "Return", "enabled": true, "fields": {"Text": "%Local_out%"}},
    ]});
    let job = worker.begin("run_macro", json!({"uid": "SCRIPT"}));
    match worker.receive() {
        Message::Ask { ask, .. } => worker.send(&Request::Answer { ask, answer: definition }),
        other => panic!("unexpected {other:?}"),
    }
    let value = worker.finish(job)?;
    Ok(value["result"].clone())
}

#[test]
fn scripts_behave_as_in_a_terminal() {
    let mut worker = Worker::start();
    let cases = [
        (json!({"Text": "echo ' a '"}), json!("a")),
        (json!({"Text": "printf ' a '", "TrimResultsNew": false}), json!(" a ")),
        (json!({"Text": "#!/bin/cat -u\nline"}), json!("#!/bin/cat -u\nline")),
        (json!({"Text": "echo out; echo err >&2", "IncludeStdErr": true}), json!("out\nerr")),
        (json!({"Text": "echo out; echo err >&2"}), json!("out")),
        (json!({"Text": "cat"}), json!("")),
        (json!({"Text": "exit 3", "HonourFailureSettings": false}), json!("")),
        (json!({"Text": "sleep 5 & echo on"}), json!("on")),
        (json!({"Text": "if command -v setsid >/dev/null; then setsid sleep 4 & fi; echo away"}), json!("away")),
    ];
    for (fields, expected) in cases {
        let started = Instant::now();
        assert_eq!(script(&mut worker, &fields), Ok(expected), "{fields}");
        assert!(started.elapsed() < Duration::from_secs(3), "{fields} took {:?}", started.elapsed());
    }
    let many = script(&mut worker, &json!({"Text": "head -c 3000000 /dev/zero | tr '\\0' x"})).expect("it runs");
    assert_eq!(many.as_str().map(str::len), Some(1024 * 1024));
    let long = format!("# {}\necho long", "x".repeat(200_000));
    assert_eq!(script(&mut worker, &json!({ "Text": long })), Ok(json!("long")));
}

#[test]
fn scripts_get_a_clean_environment() {
    let mut worker = Worker::start();
    worker.call("set_variable", json!({"name": "Two Words", "value": "a\nb"})).expect("set");
    let names = script(&mut worker, &json!({"Text": "env | grep -o '^[A-Za-z_]*=' | sort"})).expect("it runs");
    let allowed = [
        "HOME",
        "KMINSTANCE",
        "KMVAR_Two_Words",
        "LANG",
        "LOGNAME",
        "OLDPWD",
        "PATH",
        "PWD",
        "SHELL",
        "SHLVL",
        "TMPDIR",
        "TZ",
        "USER",
        "_",
    ];
    for name in names.as_str().expect("text").lines() {
        let name = name.trim_end_matches('=');
        assert!(allowed.contains(&name) || name.starts_with("LC_"), "{name} is none of a script's business");
    }
    assert_eq!(script(&mut worker, &json!({"Text": "echo \"$KMVAR_Two_Words\""})), Ok(json!("a\nb")));
}

#[test]
fn scripts_end_at_their_limit() {
    let mut worker = Worker::start();
    let started = Instant::now();
    let error = script(&mut worker, &json!({"Text": "sleep 60", "TimeOutPeriod": "0.2"})).expect_err("too long");
    assert!(error.message.contains("took longer than 200ms"), "{}", error.message);
    assert!(started.elapsed() < Duration::from_secs(2));
    // One that ignores the polite signal.
    let error = script(&mut worker, &json!({"Text": "trap '' TERM; while :; do sleep 0.1; done", "TimeOutPeriod": "0.2"}))
        .expect_err("too long");
    assert!(error.message.contains("took longer"), "{}", error.message);
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}
