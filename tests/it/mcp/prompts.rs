//! Prompts with the numbers of the moment.

use serde_json::{Value, json};

use super::piped::{Piped, STANDALONE};
use crate::harness::{Home, Server, http::Request};

fn get(server: &Server, name: &str, arguments: &Value) -> Value {
    Request::stateless(server, "prompts/get", json!({ "name": name, "arguments": arguments })).send().json()
}

/// All that the prompt's messages say.
fn words(answer: &Value) -> String {
    let messages = answer["result"]["messages"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    let text = |message: &Value| {
        let content = &message["content"];
        content["text"]
            .as_str()
            .or_else(|| content["resource"]["text"].as_str())
            .unwrap_or_else(|| panic!("{message:#}"))
            .to_owned()
    };
    messages.iter().map(text).collect::<Vec<_>>().join("\n")
}

#[test]
fn they_are_listed_with_their_arguments() {
    let server = Server::start();
    let listed = Request::stateless(&server, "prompts/list", json!({})).send().json();
    let prompts = listed["result"]["prompts"].as_array().unwrap_or_else(|| panic!("{listed:#}"));
    let names: Vec<&str> = prompts.iter().filter_map(|prompt| prompt["name"].as_str()).collect();
    assert_eq!(names, ["diagnose_slowness", "explain_macro", "troubleshoot_macro", "review_macros"]);
    assert_eq!(prompts[1]["arguments"][0]["required"], true, "{listed:#}");
}

#[test]
fn they_carry_live_numbers() {
    let server = Server::start();
    server.home.ask("km_run_macro", json!({ "macro": "Greet" }));
    let _ = server.home.try_ask("km_run_macro", json!({ "macro": "Flaky Upload" }));
    let slow = crate::harness::until_is(
        "the calls are counted",
        || words(&get(&server, "diagnose_slowness", &json!({}))),
        |words| words.contains("- km_run_macro: 2 calls, 1 failed"),
    );
    assert!(slow.contains("2 workers live") && slow.contains("p95"), "{slow}");
    assert!(words(&get(&server, "diagnose_slowness", &json!({ "tool": "pool_status" }))).contains("pool_status"));
    let explained = get(&server, "explain_macro", &json!({ "macro": "Greet" }));
    let resource = &explained["result"]["messages"][0]["content"]["resource"];
    assert!(resource["uri"].as_str().is_some_and(|uri| uri.starts_with("macro://")), "{explained:#}");
    let text = words(&explained);
    assert!(text.contains("outline") && text.contains("finished after"), "{text}");
    let trouble = words(&get(&server, "troubleshoot_macro", &json!({ "macro": "Flaky Upload" })));
    assert!(trouble.contains("failed after") && trouble.contains("server busy"), "{trouble}");
    let review = words(&get(&server, "review_macros", &json!({})));
    assert!(review.contains("Greet") && review.contains("Flaky Upload"), "{review}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let server = Server::start();
    for (name, arguments) in [
        ("no_such", json!({})),
        ("explain_macro", json!({})),
        ("explain_macro", json!({ "macro": "No Such Macro" })),
        ("explain_macro", json!({ "macro": "Greet", "other": "x" })),
        ("diagnose_slowness", json!({ "tool": "no_such" })),
        ("review_macros", json!({ "group": "No Such Group" })),
    ] {
        let refused = get(&server, name, &arguments);
        assert_eq!(refused["error"]["code"], -32602, "{name} {arguments}: {refused:#}");
    }
    let mut piped = Piped::start(Home::new(), &STANDALONE, &[], "pipe");
    let answer = piped.request("prompts/get", &json!({ "name": "explain_macro", "arguments": { "macro": "Greet" } }));
    assert!(words(&answer).contains("Greet"), "{answer:#}");
}
