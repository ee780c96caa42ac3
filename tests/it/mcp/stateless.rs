//! The protocol of 2026-07-28: every request stands alone.

use serde_json::json;

use crate::harness::{
    Server,
    http::{Request, STATELESS},
    is_whole, pids,
};

#[test]
fn it_introduces_itself() {
    let server = Server::start();
    let answer = Request::stateless(&server, "server/discover", json!({})).send();
    let result = &answer.json()["result"];
    assert_eq!(answer.status, 200, "{answer:?}");
    let versions = result["supportedVersions"].as_array().unwrap_or_else(|| panic!("{result:#}"));
    assert!(versions.contains(&json!(STATELESS)) && versions.contains(&json!("2025-11-25")), "{versions:?}");
    assert!(result["capabilities"]["tools"].is_object(), "{result:#}");
    assert!(answer.header("mcp-session-id").is_none(), "there are no sessions in it: {answer:?}");
}

#[test]
fn a_tool_that_does_not_exist() {
    let server = Server::start();
    let answer = Request::call(&server, "km_no_such_tool", &json!({})).send();
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (200, &json!(-32602)), "{answer:?}");
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("km_no_such_tool"), "{answer:?}");
    let admin = Request::call(&server, "pool_resize", &json!({ "size": 9 })).send().json();
    assert_eq!(admin["error"]["code"], -32602, "nor one that is not offered");
    assert_eq!(server.home.pool()["target"], 2);
}

#[test]
fn a_client_that_goes_away_frees_its_worker() {
    let server = Server::start();
    let before = pids(&server.home.pool_until("all workers are up", is_whole), "idle");
    let connection = Request::call(&server, "km_run_macro", &json!({ "macro": "Hung Export" })).begin();
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    drop(connection);
    let pool = server.home.pool_until("the worker is free", is_whole);
    assert_eq!(pids(&pool, "idle"), before, "the script was ended, not its worker: {pool:#}");
    assert_eq!(pool["counters"]["killed"], 0, "{pool:#}");
}
