//! How far a macro is, what it says on the way, and what goes wrong.

use serde_json::{Value, json};

use super::piped::{Piped, STANDALONE};
use crate::harness::{Home, Server, http::Request};

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
