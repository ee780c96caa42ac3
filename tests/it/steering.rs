//! A server that steers itself, and one that is stopped: the real thing, with real workers.

use std::{
    fs,
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use rustix::{fs::OFlags, process::Signal};
use serde_json::{Value, json};

use crate::harness::{Home, Server, until, until_is};

#[test]
fn the_red_stop_refuses_calls_until_it_is_lifted() {
    let server = Server::start();
    let home = &server.home;
    home.ask("km_calculate", json!({ "expression": "1+1" }));
    let stopped = home.run(&["stop-all"]);
    assert!(stopped.code == Some(0) && stopped.stdout.starts_with("stopped by"), "{stopped:?}");
    let (error, text) = home.try_ask("km_calculate", json!({ "expression": "1+1" })).unwrap_err();
    assert_eq!((&error["error"]["code"], &error["error"]["outcome"]), (&json!("stopped"), &json!("not-run")), "{error}");
    assert!(text.contains("--lift"), "{text}");
    home.ask("health_check", json!({}));
    assert!(home.pool()["stopped"].is_string());
    let lifted = home.run(&["stop-all", "--lift"]);
    assert!(lifted.code == Some(0) && lifted.stdout.contains("calls are taken again"), "{lifted:?}");
    assert_eq!(home.ask("km_calculate", json!({ "expression": "1+1" }))["result"], "2");
    assert!(home.pool()["stopped"].is_null());
}

/// Raised when it goes.
struct Flag<'a>(&'a AtomicBool);

impl Drop for Flag<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn an_overloaded_pool_is_proposed_to_grow_and_grows_by_itself_when_it_may() {
    let home = Home::with("[pool]\nmin = 1\nmax = 6\n");
    let pause = "<dict><key>MacroActionType</key><string>Pause</string><key>Time</key><string>0.2</string></dict>";
    let text = format!(
        "<plist><array><dict><key>Name</key><string>G</string><key>Macros</key><array><dict><key>Name</key><string>Slow</string>\
         <key>UID</key><string>SLOW</string><key>Actions</key><array>{pause}</array></dict></array></dict></array></plist>"
    );
    std::fs::write(home.path().join("data/library/slow.kmmacros"), text).unwrap();
    let server = Server::in_home(home);
    let home = &server.home;
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        // Also when this fails: the callers must not go on for ever.
        let _end = Flag(&ended);
        for _ in 0..8 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let _ = home.try_ask("km_run_macro", json!({ "macro": "SLOW" }));
                }
            });
        }
        // A machine that is busy with other things has no room, and the controller must not take it.
        let full = |pool: &Value| pool["sizing"]["room"] == pool["target"];
        let decided = |pool: &Value| pool["sizing"]["decisions"].as_array().is_some_and(|decisions| !decisions.is_empty());
        let proposed = until_is("a decision", || home.pool(), |pool| decided(pool) || full(pool));
        assert_eq!(proposed["target"], 1, "it may only suggest");
        let text = home.ask("set_strategy", json!({ "autopilot": "auto-safe", "target": "speed" }))["text"].clone();
        assert_eq!(text, "autopilot suggest -> auto-safe, target balanced -> speed");
        let grown = until_is("growth", || home.pool(), |pool| pool["target"].as_u64() > Some(1) || full(pool));
        let reason = grown["reason"].as_str().unwrap();
        assert!(reason.ends_with("(autopilot)") || full(&grown), "{grown:#}");
    });
    let journal = std::fs::read_to_string(home.state("changes.jsonl")).unwrap();
    assert!(journal.contains("\"begun\"") && journal.contains("autopilot suggest -> auto-safe"), "{journal}");
}

/// Puts a pipe in the place of a file and gives the first line that `act` has written into it.
fn first_line_through(path: &Path, act: impl FnOnce()) -> String {
    fs::remove_file(path).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
    let mut pipe = fs::OpenOptions::new().read(true).custom_flags(flags).open(path).unwrap();
    act();
    let mut bytes = Vec::new();
    until("a line of the journal", || {
        let mut part = [0; 4_096];
        if let Ok(read) = pipe.read(&mut part) {
            bytes.extend_from_slice(&part[..read]);
        }
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(|| String::from_utf8_lossy(&bytes).into_owned())?;
        Ok(String::from_utf8(bytes[..=end].to_vec()).unwrap())
    })
}

/// The journal becomes a pipe, so that the server can be killed between the line that begins a change and the one that ends it.
#[test]
fn a_change_that_a_kill_left_half_done_is_rolled_back_at_the_next_start() {
    let mut server = Server::with("[optimizer]\nautopilot = \"off\"\n");
    let home = server.home.clone();
    home.ask("pool_resize", json!({ "size": 5 }));
    let path = home.state("changes.jsonl");
    let journal = fs::read_to_string(&path).unwrap();
    let mut caller = None;
    let begun = first_line_through(&path, || {
        let mut command = home.command(&["call", "set_strategy", r#"{"strategy":"aggressive"}"#]);
        caller = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    });
    server.end(Signal::KILL);
    let _ = caller.unwrap().wait();
    assert!(begun.contains("\"begun\"") && begun.contains("\"inverse\""), "{begun}");
    fs::remove_file(&path).unwrap();
    fs::write(&path, format!("{journal}{begun}")).unwrap();

    let _server = Server::in_home(home.clone());
    // By the settings alone the pool would begin with two.
    let pool = home.pool_until("the size before the change", |pool| pool["target"] == 5);
    assert_eq!((&pool["min"], &pool["max"]), (&json!(2), &json!(15)), "{pool:#}");
    let journal = until_is("the end of it", || fs::read_to_string(&path).unwrap(), |text| text.contains("\"rolled_back\""));
    assert!(journal.contains("strategy aggressive"), "{journal}");
    let text = home.ask("set_strategy", json!({ "strategy": "none" }))["text"].clone();
    assert_eq!(text, "that is so already", "the strategy of before");
}
