//! Completion of arguments.

use serde_json::{Value, json};

use super::piped::{Piped, STANDALONE};
use crate::harness::{Home, Server, http::Request};

fn complete(server: &Server, of: &Value, name: &str, typed: &str) -> Value {
    let params = json!({ "ref": of, "argument": { "name": name, "value": typed } });
    Request::stateless(server, "completion/complete", params).send().json()
}

fn prompt(name: &str) -> Value {
    json!({ "type": "ref/prompt", "name": name })
}

fn template(uri: &str) -> Value {
    json!({ "type": "ref/resource", "uri": uri })
}

#[test]
fn names_are_completed() {
    let server = Server::start();
    for number in 0..150 {
        server.home.ask("km_set_variable", json!({ "name": format!("Step {number}"), "value": "x" }));
    }
    server.home.ask("km_set_variable", json!({ "name": "Last Step", "value": "x" }));
    let values = |of: Value, name: &str, typed: &str| {
        let answer = complete(&server, &of, name, typed);
        answer["result"]["completion"].clone()
    };
    assert_eq!(values(prompt("explain_macro"), "macro", "gre")["values"][0], "Greet");
    let contained = values(prompt("explain_macro"), "macro", "REPORT");
    assert!(contained["values"].as_array().is_some_and(|names| names.contains(&json!("Slow Report"))), "{contained:#}");
    let groups = values(prompt("review_macros"), "group", "");
    assert!(groups["values"].as_array().is_some_and(|names| !names.is_empty()), "{groups:#}");
    assert_eq!(values(prompt("diagnose_slowness"), "tool", "km_run_m")["values"], json!(["km_run_macro"]));
    let uids = values(template("macro://{uid}"), "uid", "Greet");
    assert_eq!(uids["values"][0], server.home.ask("km_get_macro", json!({ "macro": "Greet" }))["uid"], "{uids:#}");
    let all = values(template("variable://{name}"), "name", "step");
    assert_eq!((all["values"].as_array().map(Vec::len), &all["total"], &all["hasMore"]), (Some(100), &json!(151), &json!(true)));
    let few = values(template("variable://{name}"), "name", "step 14");
    assert_eq!([&few["total"], &few["hasMore"]], [&json!(11), &json!(false)], "{few:#}");
    assert_eq!(values(template("variable://{name}"), "name", "last")["values"], json!(["Last Step"]));
    assert_eq!(values(prompt("explain_macro"), "other", "x")["values"], json!([]));
    for of in [prompt("no_such"), template("x://{y}")] {
        assert_eq!(complete(&server, &of, "macro", "")["error"]["code"], -32602, "{of}");
    }
}

#[test]
fn a_session_completes_them_too() {
    let mut piped = Piped::start(Home::new(), &STANDALONE, &[], "pipe");
    let params = json!({ "ref": prompt("troubleshoot_macro"), "argument": { "name": "macro", "value": "flaky" } });
    let answer = piped.request("completion/complete", &params);
    assert_eq!(answer["result"]["completion"], json!({ "values": ["Flaky Upload"], "total": 1, "hasMore": false }), "{answer:#}");
}
