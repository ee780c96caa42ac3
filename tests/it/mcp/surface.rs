//! Tools of the classes that are off by default, called over HTTP, their answers held against their schemas.

use serde_json::{Value, json};

use super::{ALL_CLASSES, assert_answered, tools};
use crate::harness::{Server, http::Request};

fn call(server: &Server, tool: &str, arguments: &Value) -> (bool, Value) {
    let result = Request::call(server, tool, arguments).send().json()["result"].clone();
    (result["isError"] == true, result["structuredContent"].clone())
}

const NOTIFY: &str = r#"<?xml version="1.0"?><plist version="1.0"><array>
<dict><key>MacroActionType</key><string>SetVariableToText</string><key>Variable</key><string>Ad Hoc</string><key>Text</key><string>%TriggerValue%!</string></dict>
<dict><key>MacroActionType</key><string>Return</string><key>Text</key><string>%Variable%Ad Hoc%</string></dict>
</array></plist>"#;

#[test]
fn tools_that_are_off_by_default_keep_their_schemas() {
    let server = Server::with(ALL_CLASSES);
    let tools = tools(&server);
    let calls = [
        ("km_set_variable", json!({ "name": "Gone", "value": "1" }), json!({ "value": "1" })),
        ("km_delete_variable", json!({ "name": "gone" }), json!({ "value": null })),
        ("km_get_variable", json!({ "name": "Gone" }), json!({ "value": null })),
        (
            "run_script",
            json!({ "language": "shell", "script": "cat; exit 3", "input": "in" }),
            json!({ "output": "in", "exit_code": 3 }),
        ),
        (
            "run_script",
            json!({ "language": "shell", "script": "#!/usr/bin/env sh\necho $0 >&2" }),
            json!({ "exit_code": 0, "output": "" }),
        ),
        ("km_run_actions", json!({ "xml": NOTIFY, "parameter": "x" }), json!({ "status": "finished", "result": "x!" })),
        ("km_run_actions", json!({ "xml": NOTIFY, "dry_run": true }), json!({ "outcome": "not-run" })),
        ("pool_resize", json!({ "size": 3 }), json!({ "target": 3 })),
        ("undo_change", json!({}), json!({ "change": 1 })),
    ];
    for (tool, arguments, expected) in calls {
        let (failed, value) = call(&server, tool, &arguments);
        assert!(!failed, "{tool} {arguments}: {value:#}");
        assert_answered(&tools, tool, &arguments, &expected, &value);
    }
    let failing = [
        ("run_script", json!({ "language": "jxa", "script": "1", "timeout_ms": 0 }), "bad_arguments"),
        ("run_script", json!({ "language": "shell", "script": " " }), "bad_arguments"),
        ("run_script", json!({ "language": "shell", "script": "sleep 60", "timeout_ms": 300 }), "timeout"),
        ("km_run_actions", json!({ "xml": "<plist><array/></plist>" }), "bad_arguments"),
        (
            "km_run_actions",
            json!({ "xml": "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><plist><array>&e;</array></plist>" }),
            "bad_arguments",
        ),
        ("undo_change", json!({}), "nothing_to_undo"),
        ("apply_advice", json!({ "id": 999 }), "no_advice"),
        ("km_search_replace", json!({ "text": "a", "search": "(", "replace": "", "regex": true }), "bad_arguments"),
        ("km_set_variables", json!({ "variables": { "Good": "1", "Local_x": "2" } }), "bad_arguments"),
        ("km_get_clipboard", json!({ "name": " " }), "bad_arguments"),
        ("latency_report", json!({ "window": 0 }), "bad_arguments"),
    ];
    for (tool, arguments, code) in failing {
        let (failed, value) = call(&server, tool, &arguments);
        assert!(failed && value["error"]["code"] == code, "{tool} {arguments}: {value:#}");
        assert_answered(&tools, tool, &arguments, &json!({}), &value);
    }
    assert_eq!(server.home.ask("km_get_variable", json!({ "name": "Good" }))["value"], Value::Null, "all or none");
}

/// One action that cannot be run, and none is.
#[test]
fn ad_hoc_actions_are_checked_before_anything_runs() {
    let server = Server::with(ALL_CLASSES);
    let xml = NOTIFY.replace("</array>", "<dict><key>MacroActionType</key><string>OCRImage</string></dict></array>");
    let (failed, value) = call(&server, "km_run_actions", &json!({ "xml": xml, "parameter": "x" }));
    assert!(failed && value["error"]["code"] == "refused" && value["error"]["outcome"] == "not-run", "{value:#}");
    assert!(value["error"]["message"].as_str().unwrap().contains("OCRImage"), "{value:#}");
    assert_eq!(server.home.ask("km_get_variable", json!({ "name": "Ad Hoc" }))["value"], Value::Null);
}

#[test]
fn neither_scripts_nor_actions_nor_file_tools_are_there_unless_they_are_wanted() {
    let server = Server::start();
    for tool in ["run_script", "km_run_actions", "file_read", "file_write", "file_batch", "km_delete_variable", "apply_advice"] {
        let answer = Request::call(&server, tool, &json!({})).send().json();
        assert_eq!(answer["error"]["code"], -32602, "{tool}: {answer}");
    }
}
