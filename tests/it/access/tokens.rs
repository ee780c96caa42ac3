//! Tokens: made, listed, given another text, ended; and what each of them may do.

use std::{fs, os::unix::fs::MetadataExt, process::Command};

use serde_json::{Value, json};

use super::{by, call, failure, health, make, offered, once, value};
use crate::harness::{Home, Ran, Server, http::Request, until_is};

#[test]
fn a_token_is_taken_and_ended_by_a_running_server_at_once() {
    let server = Server::start();
    let (ci, desk) = (make(&server.home, "ci", &["--allow", "read"]), make(&server.home, "desk", &[]));
    for token in [&ci, &desk, &server.token()] {
        assert_eq!(health(&server, token).status, 200, "several at once");
    }
    let stored = fs::read_to_string(server.home.state("tokens.json")).unwrap();
    assert!(!stored.contains(&ci["kmtop_".len()..]), "only its digest is kept: {stored}");
    assert_eq!(fs::metadata(server.home.state("tokens.json")).unwrap().mode() & 0o777, 0o600);
    let listed = server.home.run(&["token", "list", "--json"]).json();
    assert_eq!(listed["tokens"][0]["name"], "ci");
    assert_eq!(listed["tokens"][0]["classes"], json!(["read"]));
    assert_eq!(listed["tokens"][1]["classes"], json!(["read", "run", "write"]), "those of the settings: {listed:#}");
    let again = server.home.run(&["token", "create", "ci"]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(2), ""), "{again:?}");
    assert!(again.stderr.contains("rotate ci"), "{again:?}");
    assert_eq!(server.home.run(&["token", "revoke", "ci"]).code, Some(0));
    assert_eq!(health(&server, &ci).status, 401, "at once");
    assert_eq!((health(&server, &desk).status, health(&server, &server.token()).status), (200, 200));
    assert_eq!(server.home.run(&["token", "revoke", "ci"]).code, Some(2), "there is none any more");
    assert_eq!(server.home.run(&["token", "create", "owner"]).code, Some(2), "it means somebody else");
    let table = server.home.run(&["token", "list"]).stdout;
    assert!(table.contains("desk") && table.contains("50/s") && !table.contains("ci "), "{table}");
}

#[test]
fn rotated_both_texts_are_valid_for_a_while() {
    let home = Home::new();
    let first = make(&home, "ci", &["--rate", "none"]);
    let server = Server::in_home(home);
    assert_eq!(health(&server, &first).status, 200, "made before the server began");
    let rotate = |keep: &str| {
        let Ran { code, stdout, stderr } = server.home.run(&["token", "rotate", "ci", "--keep", keep]);
        assert_eq!(code, Some(0), "{stderr}");
        stdout.trim_end().to_owned()
    };
    let second = rotate("1h");
    assert_eq!((health(&server, &first).status, health(&server, &second).status), (200, 200));
    let third = rotate("0s");
    let statuses = [&first, &second, &third].map(|token| health(&server, token).status);
    assert_eq!(statuses, [401, 401, 200]);
    assert_eq!(server.home.run(&["token", "rotate", "nobody-here"]).code, Some(2));
}

#[test]
fn a_token_ends_by_itself_and_with_its_file() {
    let server = Server::start();
    let short = make(&server.home, "short", &["--expires", "2s"]);
    let long = make(&server.home, "long", &["--expires", "30d"]);
    assert_eq!(health(&server, &short).status, 200);
    until_is("its end", || health(&server, &short).status, |status| *status == 401);
    assert_eq!(health(&server, &long).status, 200);
    // Whoever takes the file away needs no word with the server.
    fs::remove_file(server.home.state("tokens.json")).unwrap();
    until_is("the end of all", || health(&server, &long).status, |status| *status == 401);
    assert_eq!(health(&server, &server.token()).status, 200, "the owner's is another file");
}

#[test]
fn a_file_of_tokens_that_cannot_be_taken_changes_nothing_and_is_told_of() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &[]);
    fs::write(server.home.state("tokens.json"), "{]").unwrap();
    let refused = server.home.run(&["token", "create", "more"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("no list of tokens"), "{refused:?}");
    assert_eq!(health(&server, &ci).status, 200, "what was read before holds");
}

#[test]
fn a_tool_outside_of_a_tokens_classes_does_not_exist_for_it() {
    let server = Server::with("allow = [\"read\", \"run\", \"write\"]\n");
    let looking = make(&server.home, "looking", &["--allow", "read"]);
    let greedy = make(&server.home, "greedy", &["--allow", "read,delete,admin"]);
    let names = offered(&server, &looking);
    assert!(names.contains(&"km_list_macros".to_owned()));
    assert!(!names.iter().any(|name| name.starts_with("km_set_") || name == "km_run_macro"), "{names:?}");
    assert_eq!(names, offered(&server, &greedy), "the settings are the ceiling");
    assert!(offered(&server, &server.token()).contains(&"km_run_macro".to_owned()));
    let message = |tool: &str, token: &str| {
        let error = call(&server, token, tool, &json!({ "name": "A", "value": "1" })).send().json()["error"].clone();
        assert_eq!(error["code"], -32602, "{error}");
        error["message"].as_str().unwrap().replace(tool, "TOOL")
    };
    assert_eq!(message("km_set_variable", &looking), message("km_no_such_tool", &looking), "it looks like none");
    assert_eq!(message("km_delete_dictionary_key", &greedy), message("km_no_such_tool", &greedy));
    assert_eq!(server.home.ask("km_get_variable", json!({ "name": "A" }))["value"], Value::Null);
    let counts = once(&server)["security"]["counts"].clone();
    assert_eq!(counts["class_refused"], 2, "{counts}");
    let warned = server.home.run(&["token", "create", "vain", "--allow", "delete"]);
    assert!(warned.stderr.contains("do not allow delete"), "{warned:?}");
}

const HELLO: &str = "2025-11-25";

fn session(server: &Server, token: &str) -> String {
    let params = json!({ "protocolVersion": HELLO, "capabilities": {}, "clientInfo": { "name": "raw", "version": "1" } });
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
    let answer = by(Request::post(server, &hello), token).send();
    let id = answer.header("mcp-session-id").unwrap_or_else(|| panic!("{answer:?}")).to_owned();
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(within(server, &id, token, &ready), 202);
    id
}

fn within(server: &Server, session: &str, token: &str, message: &Value) -> u16 {
    by(Request::post(server, message), token).add("Mcp-Session-Id", session).add("MCP-Protocol-Version", HELLO).status()
}

fn ping(server: &Server, session: &str, token: &str) -> u16 {
    within(server, session, token, &json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }))
}

/// S3.
#[test]
fn s3_a_session_belongs_to_the_token_that_began_it() {
    let server = Server::start();
    let (one, other) = (make(&server.home, "one", &[]), make(&server.home, "other", &[]));
    let id = session(&server, &one);
    assert_eq!([&one, &other, &server.token()].map(|token| ping(&server, &id, token)), [200, 404, 404]);
    let stream = |token: &str, method: &str| {
        let request = by(Request::new(&server, method, "/mcp"), token).add("Accept", "text/event-stream");
        request.add("Mcp-Session-Id", &id).add("MCP-Protocol-Version", HELLO)
    };
    assert_eq!(stream(&other, "GET").status(), 404, "nor can it listen to it");
    assert_eq!(stream(&other, "DELETE").status(), 404, "nor end it");
    assert_eq!(ping(&server, &id, &one), 200);
    let event = once(&server)["security"]["events"][0].clone();
    assert_eq!((&event["kind"], &event["who"]), (&json!("session_refused"), &json!("other")), "{event}");
    let renewed = server.home.run(&["token", "rotate", "one"]).stdout;
    assert_eq!(ping(&server, &id, renewed.trim_end()), 200, "it is the same token");
    server.home.run(&["token", "revoke", "one"]);
    let namesake = make(&server.home, "one", &[]);
    assert_eq!(ping(&server, &id, &namesake), 404, "a later one of the same name is another");
}

#[test]
fn a_token_has_eight_sessions_and_takes_none_of_others() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &["--rate", "none"]);
    let owners = session(&server, &server.token());
    let ids: Vec<String> = (0..9).map(|_| session(&server, &ci)).collect();
    let statuses: Vec<u16> = ids.iter().map(|id| ping(&server, id, &ci)).collect();
    assert_eq!(statuses, [404, 200, 200, 200, 200, 200, 200, 200, 200], "the one unheard for longest made room");
    assert_eq!(ping(&server, &owners, &server.token()), 200);
}

/// The foreign look: curl, which nobody here wrote.
#[test]
fn curl_with_a_token_sees_the_same() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &["--allow", "read", "--rate", "1/h", "--burst", "1"]);
    let curl = |tool: &str, token: &str| {
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": tool, "arguments": {}, "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "curl", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            } },
        });
        let ran = Ran::of(Command::new("curl").args(["-sS", "-i", &server.url(), "-d", &message.to_string()]).args([
            "-H",
            &format!("Authorization: Bearer {token}"),
            "-H",
            "Content-Type: application/json",
            "-H",
            "Accept: application/json, text/event-stream",
            "-H",
            "MCP-Protocol-Version: 2026-07-28",
            "-H",
            "Mcp-Method: tools/call",
            "-H",
            &format!("Mcp-Name: {tool}"),
        ]));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout.to_lowercase()
    };
    let first = curl("health_check", &ci);
    assert!(first.contains("ratelimit-limit: 1\r\n") && first.contains("ratelimit-remaining: 0\r\n"), "{first}");
    assert!(curl("health_check", &ci).contains("rate_limited"));
    assert!(curl("health_check", "kmtop_wrong").starts_with("http/1.1 401"));
    let owners = curl("health_check", &server.token());
    assert!(owners.contains("\"ok\"") && !owners.contains("ratelimit"), "{owners}");
}

#[test]
fn a_token_stands_nowhere_but_with_its_owner() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &[]);
    value(&health(&server, &ci));
    failure(&call(&server, &ci, "km_run_macro", &json!({ "macro": ci })).send());
    until_is("the audit log", || super::audit_lines(&server.home).len(), |lines| *lines >= 2);
    let secret = &ci["kmtop_".len()..];
    for entry in fs::read_dir(server.home.path().join("state")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap_or_default();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{}", path.display());
    }
}
