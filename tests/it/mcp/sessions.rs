//! The protocols up to 2025-11-25: a client says hello and keeps a session.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    thread,
};

use serde_json::{Value, json};

use super::memory;
use crate::harness::{
    Server,
    http::{Answer, Request},
    is_whole, pids, until,
};

const VERSION: &str = "2025-11-25";

fn hello(server: &Server) -> Answer {
    hello_in(server, VERSION)
}

fn hello_in(server: &Server, version: &str) -> Answer {
    let params = json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "raw", "version": "1" } });
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
    assert_eq!(goodbye.status(), 204);
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

/// S2, and V4: a version that nobody speaks is refused before the session is looked for.
#[test]
fn s2_without_a_session_there_is_only_hello() {
    let server = Server::start();
    for method in ["tools/list", "ping", "notifications/initialized"] {
        let mut message = json!({ "jsonrpc": "2.0", "method": method });
        if !method.starts_with("notifications") {
            message["id"] = json!(1);
        }
        let answer = Request::post(&server, &message).add("MCP-Protocol-Version", VERSION).send();
        assert_eq!(answer.status, 400, "{method}: {answer:?}");
    }
    let id = session(&server);
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    assert_eq!(within(&server, &id, &ping).set("MCP-Protocol-Version", "1999-01-01").status(), 400, "V4");
    assert_eq!(within(&server, &id, &ping).set("MCP-Protocol-Version", "\u{fc}").status(), 400, "V4");
    assert_eq!(within(&server, &id, &ping).status(), 200);
}

/// S7.
#[test]
fn s7_session_ids_cannot_be_guessed() {
    let server = Server::start();
    let ids: Vec<String> = (0..500).map(|_| hello(&server).header("mcp-session-id").unwrap().to_owned()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let digits: Vec<Vec<u8>> = ids.iter().map(|id| id.bytes().filter(u8::is_ascii_hexdigit).collect()).collect();
    for (id, digits) in ids.iter().zip(&digits) {
        assert!(id.len() == 36 && digits.len() == 32 && digits[12] == b'4', "{id} is no random UUID");
    }
    // Every place takes every value that it may have: 30 of them sixteen.
    let values = |place: usize| digits.iter().map(|digits| digits[place]).collect::<BTreeSet<u8>>().len();
    assert!((0..32).all(|place| [16, 4, 1].contains(&values(place))), "some digits are always the same");
    assert_eq!((0..32).filter(|place| values(*place) == 16).count(), 30);
}

/// X4: what one client cancels is its own; what has ended cannot be cancelled.
#[test]
fn x4_a_session_cancels_only_what_is_its_own_and_runs() {
    let server = Server::start();
    let (one, other) = (session(&server), session(&server));
    let cancel = |session: &str, id: Value| {
        let message = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
        assert_eq!(within(&server, session, &message).status(), 202);
    };
    let slow = within(&server, &one, &call(7, "km_run_macro", &json!({ "macro": "Slow Report" })));
    let slow = thread::spawn(move || slow.send());
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    for foreign in [json!(7), json!("7"), json!(null), json!({}), json!(-1)] {
        cancel(&other, foreign);
    }
    let answer = slow.join().unwrap().json();
    assert_eq!(answer["result"]["structuredContent"]["status"], "finished", "{answer}");
    cancel(&one, json!(7));
    assert_eq!([ping(&server, &one), ping(&server, &other)], [200, 200]);
}

/// S5: a session whose client waits for an answer is not the one to go.
#[test]
fn s5_sessions_with_calls_under_way_stay() {
    let server = Server::with("[server]\nsessions = 2\n");
    let ids = [session(&server), session(&server)];
    let hung = ids.each_ref().map(|id| within(&server, id, &call(7, "km_run_macro", &json!({ "macro": "Hung Export" }))).begin());
    server.home.pool_until("both macros run", |pool| pool["busy"] == 2);
    let refused = hello(&server);
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (503, &json!(-32000)), "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    assert_eq!(ids.each_ref().map(|id| ping(&server, id)), [200, 200]);
    drop(hung);
    until("there is room again", || match hello(&server).status {
        200 => Ok(()),
        status => Err(status.to_string()),
    });
}

/// What is kept for clients that come back is not what they have read.
#[test]
fn answers_that_were_read_take_no_memory() {
    let server = Server::start();
    server.home.ask("km_set_variable", json!({ "name": "Big", "value": "x".repeat(900_000) }));
    let id = session(&server);
    let get = |number| {
        let answer = within(&server, &id, &call(number, "km_get_variable", &json!({ "name": "Big" }))).send();
        assert!(answer.body.len() > 900_000, "{}", answer.body.len());
    };
    (0..20).for_each(get);
    let before = memory(server.pid());
    (20..170).for_each(get);
    let after = memory(server.pid());
    assert!(after < before + 50, "{before} MiB, then {after} MiB after 150 answers of a megabyte");
}

/// A client that lost its connection comes back for the answer while its call runs.
#[test]
fn a_client_that_comes_back_gets_its_answer() {
    let server = Server::start();
    let id = session(&server);
    let lost = within(&server, &id, &call(7, "km_run_macro", &json!({ "macro": "Slow Report" }))).begin();
    let mut lines = BufReader::new(&lost).lines().map(Result::unwrap);
    let event = lines.find_map(|line| line.strip_prefix("id:").map(|event| event.trim().to_owned())).unwrap();
    drop(lost);
    let back = Request::get(&server, "/mcp").add("Mcp-Session-Id", &id).add("MCP-Protocol-Version", VERSION);
    let answer = back.add("Accept", "text/event-stream").add("Last-Event-ID", &event).send();
    assert_eq!(answer.json()["result"]["structuredContent"]["status"], "finished", "{answer:?}");
}

/// Protocols before 2025-06-18 do not know structured content; they get the result as text, and only so.
#[test]
fn older_clients_read_results_as_text() {
    let server = Server::start();
    for version in ["2024-11-05", "2025-03-26"] {
        let hello = hello_in(&server, version);
        assert_eq!(hello.json()["result"]["protocolVersion"], version, "{hello:?}");
        let id = hello.header("mcp-session-id").unwrap();
        let calculate = call(2, "km_calculate", &json!({ "expression": "6 * 7" }));
        let answer = within(&server, id, &calculate).set("MCP-Protocol-Version", version).send().json();
        assert_eq!(answer["result"]["content"][0]["text"], r#"{"result":"42"}"#, "{answer:#}");
        assert_eq!(answer["result"].get("structuredContent"), None, "{answer:#}");
    }
}

/// What is long is said once, unless the settings want it twice.
#[test]
fn longer_results_are_not_repeated_as_text() {
    let answer =
        |server: &Server, name: &str, arguments: Value| Request::call(server, name, &arguments).send().json()["result"].clone();
    let text = |result: &Value| result["content"][0]["text"].as_str().unwrap().to_owned();
    for (settings, twice) in [("", false), ("[server]\ntext_results = true\n", true)] {
        let server = Server::with(settings);
        let short = answer(&server, "km_calculate", json!({ "expression": "6 * 7" }));
        assert_eq!(short["structuredContent"], json!({ "result": "42" }), "{short:#}");
        assert_eq!(text(&short), r#"{"result":"42"}"#, "{short:#}");
        let long = answer(&server, "km_list_macros", json!({}));
        assert!(long["structuredContent"].to_string().len() > 1_000, "{long:#}");
        assert_eq!(
            serde_json::from_str::<Value>(&text(&long)).ok(),
            twice.then(|| long["structuredContent"].clone()),
            "{long:#}"
        );
    }
}
