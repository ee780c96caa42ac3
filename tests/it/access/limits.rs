//! Rates and calls at once, and what of them is told.

use serde_json::{Value, json};

use super::{by, call, failure, health, make, once, value};
use crate::harness::{Server, http::Request, until_is};

/// R1, one call at a time: what is over the rate is refused with numbers, and nobody else feels it.
#[test]
fn r1_calls_over_the_rate_are_refused_with_limit_remaining_and_reset() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &["--rate", "1/m", "--burst", "3"]);
    for left in ["2", "1", "0"] {
        let answer = health(&server, &ci);
        assert_eq!(value(&answer)["status"], "ok");
        assert_eq!(answer.header("ratelimit-limit"), Some("3"));
        assert_eq!(answer.header("ratelimit-remaining"), Some(left));
        let reset: u64 = answer.header("ratelimit-reset").unwrap().parse().unwrap();
        assert!((1..=180).contains(&reset), "{reset}");
    }
    let answer = health(&server, &ci);
    let refused = failure(&answer);
    assert_eq!((&refused["error"]["code"], &refused["error"]["outcome"]), (&json!("rate_limited"), &json!("not-run")));
    assert_eq!((&refused["limited"], &refused["limit"], &refused["remaining"]), (&json!("rate"), &json!(3), &json!(0)));
    assert!(refused["reset"].as_u64().is_some_and(|reset| (120..=180).contains(&reset)), "{refused:#}");
    assert!(refused["retry_ms"].as_u64().is_some_and(|retry| (1..=60_000).contains(&retry)), "{refused:#}");
    assert!(answer.body.contains("try again in"), "{answer:?}");
    for _ in 0..50 {
        value(&health(&server, &server.token()));
    }
    let client = |token: &str| {
        let frame = once(&server);
        let clients = frame["clients"].as_array().cloned().unwrap_or_default();
        clients.into_iter().find(|client| client["token"] == token).unwrap_or_default()
    };
    let ours = until_is("the Clients data", || client("ci"), |client| client["calls"] == 4);
    assert_eq!((&ours["name"], &ours["limited"], &ours["errors"]), (&json!("raw"), &json!(1), &json!(1)), "{ours:#}");
    assert_eq!((&ours["allowance"]["limit"], &ours["allowance"]["remaining"]), (&json!(3), &json!(0)), "{ours:#}");
    let owners = until_is("the owner's", || client("owner"), |client| client["calls"] == 50);
    assert_eq!((&owners["name"], &owners["limited"], &owners["allowance"]), (&json!("raw"), &json!(0), &Value::Null));
    assert_eq!(once(&server)["security"]["counts"]["rate_limited"], 1);
}

/// A flood of anything else than calls is answered by the guard.
#[test]
fn requests_over_four_times_the_rate_get_429() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &["--rate", "1/m", "--burst", "1"]);
    let list = || by(Request::stateless(&server, "tools/list", json!({})), &ci).send();
    let statuses: Vec<u16> = (0..6).map(|_| list().status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429]);
    let refused = list();
    let data = refused.json()["error"]["data"].clone();
    assert_eq!((&data["code"], &data["limit"], &data["remaining"]), (&json!("rate_limited"), &json!(4), &json!(0)), "{data}");
    let retry: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=15).contains(&retry), "{refused:?}");
    assert_eq!((refused.header("ratelimit-limit"), refused.header("ratelimit-remaining")), (Some("4"), Some("0")));
    assert_eq!(health(&server, &server.token()).status, 200, "nobody else feels it");
}

#[test]
fn a_token_has_so_many_calls_under_way_and_no_more() {
    let server = Server::start();
    let ci = make(&server.home, "ci", &["--rate", "none", "--concurrent", "1"]);
    let hung = call(&server, &ci, "km_run_macro", &json!({ "macro": "Hung Export" })).begin();
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    let refused = failure(&health(&server, &ci));
    assert_eq!(refused["error"]["code"], "too_many_calls", "{refused:#}");
    assert_eq!((&refused["limited"], &refused["limit"], &refused["remaining"]), (&json!("concurrent"), &json!(1), &json!(0)));
    value(&health(&server, &server.token()));
    drop(hung);
    until_is("room for the next", || health(&server, &ci).json()["result"]["isError"].clone(), |failed| *failed != json!(true));
}
