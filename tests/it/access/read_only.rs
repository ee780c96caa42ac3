//! `--read-only`: no MCP client gets more than `read`, whichever way it comes.

use std::{io::Write, process::Stdio};

use serde_json::{Value, json};

use super::{make, offered};
use crate::harness::{Home, Server, drain, http::Request};

#[track_caller]
fn assert_only_reads(names: &[String], what: &str) {
    assert!(names.contains(&"km_get_variable".to_owned()), "{what}: {names:?}");
    let changes = |name: &String| name.starts_with("km_set_") || name.starts_with("km_delete") || name == "km_run_macro";
    assert!(!names.iter().any(changes), "{what}: {names:?}");
}

/// The tools that a client on stdin and stdout is offered.
fn piped(home: &Home, flags: &[&str]) -> Vec<String> {
    let mut command = home.command(&[&["--serve", "--stdio"], flags].concat());
    let mut stdio = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "piped", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } });
    writeln!(stdio.stdin.take().unwrap(), "{message}").unwrap();
    let said = drain(stdio.stdout.take().unwrap()).join().unwrap();
    assert!(stdio.wait().unwrap().success(), "{said}");
    let answer: Value = serde_json::from_str(&said).unwrap();
    let tools = answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_read_only_server_lets_clients_look_and_its_owner_change() {
    let server = Server::with_flags(Home::with("allow = [\"read\", \"write\", \"delete\", \"admin\"]\n"), &["--read-only"]);
    let greedy = make(&server.home, "greedy", &["--allow", "read,write"]);
    assert_only_reads(&offered(&server, &server.token()), "the owner's token");
    assert_only_reads(&offered(&server, &greedy), "a token");
    assert_only_reads(&piped(&server.home, &[]), "stdio");
    let refused = Request::call(&server, "km_set_variable", &json!({ "name": "A", "value": "1" })).send().json();
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    server.home.ask("km_set_variable", json!({ "name": "A", "value": "1" }));
    assert_eq!(server.home.ask("km_get_variable", json!({ "name": "A" }))["value"], "1");
}

#[test]
fn the_settings_can_say_the_same() {
    let server = Server::with("[server]\nread_only = true\n");
    assert_only_reads(&offered(&server, &server.token()), "the owner's token");
}

#[test]
fn one_client_on_stdin_may_be_read_only_by_itself() {
    let server = Server::start();
    assert_only_reads(&piped(&server.home, &["--read-only"]), "carried");
    assert!(piped(&server.home, &[]).contains(&"km_set_variable".to_owned()));
    assert!(offered(&server, &server.token()).contains(&"km_set_variable".to_owned()), "nobody else is");
    assert_only_reads(&piped(&Home::new(), &["--standalone", "--read-only"]), "standalone");
}
