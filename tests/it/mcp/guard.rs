//! Who is let in: the rows of the safety tables, by their numbers there.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::harness::{LIMIT, Server, http::Request};

fn health(server: &Server) -> Request {
    Request::call(server, "health_check", &json!({}))
}

/// H1 to H7, on the endpoint and on every other route (O6).
#[test]
fn hosts() {
    let server = Server::start();
    let port = server.port();
    assert_eq!(health(&server).status(), 200);
    let good = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}"));
    let bad = ["evil.example", "127.0.0.1.evil.com", "localhost.evil.com", "0.0.0.0", "evil.example:80"];
    let others =
        [("GET", "/mcp"), ("DELETE", "/mcp"), ("GET", "/metrics"), ("GET", "/nowhere"), ("POST", "/healthz"), ("OPTIONS", "*")];
    for (method, target) in others {
        let request = Request::new(&server, method, target);
        for host in bad {
            assert_eq!(request.clone().set("Host", host).status(), 403, "{method} {target} {host}");
        }
        assert_eq!(request.clone().without("Host").status(), 400, "{method} {target}: none");
        assert_eq!(request.clone().add("Host", &good[0]).status(), 400, "{method} {target}: two");
        assert_eq!(request.clone().add("Origin", "http://evil.com").status(), 403, "{method} {target}");
        // Before the token, so that a page learns nothing of it.
        assert_eq!(request.clone().without("Authorization").set("Host", "evil.example").status(), 403, "{method} {target}");
    }
    let with_user = health(&server).set("Host", &format!("127.0.0.1:{port}@evil.example"));
    assert!([400, 403].contains(&with_user.status()));
    for request in [health(&server), Request::get(&server, "/healthz"), Request::get(&server, "/readyz")] {
        for host in &good {
            assert_eq!(request.clone().set("Host", host).status(), 200, "{host}");
        }
        for host in bad {
            let answer = request.clone().set("Host", host).send();
            assert_eq!(answer.status, 403, "{host}");
            assert!(answer.head.to_lowercase().contains("connection: close"), "{answer:?}");
        }
        assert_eq!(request.clone().set("Host", &format!("0.0.0.0:{port}")).status(), 403);
        assert_eq!(request.clone().without("Host").status(), 400, "none");
        assert_eq!(request.clone().add("Host", &good[0]).status(), 400, "two");
    }
    for path in ["mcp", "healthz", "readyz", "nowhere"] {
        let elsewhere = health(&server).target(&format!("http://evil.com/{path}")).send();
        assert!([400, 403].contains(&elsewhere.status), "the target's own host counts as well: {elsewhere:?}");
    }
}

/// O1 to O4, O6.
#[test]
fn origins() {
    let server = Server::start();
    let port = server.port();
    let other = port.checked_add(1).unwrap_or(1);
    let bad = [
        "http://evil.com".to_owned(),
        "null".to_owned(),
        "http://localhost.evil.com".to_owned(),
        "http://127.0.0.1.evil.com".to_owned(),
        format!("http://127.0.0.1:{other}"),
        format!("https://127.0.0.1:{port}"),
    ];
    for request in [health(&server), Request::get(&server, "/healthz"), Request::get(&server, "/nowhere")] {
        for origin in &bad {
            let answer = request.clone().add("Origin", origin).send();
            assert_eq!(answer.status, 403, "{origin}");
            assert!(!answer.head.to_lowercase().contains("access-control-allow"), "{answer:?}");
        }
    }
    for name in ["127.0.0.1", "localhost"] {
        assert_eq!(health(&server).add("Origin", &format!("http://{name}:{port}")).status(), 200, "{name}");
    }
}

/// O5.
#[test]
fn a_stranger_page_gets_no_leave_to_call() {
    let server = Server::start();
    for target in ["/mcp", "/healthz"] {
        let preflight = Request::new(&server, "OPTIONS", target)
            .without("Authorization")
            .add("Origin", "http://evil.com")
            .add("Access-Control-Request-Method", "POST")
            .send();
        assert!([403, 405].contains(&preflight.status), "{preflight:?}");
        assert!(!preflight.head.to_lowercase().contains("access-control-allow"), "{preflight:?}");
    }
}

/// `[server] allowed_hosts` and `allowed_origins` widen the lists, and by nothing else.
#[test]
fn the_lists_can_be_widened() {
    let server = Server::with("[server]\nallowed_hosts = [\"mini.local\"]\nallowed_origins = [\"https://panel.example\"]\n");
    assert_eq!(health(&server).set("Host", "mini.local:4499").status(), 200);
    assert_eq!(health(&server).set("Host", "other.local").status(), 403);
    assert_eq!(health(&server).add("Origin", "https://panel.example").status(), 200);
    assert_eq!(health(&server).add("Origin", "http://panel.example").status(), 403);
}

/// A1.
#[test]
fn tokens() {
    let server = Server::start();
    let token = server.token();
    let with = |value: &str| health(&server).set("Authorization", value);
    let mut requests = vec![
        health(&server).without("Authorization"),
        health(&server).without("Authorization").target(&format!("/mcp?token={token}&access_token={token}")),
        with("Bearer wrong"),
        with(&format!("Bearer {}", &token[..token.len() - 1])),
        with(&format!("Bearer {token}x")),
        with(&format!("Basic {token}")),
        with(&token),
        with("Bearer "),
        with(&format!("Bearer {token}")).add("Authorization", &format!("Bearer {token}")),
    ];
    requests.extend(["DELETE", "GET", "PUT"].map(|method| health(&server).without("Authorization").method(method)));
    let mut bodies: Vec<String> = Vec::new();
    for request in requests {
        let answer = request.send();
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.header("www-authenticate").is_some_and(|scheme| scheme.starts_with("Bearer")), "{answer:?}");
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "the answer does not tell what was wrong: {bodies:?}");
    assert_eq!(with(&format!("bearer {token}")).status(), 200, "the scheme's case does not matter");
}

#[test]
fn without_a_token_only_where_the_settings_say_so() {
    let server = Server::with("[server]\nauth = \"none\"\n");
    // The file is not made then; a request of the harness would look for it.
    let port = server.port();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }).to_string();
    let send = |origin: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let length = body.len();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{origin}Content-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(!send("").contains(" 401 "), "nobody asks for one");
    assert!(send("Origin: http://evil.com\r\n").starts_with("HTTP/1.1 403 "), "pages are still kept out");
    assert!(!server.home.state("token").exists());
}

/// C1, C2.
#[test]
fn content_types() {
    let server = Server::start();
    let bad = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];
    for kind in bad {
        assert_eq!(health(&server).set("Content-Type", kind).status(), 415, "{kind}");
    }
    assert_eq!(health(&server).without("Content-Type").status(), 415);
    assert_eq!(health(&server).set("Content-Type", "application/json; charset=utf-8").status(), 200);
    assert_eq!(health(&server).without("Accept").status(), 406);
    for accept in ["application/json", "text/event-stream", "text/html"] {
        assert_eq!(health(&server).set("Accept", accept).status(), 406, "{accept}");
    }
}

/// M6: the endpoint speaks the older protocol too, so GET and DELETE are known and lack their session.
#[test]
fn other_methods() {
    let server = Server::start();
    for method in ["GET", "DELETE"] {
        let answer = Request::new(&server, method, "/mcp").add("Accept", "text/event-stream").send();
        assert_eq!(answer.status, 400, "{method}: {answer:?}");
    }
    for method in ["PUT", "PATCH"] {
        let answer = health(&server).method(method).send();
        assert_eq!(answer.status, 405, "{method}: {answer:?}");
        assert!(answer.header("allow").is_some_and(|allow| allow.contains("POST")), "{answer:?}");
    }
}

/// E3.
#[test]
fn only_the_very_path_is_the_endpoint() {
    let server = Server::start();
    for target in ["/mcp/", "/mcp/../x", "/mcp/%2e%2e/x", "//mcp", "/mcp/x", "/MCP", "/%6dcp", "/mcp;x"] {
        assert_eq!(health(&server).target(target).status(), 404, "{target}");
    }
    assert_eq!(health(&server).target("/mcp?x=1").status(), 200);
}

/// B1 with a length, B2: a body too long is refused from its head alone.
#[test]
fn bodies_that_are_too_long() {
    let server = Server::start();
    let answer = health(&server).body("{}").set("Content-Length", "10000000000").send();
    assert_eq!(answer.status, 413, "{answer:?}");
    assert_eq!(health(&server).body(vec![b' '; 5_000_000]).status(), 413);
    // At once and from the head alone, wherever it goes, and the connection is closed although the client wants to keep it.
    for (method, target) in [("POST", "/mcp"), ("GET", "/mcp"), ("POST", "/healthz"), ("GET", "/nowhere")] {
        let long =
            Request::new(&server, method, target).without("Connection").body("{}").set("Content-Length", "10000000000").send();
        assert_eq!(long.status, 413, "{method} {target}: {long:?}");
        assert_eq!(long.header("connection"), Some("close"), "{method} {target}");
    }
    assert_eq!(health(&server).status(), 200);
}

/// V1 to V3, M1, M2, M5: a request without a session says its version, method and tool the same way in head and body.
#[test]
fn heads_and_bodies_agree() {
    let server = Server::start();
    let error = |request: Request| {
        let answer = request.send();
        (answer.status, answer.json()["error"]["code"].clone())
    };
    let mismatch = (400, json!(-32020));
    assert_eq!(error(health(&server).without("MCP-Protocol-Version")), mismatch);
    assert_eq!(error(health(&server).set("MCP-Protocol-Version", "2025-11-25")), mismatch);
    assert_eq!(error(health(&server).set("Mcp-Method", "tools/list")), mismatch);
    assert_eq!(error(health(&server).set("Mcp-Name", "km_run_macro")), mismatch);
    assert_eq!(error(health(&server).without("Mcp-Name")), mismatch);
    assert_eq!(error(health(&server).without("Mcp-Method")), mismatch);
    for name in ["Mcp-Method", "Mcp-Name", "MCP-Protocol-Version"] {
        assert_eq!(error(health(&server).add(name, "other")), mismatch, "{name} twice");
    }
    let encoded = health(&server).set("Mcp-Name", "=?base64?aGVhbHRoX2NoZWNr?=").send();
    assert_eq!(encoded.status, 200, "a name may come as Base64: {encoded:?}");
    assert_eq!(error(health(&server).set("Mcp-Name", "=?base64?a21fcnVuX21hY3Jv?=")), mismatch);
    let unknown = Request::stateless(&server, "tools/frobnicate", json!({}));
    assert_eq!(error(unknown), (404, json!(-32601)));
    let message: Value = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
    assert_eq!(error(Request::stateless(&server, "tools/list", json!({})).body(message.to_string())), (400, json!(-32602)));
}
