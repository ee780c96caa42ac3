//! What the page of numbers holds.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use crate::{
    harness::{Server, block_on, http::Request, until},
    mcp::piped::{BRIDGED, Piped},
};

const OPERATION: &str = "mcp_server_operation_duration_seconds";

/// Every sample of the page by name and labels.
fn samples(server: &Server) -> BTreeMap<String, f64> {
    let answer = Request::get(server, "/metrics").send();
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let lines = answer.body.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap_or_else(|error| panic!("{line}: {error}")))
    };
    lines.map(sample).collect()
}

/// The page once this sample has this value.
#[track_caller]
fn samples_until(server: &Server, name: &str, value: f64) -> BTreeMap<String, f64> {
    until(name, || {
        let samples = samples(server);
        let found = samples.get(name).copied();
        if found == Some(value) { Ok(samples) } else { Err(format!("{found:?}")) }
    })
}

#[test]
fn calls_are_counted_by_tool_way_and_end() {
    let server = Server::start();
    block_on(async {
        let client = server.client("a \"quoted\" client").await;
        for _ in 0..3 {
            client.call("km_calculate", json!({ "expression": "1+1" })).await.unwrap();
        }
        assert!(client.call("km_run_macro", json!({ "macro": "No Such Macro" })).await.unwrap().is_error);
    });
    server.home.ask("km_calculate", json!({ "expression": "1+1" }));
    let page = samples_until(&server, r#"kmtop_tool_calls_total{gen_ai_tool_name="km_calculate",ending="ok"}"#, 4.0);
    let labels = |tool: &str, error: &str, way: &str| {
        let error = if error.is_empty() { String::new() } else { format!(r#"error_type="{error}","#) };
        format!(
            r#"{{mcp_method_name="tools/call",gen_ai_tool_name="{tool}",{error}network_transport="{way}",mcp_protocol_version="2025-11-25"}}"#
        )
    };
    let over_http = labels("km_calculate", "", "tcp");
    for (name, count) in [
        (format!("{OPERATION}_count{over_http}"), 3.0),
        (format!("{OPERATION}_bucket{}", over_http.replace('{', r#"{le="+Inf","#)), 3.0),
        (format!("{OPERATION}_count{}", labels("km_run_macro", "tool_error", "tcp")), 1.0),
        (r#"kmtop_tool_phase_duration_seconds_count{gen_ai_tool_name="km_calculate",phase="ran"}"#.to_owned(), 4.0),
        (r#"kmtop_tool_errors_total{gen_ai_tool_name="km_run_macro",code="macro_not_found"}"#.to_owned(), 1.0),
        (r#"kmtop_tool_calls_total{gen_ai_tool_name="km_run_macro",ending="failed"}"#.to_owned(), 1.0),
        (r#"kmtop_client_calls_total{client="a \"quoted\" client"}"#.to_owned(), 4.0),
        (r#"kmtop_client_errors_total{client="a \"quoted\" client"}"#.to_owned(), 1.0),
    ] {
        assert_eq!(page.get(&name), Some(&count), "{name}\n{page:#?}");
    }
    let steps: Vec<f64> =
        page.iter().filter(|(name, _)| name.starts_with(&format!("{OPERATION}_bucket"))).map(|(_, count)| *count).collect();
    // Beside the two of calls there is the hello.
    assert_eq!(steps.len(), 3 * 21, "three series of 20 steps and one beyond");
    assert!(!page.keys().any(|name| name.contains("unix") && name.starts_with(OPERATION)), "the owner's call is none of MCP");
}

/// Requests of each method, with the protocol that is spoken, and how they ended.
#[test]
fn every_request_is_counted_by_its_method() {
    let server = Server::start();
    let stateless = |method: &str, params: Value| {
        let uri = params["uri"].as_str().map(str::to_owned);
        let request = Request::stateless(&server, method, params);
        if let Some(uri) = uri { request.add("Mcp-Name", &uri) } else { request }.send()
    };
    for (method, params) in [
        ("server/discover", json!({})),
        ("tools/list", json!({})),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        ("resources/read", json!({ "uri": "kmtop://frame" })),
        ("prompts/list", json!({})),
        ("prompts/get", json!({ "name": "diagnose_slowness", "arguments": {} })),
        (
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "explain_macro" }, "argument": { "name": "macro", "value": "" } }),
        ),
        ("tools/call", json!({ "name": "health_check", "arguments": {} })),
    ] {
        assert_eq!(stateless(method, params).status, 200, "{method}");
    }
    stateless("prompts/get", json!({ "name": "no such prompt", "arguments": {} }));
    stateless("tools/call", json!({ "name": "no_such_tool", "arguments": {} }));
    stateless("evil/method\"}", json!({}));
    let mut piped = Piped::start(Arc::clone(&server.home), &BRIDGED, &[], "pipe");
    assert_eq!(piped.request("ping", &json!({}))["result"], json!({}));
    assert!(piped.request("tasks/get", &json!({ "taskId": "none" }))["error"].is_object());
    assert!(piped.request("tasks/list", &json!({}))["result"].is_object());
    let counted = |method: &str, tool: &str, error: &str, way: &str, version: &str| {
        let label = |name: &str, value: &str| if value.is_empty() { String::new() } else { format!(r#"{name}="{value}","#) };
        let (tool, error) = (label("gen_ai_tool_name", tool), label("error_type", error));
        let rest = format!(r#"network_transport="{way}",mcp_protocol_version="{version}""#);
        format!(r#"{OPERATION}_count{{mcp_method_name="{method}",{tool}{error}{rest}}}"#)
    };
    let page = samples(&server);
    for method in [
        "server/discover",
        "tools/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "prompts/list",
        "prompts/get",
        "completion/complete",
    ] {
        let name = counted(method, "", "", "tcp", "2026-07-28");
        assert_eq!(page.get(&name), Some(&1.0), "{name}\n{page:#?}");
    }
    for (name, count) in [
        (counted("tools/call", "health_check", "", "tcp", "2026-07-28"), 1.0),
        (counted("tools/call", "", "-32602", "tcp", "2026-07-28"), 1.0),
        (counted("prompts/get", "", "-32602", "tcp", "2026-07-28"), 1.0),
        (counted("_OTHER", "", "-32601", "tcp", "2026-07-28"), 1.0),
        (counted("initialize", "", "", "pipe", "2025-11-25"), 1.0),
        (counted("ping", "", "", "pipe", "2025-11-25"), 1.0),
        (counted("tasks/get", "", "-32602", "pipe", "2025-11-25"), 1.0),
        (counted("tasks/list", "", "", "pipe", "2025-11-25"), 1.0),
    ] {
        assert_eq!(page.get(&name), Some(&count), "{name}\n{page:#?}");
    }
    assert!(!page.keys().any(|name| name.contains("evil") || name.contains("no_such")), "{page:#?}");
}

/// What was turned away is counted by kind, each of which is there from the beginning.
#[test]
fn security_events_are_counted() {
    let server = Server::start();
    let of = |kind: &str| format!(r#"kmtop_security_events_total{{kind="{kind}"}}"#);
    let page = samples(&server);
    assert_eq!(page.keys().filter(|name| name.starts_with("kmtop_security_events_total")).count(), 8, "{page:#?}");
    assert_eq!((page.get(&of("wrong_token")), page.get("kmtop_audit_lost_total")), (Some(&0.0), Some(&0.0)));
    for _ in 0..3 {
        assert_eq!(Request::get(&server, "/metrics").without("Authorization").status(), 401);
    }
    assert_eq!(Request::get(&server, "/metrics").set("Host", "evil.example").status(), 403);
    Request::call(&server, "km_delete_variable", &json!({ "name": "x" })).send();
    let page = samples(&server);
    for (kind, count) in [("wrong_token", 3.0), ("host_refused", 1.0), ("class_refused", 1.0), ("rate_limited", 0.0)] {
        assert_eq!(page.get(&of(kind)), Some(&count), "{kind}: {page:#?}");
    }
}

/// Names that come from outside never become labels, but for those of clients, of which there are 33 at most.
#[test]
fn labels_are_bounded() {
    let server = Server::start();
    for number in 0..40 {
        let mut params = json!({ "name": "km_run_macro", "arguments": { "macro": format!("Secret Macro {number}") } });
        params["_meta"] = json!({});
        let request = Request::stateless(&server, "tools/call", params);
        let named = String::from_utf8(request.content().to_vec()).unwrap().replace("\"raw\"", &format!("\"client {number}\""));
        assert_eq!(request.body(named).status(), 200);
        let unknown = Request::call(&server, &format!("no_such_tool_{number}"), &json!({}));
        assert!([200, 400, 404].contains(&unknown.status()));
    }
    let failed = r#"kmtop_tool_calls_total{gen_ai_tool_name="km_run_macro",ending="failed"}"#;
    let page = samples_until(&server, failed, 40.0);
    let clients = page.keys().filter(|name| name.starts_with("kmtop_client_calls_total")).count();
    assert_eq!(clients, 33);
    assert_eq!(page.get(r#"kmtop_client_calls_total{client="_OTHER"}"#), Some(&8.0));
    let outside = page.keys().find(|name| name.contains("Secret") || name.contains("no_such_tool"));
    assert_eq!(outside, None);
    let tools: Vec<&String> = page.keys().filter(|name| name.starts_with("kmtop_tool_calls_total")).collect();
    assert_eq!(tools, [failed]);
}

#[test]
fn sessions_pool_machine_and_strangers() {
    let server = Server::start();
    server.home.pool_until("workers are up", |pool| pool["idle"] == 2);
    let client = block_on(server.client("one"));
    let open = r#"kmtop_sessions{network_transport="tcp"}"#;
    let page = samples_until(&server, open, 1.0);
    assert!(!page.keys().any(|name| name.starts_with("mcp_server_session_duration_seconds")), "none has ended");
    drop(client);
    let session = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-11-25",
        "capabilities": {}, "clientInfo": { "name": "raw", "version": "1" } } });
    let begun = Request::post(&server, &session).send();
    let id = begun.header("mcp-session-id").unwrap();
    let ended = Request::new(&server, "DELETE", "/mcp").add("Mcp-Session-Id", id).add("MCP-Protocol-Version", "2025-11-25");
    assert_eq!(ended.status(), 204);
    until("a session's length is counted", || {
        let ended = samples(&server).get(r#"mcp_server_session_duration_seconds_count{network_transport="tcp"}"#).copied();
        ended.filter(|count| *count >= 1.0).ok_or_else(|| format!("{ended:?}"))
    });
    assert_eq!(Request::get(&server, "/metrics").without("Authorization").status(), 401);
    assert_eq!(Request::get(&server, "/metrics").set("Host", "evil.example").status(), 403);
    // The workers are as they were at the last tick.
    samples_until(&server, r#"kmtop_pool_workers{state="idle"}"#, 2.0);
    let page = samples_until(&server, r#"kmtop_http_refused_total{http_response_status_code="401"}"#, 1.0);
    for (name, value) in [
        (r#"kmtop_http_refused_total{http_response_status_code="403"}"#, 1.0),
        (r#"kmtop_pool_workers{state="idle"}"#, 2.0),
        (r#"kmtop_pool_workers{state="stuck"}"#, 0.0),
        (r#"kmtop_pool_size{bound="max"}"#, 15.0),
        (r#"kmtop_pool_queue_length{lane="interactive"}"#, 0.0),
        (r#"kmtop_pool_worker_events_total{event="spawned"}"#, 2.0),
        (r#"kmtop_health_status{component="engine"}"#, 0.0),
        ("kmtop_library_macros", 17.0),
        ("kmtop_records_dropped_total", 0.0),
    ] {
        assert_eq!(page.get(name), Some(&value), "{name}\n{page:#?}");
    }
    for name in ["process_memory_usage_bytes", "process_uptime_seconds", "system_memory_limit_bytes"] {
        assert!(page.get(name).is_some_and(|value| *value > 0.0), "{name}\n{page:#?}");
    }
}

#[test]
fn open_metrics_for_those_who_ask_for_it() {
    let server = Server::start();
    let request = Request::get(&server, "/metrics").add("Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    let answer = request.send();
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert!(answer.body.ends_with("# EOF\n"));
    assert!(answer.body.contains("# TYPE kmtop_records_dropped counter"), "{}", answer.body);
}
