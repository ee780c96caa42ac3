//! Calls that wait for the owner's yes or no.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{approve, audit_lines, call, failure, make, offered, once, value};
use crate::harness::{
    Home, LIMIT, Server,
    http::{Answer, Request},
    screen::Screen,
    until, until_is,
};

const SETTINGS: &str = "allow = [\"read\", \"run\", \"write\", \"delete\"]\nask = [\"delete\", \"macro:Greet\"]\n";

fn server() -> Server {
    Server::with(SETTINGS)
}

const DELETES: &str = "km_delete_dictionary_key";

fn delete_key(server: &Server) -> Request {
    Request::call(server, DELETES, &json!({ "name": "Colors", "key": "leaf" }))
}

fn run(server: &Server, name: &str) -> Request {
    Request::call(server, "km_run_macro", &json!({ "macro": name, "parameter": "you" }))
}

/// Sends a request that will be held.
fn hold(request: Request) -> thread::JoinHandle<Answer> {
    thread::spawn(move || request.send())
}

fn listed(server: &Server) -> Value {
    approve(server, &["--list", "--json"]).json()
}

/// Waits until so many calls wait.
#[track_caller]
fn waiting(server: &Server, count: usize) -> Vec<Value> {
    let held = || listed(server)["held"].as_array().cloned().unwrap_or_default();
    until_is("calls that wait", held, |held| held.len() == count)
}

#[test]
fn yes_lets_it_through_and_no_does_not() {
    let server = server();
    server.home.ask("km_set_dictionary", json!({ "name": "Colors", "key": "leaf", "value": "green" }));
    let leaf = || server.home.ask("km_get_dictionary", json!({ "name": "Colors" }))["values"]["leaf"].clone();
    let asked = hold(delete_key(&server));
    let card = waiting(&server, 1).remove(0);
    assert_eq!((&card["tool"], &card["rule"], &card["who"]), (&json!(DELETES), &json!("delete"), &json!("owner")));
    assert_eq!(card["arguments"], json!(["key: leaf", "name: Colors"]), "{card:#}");
    let pool = server.home.pool();
    assert_eq!((&pool["busy"], &pool["queued"]), (&json!(0), &json!(0)), "it waits outside of the pool");
    assert_eq!(leaf(), "green", "others go on, and the owner is not asked");
    let text = approve(&server, &["--list"]).stdout;
    assert!(text.contains(DELETES) && text.contains("s left"), "{text}");
    let denied = approve(&server, &["--no"]);
    assert_eq!(denied.code, Some(0), "{denied:?}");
    let refused = failure(&asked.join().unwrap());
    assert_eq!((&refused["error"]["code"], &refused["error"]["outcome"]), (&json!("denied"), &json!("not-run")));
    assert_eq!(leaf(), "green");

    let asked = hold(delete_key(&server));
    let id = waiting(&server, 1)[0]["id"].to_string();
    assert_eq!(approve(&server, &["999"]).code, Some(1), "there is no such call");
    assert_eq!(approve(&server, &[&id]).code, Some(0));
    value(&asked.join().unwrap());
    assert_eq!(leaf(), Value::Null, "it was done");
    assert_eq!(approve(&server, &[]).code, Some(1), "nothing waits");
    let asked = hold(delete_key(&server));
    waiting(&server, 1);
    approve(&server, &["--no"]);
    failure(&asked.join().unwrap());

    let answers = until_is(
        "the audit log",
        || audit_lines(&server.home).into_iter().filter(|line| line["event"] == "answer").collect::<Vec<_>>(),
        |answers| answers.len() == 3,
    );
    assert_eq!(answers.iter().map(|line| line["answer"].clone()).collect::<Vec<_>>(), ["no", "once", "no"]);
    assert_eq!(answers[0]["by"], "kmtop approve");
    assert_eq!(once(&server)["security"]["counts"]["call_denied"], 2);
}

#[test]
fn the_time_that_a_call_waits_for_the_owner_is_not_its_own() {
    let server = server();
    let asked = hold(run(&server, "Greet"));
    waiting(&server, 1);
    // The shortest time that can be told apart from what the macro itself takes.
    let since = Instant::now();
    until_is("some time", || since.elapsed(), |waited| *waited > Duration::from_millis(700));
    approve(&server, &[]);
    assert_eq!(value(&asked.join().unwrap())["result"], "Hello, you!");
    let line = until("the call in the log", || {
        let lines = audit_lines(&server.home);
        lines.into_iter().find(|line| line["event"] == "call").ok_or_else(String::new)
    });
    let (held, lasted) = (line["held_ms"].as_f64().unwrap(), line["duration_ms"].as_f64().unwrap());
    assert!(held > 700.0, "{line:#}");
    let tool = until("the tool's numbers", || {
        let tools = once(&server)["tools"].as_array().cloned().unwrap_or_default();
        tools.into_iter().find(|tool| tool["name"] == "km_run_macro").ok_or_else(String::new)
    });
    let longest = tool["max_us"].as_f64().unwrap() / 1_000.0;
    assert!(longest < lasted + 50.0, "the held time is in neither: {longest} {lasted} {held}");
}

#[test]
fn always_holds_for_the_same_caller_tool_and_macro_until_it_is_taken_back() {
    let server = server();
    let other = make(&server.home, "other", &[]);
    let asked = hold(run(&server, "Greet"));
    let card = waiting(&server, 1).remove(0);
    assert_eq!(card["subject"], "Greet");
    let outline = card["outline"].as_array().unwrap();
    assert!(outline.iter().any(|line| line.as_str().unwrap().contains("Return")), "what would run: {card:#}");
    assert!(card["always"].as_str().unwrap().contains("on Greet until the server ends"), "{card:#}");
    assert_eq!(approve(&server, &["--always"]).code, Some(0));
    value(&asked.join().unwrap());
    value(&run(&server, "Greet").send());
    // By UUID it is the same macro; another caller is another question.
    value(&run(&server, "5A3B1C00-6B6D-4F70-8000-000000000001").send());
    let theirs = hold(call(&server, &other, "km_run_macro", &json!({ "macro": "Greet" })));
    waiting(&server, 1);
    approve(&server, &["--no"]);
    failure(&theirs.join().unwrap());
    let approvals = listed(&server)["approvals"].clone();
    let id = approvals[0]["id"].to_string();
    assert!(approvals[0]["text"].as_str().unwrap().starts_with("owner may call km_run_macro"), "{approvals}");
    assert_eq!(approve(&server, &["--forget", &id]).code, Some(0));
    assert_eq!(approve(&server, &["--forget", &id]).code, Some(1));
    let again = hold(run(&server, "Greet"));
    waiting(&server, 1);
    approve(&server, &[]);
    value(&again.join().unwrap());
}

#[test]
fn nobodys_answer_is_a_no_with_a_code_of_its_own() {
    let server = Server::with("ask = [\"tool:km_calculate\"]\n[server]\nask_timeout_s = 1\n");
    let refused = failure(&Request::call(&server, "km_calculate", &json!({ "expression": "1" })).send());
    assert_eq!((&refused["error"]["code"], &refused["error"]["outcome"]), (&json!("ask_timeout"), &json!("not-run")));
    assert!(refused["error"]["hint"].as_str().unwrap().contains("kmtop approve"), "{refused:#}");
    assert_eq!(waiting(&server, 0), Vec::<Value>::new());
}

#[test]
fn a_caller_that_goes_away_takes_its_card_with_it() {
    let server = server();
    let connection = delete_key(&server).begin();
    waiting(&server, 1);
    drop(connection);
    waiting(&server, 0);
}

/// The rule is about the macro, whichever way it is reached.
#[test]
fn a_macro_that_calls_the_one_of_the_rule_is_held_too() {
    let home = Home::with(SETTINGS);
    let caller = r#"<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><array><dict>
        <key>Activate</key><string>Normal</string><key>Name</key><string>Outer</string>
        <key>UID</key><string>5A3B1C00-6B6D-4F70-8000-0000000000A0</string><key>Macros</key><array><dict>
        <key>Name</key><string>Through</string><key>UID</key><string>5A3B1C00-6B6D-4F70-8000-0000000000A1</string>
        <key>Triggers</key><array/><key>Actions</key><array><dict>
        <key>MacroActionType</key><string>ExecuteMacro</string><key>UseParameter</key><false/>
        <key>MacroUID</key><string>5A3B1C00-6B6D-4F70-8000-000000000001</string>
        </dict></array></dict></array></dict></array></plist>"#;
    fs::write(home.path().join("data/library/caller.kmmacros"), caller).unwrap();
    let server = Server::in_home(home);
    let asked = hold(run(&server, "Through"));
    assert_eq!(waiting(&server, 1)[0]["rule"], "macro:Greet");
    approve(&server, &["--no"]);
    failure(&asked.join().unwrap());
    // Looking at it is nothing to ask about, and another macro is none of it.
    value(&Request::call(&server, "km_get_macro", &json!({ "macro": "Greet" })).send());
    value(&run(&server, "Word Count").send());
}

#[test]
fn a_macro_that_was_changed_meanwhile_is_not_the_one_that_was_allowed() {
    let server = server();
    let asked = hold(run(&server, "Greet"));
    waiting(&server, 1);
    server.home.ask("km_set_macro_enabled", json!({ "macro": "Greet", "enabled": false }));
    approve(&server, &[]);
    assert_eq!(failure(&asked.join().unwrap())["error"]["code"], "changed_meanwhile");
}

#[test]
fn what_is_held_is_listed_like_any_other_and_secrets_are_not_shown() {
    let server = Server::with("ask = [\"write\"]\n");
    assert!(offered(&server, &server.token()).contains(&"km_set_variable".to_owned()));
    let secret = json!({ "name": "Mail Password", "value": "hunter2" });
    let asked = hold(Request::call(&server, "km_set_variable", &secret));
    let card = waiting(&server, 1).remove(0);
    assert!(!card.to_string().contains("hunter2") && card.to_string().contains("Mail Password"), "{card:#}");
    approve(&server, &["--no"]);
    failure(&asked.join().unwrap());
}

#[test]
fn the_console_shows_a_card_and_takes_the_answer() {
    let server = server();
    let mut screen = Screen::start(&server.home, &["attach"], (100, 30));
    screen.until("the console", |text| text.contains("LIVE"));
    for (key, good) in [("n", false), ("y", true)] {
        let asked = hold(run(&server, "Greet"));
        // A screen that is read while it is drawn has the upper half alone.
        let card = screen.until("the card", |text| text.contains("A call waits for you") && text.contains("yes, this once"));
        assert!(card.contains("owner wants km_run_macro") && card.contains("parameter: you"), "{card}");
        assert!(card.contains("Return"), "{card}");
        // A key counts once the card was there to be read.
        let since = Instant::now();
        while !asked.is_finished() {
            assert!(since.elapsed() < LIMIT, "{}", screen.text());
            screen.press(key);
            thread::sleep(Duration::from_millis(100));
        }
        let answer = asked.join().unwrap();
        if good {
            assert_eq!(value(&answer)["result"], "Hello, you!");
        } else {
            assert_eq!(failure(&answer)["error"]["code"], "denied");
        }
        screen.until("it is gone", |text| !text.contains("A call waits for you"));
    }
}
