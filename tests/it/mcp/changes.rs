//! What changes is told to those who asked for it, and to nobody else.

use std::{
    fs,
    io::{BufRead, BufReader},
};

use serde_json::{Value, json};

use super::piped::{BRIDGED, Piped};
use crate::harness::{Server, http::Request, until_is};

const UPDATED: &str = "notifications/resources/updated";
const GREET: &str = "macro://5A3B1C00-6B6D-4F70-8000-000000000001";

fn piped(server: &Server) -> Piped {
    Piped::start(std::sync::Arc::clone(&server.home), &BRIDGED, &[], "pipe")
}

fn server() -> Server {
    let home = crate::harness::Home::new();
    home.add_macros("steps.kmmacros", ("Steps of Tests", "Steps"));
    Server::in_home(home)
}

fn rename(server: &Server, from: &str, to: &str) {
    let file = server.home.path().join("data/library/steps.kmmacros");
    let text = fs::read_to_string(&file).expect("the library");
    assert!(text.contains(from));
    // Whole, as every editor of these files does it.
    let fresh = file.with_extension("fresh");
    fs::write(&fresh, text.replace(from, to)).expect("written");
    fs::rename(fresh, file).expect("in place");
}

#[test]
fn a_session_hears_of_what_it_follows() {
    let server = server();
    let mut piped = piped(&server);
    let steps = server.home.ask("km_get_macro", json!({ "macro": "Steps" }))["uid"].as_str().expect("a UUID").to_owned();
    let steps = format!("macro://{steps}");
    for uri in ["variable://step", steps.as_str()] {
        let done = piped.request("resources/subscribe", &json!({ "uri": uri }));
        assert_eq!(done["result"], json!({}), "{done:#}");
    }
    server.home.ask("km_set_variable", json!({ "name": "Other", "value": "1" }));
    server.home.ask("km_set_variable", json!({ "name": "Step", "value": "1" }));
    assert_eq!(piped.told(UPDATED)["uri"], "variable://step", "set by a tool, in whatever case");
    server.home.ask("km_run_macro", json!({ "macro": "Steps", "parameter": "2" }));
    assert_eq!(piped.told(UPDATED)["uri"], "variable://step", "set by a macro");
    assert_eq!(piped.call("km_get_variable", &json!({ "name": "Step" }))["value"], "2", "and what is read then is new");
    rename(&server, "<string>the first step</string>", "<string>another text</string>");
    assert_eq!(piped.told(UPDATED)["uri"], *steps);
    rename(&server, "<string>Long</string>", "<string>Longer</string>");
    piped.told("notifications/resources/list_changed");
    assert_eq!(piped.request("resources/unsubscribe", &json!({ "uri": "variable://step" }))["result"], json!({}));
    server.home.ask("km_set_variable", json!({ "name": "Step", "value": "3" }));
    let (_, told) = piped.conversation("ping", &json!({}));
    assert!(told.iter().all(|told| told["params"]["uri"] != "variable://step"), "{told:?}");
}

#[test]
fn the_frame_is_told_of_once_a_second() {
    let server = Server::start();
    let mut piped = piped(&server);
    piped.request("resources/subscribe", &json!({ "uri": "kmtop://frame" }));
    let began = std::time::Instant::now();
    for _ in 0..4 {
        assert_eq!(piped.told(UPDATED)["uri"], "kmtop://frame");
    }
    let took = began.elapsed().as_secs_f64();
    // The first may come at once.
    assert!(took > 2.5, "four within {took} s");
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let server = Server::start();
    let mut piped = piped(&server);
    for uri in ["macro://no-such", "file:///etc/passwd", "x"] {
        let refused = piped.request("resources/subscribe", &json!({ "uri": uri }));
        assert_eq!(refused["error"]["code"], -32002, "{refused:#}");
    }
    for number in 0..100 {
        piped.request("resources/subscribe", &json!({ "uri": format!("variable://v{number}") }));
    }
    let refused = piped.request("resources/subscribe", &json!({ "uri": GREET }));
    assert!(refused["error"]["message"].as_str().is_some_and(|words| words.contains("100")), "{refused:#}");
    piped.request("resources/unsubscribe", &json!({ "uri": "variable://v7" }));
    assert_eq!(piped.request("resources/subscribe", &json!({ "uri": GREET }))["result"], json!({}));
}

#[test]
fn a_stream_of_the_newest_protocol_hears_of_it() {
    let server = server();
    let wanted = json!({ "notifications": { "resourcesListChanged": true, "toolsListChanged": true, "promptsListChanged": true,
        "resourceSubscriptions": ["variable://Step", "file:///etc/passwd"] } });
    let mut stream = BufReader::new(Request::stateless(&server, "subscriptions/listen", wanted).begin());
    let mut next = || -> Value {
        loop {
            let mut line = String::new();
            assert!(stream.read_line(&mut line).expect("a line") > 0, "the stream ended");
            if let Some(message) = line.strip_prefix("data:").and_then(|data| serde_json::from_str(data.trim()).ok()) {
                return message;
            }
        }
    };
    let acknowledged = next();
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged", "{acknowledged:#}");
    let accepted = &acknowledged["params"]["notifications"];
    assert_eq!(accepted["resourceSubscriptions"], json!(["variable://Step"]), "{acknowledged:#}");
    assert_eq!([&accepted["toolsListChanged"], &accepted["promptsListChanged"]], [&json!(true), &Value::Null]);
    // The stream follows from some moment after that on.
    let updated = until_is(
        "the change is told",
        || {
            server.home.ask("km_set_variable", json!({ "name": "Step", "value": "1" }));
            next()
        },
        |told| told["method"] == UPDATED,
    );
    assert_eq!(updated["params"]["uri"], "variable://Step", "{updated:#}");
    rename(&server, "<string>Long</string>", "<string>Longer</string>");
    until_is("the list", next, |told| told["method"] == "notifications/resources/list_changed");
}

/// Nothing is left of clients that have gone.
#[test]
fn who_goes_is_forgotten() {
    let server = Server::start();
    let connections = || server.home.run(&["once", "--json"]).json()["totals"]["connections"].clone();
    let before = connections();
    for _ in 0..5 {
        let mut piped = piped(&server);
        piped.request("resources/subscribe", &json!({ "uri": "variable://Step" }));
        piped.conversation("resources/subscribe", &json!({ "uri": "kmtop://frame" }));
    }
    until_is("all have gone", connections, |now| *now == before);
    server.home.ask("km_set_variable", json!({ "name": "Step", "value": "1" }));
}
