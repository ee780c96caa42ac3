//! `assets/worker.js` in the stand-in of the bridge, line by line.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
};

use kmtop::backend::program::WORKER_SCRIPT;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{node_is_missing, osascript};
use crate::harness::drain;

const NONCE: &str = "the nonce";
const ONE: &str = "5A3B1C00-6B6D-4F70-8000-000000000001";
const TWO: &str = "5A3B1C00-6B6D-4F70-8000-000000000002";

/// A running script and the Keyboard Maestro that it sees.
struct Script {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: Option<thread::JoinHandle<String>>,
    folder: TempDir,
    jobs: u64,
}

impl Script {
    /// Starts it on this state, and says hello.
    fn start(state: &Value) -> Option<Self> {
        Self::start_in(state, 65_536)
    }

    /// The same with input that comes in pieces of at most so many bytes.
    fn start_in(state: &Value, piece: usize) -> Option<Self> {
        if node_is_missing() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keyboard_maestro.json");
        fs::write(&file, state.to_string()).unwrap();
        let mut child = Command::new(osascript())
            .args(["-l", "JavaScript", "-e", WORKER_SCRIPT])
            .env("KM_STAND_IN", &file)
            .env("KM_STAND_IN_PIECE", piece.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let errors = Some(drain(child.stderr.take().unwrap()));
        let mut script = Self { child, input, output, errors, folder, jobs: 0 };
        let denied = json!({ "code": "automation_denied", "means": "denied", "outcome": "not-run", "hint": "switch it on" });
        let settings = json!({ "errors": { "-1743": denied } });
        script.write(&json!({ "type": "hello", "version": 1, "nonce": NONCE, "settings": settings }));
        let hello = script.read();
        assert_eq!((&hello["type"], &hello["version"], &hello["nonce"]), (&json!("hello"), &json!(1), &json!(NONCE)));
        assert!(hello["operations"].as_array().unwrap().contains(&json!("run_macro")), "{hello}");
        Some(script)
    }

    fn write(&mut self, line: &Value) {
        self.write_bytes(format!("{line}\n").as_bytes());
    }

    fn write_bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "it ended: {}", self.last_words());
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:.200}"));
        assert_eq!(message["nonce"], NONCE, "{line:.200}");
        message
    }

    fn last_words(&mut self) -> String {
        self.errors.take().map(|errors| errors.join().unwrap()).unwrap_or_default()
    }

    fn send_job(&mut self, operation: &str, arguments: &Value) -> u64 {
        self.jobs += 1;
        let id = self.jobs;
        self.write(&json!({ "type": "run", "id": id, "operation": operation, "arguments": arguments, "deadline_ms": 1000 }));
        id
    }

    /// A job and its answer, which is about this job.
    fn job(&mut self, operation: &str, arguments: &Value) -> Value {
        let id = self.send_job(operation, arguments);
        let message = self.read();
        assert_eq!(message["id"], id, "{message}");
        assert!(message["own_us"].is_u64(), "{message}");
        message
    }

    #[track_caller]
    fn value(&mut self, operation: &str, arguments: &Value) -> Value {
        let message = self.job(operation, arguments);
        assert_eq!(message["type"], "result", "{message}");
        message["value"].clone()
    }

    #[track_caller]
    fn error(&mut self, operation: &str, arguments: &Value) -> Value {
        let message = self.job(operation, arguments);
        assert_eq!(message["type"], "error", "{message}");
        message["error"].clone()
    }

    fn state(&self) -> Value {
        let file: PathBuf = self.folder.path().join("keyboard_maestro.json");
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    }

    /// Whether Keyboard Maestro was told to do nothing.
    fn is_untouched(&self) -> bool {
        self.state().get("log").and_then(Value::as_array).is_none_or(Vec::is_empty)
    }

    /// Ends its input: it leaves by itself and in good order.
    fn end(mut self) -> String {
        drop(self.input.take());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "nothing but answers goes to stdout");
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "a clean exit at the end of stdin");
        self.last_words()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn variables_tokens_and_reckoning() {
    let state = json!({ "variables": { "Total": "5", "Größe": "⌘😀" } });
    let Some(mut script) = Script::start(&state) else { return };
    assert_eq!(script.value("ping", &json!({})), json!({ "running": true }));
    assert_eq!(script.value("get_variable", &json!({ "name": "TOTAL" })), json!({ "name": "TOTAL", "value": "5" }));
    assert_eq!(script.value("get_variable", &json!({ "name": "None" }))["value"], Value::Null);
    let several = script.value("get_variables", &json!({ "names": ["Größe", "None"] }));
    assert_eq!(several, json!({ "variables": [{ "name": "Größe", "value": "⌘😀" }, { "name": "None", "value": null }] }));
    let value = "a \"b\" \\ 'c'\n\u{2028}\u{0} %Variable%Total% 😀";
    script.value("set_variable", &json!({ "name": "New", "value": value }));
    assert_eq!(script.state()["variables"]["New"], value, "a value is data, whatever is in it");
    assert_eq!(script.value("set_variable", &json!({ "name": "New", "value": "%Delete%" }))["value"], Value::Null);
    assert_eq!(script.state()["variables"].get("New"), None);
    assert_eq!(script.value("calculate", &json!({ "expression": "6 * 7" }))["result"], "42");
    assert_eq!(script.value("process_tokens", &json!({ "text": "is %Variable%Total%" }))["result"], "is 5");
    script.end();
}

#[test]
fn a_macro_runs_by_its_uuid_and_by_nothing_else() {
    let state = json!({ "macros": { ONE: { "result": "done" }, TWO: {} } });
    let Some(mut script) = Script::start(&state) else { return };
    let ran = script.value("run_macro", &json!({ "uid": ONE, "parameter": "<dict>&\"", "dry_run": false }));
    assert_eq!(ran, json!({ "status": "finished", "result": "done" }));
    let nothing = script.value("run_macro", &json!({ "uid": TWO, "parameter": null }));
    assert_eq!(nothing["result"], Value::Null, "nil is null, not a word");
    for uid in ["Greet", "<dict></dict>", "", &format!("{ONE} "), &format!("{ONE}\n<dict>")] {
        let error = script.error("run_macro", &json!({ "uid": uid }));
        assert_eq!((&error["code"], &error["outcome"]), (&json!("bad_arguments"), &json!("not-run")), "{uid}");
    }
    let error = script.error("run_macro", &json!({ "uid": "5A3B1C00-6B6D-4F70-8000-0000000000FF" }));
    assert_eq!((&error["code"], &error["outcome"]), (&json!("macro_inactive"), &json!("not-run")), "{error}");
    script.value("cancel_macro", &json!({ "uid": ONE }));
    let log = script.state()["log"].clone();
    let ran: Vec<&str> = log.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(ran.len(), 4, "{ran:?}");
    assert_eq!(ran[..2], [format!(r#"doScript {ONE} {{"withParameter":"<dict>&\""}}"#), format!("doScript {TWO}")]);
    assert!(ran[3].starts_with("doScript <dict>") && ran[3].contains("CancelSpecificMacro") && ran[3].contains(ONE), "{ran:?}");
    script.end();
}

#[test]
fn a_run_longer_than_an_apple_event_goes_by_apple_script() {
    let state = json!({ "macros": { ONE: { "result": "done" }, TWO: { "error": -1743 } } });
    let Some(mut script) = Script::start(&state) else { return };
    for (uid, parameter) in [(ONE, json!("a \" b")), (ONE, Value::Null)] {
        let job = json!({ "type": "run", "id": 7, "operation": "run_macro", "arguments": { "uid": uid, "parameter": parameter }, "deadline_ms": 3_600_000 });
        script.write(&job);
        assert_eq!(script.read()["value"], json!({ "status": "finished", "result": "done" }));
    }
    let job = json!({ "type": "run", "id": 8, "operation": "run_macro", "arguments": { "uid": TWO }, "deadline_ms": 3_600_000 });
    script.write(&job);
    assert_eq!(script.read()["error"]["code"], "automation_denied", "its errors are told alike");
    let log = script.state()["log"].clone();
    assert_eq!(log[0], format!(r#"doScript {ONE} {{"withParameter":"a \" b"}}"#));
    let errors = script.end();
    assert_eq!(errors.lines().filter(|line| line.starts_with("compiled ")).count(), 1, "compiled once: {errors}");
}

#[test]
fn a_dry_run_asks_the_server_and_runs_nothing() {
    let Some(mut script) = Script::start(&json!({ "macros": { ONE: {} } })) else { return };
    for (answer, expected) in [(json!({ "outline": "1 Pause" }), "result"), (Value::Null, "error")] {
        let id = script.send_job("run_macro", &json!({ "uid": ONE, "dry_run": true }));
        let asked = script.read();
        assert_eq!([&asked["type"], &asked["about"], &asked["arguments"]["uid"]], ["ask", "outline", ONE]);
        // Others' lines are passed over.
        script.write(&json!({ "type": "cancel", "id": id + 1000 }));
        script.write(&json!({ "type": "answer", "ask": asked["ask"], "answer": answer }));
        assert_eq!(script.read()["type"], expected);
    }
    let id = script.send_job("run_macro", &json!({ "uid": ONE, "dry_run": true }));
    script.read();
    script.write(&json!({ "type": "cancel", "id": id }));
    assert_eq!(script.read()["error"]["code"], "cancelled");
    assert!(script.is_untouched(), "nothing ran");
    script.end();
}

#[test]
fn lines_come_in_pieces_that_cut_characters() {
    for piece in [1, 3, 7] {
        let Some(mut script) = Script::start_in(&json!({}), piece) else { return };
        let name = "Größe ⌘ 😀 e\u{301}";
        // Two jobs in one write: the first of them, whole, is answered first.
        let first = json!({ "type": "run", "id": 1, "operation": "set_variable", "arguments": { "name": name, "value": name }, "deadline_ms": 0 });
        let second =
            json!({ "type": "run", "id": 2, "operation": "get_variable", "arguments": { "name": name }, "deadline_ms": 0 });
        script.write_bytes(format!("{first}\n{second}\n").as_bytes());
        assert_eq!(script.read()["id"], 1);
        assert_eq!(script.read()["value"]["value"], name, "pieces of {piece} bytes");
        // Half a line, and its end when that came by itself.
        let line = format!(
            "{}\n",
            json!({ "type": "run", "id": 3, "operation": "get_variable", "arguments": { "name": name }, "deadline_ms": 0 })
        );
        let half = line.find('ß').unwrap() + 1;
        script.write_bytes(&line.as_bytes()[..half]);
        script.write_bytes(&line.as_bytes()[half..]);
        assert_eq!(script.read()["value"]["value"], name);
        script.end();
    }
}

#[test]
fn frames_of_a_megabyte_go_both_ways() {
    let Some(mut script) = Script::start(&json!({})) else { return };
    for text in ["x".repeat(1 << 20), "é😀\n\"".repeat(1 << 17)] {
        script.value("set_variable", &json!({ "name": "Long", "value": text }));
        assert!(script.value("get_variable", &json!({ "name": "Long" }))["value"] == *text, "as it went in");
    }
    script.end();
}

#[test]
fn half_a_surrogate_pair_breaks_nothing() {
    let Some(mut script) = Script::start(&json!({})) else { return };
    script.write_bytes(
        b"{\"type\":\"run\",\"id\":1,\"operation\":\"set_variable\",\"arguments\":{\"name\":\"Odd\",\"value\":\"a\\ud83d \\\\ud83d \\ud83d\\ude00\"},\"deadline_ms\":0}\n",
    );
    assert_eq!(script.read()["value"]["value"], "a\u{fffd} \\ud83d 😀");
    script.end();
}

#[test]
fn what_keyboard_maestro_throws_becomes_an_error() {
    let state = json!({ "errors": { "getvariable": -1743, "calculate": -1712 }, "macros": { ONE: { "error": -1728 } } });
    let Some(mut script) = Script::start(&state) else { return };
    let denied = script.error("get_variable", &json!({ "name": "Total" }));
    assert_eq!([&denied["code"], &denied["hint"], &denied["outcome"]], ["automation_denied", "switch it on", "not-run"]);
    assert!(denied["message"].as_str().unwrap().contains("-1743"), "{denied}");
    let unknown = script.error("calculate", &json!({ "expression": "1" }));
    assert!(unknown["code"] == "engine_failed" && unknown["message"].as_str().unwrap().contains("-1712"), "{unknown}");
    let failed = script.error("run_macro", &json!({ "uid": ONE }));
    assert_eq!([&failed["code"], &failed["outcome"]], ["engine_failed", "failed"]);
    for (operation, arguments) in
        [("nothing", json!({})), ("constructor", json!({})), ("__proto__", json!({})), ("get_dictionary", json!({ "name": "D" }))]
    {
        assert_eq!(script.error(operation, &arguments)["code"], "unknown_operation", "{operation}");
    }
    for arguments in [json!({}), json!({ "name": 7 }), json!({ "name": null })] {
        assert_eq!(script.error("get_variable", &arguments)["code"], "bad_arguments", "{arguments}");
    }
    assert_eq!(script.value("process_tokens", &json!({ "text": "fit for the next" }))["result"], "fit for the next");
    script.end();
}

#[test]
fn an_engine_that_is_off_is_not_started() {
    let Some(mut script) = Script::start(&json!({ "running": false })) else { return };
    let ping = script.value("ping", &json!({}));
    assert_eq!(ping["running"], false, "the worker is well all the same");
    assert_eq!(script.error("get_variable", &json!({ "name": "Total" }))["code"], "engine_not_running");
    assert!(script.is_untouched(), "no event was sent");
    script.end();
}

#[test]
fn apple_script_is_compiled_once() {
    let Some(mut script) = Script::start(&json!({})) else { return };
    let mut run = |source: &str| script.job("run_applescript", &json!({ "source": source }));
    for _ in 0..3 {
        assert_eq!(run("return \"once\"")["value"]["result"], "once");
    }
    assert_eq!(run("return {\"a\", \"b\"}")["value"]["result"], json!(["a", "b"]));
    assert_eq!(run("return nothing")["value"]["result"], Value::Null, "a result without text");
    assert_eq!(run("beep")["value"]["result"], Value::Null, "a nil result");
    let thrown = run("error \"no such window\" number -1728");
    assert_eq!([&thrown["error"]["code"], &thrown["error"]["outcome"]], ["script_failed", "failed"]);
    assert_eq!(thrown["error"]["message"], "no such window (-1728)");
    assert_eq!(run("error \"x\" number -1743")["error"]["code"], "automation_denied");
    assert_eq!(run("a syntax error")["error"]["outcome"], "not-run");
    let words =
        json!({ "source": "on main(words)\nreturn words\nend main", "arguments": ["a\" & (do shell script \"x\")", "⌘"] });
    let result = script.value("run_applescript", &words)["result"].clone();
    assert_eq!(result, words["arguments"], "arguments are data");
    let missing = json!({ "source": "beep", "arguments": [] });
    assert!(script.error("run_applescript", &missing)["message"].as_str().unwrap().contains("no handler main"));
    let errors = script.end();
    assert_eq!(errors.lines().filter(|line| *line == "compiled 13").count(), 1, "{errors}");
}

#[test]
fn nonsense_ends_it() {
    let Some(mut script) = Script::start(&json!({})) else { return };
    script.write_bytes(b"\xff\xfe not JSON\n");
    assert_ne!(script.child.wait().unwrap().code(), Some(0));
}
