//! Resources: listed, found by template, read, in both generations of the protocol.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::piped::{Piped, STANDALONE};
use crate::harness::{Home, Server, http::Request};

fn ask(server: &Server, method: &str, params: &Value) -> Value {
    let request = Request::stateless(server, method, params.clone());
    let request = if let Some(uri) = params["uri"].as_str() { request.add("Mcp-Name", uri) } else { request };
    let answer = request.send().json();
    assert!(answer["error"].is_null() || answer["result"].is_null(), "{answer:#}");
    answer
}

fn text(answer: &Value) -> &str {
    answer["result"]["contents"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer:#}"))
}

#[test]
fn what_is_there_is_listed_and_read() {
    let server = Server::start();
    server.home.ask("km_set_variable", json!({ "name": "My Größe", "value": "100 %" }));
    let listed = ask(&server, "resources/list", &json!({}));
    let resources = listed["result"]["resources"].as_array().unwrap_or_else(|| panic!("{listed:#}")).clone();
    let uris: Vec<&str> = resources.iter().filter_map(|resource| resource["uri"].as_str()).collect();
    assert!(uris.contains(&"kmtop://frame") && uris.contains(&"variable://My%20Gr%C3%B6%C3%9Fe"), "{uris:?}");
    let greet = resources.iter().find(|resource| resource["name"] == "Greet").expect("a macro");
    for uri in &uris {
        let read = ask(&server, "resources/read", &json!({ "uri": uri }));
        assert_eq!(read["result"]["contents"][0]["uri"], **uri, "{read:#}");
        assert!(!text(&read).is_empty(), "{uri}");
    }
    let read = ask(&server, "resources/read", &json!({ "uri": greet["uri"] }));
    let shown: Value = serde_json::from_str(text(&read)).expect("JSON");
    assert_eq!(shown, server.home.ask("km_get_macro", json!({ "macro": "Greet" })));
    assert_eq!(text(&ask(&server, "resources/read", &json!({ "uri": "variable://my%20gr%C3%B6%C3%9Fe" }))), "100 %");
    for uri in ["macro://no-such", "variable://Never%20Set", "variable://%25", "kmtop://other", "file:///etc/passwd", "x"] {
        let refused = ask(&server, "resources/read", &json!({ "uri": uri }));
        assert_eq!(refused["error"]["code"], -32602, "{uri}: {refused:#}");
    }
    let templates = ask(&server, "resources/templates/list", &json!({}));
    let templates: Vec<&str> = templates["result"]["resourceTemplates"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|t| t["uriTemplate"].as_str())
        .collect();
    assert_eq!(templates, ["macro://{uid}", "variable://{name}"]);
}

/// The contract of scripts: the same object as `kmtop once --json`.
#[test]
fn the_frame_is_that_of_once() {
    let server = Server::start();
    let read = ask(&server, "resources/read", &json!({ "uri": "kmtop://frame" }));
    let frame: Value = serde_json::from_str(text(&read)).expect("JSON");
    let once = server.home.run(&["once", "--json"]).json();
    let members = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(members(&frame), members(&once));
    for member in ["totals", "pool", "system", "engine"] {
        assert_eq!(members(&frame[member]), members(&once[member]), "{member}");
    }
    let caches = frame["caches"].as_array().expect("a list");
    for cache in caches {
        let expected: BTreeSet<String> =
            ["name", "entries", "bytes", "hit_share", "lookups", "expired", "crowded_out"].map(str::to_owned).into();
        assert_eq!(members(cache), expected);
    }
}

#[test]
fn pages_hold_all_and_bad_cursors_are_refused() {
    let server = Server::start();
    for number in 0..450 {
        server.home.ask("km_set_variable", json!({ "name": format!("Page {number}"), "value": "x" }));
    }
    let (mut found, mut cursor, mut pages) = (BTreeSet::new(), Value::Null, 0);
    loop {
        let params = if cursor.is_null() { json!({}) } else { json!({ "cursor": cursor }) };
        let listed = ask(&server, "resources/list", &params)["result"].clone();
        for resource in listed["resources"].as_array().unwrap_or_else(|| panic!("{listed:#}")) {
            assert!(found.insert(resource["uri"].as_str().expect("a text").to_owned()), "twice: {resource}");
        }
        pages += 1;
        cursor = listed["nextCursor"].clone();
        if cursor.is_null() {
            break;
        }
        // What goes between two pages takes nothing else with it.
        server.home.ask("km_set_variable", json!({ "name": "Page 0", "value": "%Delete%" }));
    }
    assert!(pages >= 3, "{pages}");
    for number in 1..450 {
        assert!(found.contains(&format!("variable://Page%20{number}")), "{number}");
    }
    for method in ["resources/list", "resources/templates/list", "prompts/list", "tools/list"] {
        for bad in ["x", "", "cmVzb3VyY2Vz", "\u{1f}"] {
            let refused = ask(&server, method, &json!({ "cursor": bad }));
            assert_eq!(refused["error"]["code"], -32602, "{method} {bad:?}: {refused:#}");
        }
    }
}

#[test]
fn a_session_finds_the_same() {
    let mut piped = Piped::start(Home::new(), &STANDALONE, &[], "pipe");
    let listed = piped.request("resources/list", &json!({}));
    assert!(listed["result"]["resources"].as_array().is_some_and(|all| all.len() > 5), "{listed:#}");
    let read = piped.request("resources/read", &json!({ "uri": "kmtop://frame" }));
    assert!(text(&read).contains("\"version\""), "{read:#}");
    let missing = piped.request("resources/read", &json!({ "uri": "macro://no-such" }));
    assert_eq!(missing["error"]["code"], -32002, "{missing:#}");
}

#[test]
fn who_may_not_read_finds_nothing() {
    let server = Server::with("allow = [\"run\"]\n");
    let listed = ask(&server, "resources/list", &json!({}));
    assert_eq!(listed["result"]["resources"], json!([]), "{listed:#}");
    for uri in ["kmtop://frame", "variable://X", "macro://X"] {
        assert_eq!(ask(&server, "resources/read", &json!({ "uri": uri }))["error"]["code"], -32602, "{uri}");
    }
    let macros =
        json!({ "ref": { "type": "ref/prompt", "name": "explain_macro" }, "argument": { "name": "macro", "value": "" } });
    assert_eq!(ask(&server, "completion/complete", &macros)["result"]["completion"]["values"], json!([]));
}
