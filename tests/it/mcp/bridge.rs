//! MCP on stdin and stdout, carried to the server of the home.

use std::{fs, net::TcpListener, sync::Arc};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{
    OFFERED,
    piped::{BRIDGED, Piped},
};
use crate::harness::{Home, Server, is_alive, is_whole, pids, signal, until, until_is};

fn client(home: &Arc<Home>, name: &str) -> Piped {
    Piped::start(Arc::clone(home), &BRIDGED, &[], name)
}

/// The server that a client started in the background; ended when this is dropped.
struct Background {
    home: Arc<Home>,
    pid: u32,
}

impl Background {
    fn of(home: &Arc<Home>) -> Self {
        let said: Value = serde_json::from_slice(&fs::read(home.state("server.json")).unwrap()).unwrap();
        Self { home: Arc::clone(home), pid: u32::try_from(said["pid"].as_u64().unwrap()).unwrap() }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Its client may be waiting for it as a parent does, so it is asked by what it leaves behind.
        if is_alive(self.pid) {
            signal(self.pid, Signal::TERM);
            until("the background server's end", || {
                if self.home.state("kmtop.sock").exists() { Err("it serves".to_owned()) } else { Ok(()) }
            });
        }
    }
}

#[test]
fn two_clients_are_two_clients_of_one_server() {
    let server = Server::start();
    let (mut one, mut two) = (client(&server.home, "first app"), client(&server.home, "second app"));
    let listed = one.request("tools/list", &json!({}));
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), OFFERED.len(), "the classes that are allowed, no more");
    one.call("km_set_variable", &json!({ "name": "Shared", "value": "a\nü" }));
    assert_eq!(two.call("km_get_variable", &json!({ "name": "Shared" }))["value"], "a\nü");
    let workers =
        |piped: &mut Piped| pids(&until_is("all workers are up", || piped.call("pool_status", &json!({})), is_whole), "idle");
    assert_eq!(workers(&mut one), workers(&mut two), "one pool");
    let frame = until("both are seen", || {
        let frame = server.home.run(&["once", "--json"]).json();
        let calls = |client: &&Value| client["calls"].as_u64() >= Some(2);
        let seen = frame["clients"].as_array().map_or(0, |clients| clients.iter().filter(calls).count());
        if seen == 2 { Ok(frame) } else { Err(format!("{:#}", frame["clients"])) }
    });
    let names: Vec<&str> = frame["clients"].as_array().unwrap().iter().map(|client| client["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"first app") && names.contains(&"second app"), "{names:?}");
    for mut piped in [one, two] {
        piped.input = None;
        assert_eq!(piped.ended().code(), Some(0));
        assert_eq!(piped.stderr(), "");
    }
    assert_eq!(server.home.ask("health_check", json!({}))["status"], "ok", "the server goes on");
}

#[test]
fn without_a_server_one_is_started_and_stays() {
    let home = Arc::new(Home::with("[server]\nlisten = \"127.0.0.1:0\"\n"));
    // Both at once: one of the two servers that they start finds the home held, and its client uses the other.
    let (mut one, mut two) = std::thread::scope(|scope| {
        let [one, two] = ["one", "two"].map(|name| scope.spawn(|| client(&home, name)));
        (one.join().unwrap(), two.join().unwrap())
    });
    let background = Background::of(&home);
    one.calculate();
    one.input = None;
    assert_eq!(one.ended().code(), Some(0));
    two.calculate();
    two.input = None;
    assert_eq!(two.ended().code(), Some(0));
    assert!(is_alive(background.pid));
    let mut later = client(&home, "later");
    later.calculate();
    assert_eq!(Background::of(&home).pid, background.pid, "the same one");
}

#[test]
fn a_server_that_cannot_be_started_is_an_error_at_once() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::with(&format!("[server]\nlisten = \"{}\"\n", taken.local_addr().unwrap()));
    let ran = home.run(&BRIDGED);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.stderr.lines().count() == 1 && ran.stderr.contains("in use"), "{ran:?}");
}

#[test]
fn bad_lines_and_ids_in_use_are_answered() {
    let server = Server::start();
    let mut piped = client(&server.home, "rude");
    for (line, code) in [("garbage", -32700), ("{\"jsonrpc\":", -32700), ("[]", -32600), ("{\"id\":7}", -32600)] {
        piped.say(line);
        assert_eq!(piped.hear()["error"]["code"], code, "{line}");
        piped.calculate();
    }
    let slow = json!({ "jsonrpc": "2.0", "id": "same", "method": "tools/call",
        "params": { "name": "km_run_macro", "arguments": { "macro": "Slow Report" } } });
    piped.say(&slow.to_string());
    piped.say(&slow.to_string());
    let refused = piped.hear();
    assert_eq!([&refused["id"], &refused["error"]["code"]], [&json!("same"), &json!(-32600)], "{refused}");
    let answer = piped.hear();
    assert_eq!([&answer["id"], &answer["result"]["structuredContent"]["status"]], ["same", "finished"], "{answer}");
}

#[test]
fn calls_in_flight_at_the_end_of_the_input_are_answered() {
    let server = Server::start();
    let mut piped = client(&server.home, "ends");
    let first = piped.send("tools/call", &json!({ "name": "km_run_macro", "arguments": { "macro": "Slow Report" } }));
    piped.input = None;
    let answer = piped.hear();
    assert_eq!((&answer["id"], &answer["result"]["structuredContent"]["status"]), (&json!(first), &json!("finished")));
    assert_eq!(piped.ended().code(), Some(0));
    assert_eq!(piped.stderr(), "");
}

#[test]
fn an_empty_input_is_a_quiet_end() {
    let server = Server::start();
    let ran = server.home.run(&BRIDGED);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_client_that_is_killed_frees_its_worker() {
    let server = Server::start();
    let before = pids(&server.home.pool_until("all workers are up", is_whole), "idle");
    let mut piped = client(&server.home, "killed");
    piped.send("tools/call", &json!({ "name": "km_run_macro", "arguments": { "macro": "Hung Export" } }));
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    signal(piped.child.id(), Signal::KILL);
    let pool = server.home.pool_until("the worker is free", is_whole);
    assert_eq!(pids(&pool, "idle"), before, "the script was ended, not its worker: {pool:#}");
}

#[test]
fn a_server_that_is_killed_leaves_no_call_without_an_answer() {
    let mut server = Server::start();
    let mut piped = client(&server.home, "left");
    let id = piped.send("tools/call", &json!({ "name": "km_run_macro", "arguments": { "macro": "Hung Export" } }));
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    server.end(Signal::KILL);
    let answer = piped.hear();
    assert_eq!([&answer["id"], &answer["error"]["code"]], [&json!(id), &json!(-32603)], "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("unknown"), "{answer}");
    assert_eq!(piped.ended().code(), Some(1));
    let said = piped.stderr();
    assert!(said.lines().count() == 1 && said.contains("the server is gone"), "{said}");
    // A restart finds the way again.
    let next = Server::in_home(Arc::clone(&server.home));
    client(&next.home, "again").calculate();
}

#[test]
fn a_server_that_ends_says_so_to_idle_clients() {
    let mut server = Server::start();
    let mut piped = client(&server.home, "idle");
    piped.calculate();
    assert_eq!(server.end(Signal::TERM).code(), Some(0));
    assert_eq!(piped.ended().code(), Some(1));
    assert!(piped.stderr().contains("the server is gone"));
    assert_eq!(piped.lines.iter().collect::<Vec<_>>(), Vec::<String>::new(), "nothing follows");
}
