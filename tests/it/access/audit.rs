//! The audit log of a real server, and what was turned away.

use std::{io::Write, process::Stdio};

use serde_json::{Value, json};

use super::{audit_lines, call, make, once, value};
use crate::harness::{Home, Server, drain, http::Request, until, until_is};

#[track_caller]
fn line(home: &Home, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    until(what, || {
        let lines = audit_lines(home);
        lines.iter().find(|line| wanted(line)).cloned().ok_or_else(|| format!("{lines:#?}"))
    })
}

#[test]
fn every_way_in_leaves_a_line_without_values() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &[]);
    let arguments = json!({ "name": "Total", "value": "forty-two" });
    value(&call(&server, &ci, "km_set_variable", &arguments).send());
    server.home.ask("km_set_variable", arguments);
    let mut stdio = server.home.command(&["--serve", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "piped", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "name": "km_calculate", "arguments": { "expression": "6*7" }, "_meta": meta });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    writeln!(stdio.stdin.take().unwrap(), "{message}").unwrap();
    let said = drain(stdio.stdout.take().unwrap()).join().unwrap();
    assert!(stdio.wait().unwrap().success() && said.contains("42"), "{said}");

    let http = line(&server.home, "the call over HTTP", |line| line["transport"] == "http");
    assert_eq!((&http["event"], &http["principal"], &http["client"]), (&json!("call"), &json!("ci"), &json!("raw")), "{http:#}");
    assert_eq!((&http["tool"], &http["subject"], &http["outcome"]), (&json!("km_set_variable"), &json!("Total"), &json!("ok")));
    assert!(http["peer"].as_str().unwrap().starts_with("127.0.0.1:") && http["duration_ms"].as_f64().unwrap() > 0.0, "{http:#}");
    assert!(http["time"].as_str().unwrap().ends_with('Z'), "{http:#}");
    let control = line(&server.home, "the owner's call", |line| line["transport"] == "control");
    assert_eq!(control["principal"], "owner");
    assert!(control["peer"].as_str().is_some_and(|peer| peer.starts_with("pid ")), "{control:#}");
    assert_eq!(control["arguments"]["digest"], http["arguments"]["digest"], "the same arguments");
    let piped = line(&server.home, "the call on stdin", |line| line["transport"] == "stdio");
    assert_eq!((&piped["principal"], &piped["client"]), (&json!("stdio"), &json!("piped")));
    assert_eq!(piped["arguments"]["names"], json!(["expression"]));
    assert!(!format!("{:?}", audit_lines(&server.home)).contains("forty-two"), "values are not written");
}

#[test]
fn values_are_written_when_the_settings_say_so_and_secrets_never() {
    let server = Server::with("[audit]\nvalues = true\n");
    server.home.ask("km_set_variable", json!({ "name": "Total", "value": "forty-two" }));
    let _ = server.home.try_ask("km_set_variable", json!({ "name": "Mail Password", "value": "hunter2" }));
    let seen = line(&server.home, "the value", |line| line["arguments"]["values"]["value"] == "forty-two");
    assert_eq!(seen["arguments"]["values"]["name"], "Total");
    line(&server.home, "the hidden one", |line| line["arguments"]["values"]["value"] == "••••");
    assert!(!format!("{:?}", audit_lines(&server.home)).contains("hunter2"));
}

#[test]
fn nothing_is_written_when_the_settings_say_so() {
    let server = Server::with("[audit]\nenabled = false\n");
    server.home.ask("health_check", json!({}));
    drop(once(&server));
    assert!(!server.home.state("audit.jsonl").exists());
}

#[test]
fn what_is_turned_away_is_counted_told_and_written_down() {
    let server = Server::with("[limits]\nvalue_bytes = 2000\n[server]\nallowed_hosts = [\"tunnel.example\"]\n");
    let request = Request::call(&server, "health_check", &json!({}));
    for _ in 0..3 {
        assert_eq!(request.clone().set("Authorization", "Bearer wrong").status(), 401);
    }
    assert_eq!(request.clone().set("Host", "tunnel.example").status(), 200);
    assert_eq!(request.clone().set("Host", "evil.example:80").status(), 403);
    assert_eq!(request.clone().add("Origin", "http://evil.example").status(), 403);
    assert_eq!(request.clone().body("x".repeat(3_000)).status(), 413);
    let security = once(&server)["security"].clone();
    let counts = json!({ "wrong_token": 3, "host_refused": 1, "origin_refused": 1, "body_too_large": 1 });
    assert_eq!(security["counts"], counts, "{security:#}");
    let events = security["events"].as_array().unwrap();
    assert_eq!(events.len(), 4, "one line for a flood: {security:#}");
    let host = events.iter().find(|event| event["kind"] == "host_refused").unwrap();
    assert_eq!(host["detail"], "allowed by: [server] allowed_hosts = [\"evil.example\"]");
    assert_eq!(host["who"], "127.0.0.1");
    assert_eq!(events.iter().find(|event| event["kind"] == "wrong_token").unwrap()["times"], 3);
    line(&server.home, "the refusal in the log", |line| line["event"] == "refused" && line["kind"] == "host_refused");
    let told = || server.home.run(&["export", "--table", "events", "--format", "jsonl"]).stdout;
    until_is("the events of the history", told, |told| told.contains("host refused (127.0.0.1)"));
}
