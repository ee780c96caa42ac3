//! What is shown beside tools (resources, prompts, completion) stands behind the same gate as they do.

use std::thread;

use serde_json::{Value, json};

use super::{approve, audit_lines, by, make};
use crate::harness::{Server, http::Request, until, until_is};

/// A request of the protocol without sessions.
fn request(server: &Server, method: &str, params: Value) -> Request {
    let uri = params["uri"].as_str().map(str::to_owned);
    let request = Request::stateless(server, method, params);
    if let Some(uri) = uri { request.add("Mcp-Name", &uri) } else { request }
}

fn frame(server: &Server) -> Request {
    request(server, "resources/read", json!({ "uri": "kmtop://frame" }))
}

fn diagnose(server: &Server) -> Request {
    request(server, "prompts/get", json!({ "name": "diagnose_slowness", "arguments": {} }))
}

/// The line of the audit log about this method.
#[track_caller]
fn audited(server: &Server, method: &str, outcome: &str) -> Value {
    until(method, || {
        let lines = audit_lines(&server.home);
        let found = lines.iter().find(|line| line["tool"] == method && line["outcome"] == outcome);
        found.cloned().ok_or_else(|| format!("{lines:#?}"))
    })
}

#[test]
fn the_frame_and_the_prompts_take_from_the_rate_and_are_written_down() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &["--rate", "1/m", "--burst", "2"]);
    let read = by(frame(&server), &ci).send().json();
    assert!(read["result"]["contents"][0]["text"].as_str().is_some_and(|text| text.contains("\"version\"")), "{read:#}");
    let prompt = by(diagnose(&server), &ci).send().json();
    assert!(prompt["result"]["messages"].is_array(), "{prompt:#}");
    for refused in [frame(&server), diagnose(&server)] {
        let refused = by(refused, &ci).send().json();
        let data = &refused["error"]["data"];
        assert_eq!((&data["error"]["code"], &data["limited"]), (&json!("rate_limited"), &json!("rate")), "{refused:#}");
        assert_eq!((&data["limit"], &data["remaining"]), (&json!(2), &json!(0)), "{refused:#}");
    }
    for method in ["resources/read", "prompts/get"] {
        let line = audited(&server, method, "ok");
        assert_eq!((&line["principal"], &line["event"]), (&json!("ci"), &json!("call")), "{line:#}");
        assert_eq!(audited(&server, method, "shed")["code"], "rate_limited");
    }
    assert_eq!(audited(&server, "resources/read", "ok")["arguments"]["names"], json!(["uri"]));
}

#[test]
fn what_a_class_is_asked_about_is_not_read_beside_its_tools() {
    let server = Server::with("ask = [\"read\"]\n");
    let held = || {
        let listed = approve(&server, &["--list", "--json"]).json();
        listed["held"].as_array().cloned().unwrap_or_default()
    };
    for (asked, method) in [
        (frame(&server), "resources/read"),
        (diagnose(&server), "prompts/get"),
        (request(&server, "resources/list", json!({})), "resources/list"),
    ] {
        for (answer, good) in [("--no", false), ("--always", true)] {
            let asked = asked.clone();
            let waits = thread::spawn(move || asked.send().json());
            let cards = until_is("a card", held, |cards| cards.len() == 1);
            assert_eq!((&cards[0]["tool"], &cards[0]["rule"]), (&json!(method), &json!("read")), "{cards:#?}");
            assert_eq!(approve(&server, &[answer]).code, Some(0));
            if method == "resources/list" && good {
                // Its variables are another question.
                until_is("the second card", held, |cards| cards.len() == 1);
                assert_eq!(approve(&server, &["--always"]).code, Some(0));
            }
            let came = waits.join().expect("an answer");
            assert_eq!(came["result"].is_object(), good, "{method} {answer}: {came:#}");
            if !good {
                assert_eq!(came["error"]["data"]["error"]["code"], "denied", "{came:#}");
            }
        }
    }
    // Nobody can be asked with each key that is pressed.
    let argument =
        json!({ "ref": { "type": "ref/prompt", "name": "explain_macro" }, "argument": { "name": "macro", "value": "" } });
    let completed = request(&server, "completion/complete", argument).send().json();
    assert_eq!(completed["result"]["completion"]["values"], json!([]), "{completed:#}");
}

#[test]
fn a_token_without_the_class_is_shown_nothing() {
    let server = Server::start();
    let runner = make(&server.home, "runner", &["--allow", "run"]);
    for asked in [
        frame(&server),
        diagnose(&server),
        request(&server, "prompts/get", json!({ "name": "review_macros", "arguments": { "group": "Sample" } })),
        request(&server, "prompts/get", json!({ "name": "troubleshoot_macro", "arguments": { "macro": "Greet" } })),
    ] {
        let refused = by(asked, &runner).send().json();
        assert_eq!(refused["error"]["code"], -32602, "{refused:#}");
        assert!(!refused.to_string().contains("Greet"), "{refused:#}");
    }
}
