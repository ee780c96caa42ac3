//! Requests that mean harm or come from broken programs: each is turned away, and the next good one is served.

use std::io::{Read, Write};

use serde_json::{Value, json};

use crate::harness::{
    Server,
    http::{Request, STATELESS},
};

fn health(server: &Server) -> Request {
    Request::call(server, "health_check", &json!({}))
}

#[track_caller]
fn assert_serves(server: &Server) {
    assert_eq!(health(server).status(), 200);
}

/// B1 without a length, B3, B4.
#[test]
fn heads_and_bodies_that_no_honest_client_sends() {
    let server = Server::start();
    let chunk = [b"40000\r\n".as_slice(), &vec![b' '; 0x40000], b"\r\n"].concat();
    let long = [chunk.repeat(5), b"0\r\n\r\n".to_vec()].concat();
    let chunked = health(&server).body(long).without("Content-Length").add("Transfer-Encoding", "chunked");
    let answer = chunked.without("Connection").send();
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")), "B1: its length shows only on the way");
    assert_eq!(health(&server).body("{}").add("Content-Length", "3").status(), 400, "B3: two lengths");
    assert_eq!(Request::get(&server, "/healthz").add("Folded", "a\r\n b").status(), 400, "B3: a folded header");
    assert_eq!(Request::get(&server, "/healthz").add("Long", &"a".repeat(500_000)).status(), 431, "B4: a long header");
    let many = (0..200).fold(Request::get(&server, "/healthz"), |request, at| request.add(&format!("Many-{at}"), "a"));
    assert_eq!(many.status(), 431, "B4: many headers");
    assert_serves(&server);
}

/// B5: HTTP/2 is not spoken here.
#[test]
fn another_version_of_http() {
    let server = Server::start();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(crate::harness::LIMIT)).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // A reset is as good an end as any; waiting for more would time out as `WouldBlock`.
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
    assert_serves(&server);
}

/// B3: chunks whose size is none, and two lengths that contradict each other.
#[test]
fn b3_bodies_whose_length_is_in_doubt() {
    let server = Server::start();
    let chunked = health(&server).without("Content-Length").without("Connection").add("Transfer-Encoding", "chunked");
    for body in ["zz\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "2\r\n{}xx0\r\n\r\n", "fffffffffffffffff\r\n{}"] {
        let answer = chunked.clone().body(body).without("Content-Length").send();
        assert_eq!(answer.status, 400, "{body:?}: {answer:?}");
    }
    // What follows a request with both is not taken for another request, whichever of the two counts.
    let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for lengths in [["Content-Length", "Transfer-Encoding"], ["Transfer-Encoding", "Content-Length"]] {
        let both = health(&server).body(smuggled).without("Content-Length").without("Connection");
        let value = |name| if name == "Content-Length" { smuggled.len().to_string() } else { "chunked".to_owned() };
        let both = lengths.into_iter().fold(both, |request, name| request.add(name, &value(name)));
        let mut heard = Vec::new();
        let _ = both.begin().read_to_end(&mut heard);
        let heard = String::from_utf8_lossy(&heard);
        assert!(heard.starts_with("HTTP/1.1 400 ") && heard.matches("HTTP/1.1 ").count() == 1, "{lengths:?}: {heard}");
    }
    assert_serves(&server);
}

/// C3.
#[test]
fn c3_bodies_that_are_compressed() {
    let server = Server::start();
    for encoding in ["gzip", "br", "deflate", "gzip, identity"] {
        assert_eq!(health(&server).add("Content-Encoding", encoding).status(), 415, "{encoding}");
    }
    assert_eq!(health(&server).add("Content-Encoding", "identity").status(), 200);
}

/// J6, J8: a value comes back whole or not at all.
#[test]
fn values_are_never_cut() {
    let server = Server::start();
    let values = ["a\0b".to_owned(), "\u{1b}]0;x\u{7}".to_owned(), "%Variable%Odd%".to_owned(), "ü".repeat(500_000)];
    for value in values {
        let shown: String = value.chars().take(20).collect();
        let set = Request::call(&server, "km_set_variable", &json!({ "name": "Odd", "value": value })).send().json();
        if set["result"]["isError"] == true {
            assert!(value.contains('\0'), "{shown:?}: {set:#}");
            continue;
        }
        let got = Request::call(&server, "km_get_variable", &json!({ "name": "Odd" })).send().json();
        assert!(got["result"]["structuredContent"]["value"] == value, "{shown:?} came back otherwise");
    }
    let mut many = serde_json::Map::new();
    many.extend((0..100_000).map(|at| (format!("{at:x}"), json!(0))));
    let refused = Request::call(&server, "health_check", &Value::Object(many)).send().json();
    assert_eq!(refused["result"]["isError"], true);
    assert_serves(&server);
}

/// V3.
#[test]
fn a_version_that_nobody_speaks() {
    let server = Server::start();
    let body = String::from_utf8(health(&server).content().to_vec()).unwrap().replace(STATELESS, "1999-01-01");
    let answer = health(&server).body(body).set("MCP-Protocol-Version", "1999-01-01").send();
    let error = &answer.json()["error"];
    assert_eq!((answer.status, &error["code"]), (400, &json!(-32022)), "{answer:?}");
    assert!(error["data"]["supported"].as_array().unwrap().contains(&json!(STATELESS)), "{answer:?}");
}

/// E2: an answer tells nothing of the inside, whatever went wrong.
#[test]
fn e2_errors_do_not_leak() {
    let server = Server::start();
    let secrets = [server.home.path().display().to_string(), server.token(), "kmtop::".into(), "src/".into(), "rmcp".into()];
    let requests = [
        health(&server).body("{"),
        health(&server).set("Authorization", "Bearer x"),
        health(&server).set("Host", "evil.example"),
        health(&server).set("Content-Type", "text/plain"),
        health(&server).set("MCP-Protocol-Version", "x"),
        Request::get(&server, "/nowhere"),
        Request::get(&server, "/mcp").add("Accept", "text/event-stream").add("Mcp-Session-Id", "x").add("Last-Event-ID", "\u{1}"),
        Request::call(&server, "km_no_such_tool", &json!({})),
        Request::call(&server, "km_run_macro", &json!({ "macro": 7 })),
        Request::call(&server, "km_run_macro", &json!({ "macro": "Flaky Upload" })),
        Request::call(&server, "km_export_macros", &json!({ "macros": ["/etc/passwd"] })),
        Request::call(&server, "km_import_macros", &json!({ "text": "<plist>" })),
        Request::stateless(&server, "resources/read", json!({ "uri": "file:///etc/passwd" })),
        Request::stateless(&server, "prompts/get", json!({ "name": "x" })),
        Request::stateless(&server, "completion/complete", json!({})),
        Request::stateless(&server, "logging/setLevel", json!({ "level": 9 })),
    ];
    for request in requests {
        let answer = request.send();
        assert!(answer.status < 500, "{answer:?}");
        for secret in &secrets {
            assert!(!answer.body.contains(secret) && !answer.head.contains(secret), "{secret}: {answer:?}");
        }
    }
}
