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
    assert_eq!(chunked.status(), 413, "B1: its length shows only on the way");
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

/// J1, J2, J4, J5, J7: none of them is served. With which status is another question.
#[test]
fn messages_that_are_none() {
    let server = Server::start();
    let good = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": {
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientCapabilities": {},
    } } });
    let text = good.to_string();
    let mut bodies: Vec<Vec<u8>> = vec![
        b"{not json".to_vec(),
        Vec::new(),
        format!("{text}x").into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        format!("[{text}]").into_bytes(),
        b"[]".to_vec(),
        text.replace("\"2.0\"", "\"1.0\"").into_bytes(),
        text.replace("tools/list", "tools/list\\ud800").into_bytes(),
        text.replace("\"method\":", "\"method\":\"ping\",\"method\":").into_bytes(),
        [b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\xff\"}".as_slice()].concat(),
        text.replace("\"_meta\":", &format!("\"x\":{}{},\"_meta\":", "[".repeat(100_000), "]".repeat(100_000))).into_bytes(),
    ];
    let ids = ["null", "1.5", "{}", "1e400", "18446744073709551616"];
    bodies.extend(ids.map(|id| text.replace("\"id\":1", &format!("\"id\":{id}")).into_bytes()));
    let listing = Request::stateless(&server, "tools/list", json!({}));
    assert_eq!(listing.clone().body(text.clone()).status(), 200, "the pattern of them all is good");
    for body in bodies {
        let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
        assert_ne!(body, text.as_bytes(), "{shown}");
        let answer = listing.clone().body(body).send();
        assert!((400..500).contains(&answer.status), "{shown}: {answer:?}");
        assert!(!answer.body.contains("src/") && !answer.body.contains("panicked"), "{shown}: {answer:?}");
    }
    assert_serves(&server);
}

/// J3: numbers at the ends of their range come back as they are.
#[test]
fn ids_come_back_as_they_were_sent() {
    let server = Server::start();
    for id in [json!(i64::MIN), json!(i64::MAX), json!(0), json!(""), json!("ü".repeat(100))] {
        let request = health(&server);
        let answer = request.send().json();
        assert_eq!(answer["id"], 1);
        let params = json!({ "name": "health_check", "arguments": {}, "_meta": {
            "io.modelcontextprotocol/protocolVersion": STATELESS,
            "io.modelcontextprotocol/clientCapabilities": {},
        } });
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
        assert_eq!(request.body(message.to_string()).send().json()["id"], id);
    }
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
    many.extend((0..50_000).map(|at| (format!("key {at}"), Value::Null)));
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
