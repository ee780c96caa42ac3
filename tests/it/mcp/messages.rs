//! What is no message gets a JSON-RPC error: the rows J of the safety tables, by their numbers there.

use serde_json::{Value, json};

use crate::harness::{
    Server,
    http::{Request, STATELESS},
};

/// A good message, as text.
fn listing() -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": {
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientCapabilities": {},
    } } })
    .to_string()
}

/// Sends a body and checks the error that comes back; its id.
#[track_caller]
fn refused(server: &Server, body: impl Into<Vec<u8>>, code: i64) -> Value {
    let body = body.into();
    let shown: String = String::from_utf8_lossy(&body).chars().take(60).collect();
    let answer = Request::stateless(server, "tools/list", json!({})).body(body).send();
    assert_eq!(answer.status, 400, "{shown}: {answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{shown}: {answer:?}");
    let message = answer.json();
    assert_eq!((&message["jsonrpc"], &message["error"]["code"]), (&json!("2.0"), &json!(code)), "{shown}: {message}");
    assert!(
        !answer.body.contains("src/") && !answer.body.contains("panicked") && !answer.body.contains(" at line "),
        "{answer:?}"
    );
    message["id"].clone()
}

#[track_caller]
fn assert_serves(server: &Server) {
    let good = Request::stateless(server, "tools/list", json!({})).body(listing());
    assert_eq!(good.status(), 200, "the pattern of them all is good");
}

#[test]
fn j1_what_is_not_json() {
    let server = Server::start();
    let text = listing();
    for body in ["{not json".to_owned(), String::new(), format!("{text}x"), format!("\u{feff}{text}"), "{".to_owned()] {
        assert_eq!(refused(&server, body, -32700), Value::Null);
    }
    assert_serves(&server);
}

#[test]
fn j2_what_is_no_request() {
    let server = Server::start();
    let text = listing();
    for body in [format!("[{text}]"), "[]".to_owned(), "7".to_owned(), "{}".to_owned()] {
        assert_eq!(refused(&server, body, -32600), Value::Null);
    }
    assert_eq!(refused(&server, text.replace("\"2.0\"", "\"1.0\""), -32600), 1, "its id is good");
    for id in ["null", "1.5", "{}", "[]", "1e400", "18446744073709551616", "9223372036854775808"] {
        assert_eq!(refused(&server, text.replace("\"id\":1", &format!("\"id\":{id}")), -32600), Value::Null, "{id}");
    }
    assert_serves(&server);
}

#[test]
fn j3_ids_come_back_as_they_were_sent_or_not_at_all() {
    let server = Server::start();
    let with = |id: &Value| {
        let params = json!({ "name": "health_check", "arguments": {}, "_meta": {
            "io.modelcontextprotocol/protocolVersion": STATELESS,
            "io.modelcontextprotocol/clientCapabilities": {},
        } });
        json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
    };
    let call = Request::call(&server, "health_check", &json!({}));
    for id in [json!(i64::MIN), json!(i64::MAX), json!(0), json!(""), json!("ü".repeat(128))] {
        assert_eq!(call.clone().body(with(&id)).send().json()["id"], id);
    }
    assert_eq!(refused(&server, with(&json!("i".repeat(257))), -32600), Value::Null);
    assert_eq!(refused(&server, with(&json!("i".repeat(100_000))), -32600), Value::Null);
}

#[test]
fn j4_depth_has_an_end() {
    let server = Server::start();
    let deep = |levels: usize| {
        let nested = format!("\"x\":{}{},\"_meta\":", "[".repeat(levels), "]".repeat(levels));
        listing().replace("\"_meta\":", &nested)
    };
    refused(&server, deep(100_000), -32600);
    refused(&server, deep(130), -32600);
    let answer = Request::stateless(&server, "tools/list", json!({})).body(deep(100)).send();
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn j5_texts_are_unicode() {
    let server = Server::start();
    refused(&server, b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\xff\"}".as_slice(), -32700);
    refused(&server, listing().replace("tools/list", "tools/list\\ud800"), -32700);
    refused(&server, listing().replace("\"_meta\":", "\"\\udc00\":1,\"_meta\":"), -32700);
    assert_serves(&server);
}

#[test]
fn j6_a_nul_is_data_or_refused() {
    let server = Server::start();
    let name = Request::call(&server, "km_get_variable", &json!({ "name": "a\0b" })).send();
    assert_eq!(name.status, 200, "{name:?}");
    let result = &name.json()["result"];
    assert!(result["isError"] == true || result["structuredContent"]["name"] == "a\0b", "{result:#}");
    let method = listing().replace("tools/list", "tools/list\\u0000");
    let answer = Request::stateless(&server, "tools/list", json!({})).body(method).send();
    assert!((400..500).contains(&answer.status), "it is not taken for the method before the NUL: {answer:?}");
}

#[test]
fn j7_a_name_that_comes_twice_runs_nothing() {
    let server = Server::start();
    let text = listing();
    refused(&server, text.replace("\"method\":", "\"method\":\"ping\",\"method\":"), -32600);
    let set = |arguments: &str| {
        listing()
            .replace("tools/list", "tools/call")
            .replace("\"_meta\":", &format!("\"name\":\"km_set_variable\",\"arguments\":{{{arguments}}},\"_meta\":"))
    };
    refused(&server, set("\"name\":\"Twice\",\"value\":\"1\",\"name\":\"Other\""), -32600);
    for name in ["Twice", "Other"] {
        assert_eq!(server.home.ask("km_get_variable", json!({ "name": name }))["value"], Value::Null);
    }
}

/// J8 beyond `values_are_never_cut`: many cursors, each of which nobody gave out.
#[test]
fn j8_foreign_cursors_are_refused_quickly() {
    let server = Server::start();
    let long = "9".repeat(900_000);
    for cursor in ["x", "-1", "99999999999999999999", "\u{0}", long.as_str()] {
        let answer = Request::call(&server, "km_list_macros", &json!({ "cursor": cursor })).send();
        assert_eq!(answer.json()["result"]["isError"], true, "{:?}", cursor.chars().take(20).collect::<String>());
        let listed = Request::stateless(&server, "tools/list", json!({ "cursor": cursor })).send().json();
        assert_eq!(listed["error"]["code"], -32602, "the list of tools has one page");
    }
}

#[test]
fn m4_parameters_of_another_shape_are_named() {
    let server = Server::start();
    for params in ["[1]", "7", "\"text\""] {
        let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/list\",\"params\":{params}}}");
        assert_eq!(refused(&server, body, -32602), 9, "{params}");
    }
}

#[test]
fn m7_a_notification_is_accepted_without_words() {
    let server = Server::start();
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 99 } });
    let answer =
        Request::stateless(&server, "notifications/cancelled", json!({ "requestId": 99 })).body(notification.to_string()).send();
    assert_eq!((answer.status, answer.body.as_str()), (202, ""), "{answer:?}");
}
