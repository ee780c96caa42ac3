//! Runs as tasks: asked for in sessions of 2025-11-25, made by the server for clients of the newest protocol that take them.

use serde_json::{Value, json};

use super::piped::{Piped, STANDALONE};
use crate::harness::{Home, Server, http::Request, until_is};

const EXTENSION: &str = "io.modelcontextprotocol/tasks";

fn home() -> Home {
    let home = Home::new();
    home.add_macros("steps.kmmacros", ("Steps of Tests", "Steps"));
    home
}

fn create(piped: &mut Piped, name: &str, task: &Value) -> Value {
    let call = json!({ "name": "km_run_macro", "arguments": { "macro": name }, "task": task });
    piped.request("tools/call", &call)
}

#[test]
fn a_session_asks_for_a_task_and_later_for_its_result() {
    let mut piped = Piped::silent(home(), &STANDALONE, &[]);
    let client = json!({ "name": "tasks", "version": "1" });
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    let hello = piped.request("initialize", &hello)["result"].clone();
    assert_eq!(hello["capabilities"]["tasks"], json!({ "list": {}, "cancel": {}, "requests": { "tools": { "call": {} } } }));
    assert_eq!(hello["capabilities"]["extensions"], Value::Null, "{hello:#}");
    piped.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
    let listed = piped.request("tools/list", &json!({}))["result"]["tools"].clone();
    let supports: Vec<_> = listed.as_array().expect("a list").iter().filter(|tool| !tool["execution"].is_null()).collect();
    assert_eq!((supports.len(), &supports[0]["name"]), (1, &json!("km_run_macro")));
    assert_eq!(supports[0]["execution"]["taskSupport"], "optional");

    let task = create(&mut piped, "Steps", &json!({ "ttl": 200_000 }))["result"]["task"].clone();
    let id = task["taskId"].as_str().unwrap_or_else(|| panic!("{task:#}")).to_owned();
    assert_eq!([&task["status"], &task["ttl"]], [&json!("working"), &json!(200_000)], "{task:#}");
    let run = piped.call("km_run_status", &json!({ "run_id": id }))["runs"][0].clone();
    assert_eq!(run["macro"], "Steps", "the task has the number of its run: {run:#}");
    let result = piped.request("tasks/result", &json!({ "taskId": id }))["result"].clone();
    assert_eq!(result["structuredContent"]["result"], "done", "it waits for it: {result:#}");
    assert_eq!(result["_meta"]["io.modelcontextprotocol/related-task"]["taskId"], *id);
    let got = piped.request("tasks/get", &json!({ "taskId": id }))["result"].clone();
    assert_eq!(got["status"], "completed", "{got:#}");
    assert_eq!(piped.request("tasks/cancel", &json!({ "taskId": id }))["error"]["code"], -32602, "it is over");

    let never = create(&mut piped, "Never", &json!({}))["result"]["task"]["taskId"].clone();
    let all = piped.request("tasks/list", &json!({}))["result"]["tasks"].clone();
    assert_eq!([&all[0]["taskId"], &all[1]["taskId"]], [&json!(id), &never], "{all:#}");
    let cancelled = piped.request("tasks/cancel", &json!({ "taskId": never }))["result"].clone();
    assert_eq!(cancelled["status"], "cancelled", "{cancelled:#}");
    let result = piped.request("tasks/result", &json!({ "taskId": never }))["result"].clone();
    assert_eq!(result["isError"], true, "{result:#}");
    assert_eq!(piped.call("pool_status", &json!({}))["counters"]["killed"], 0, "its worker heeds the cancel");

    let missing = create(&mut piped, "No Such Macro", &json!({}))["result"]["task"].clone();
    assert_eq!(missing["status"], "failed", "{missing:#}");
    for method in ["tasks/get", "tasks/result", "tasks/cancel"] {
        assert_eq!(piped.request(method, &json!({ "taskId": "no-such" }))["error"]["code"], -32602, "{method}");
    }
    assert_eq!(piped.request("tasks/list", &json!({ "cursor": "x" }))["error"]["code"], -32602);
    let other = json!({ "name": "health_check", "arguments": {}, "task": {} });
    assert_eq!(piped.request("tools/call", &other)["error"]["code"], -32601, "it takes no time");
}

#[test]
fn a_task_tells_how_far_it_is() {
    let mut piped = Piped::start(home(), &STANDALONE, &[], "tasks");
    let call =
        json!({ "name": "km_run_macro", "arguments": { "macro": "Steps" }, "task": {}, "_meta": { "progressToken": "mine" } });
    let (created, mut told) = piped.conversation("tools/call", &call);
    let id = created["result"]["task"]["taskId"].clone();
    let (result, more) = piped.conversation("tasks/result", &json!({ "taskId": id }));
    told.extend(more);
    assert_eq!(result["result"]["structuredContent"]["result"], "done", "{result:#}");
    let values: Vec<f64> = told.iter().filter_map(|told| told["params"]["progress"].as_f64()).collect();
    assert!(values.len() >= 2 && values.windows(2).all(|two| two[0] < two[1]), "{told:?}");
}

#[test]
fn there_is_an_end_to_tasks_of_one_client() {
    let mut piped = Piped::start(home(), &STANDALONE, &[], "tasks");
    let created: Vec<Value> = (0..33).map(|_| create(&mut piped, "Never", &json!({}))).collect();
    assert!(created[31]["result"]["task"].is_object(), "{:#}", created[31]);
    assert_eq!(created[32]["error"]["code"], -32000, "{:#}", created[32]);
    let page = piped.request("tasks/list", &json!({}))["result"]["tasks"].as_array().map(Vec::len);
    assert_eq!(page, Some(32));
    let others = piped.call("km_cancel", &json!({ "all": true }))["cancelled"].as_array().map(Vec::len);
    assert_eq!(others, Some(32), "the one too many was not left running");
}

/// A request of the newest protocol whose client takes tasks.
fn taking(server: &Server, method: &str, params: Value) -> Value {
    let name = params["taskId"].as_str().map(str::to_owned);
    let request = Request::stateless(server, method, params);
    let mut message: Value = serde_json::from_slice(request.content()).expect("JSON");
    message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({ "extensions": { EXTENSION: {} } });
    let request = request.body(message.to_string());
    let request = if let Some(name) = name { request.add("Mcp-Name", &name) } else { request };
    request.send().json()
}

fn run(server: &Server, name: &str) -> Value {
    taking(server, "tools/call", json!({ "name": "km_run_macro", "arguments": { "macro": name } }))["result"].clone()
}

#[test]
fn a_long_run_becomes_a_task_for_who_takes_them() {
    let server = Server::in_home(home());
    let hello = Request::stateless(&server, "server/discover", json!({})).send().json();
    assert_eq!(hello["result"]["capabilities"]["extensions"][EXTENSION], json!({}), "{hello:#}");
    let short = run(&server, "Steps");
    assert_eq!(short["structuredContent"]["result"], "done", "what is over soon is answered: {short:#}");
    let long = run(&server, "Long");
    assert_eq!([&long["resultType"], &long["status"]], [&json!("task"), &json!("working")], "{long:#}");
    let task = |id: &Value| taking(&server, "tasks/get", json!({ "taskId": id }))["result"].clone();
    let ended = until_is("its end", || task(&long["taskId"]), |task| task["status"] != "working");
    assert_eq!(ended["status"], "completed", "{ended:#}");
    assert_eq!(ended["result"]["structuredContent"]["result"], "at last", "{ended:#}");

    let never = run(&server, "Never")["taskId"].clone();
    let busy = server.home.pool();
    assert_eq!(busy["busy"], 1, "it goes on: {busy:#}");
    let acknowledged = taking(&server, "tasks/cancel", json!({ "taskId": never }));
    assert!(acknowledged["result"].is_object(), "{acknowledged:#}");
    until_is("it is cancelled", || task(&never), |task| task["status"] == "cancelled");
    server.home.pool_until("the worker is free", |pool| pool["busy"] == 0);
    assert!(taking(&server, "tasks/cancel", json!({ "taskId": never }))["result"].is_object(), "again is nothing");
    assert_eq!(taking(&server, "tasks/get", json!({ "taskId": "no-such" }))["error"]["code"], -32602);
    assert_eq!(taking(&server, "tasks/list", json!({}))["error"]["code"], -32601, "the extension has none");
    let stranger = Request::stateless(&server, "tasks/get", json!({ "taskId": never }));
    let stranger = stranger.add("Mcp-Name", never.as_str().expect("a text")).send().json();
    assert_eq!(stranger["error"]["code"], -32021, "who takes none asks for none: {stranger:#}");
}
