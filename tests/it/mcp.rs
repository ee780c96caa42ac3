//! MCP as its clients see it: over HTTP with sessions and without, and over pipes.

mod attacks;
mod bridge;
mod changes;
mod completion;
mod connections;
mod file_tools;
mod fits;
mod guard;
mod hostile;
mod library;
mod live;
mod messages;
mod own_tools;
pub(crate) mod piped;
mod progress;
mod prompts;
mod resources;
mod rude;
mod runs;
mod sessions;
mod shared;
mod slow;
mod stateless;
mod stdio;
mod surface;
mod tasks;

use std::{collections::BTreeSet, sync::Arc};

use futures_util::future::join_all;
use kmtop::client::Answer;
use serde_json::{Value, json};

use self::{
    fits::misfits,
    piped::{BRIDGED, Piped},
};
use crate::harness::{LIMIT, Server, block_on, http::Request};

/// The tools of the classes that are allowed by default.
const OFFERED: [&str; 33] = [
    "health_check",
    "km_calculate",
    "km_cancel",
    "km_engine_log",
    "km_engine_status",
    "km_export_macros",
    "km_get_clipboard",
    "km_get_dictionary",
    "km_get_macro",
    "km_get_variable",
    "km_get_variables",
    "km_hotkey_conflicts",
    "km_import_macros",
    "km_lint_macro",
    "km_list_dictionaries",
    "km_list_macros",
    "km_list_variables",
    "km_macro_stats",
    "km_process_tokens",
    "km_run_macro",
    "km_run_status",
    "km_search_macros",
    "km_search_replace",
    "km_set_clipboard",
    "km_set_dictionary",
    "km_set_macro_enabled",
    "km_set_variable",
    "km_set_variables",
    "latency_report",
    "list_advice",
    "list_alerts",
    "pool_status",
    "system_snapshot",
];

fn tools(server: &Server) -> Vec<Value> {
    let listed = Request::stateless(server, "tools/list", json!({})).send().json();
    listed["result"]["tools"].as_array().unwrap_or_else(|| panic!("{listed:#}")).clone()
}

fn names(tools: &[Value]) -> BTreeSet<&str> {
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

/// The resident memory of a process in MiB; 0 where the system does not say it like Linux.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

/// Every place of a schema with a `format`.
fn formats(schema: &Value, path: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            if schema["format"].is_string() {
                found.push(path.to_owned());
            }
            members.iter().for_each(|(name, member)| formats(member, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| formats(item, path, found)),
        _ => {}
    }
}

/// Everything that there is.
const ALL_CLASSES: &str =
    "allow = [\"read\", \"run\", \"write\", \"delete\", \"script\", \"files-write\", \"network\", \"admin\"]\n";

/// What a model has to read before it can do anything, and what a client costs that asks for no more: with every class, all that goes
/// over the wire, heads included.
#[test]
fn a_client_that_lists_and_calls_nothing_costs_little() {
    let server = Server::with(ALL_CLASSES);
    let listed = Request::stateless(&server, "tools/list", json!({}));
    let answer = listed.send();
    let stateless = listed.bytes().len() + answer.head.len() + answer.body.len();
    let mut piped = Piped::start(Arc::clone(&server.home), &BRIDGED, &[], "pipe");
    let lines = piped.request("tools/list", &json!({})).to_string().len();
    assert!(stateless < 60_000 && lines + 2_000 < 60_000, "{stateless} bytes over HTTP, {lines} over a pipe");
}

/// The same, in the server's memory: a session that is not used.
#[test]
fn an_idle_session_takes_little_memory() {
    let server = Server::with("[server]\nsessions = 2000\n");
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "idle", "version": "1" } });
    let hello = Request::post(&server, &json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }));
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
    let begin = || {
        let answer = hello.send();
        let id = answer.header("mcp-session-id").unwrap();
        let listed = Request::post(&server, &list).add("Mcp-Session-Id", id).add("MCP-Protocol-Version", "2025-11-25");
        assert_eq!(listed.status(), 200);
    };
    (0..100).for_each(|_| begin());
    let before = memory(server.pid());
    (0..500).for_each(|_| begin());
    let after = memory(server.pid());
    // A build that is not optimized takes about 90 kB, the optimized one two thirds of that.
    assert!((after - before.min(after)) * 1024 < 120 * 500, "{before} MiB, then {after} MiB with 500 sessions more");
}

/// Clients check what is structured against the schema, errors included; this has every tool fail.
#[test]
fn every_tool_keeps_its_schema_when_it_fails() {
    let server = Server::with(ALL_CLASSES);
    for tool in tools(&server) {
        let name = tool["name"].as_str().unwrap();
        let result = Request::call(&server, name, &json!({ "no such argument": 1 })).send().json()["result"].clone();
        assert_eq!(result["isError"], true, "{name}: {result:#}");
        assert_eq!(misfits(&tool["outputSchema"], &result["structuredContent"]), Vec::<String>::new(), "{name}: {result:#}");
    }
    let tools = tools(&server);
    let failing = [
        ("km_run_macro", json!({ "macro": "Hung Export", "timeout_ms": 200 })),
        ("km_run_macro", json!({ "macro": "Flaky Upload" })),
        ("km_run_macro", json!({ "macro": "Type Signature" })),
        ("km_get_macro", json!({ "macro": "none" })),
        ("km_lint_macro", json!({ "macro": "none" })),
        ("km_delete_macro", json!({ "macro": "none" })),
        ("km_import_macros", json!({ "xml": "<plist>" })),
        ("km_export_macros", json!({ "macros": ["none"] })),
        ("km_set_variable", json!({ "name": "1", "value": "x" })),
        ("km_process_tokens", json!({ "text": "%FrontWindowName%" })),
        ("km_set_macro_enabled", json!({ "macro": "none", "enabled": true })),
        ("km_cancel", json!({ "run_id": "none" })),
        ("km_run_status", json!({ "run_id": "none" })),
        ("pool_resize", json!({ "size": 0 })),
    ];
    for (name, arguments) in failing {
        let result = Request::call(&server, name, &arguments).send().json()["result"].clone();
        assert_answered(&tools, name, &arguments, &json!({}), &result["structuredContent"]);
    }
}

#[test]
fn only_allowed_tools_are_offered_and_each_says_what_it_is() {
    let server = Server::start();
    let tools = tools(&server);
    assert_eq!(names(&tools), BTreeSet::from(OFFERED));
    for tool in &tools {
        let name = &tool["name"];
        assert!(tool["description"].as_str().is_some_and(|words| words.len() > 20), "{tool}");
        assert!(tool["title"].is_string(), "{tool}");
        for schema in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[schema]["type"], "object", "{name}");
            let mut found = Vec::new();
            formats(&tool[schema], schema, &mut found);
            assert_eq!(found, Vec::<String>::new(), "{name}: clients warn of number formats");
        }
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{name} has no {hint}");
        }
        let changes = name.as_str().unwrap().starts_with("km_set_")
            || ["km_cancel", "km_import_macros", "km_run_macro"].contains(&name.as_str().unwrap());
        assert_eq!(tool["annotations"]["readOnlyHint"], !changes, "{name}");
    }
}

#[test]
fn the_settings_say_which_classes_are_offered() {
    let admin = Server::with("allow = [\"read\", \"admin\"]\n");
    let tools = tools(&admin);
    assert!(names(&tools).contains("pool_resize"));
    assert!(!names(&tools).contains("km_run_macro") && !names(&tools).contains("km_set_variable"));
    let resized = Request::call(&admin, "pool_resize", &json!({ "size": 3 })).send().json();
    assert_eq!(resized["result"]["structuredContent"]["target"], 3, "{resized}");
    let refused = Request::call(&admin, "km_set_variable", &json!({ "name": "A", "value": "1" })).send().json();
    assert_eq!(refused["error"]["code"], -32602, "a tool that is not offered looks like none: {refused}");
    assert_eq!(admin.home.ask("km_get_variable", json!({ "name": "A" }))["value"], Value::Null);
}

/// What the tools answer, whichever way the call came: tool, arguments, and members of the answer.
fn conversation() -> Vec<(&'static str, Value, Value)> {
    vec![
        ("km_set_variable", json!({ "name": "Total", "value": "42" }), json!({ "name": "Total", "value": "42" })),
        ("km_get_variable", json!({ "name": "total" }), json!({ "value": "42" })),
        ("km_get_variable", json!({ "name": "Never Set" }), json!({ "name": "Never Set", "value": null })),
        ("km_list_variables", json!({}), json!({ "names": ["Total"] })),
        ("km_set_dictionary", json!({ "name": "Colors", "key": "leaf", "value": "green" }), json!({ "value": "green" })),
        ("km_get_dictionary", json!({ "name": "colors" }), json!({ "values": { "leaf": "green" } })),
        ("km_list_dictionaries", json!({}), json!({ "names": ["Colors"] })),
        ("km_calculate", json!({ "expression": "ROUND(Total * 1.19)" }), json!({ "result": "50" })),
        ("km_process_tokens", json!({ "text": "sum %Variable%Total% %" }), json!({ "result": "sum 42 %" })),
        ("km_list_macros", json!({ "group": "Demo" }), json!({ "total": 4, "next_cursor": null })),
        ("km_list_macros", json!({ "limit": 2 }), json!({ "next_cursor": "2.5A3B1C00-6B6D-4F70-8000-000000000002" })),
        ("km_search_macros", json!({ "text": "sleep 600" }), json!({ "more": false })),
        ("km_lint_macro", json!({ "macro": "Word Count" }), json!({ "mode": "run", "name": "Word Count", "calls": [] })),
        (
            "km_get_macro",
            json!({ "macro": "Greet", "format": "outline" }),
            json!({ "actions": 5, "uid": "5A3B1C00-6B6D-4F70-8000-000000000001" }),
        ),
        ("km_get_macro", json!({ "macro": "Greet", "format": "xml" }), json!({ "group": "Sample" })),
        ("km_hotkey_conflicts", json!({}), json!({ "conflicts": [] })),
        ("km_export_macros", json!({ "macros": ["Greet"] }), json!({ "macros": ["5A3B1C00-6B6D-4F70-8000-000000000001"] })),
        ("km_set_macro_enabled", json!({ "macro": "Greet", "enabled": true }), json!({ "enabled": true, "changed": false })),
        ("km_macro_stats", json!({ "macro": "Backup Check" }), json!({ "total": 1 })),
        ("km_engine_log", json!({ "errors_only": true }), json!({ "next_cursor": null })),
        ("km_get_macro", json!({ "macro": "Greet" }), json!({ "name": "Greet", "group": "Sample", "portability": "run" })),
        (
            "km_run_macro",
            json!({ "macro": "Word Count", "parameter": "one two  three" }),
            json!({ "status": "finished", "outcome": "done", "result": "3 words" }),
        ),
        ("km_run_macro", json!({ "macro": "Hung Export", "dry_run": true }), json!({ "outcome": "not-run", "result": null })),
        ("km_engine_status", json!({}), json!({ "backend": "embedded", "unreadable": [], "duplicates": [], "left_out": [] })),
        (
            "km_set_variables",
            json!({ "variables": { "One": "1", "Two": "2" } }),
            json!({ "variables": [{ "name": "One", "value": "1" }, { "name": "Two", "value": "2" }] }),
        ),
        ("km_get_clipboard", json!({ "name": "Notes" }), json!({ "name": "Notes", "text": null })),
        ("km_set_clipboard", json!({ "text": "a%Variable%x%" }), json!({ "name": null, "text": "a%Variable%x%" })),
        ("km_get_clipboard", json!({}), json!({ "text": "a%Variable%x%" })),
        (
            "km_search_replace",
            json!({ "text": "a-b-c", "search": "(.)-", "replace": "$1+", "regex": true }),
            json!({ "result": "a+b+c", "count": 2 }),
        ),
        ("km_search_replace", json!({ "text": "A.a", "search": ".", "replace": "$1" }), json!({ "result": "A$1a", "count": 1 })),
        ("latency_report", json!({ "tool": "health_check" }), json!({ "window_s": 300 })),
        ("list_alerts", json!({}), json!({})),
        ("list_advice", json!({}), json!({})),
        ("health_check", json!({}), json!({ "status": "ok" })),
        ("pool_status", json!({}), json!({ "min": 2, "max": 15 })),
        ("system_snapshot", json!({}), json!({})),
    ]
}

/// Checks an answer against what was expected and against the schema that was promised.
#[track_caller]
fn assert_answered(tools: &[Value], tool: &str, arguments: &Value, expected: &Value, value: &Value) {
    for (member, wanted) in expected.as_object().unwrap() {
        assert_eq!(&value[member], wanted, "{tool} {arguments}: {value:#}");
    }
    let schema = &tools.iter().find(|known| known["name"] == tool).unwrap()["outputSchema"];
    assert_eq!(misfits(schema, value), Vec::<String>::new(), "{tool} {arguments}: {value:#}");
}

#[test]
fn tools_answer_through_a_session_as_their_schemas_say() {
    let server = Server::start();
    let tools = tools(&server);
    block_on(async {
        let client = server.client("session").await;
        for (tool, arguments, expected) in conversation() {
            let Answer { value, is_error } = client.call(tool, arguments.clone()).await.unwrap();
            assert!(!is_error, "{tool} {arguments}: {value:?}");
            assert_answered(&tools, tool, &arguments, &expected, &value.unwrap());
        }
    });
}

#[test]
fn tools_answer_without_a_session_as_their_schemas_say() {
    let server = Server::start();
    let tools = tools(&server);
    for (tool, arguments, expected) in conversation() {
        let answer = Request::call(&server, tool, &arguments).send();
        assert_eq!(answer.status, 200, "{answer:?}");
        let result = &answer.json()["result"];
        assert_ne!(result["isError"], true, "{result:#}");
        assert_answered(&tools, tool, &arguments, &expected, &result["structuredContent"]);
        let text = result["content"].as_array().unwrap();
        assert!(
            text.len() == 1 && text[0]["text"].as_str().unwrap().len() <= 1_000,
            "structured, and what is long not once more as text: {text:?}"
        );
    }
}

#[test]
fn a_failed_call_says_why_and_whether_anything_was_done() {
    let server = Server::start();
    let tools = tools(&server);
    let call = |tool, arguments| {
        let result = Request::call(&server, tool, &arguments).send().json()["result"].clone();
        assert_eq!(result["isError"], true, "{tool} {arguments}: {result:#}");
        // Clients check errors against it, too.
        assert_answered(&tools, tool, &arguments, &json!({}), &result["structuredContent"]);
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        (result["structuredContent"]["error"].clone(), text)
    };
    let (error, text) = call("km_run_macro", json!({ "macro": "No Such Macro" }));
    assert_eq!([&error["code"], &error["outcome"]], [&json!("macro_not_found"), &json!("not-run")]);
    assert!(text.contains("No Such Macro") && text.contains("km_list_macros") && text.contains("Nothing was run"), "{text}");
    let (error, _) = call("km_run_macro", json!({ "macro": "Type Signature" }));
    assert_eq!([&error["code"], &error["outcome"]], [&json!("refused"), &json!("not-run")], "{error:#}");
    let (error, text) = call("km_run_macro", json!({ "macro": "Flaky Upload" }));
    assert_eq!(error["outcome"], "failed", "{error:#}");
    assert!(text.contains("server busy"), "what the script said is passed on: {text}");
    let (error, _) = call("km_calculate", json!({ "expression": "1 +" }));
    assert_ne!(error["outcome"], "unknown", "{error:#}");
}

#[test]
fn bad_arguments_name_the_field_and_no_type_of_ours() {
    let server = Server::start();
    let cases = [
        ("km_get_variable", json!({}), "name"),
        ("km_get_variable", json!({ "name": 7 }), "name"),
        ("km_get_variable", json!({ "nane": "x" }), "nane"),
        ("km_run_macro", json!({ "macro": "Greet", "timeout_ms": "soon" }), "timeout_ms"),
        ("km_run_macro", json!({ "macro": "Greet", "timeout_ms": 0 }), "timeout_ms"),
        ("km_run_macro", json!({ "macro": "Greet", "timeout_ms": -1 }), "timeout_ms"),
        ("km_list_macros", json!({ "limit": 0 }), "limit"),
        ("km_list_macros", json!({ "cursor": "elsewhere" }), "cursor"),
        ("km_get_macro", json!({ "macro": "Greet", "format": "yaml" }), "format"),
        ("health_check", json!({ "deep": true }), "deep"),
    ];
    for (tool, arguments, field) in cases {
        let result = Request::call(&server, tool, &arguments).send().json()["result"].clone();
        assert_eq!(result["isError"], true, "{tool} {arguments}: {result:#}");
        let error = &result["structuredContent"]["error"];
        assert_eq!([&error["code"], &error["outcome"]], [&json!("bad_arguments"), &json!("not-run")], "{tool} {arguments}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(field), "{tool} {arguments}: {message}");
        for ours in ["struct", "kmtop::", "usize", "u64", "Option<", "enum"] {
            assert!(!message.contains(ours), "{tool} {arguments}: {message}");
        }
    }
}

#[test]
fn two_hundred_calls_at_once_each_get_their_own_answer() {
    // As many as the queue takes, on a machine that may be slow.
    let server = Server::with("[pool]\nqueue_timeout_ms = 60000\ncall_timeout_ms = 60000\n");
    block_on(async {
        let mut clients = Vec::new();
        for name in ["one", "two", "three", "four"] {
            clients.push(server.client(name).await);
        }
        let calls = (0..200).map(|turn| {
            let client = &clients[turn % clients.len()];
            async move {
                let payload = format!("payload-{turn}-ü");
                let (tool, arguments, member) = if turn % 2 == 0 {
                    ("km_process_tokens", json!({ "text": payload }), "result")
                } else {
                    ("km_set_variable", json!({ "name": format!("Own {turn}"), "value": payload }), "value")
                };
                let answer = client.call(tool, arguments).await.unwrap();
                assert_eq!(answer.value.unwrap()[member], payload, "call {turn}");
                assert!(!answer.is_error);
            }
        });
        tokio::time::timeout(3 * LIMIT, join_all(calls)).await.expect("all were answered");
        for turn in (1..200).step_by(2) {
            let answer = clients[0].call("km_get_variable", json!({ "name": format!("Own {turn}") })).await.unwrap();
            assert_eq!(answer.value.unwrap()["value"], format!("payload-{turn}-ü"));
        }
    });
    let pool = server.home.pool();
    assert_eq!([&pool["counters"]["served"], &pool["counters"]["shed"]], [&json!(300), &json!(0)], "{pool:#}");
}
