//! The protocols up to 2025-11-25: a client says hello and keeps a session.

use std::thread;

use serde_json::{Value, json};

use crate::harness::{
    Server,
    http::{Answer, Request},
    is_whole, pids,
};

const VERSION: &str = "2025-11-25";

fn hello(server: &Server) -> Answer {
    let params = json!({ "protocolVersion": VERSION, "capabilities": {}, "clientInfo": { "name": "raw", "version": "1" } });
    Request::post(server, &json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })).send()
}

/// A session that has been said hello to.
#[track_caller]
fn session(server: &Server) -> String {
    let answer = hello(server);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["result"]["protocolVersion"], VERSION, "{answer:?}");
    let id = answer.header("mcp-session-id").unwrap_or_else(|| panic!("{answer:?}")).to_owned();
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(within(server, &id, &ready).status(), 202);
    id
}

fn within(server: &Server, session: &str, message: &Value) -> Request {
    Request::post(server, message).add("Mcp-Session-Id", session).add("MCP-Protocol-Version", VERSION)
}

fn ping(server: &Server, session: &str) -> u16 {
    within(server, session, &json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).status()
}

fn call(id: u64, name: &str, arguments: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": name, "arguments": arguments } })
}

#[test]
fn a_session_from_its_hello_to_its_end() {
    let server = Server::start();
    let id = session(&server);
    let answer = within(&server, &id, &call(7, "km_calculate", &json!({ "expression": "6 * 7" }))).send();
    assert_eq!(answer.json()["result"]["structuredContent"], json!({ "result": "42" }), "{answer:?}");
    assert_eq!(answer.json()["id"], 7);
    let unknown = within(&server, &id, &call(8, "km_no_such_tool", &json!({}))).send();
    assert_eq!(unknown.json()["error"]["code"], -32602, "{unknown:?}");
    let goodbye = Request::new(&server, "DELETE", "/mcp").add("Mcp-Session-Id", &id).add("MCP-Protocol-Version", VERSION);
    assert!((200..300).contains(&goodbye.status()));
    assert_eq!(ping(&server, &id), 404, "an ended session stays ended");
    assert_eq!(ping(&server, "00000000-0000-4000-8000-000000000000"), 404, "nor was there ever this one");
}

#[test]
fn over_the_cap_the_session_unheard_for_longest_ends() {
    let server = Server::with("[server]\nsessions = 4\n");
    let mut ids: Vec<String> = (0..4).map(|_| session(&server)).collect();
    // The first is heard of again, so the second is the oldest.
    assert_eq!(ping(&server, &ids[0]), 200);
    ids.push(session(&server));
    assert_eq!([0, 1, 4].map(|at| ping(&server, &ids[at])), [200, 404, 200]);
    ids.extend((0..5).map(|_| session(&server)));
    let alive = ids.iter().map(|id| ping(&server, id)).filter(|status| *status == 200).count();
    assert_eq!((ids.len(), alive), (10, 4));
    assert_eq!(ids.iter().rev().take(4).map(|id| ping(&server, id)).collect::<Vec<_>>(), [200; 4], "the newest live");
}

#[test]
fn a_cancelled_call_frees_its_worker() {
    let server = Server::start();
    let before = pids(&server.home.pool_until("all workers are up", is_whole), "idle");
    let id = session(&server);
    let request = within(&server, &id, &call(7, "km_run_macro", &json!({ "macro": "Hung Export" })));
    let waiting = request.begin();
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    let cancel = |id| json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
    // X4: one that nobody knows is nothing.
    assert_eq!(within(&server, &id, &cancel(99)).status(), 202);
    assert_eq!(server.home.pool()["busy"], 1);
    assert_eq!(within(&server, &id, &cancel(7)).status(), 202);
    let pool = server.home.pool_until("the worker is free", is_whole);
    assert_eq!(pids(&pool, "idle"), before, "the script was ended, not its worker: {pool:#}");
    assert_eq!(ping(&server, &id), 200, "the session goes on");
    let next = within(&server, &id, &call(7, "health_check", &json!({}))).send().json();
    assert_eq!(next["result"]["structuredContent"]["status"], "ok", "its id is free: {next}");
    drop(waiting);
}

/// X2.
#[test]
fn x2_an_id_under_way_is_taken() {
    let server = Server::start();
    let id = session(&server);
    let slow = within(&server, &id, &call(7, "km_run_macro", &json!({ "macro": "Slow Report" })));
    let first = thread::spawn({
        let slow = slow.clone();
        move || slow.send()
    });
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    let second = slow.send().json();
    assert_eq!([&second["id"], &second["error"]["code"]], [&json!(7), &json!(-32600)], "{second}");
    let first = first.join().unwrap().json();
    assert_eq!([&first["id"], &first["result"]["structuredContent"]["status"]], [&json!(7), &json!("finished")], "{first}");
    let again = within(&server, &id, &call(7, "health_check", &json!({}))).send().json();
    assert_eq!(again["result"]["structuredContent"]["status"], "ok", "an id that has its answer is free: {again}");
    assert_eq!(server.home.pool()["counters"]["served"], 1);
}

#[test]
fn a_client_of_a_session_that_goes_away_leaves_its_call_running() {
    let server = Server::start();
    let id = session(&server);
    let text = json!({ "name": "Left Behind", "value": "done" });
    let macro_call = call(7, "km_run_macro", &json!({ "macro": "Slow Report" }));
    let connection = within(&server, &id, &macro_call).begin();
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    drop(connection);
    let pool = server.home.pool_until("the macro has ended", |pool| pool["counters"]["served"] == 1);
    assert_eq!([&pool["counters"]["killed"], &pool["counters"]["crashed"]], [&json!(0), &json!(0)], "{pool:#}");
    let answer = within(&server, &id, &call(8, "km_set_variable", &text)).send();
    assert_eq!(answer.json()["result"]["structuredContent"]["value"], "done", "{answer:?}");
}

#[test]
fn many_sessions_at_once_are_strangers_to_each_other() {
    let server = Server::start();
    let talk = |turn: usize| {
        let id = session(&server);
        // All of them use the same number: answers go by session.
        let answer = within(&server, &id, &call(1, "km_process_tokens", &json!({ "text": format!("own {turn}") }))).send();
        assert_eq!(answer.json()["result"]["structuredContent"]["result"], format!("own {turn}"), "{answer:?}");
    };
    thread::scope(|scope| {
        for turn in 0..20 {
            let talk = &talk;
            scope.spawn(move || talk(turn));
        }
    });
}
