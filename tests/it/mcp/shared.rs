//! Identical reads that meet, and answers that are kept for a moment.

use std::thread;

use serde_json::{Value, json};

use crate::harness::{Home, Server, http::Request, until_is};

fn cache(server: &Server, name: &str) -> Value {
    let frame = server.home.run(&["once", "--json"]).json();
    let caches = frame["caches"].as_array().unwrap_or_else(|| panic!("{frame:#}")).clone();
    caches.into_iter().find(|cache| cache["name"] == name).expect("it is told")
}

fn served(server: &Server) -> u64 {
    server.home.pool()["counters"]["served"].as_u64().expect("a number")
}

#[test]
fn reads_that_wait_together_are_answered_once() {
    let home = Home::with("[server]\ncache_ms = 0\n[pool]\nmin = 1\nmax = 1\nqueue_timeout_ms = 60000\n");
    home.add_macros("steps.kmmacros", ("Steps of Tests", "Steps"));
    let server = Server::in_home(home);
    server.home.ask("km_set_variable", json!({ "name": "Mine", "value": "v" }));
    let run = server.home.ask("km_run_macro", json!({ "macro": "Never", "wait": false }));
    server.home.pool_until("the worker is busy", |pool| pool["busy"] == 1);
    let read = Request::call(&server, "km_get_variable", &json!({ "name": "Mine" }));
    let calls: Vec<_> = (0..10)
        .map(|_| {
            thread::spawn({
                let read = read.clone();
                move || read.send().json()
            })
        })
        .collect();
    let waiting = until_is("they wait as one", || server.home.pool(), |pool| pool["queued"] == 1);
    // One that goes takes nobody along.
    drop(read.begin());
    let under_way = || server.home.run(&["once", "--json"]).json()["totals"]["in_flight"].clone();
    until_is("all have come, and one has gone", under_way, |now| *now == 10);
    assert_eq!(waiting["queued"], 1, "{waiting:#}");
    let before = served(&server);
    server.home.ask("km_cancel", json!({ "run_id": run["run_id"] }));
    for call in calls {
        let answer = call.join().expect("no panic");
        assert_eq!(answer["result"]["structuredContent"]["value"], "v", "{answer:#}");
    }
    assert!(served(&server) <= before + 2, "the run and one reading");
    let counted = until_is(
        "each has its own record",
        || server.home.run(&["once", "--json"]).json()["tools"].clone(),
        |tools| {
            tools
                .as_array()
                .is_some_and(|tools| tools.iter().any(|tool| tool["name"] == "km_get_variable" && tool["calls"] == 11))
        },
    );
    assert!(counted.is_array());
}

#[test]
fn an_answer_is_kept_until_something_changes_it() {
    let server = Server::with("[server]\ncache_ms = 60000\n");
    let home = &server.home;
    let read = || home.ask("km_get_variable", json!({ "name": "Mine" }))["value"].clone();
    home.ask("km_set_variable", json!({ "name": "Mine", "value": "a" }));
    assert_eq!(read(), "a");
    let before = served(&server);
    for _ in 0..5 {
        assert_eq!(read(), "a");
    }
    assert_eq!(served(&server), before, "no worker was asked");
    home.ask("km_set_variable", json!({ "name": "Mine", "value": "b" }));
    assert_eq!(read(), "b", "a set ends it");
    assert_eq!(home.ask("km_list_variables", json!({}))["names"], json!(["Mine"]));
    home.ask("km_run_macro", json!({ "macro": "Greet" }));
    home.ask("km_set_variable", json!({ "name": "Other", "value": "c" }));
    assert_eq!(home.ask("km_list_variables", json!({}))["names"], json!(["Mine", "Other"]));
    let listed = || home.ask("km_list_macros", json!({ "query": "Greet" }));
    assert_eq!([listed()["total"].clone(), listed()["total"].clone()], [1, 1]);
    home.ask("km_set_macro_enabled", json!({ "macro": "Greet", "enabled": false }));
    assert_eq!(listed()["macros"][0]["enabled"], false, "a new state of the library ends it");
    let kept = cache(&server, "answers");
    assert!(kept["hit_share"].as_f64().is_some_and(|share| share > 0.0) && kept["bytes"].as_u64() > Some(0), "{kept:#}");
}

#[test]
fn nothing_is_kept_when_the_settings_say_so() {
    let server = Server::with("[server]\ncache_ms = 0\n");
    server.home.ask("km_get_variable", json!({ "name": "Mine" }));
    let before = served(&server);
    server.home.ask("km_get_variable", json!({ "name": "Mine" }));
    assert_eq!(served(&server), before + 1);
    assert_eq!(cache(&server, "answers")["entries"], 0);
}
