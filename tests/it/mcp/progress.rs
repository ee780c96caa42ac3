//! How far a macro is, what it says on the way, and what goes wrong.

use std::fs;

use serde_json::{Value, json};

use super::piped::{Piped, STANDALONE};
use crate::harness::{Home, Server, http::Request, until};

fn home() -> Home {
    let home = Home::new();
    home.add_macros("steps.kmmacros", ("Steps of Tests", "Steps"));
    home
}

fn of<'a>(told: &'a [Value], method: &str) -> Vec<&'a Value> {
    told.iter().filter(|told| told["method"] == method).map(|told| &told["params"]).collect()
}

/// Each is more than the one before, and they say which action of how many the macro is at.
#[track_caller]
fn assert_progress(notes: &[&Value]) {
    let values: Vec<f64> = notes.iter().filter_map(|note| note["progress"].as_f64()).collect();
    assert!(values.len() >= 2 && values.windows(2).all(|two| two[0] < two[1]), "{values:?}");
    assert!(notes.iter().all(|note| note["progressToken"] == "mine"), "{notes:?}");
    let placed: Vec<&&Value> = notes.iter().filter(|note| note["total"] == 6.0).collect();
    let words = placed.iter().filter_map(|note| note["message"].as_str()).collect::<Vec<_>>().join("\n");
    assert!(words.contains("action 2 of 6: Wait a little") && words.contains("action 4 of 6: Pause"), "{words}");
}

#[test]
fn a_session_hears_how_far_its_macro_is_and_what_it_says() {
    let mut piped = Piped::start(home(), &STANDALONE, &[], "pipe");
    let call = json!({ "name": "km_run_macro", "arguments": { "macro": "Steps" }, "_meta": { "progressToken": "mine" } });
    let (answer, told) = piped.conversation("tools/call", &call);
    assert_eq!(answer["result"]["structuredContent"]["result"], "done", "{answer:#}");
    assert_progress(&of(&told, "notifications/progress"));
    assert_eq!(of(&told, "notifications/message"), Vec::<&Value>::new(), "nobody asked for them");
    assert_eq!(piped.request("logging/setLevel", &json!({ "level": "info" }))["result"], json!({}));
    let (_, told) = piped.conversation("tools/call", &json!({ "name": "km_run_macro", "arguments": { "macro": "Steps" } }));
    let said: Vec<_> =
        of(&told, "notifications/message").iter().map(|note| (&note["logger"], &note["level"], &note["data"])).collect();
    let (logger, level) = (json!("macro"), json!("info"));
    assert_eq!(said, [(&logger, &level, &json!("the first step")), (&logger, &level, &json!("the last step"))]);
    piped.request("logging/setLevel", &json!({ "level": "warning" }));
    let (_, told) = piped.conversation("tools/call", &json!({ "name": "km_run_macro", "arguments": { "macro": "Steps" } }));
    assert_eq!(told, Vec::<Value>::new(), "nothing to warn of");
    let failing = json!({ "name": "km_run_macro", "arguments": { "macro": "No Such Macro" } });
    let (_, told) = piped.conversation("tools/call", &failing);
    let warned = of(&told, "notifications/message");
    assert_eq!([&warned[0]["level"], &warned[0]["data"]["code"]], [&json!("warning"), &json!("macro_not_found")], "{warned:?}");
    assert!(piped.request("logging/setLevel", &json!({ "level": "loud" }))["error"].is_object());
}

#[test]
fn so_does_a_request_of_the_newest_protocol() {
    let server = Server::in_home(home());
    let request = Request::call(&server, "km_run_macro", &json!({ "macro": "Steps" }));
    let mut message: Value = serde_json::from_slice(request.content()).expect("JSON");
    message["params"]["_meta"]["progressToken"] = json!("mine");
    message["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = json!("debug");
    let answer = request.body(message.to_string()).send();
    let told: Vec<Value> =
        answer.body.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?.trim()).ok()).collect();
    assert_progress(&of(&told, "notifications/progress"));
    let said: Vec<_> = of(&told, "notifications/message").iter().map(|note| note["data"].clone()).collect();
    assert_eq!(said, ["the first step", "the last step"]);
    assert_eq!(told.last().map(|answer| answer["result"]["structuredContent"]["result"].clone()), Some(json!("done")));
}

/// A macro that is a tool of its own goes the way of `km_run_macro`, and so do actions that a client brings along.
#[test]
fn macros_as_tools_and_actions_tell_of_their_steps_too() {
    let home = home();
    home.configure("allow = [\"read\", \"run\", \"script\"]\n[mcp]\nexpose_groups = [\"Steps\"]\n");
    let mut piped = Piped::start(home, &STANDALONE, &[], "pipe");
    until("the macro is a tool", || {
        let listed = piped.request("tools/list", &json!({}));
        let there = listed["result"]["tools"].as_array().is_some_and(|tools| tools.iter().any(|tool| tool["name"] == "steps"));
        if there { Ok(()) } else { Err("not yet".to_owned()) }
    });
    let call = json!({ "name": "steps", "arguments": { "parameter": "x" }, "_meta": { "progressToken": "mine" } });
    let (answer, told) = piped.conversation("tools/call", &call);
    assert_eq!(answer["result"]["structuredContent"]["result"], "done", "{answer:#}");
    assert_progress(&of(&told, "notifications/progress"));
    assert_eq!(piped.request("logging/setLevel", &json!({ "level": "info" }))["result"], json!({}));
    let (_, told) = piped.conversation("tools/call", &json!({ "name": "steps", "arguments": { "parameter": "x" } }));
    let said: Vec<_> = of(&told, "notifications/message").iter().map(|note| note["data"].clone()).collect();
    assert_eq!(said, ["the first step", "the last step"]);
    let action = |seconds: &str| {
        format!("<dict><key>MacroActionType</key><string>Pause</string><key>Time</key><string>{seconds}</string></dict>")
    };
    let xml = format!("<plist version=\"1.0\"><array>{}{}</array></plist>", action("0.2"), action("0.3"));
    let call = json!({ "name": "km_run_actions", "arguments": { "xml": xml }, "_meta": { "progressToken": "mine" } });
    let (_, told) = piped.conversation("tools/call", &call);
    let words = of(&told, "notifications/progress").iter().map(|note| note["message"].to_string()).collect::<String>();
    assert!(words.contains("action 1 of 2: Pause") && words.contains("action 2 of 2: Pause"), "{words}");
}

/// A command says how much it has written while it goes on: this one goes on until that was heard.
#[test]
fn a_command_tells_how_much_it_has_written() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo one; echo two >&2; printf three; while [ ! -e go ]; do sleep 0.05; done; echo";
    let settings = format!(
        "allow = [\"read\", \"run\", \"script\"]\n[[tool]]\nname = \"talks\"\ndescription = \"Talks until it is told to go\"\ncommand = [\"sh\", \"-c\", {script:?}]\ndirectory = {:?}\n",
        folder.path().display().to_string()
    );
    let mut piped = Piped::start(Home::with(&settings), &STANDALONE, &[], "pipe");
    let shell = format!("cd '{}'\nrm go; {script}", folder.path().display());
    for (tool, arguments) in [("talks", json!({})), ("run_script", json!({ "language": "shell", "script": shell }))] {
        piped.send("tools/call", &json!({ "name": tool, "arguments": arguments, "_meta": { "progressToken": "mine" } }));
        let mut last = -1.0;
        loop {
            let note = piped.told("notifications/progress");
            let progress = note["progress"].as_f64().expect("a number");
            assert!(progress > last && note["progressToken"] == "mine" && note["total"].is_null(), "{note:#}");
            last = progress;
            if note["message"].as_str().is_some_and(|words| words.ends_with(": 2 lines, 13 bytes so far")) {
                break;
            }
        }
        fs::write(folder.path().join("go"), "").unwrap();
        let answer = loop {
            let message = piped.hear_any();
            if message["result"].is_object() {
                break message["result"]["structuredContent"].clone();
            }
        };
        assert_eq!((&answer["output"], &answer["errors"]), (&json!("one\nthree\n"), &json!("two\n")), "{tool}: {answer:#}");
    }
}
