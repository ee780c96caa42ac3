//! Who may do what: tokens, limits, the audit log, calls that wait for the owner.

mod audit;
mod flood;
mod held;
mod limits;
mod read_only;
mod shown;
mod tokens;

use std::fs;

use serde_json::{Value, json};

use crate::harness::{
    Home, Ran, Server,
    http::{Answer, Request},
};

/// Makes a token and gives its text.
#[track_caller]
fn make(home: &Home, name: &str, flags: &[&str]) -> String {
    let made = home.run(&[&["token", "create", name], flags].concat());
    assert_eq!(made.code, Some(0), "{made:?}");
    let secret = made.stdout.trim_end().to_owned();
    assert!(secret.starts_with("kmtop_") && !secret.contains(char::is_whitespace), "the token alone: {made:?}");
    secret
}

fn by(request: Request, token: &str) -> Request {
    request.set("Authorization", &format!("Bearer {token}"))
}

/// A tool's call by who shows this token.
fn call(server: &Server, token: &str, tool: &str, arguments: &Value) -> Request {
    by(Request::call(server, tool, arguments), token)
}

fn health(server: &Server, token: &str) -> Answer {
    call(server, token, "health_check", &json!({})).send()
}

/// The names of the tools that who shows this token is offered.
#[track_caller]
fn offered(server: &Server, token: &str) -> Vec<String> {
    let answer = by(Request::stateless(server, "tools/list", json!({})), token).send().json();
    let tools = answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

/// The structured content of a call that did not fail.
#[track_caller]
fn value(answer: &Answer) -> Value {
    let result = answer.json()["result"].clone();
    assert_ne!(result["isError"], true, "{result:#}");
    result["structuredContent"].clone()
}

/// The structured content of a call that failed.
#[track_caller]
fn failure(answer: &Answer) -> Value {
    let result = answer.json()["result"].clone();
    assert_eq!(result["isError"], true, "{result:#}");
    result["structuredContent"].clone()
}

/// What `kmtop once --json` says.
#[track_caller]
fn once(server: &Server) -> Value {
    server.home.run(&["once", "--json"]).json()
}

/// Runs `kmtop approve` and gives its end.
fn approve(server: &Server, arguments: &[&str]) -> Ran {
    server.home.run(&[&["approve"], arguments].concat())
}

/// The lines of the audit log.
fn audit_lines(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.state("audit.jsonl")).unwrap_or_default();
    // The last line may be on its way.
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
