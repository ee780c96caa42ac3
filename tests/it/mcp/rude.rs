//! Rude clients on stdin and stdout: each row of the safety tables, with the server in the process and with lines carried to one.

use serde_json::{Value, json};

use super::{
    memory,
    piped::{BRIDGED, Piped, STANDALONE},
};
use crate::harness::{Home, Server};

/// A client that has said nothing, once each way. The server lives as long as what is done with it.
fn each_way(then: impl Fn(&mut Piped)) {
    then(&mut Piped::silent(Home::new(), &STANDALONE, &[]));
    let server = Server::start();
    then(&mut Piped::silent(server.home.clone(), &BRIDGED, &[]));
}

#[track_caller]
fn refused(piped: &Piped, code: i64) {
    let answer = piped.hear();
    assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &Value::Null), "{answer}");
}

#[test]
fn bytes_that_are_no_text_and_lines_without_measure() {
    each_way(|piped| {
        piped.greet("rude");
        piped.say_bytes(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"x\":\"\xff\xfe\"}");
        refused(piped, -32700);
        piped.calculate();
        let before = memory(piped.child.id());
        for _ in 0..5 {
            piped.say_bytes(&vec![b'x'; 17_000_000]);
            refused(piped, -32600);
        }
        let after = memory(piped.child.id());
        assert!(after < before + 40, "{before} MiB, then {after} MiB");
        piped.say("[]\r");
        refused(piped, -32600);
        piped.calculate();
        piped.input = None;
        assert_eq!(piped.ended().code(), Some(0));
        assert_eq!(piped.stderr(), "");
    });
}

#[test]
fn what_comes_before_hello_is_refused_and_hello_still_works() {
    each_way(|piped| {
        let early = piped.request("tools/call", &json!({ "name": "km_calculate", "arguments": { "expression": "1" } }));
        assert!(early["error"]["code"].is_i64() && early.get("result").is_none(), "{early}");
        piped.say("garbage");
        refused(piped, -32700);
        piped.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
        piped.say(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } }).to_string());
        piped.say(&json!({ "jsonrpc": "2.0", "id": 5, "result": {} }).to_string());
        piped.greet("late");
        piped.calculate();
    });
}

/// Rows J over lines: what HTTP refuses is refused here, too.
#[test]
fn what_is_no_message_here_either() {
    each_way(|piped| {
        piped.greet("rude");
        let ping = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        for id in ["null", "1.5", "{}", "1e400", "18446744073709551616", &json!("i".repeat(257)).to_string()] {
            piped.say(&ping(id));
            refused(piped, -32600);
        }
        let deep = format!(r#"{{"jsonrpc":"2.0","method":"x","params":{{"a":{}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        for line in [&deep, r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, &format!("[{}]", ping("1"))] {
            piped.say(line);
            refused(piped, -32600);
        }
        for id in [json!(i64::MIN), json!(i64::MAX), json!(-1), json!(""), json!("ü".repeat(128))] {
            piped.say(&ping(&id.to_string()));
            assert_eq!(piped.hear()["id"], id);
        }
        piped.calculate();
    });
}
