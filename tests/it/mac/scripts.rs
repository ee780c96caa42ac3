//! `run_script` with AppleScript and JXA: in macOS's program, and in the warm workers where there are some.

use serde_json::{Value, json};

use super::{engine, node_is_missing, osascript};
use crate::harness::{Home, Server, is_whole};

/// Texts that would be something else to a shell, to an option's reader, or inside a script.
const ATTACKS: [&str; 6] =
    ["-e", "--", "$(touch marker)", "\"; do shell script \"touch marker\"; \"", "'); throw 1; ('", "a\nb ⌘"];

fn run(server: &Server, script: Value) -> Value {
    server.home.try_ask("run_script", script).unwrap_or_else(|(value, words)| panic!("{words}: {value:#}"))
}

/// A server whose macros run in kmtop's own engine, on a machine with `osascript`.
fn start() -> Option<Server> {
    if node_is_missing() {
        return None;
    }
    Some(Server::in_home(Home::with(&format!("[backend]\nosascript = {:?}\n", osascript().display().to_string()))))
}

#[test]
fn a_script_gets_its_arguments_and_gives_what_it_returns() {
    let Some(server) = start() else { return };
    let java = "function run(argv) { return JSON.stringify(argv) }";
    let ran = run(&server, json!({ "language": "jxa", "script": java, "arguments": ATTACKS }));
    assert_eq!((&ran["exit_code"], &ran["errors"]), (&json!(0), &json!("")), "{ran:#}");
    let came: Value = serde_json::from_str(ran["output"].as_str().expect("text")).expect("JSON");
    assert_eq!(came, json!(ATTACKS), "arguments are data");
    let apple = "on run argv\nreturn item 4 of argv\nend run";
    let ran = run(&server, json!({ "language": "applescript", "script": apple, "arguments": ATTACKS }));
    assert_eq!(ran["output"], format!("{}\n", ATTACKS[3]), "{ran:#}");
    let ran = run(&server, json!({ "language": "applescript", "script": "return \"without any\"" }));
    assert_eq!(ran["output"], "without any\n", "{ran:#}");
    // A script that looks like an option is a script.
    let ran = run(&server, json!({ "language": "jxa", "script": "-7 + 1" }));
    assert_eq!(ran["output"], "-6\n", "{ran:#}");
    assert!(!server.home.path().join("marker").exists());
}

#[test]
fn what_goes_wrong_in_a_script_is_told() {
    let Some(server) = start() else { return };
    let failing = json!({ "language": "applescript", "script": "error \"no such window\" number -1728" });
    let ran = run(&server, failing);
    assert_eq!((&ran["exit_code"], &ran["output"]), (&json!(1), &json!("")), "{ran:#}");
    assert!(ran["errors"].as_str().is_some_and(|errors| errors.contains("no such window (-1728)")), "{ran:#}");
    let ran = run(&server, json!({ "language": "jxa", "script": "function run() { throw new Error('mine') }" }));
    assert!(ran["exit_code"] == 1 && ran["errors"].as_str().is_some_and(|errors| errors.contains("mine")), "{ran:#}");
    let code = |script: Value| server.home.try_ask("run_script", script).expect_err("refused").0["error"]["code"].clone();
    assert_eq!(code(json!({ "language": "jxa", "script": "for (;;);", "timeout_ms": 500 })), "timeout");
    assert_eq!(code(json!({ "language": "jxa", "script": " " })), "bad_arguments");
    assert_eq!(code(json!({ "language": "applescript", "script": "beep", "input": "x" })), "bad_arguments");
    let bare = Server::in_home(Home::with("[backend]\nosascript = \"/no/such/osascript\"\n"));
    let missing = bare.home.try_ask("run_script", json!({ "language": "jxa", "script": "1" })).expect_err("refused").0;
    assert_eq!((&missing["error"]["code"], &missing["error"]["outcome"]), (&json!("not_here"), &json!("not-run")), "{missing:#}");
}

/// Where script workers drive Keyboard Maestro, AppleScript without arguments is compiled once in one of them; all else goes the long way.
#[test]
fn warm_workers_run_apple_script() {
    if node_is_missing() {
        return;
    }
    let server = Server::in_home(engine::home(&json!({}), ""));
    server.home.pool_until("all workers are up", is_whole);
    let jobs_done = || server.home.pool()["counters"]["served"].as_u64().expect("a number");
    let before = jobs_done();
    let ran = run(&server, json!({ "language": "applescript", "script": "return \"warm\"" }));
    assert_eq!((&ran["output"], &ran["exit_code"]), (&json!("warm"), &json!(0)), "{ran:#}");
    assert_eq!(jobs_done(), before + 1, "by a worker of the pool");
    let apple =
        json!({ "language": "applescript", "script": "on run argv\nreturn item 1 of argv\nend run", "arguments": ["cold"] });
    assert_eq!(run(&server, apple)["output"], "cold\n");
    assert_eq!(run(&server, json!({ "language": "jxa", "script": "1 + 1" }))["output"], "2\n");
    assert_eq!(run(&server, json!({ "language": "shell", "script": "cat", "input": "x" }))["output"], "x");
    assert_eq!(jobs_done(), before + 1, "those have workers of their own");
    let failing = json!({ "language": "applescript", "script": "error \"x\" number -1743" });
    let refused = server.home.try_ask("run_script", failing).expect_err("an error of the engine").0;
    assert_eq!(refused["error"]["code"], "automation_denied", "{refused:#}");
}
