//! `[[tool]]`: command lines of the settings as tools, and macros of a group as tools.

use std::{fs, process::Command};

use serde_json::{Value, json};

use super::{
    assert_answered,
    piped::{Piped, STANDALONE},
    tools,
};
use crate::harness::{Home, Server, http::Request, own_sleep, processes_with, screen::Screen, until, until_is};

fn call(server: &Server, tool: &str, arguments: &Value) -> (bool, Value) {
    let result = Request::call(server, tool, arguments).send().json()["result"].clone();
    (result["isError"] == true, result["structuredContent"].clone())
}

/// A repository with one commit, and the settings of the documentation's examples for it.
fn repository() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("file.txt"), "text").unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let done = Command::new("git").current_dir(root).args(identity).args(arguments).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "The first; $(touch marker)"]);
    let settings = format!(
        r#"
[[tool]]
name = "git_log"
description = "The newest commits of the repository"
command = ["git", "log", "--format=%s", "-n{{count}}", "{{order}}", "--", "{{path}}"]
class = "read"
work = "io"
directory = {root:?}
[tool.arguments.count]
type = "integer"
min = 1
max = 100
default = 10
[tool.arguments.order]
type = "boolean"
when_true = "--reverse"
[tool.arguments.path]
type = "path"
root = {root:?}

[[tool]]
name = "pack"
description = "Packs a file of the repository, and lists what is in the archive"
command = ["tar", "-cvf", "/dev/null", "-C", {root:?}, "{{name}}"]
work = "cpu"
[tool.arguments.name]
type = "string"
required = true

[[tool]]
name = "slow"
description = "Sleeps for as long as it is told to"
command = ["sleep", "{{seconds}}"]
work = "mixed"
at_once = 1
timeout_ms = 60000
[tool.arguments.seconds]
type = "string"
required = true

[[tool]]
name = "environment"
description = "Shows its environment as JSON"
command = ["sh", "-c", "printf '{{{{\"all\": \"%s\"}}}}' \"$(env | cut -d= -f1 | grep -v -e PWD -e SHLVL -e '^_$' | sort | tr '\\n' ' ')\""]
output = "json"
environment = {{ ONLY = "this" }}
inherit = ["PATH"]
"#,
        root = root.display().to_string()
    );
    (folder, settings)
}

#[test]
fn git_and_tar_are_tools_whose_arguments_are_only_arguments() {
    let (folder, settings) = repository();
    let server = Server::with(&settings);
    let tools = tools(&server);
    let git = tools.iter().find(|tool| tool["name"] == "git_log").unwrap();
    assert_eq!(
        git["inputSchema"]["properties"]["count"],
        json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 10 })
    );
    assert_eq!([&git["annotations"]["readOnlyHint"], &git["inputSchema"]["additionalProperties"]], [true, false]);
    let subject = "The first; $(touch marker)\n";
    for (tool, arguments, expected) in [
        ("git_log", json!({}), json!({ "output": subject, "exit_code": 0 })),
        ("git_log", json!({ "count": 1, "order": true, "path": "file.txt" }), json!({ "output": subject })),
        ("git_log", json!({ "path": "none" }), json!({ "output": "" })),
        ("pack", json!({ "name": "file.txt" }), json!({ "output": "file.txt\n" })),
        ("environment", json!({}), json!({ "json": { "all": "ONLY PATH " } })),
    ] {
        let (failed, value) = call(&server, tool, &arguments);
        assert!(!failed, "{tool} {arguments}: {value:#}");
        assert_answered(&tools, tool, &arguments, &expected, &value);
    }
    let marker = folder.path().join("marker");
    for (tool, arguments, code) in [
        ("git_log", json!({ "path": "../x" }), "bad_arguments"),
        ("git_log", json!({ "count": "1; touch marker" }), "bad_arguments"),
        ("pack", json!({ "name": format!("--checkpoint-action=exec=touch {}", marker.display()) }), "bad_arguments"),
        ("pack", json!({ "name": format!("$(touch {})", marker.display()) }), "command_failed"),
        ("pack", json!({ "name": format!("; touch {};", marker.display()) }), "command_failed"),
        ("pack", json!({ "name": "a\u{0}b" }), "bad_arguments"),
        ("pack", json!({}), "bad_arguments"),
    ] {
        let (failed, value) = call(&server, tool, &arguments);
        assert!(failed && value["error"]["code"] == code, "{tool} {arguments}: {value:#}");
        assert_answered(&tools, tool, &arguments, &json!({}), &value);
    }
    assert!(!marker.exists(), "nothing was executed");
}

/// One of them at a time, whoever asks; it shows in the pool, and ends with its caller.
#[test]
#[cfg(target_os = "linux")]
fn a_slow_command_runs_under_limits_is_shown_and_can_be_cancelled() {
    let (_folder, settings) = repository();
    let server = Server::with(&settings);
    let sleep = own_sleep();
    let first = Request::call(&server, "slow", &json!({ "seconds": sleep })).begin();
    let second = Request::call(&server, "slow", &json!({ "seconds": sleep })).begin();
    let pool = server.home.pool_until("one runs and one waits", |pool| pool["busy"] == 1 && pool["queued"] == 1);
    let workers = pool["workers"].as_array().unwrap();
    assert!(workers.iter().any(|worker| worker["tool"] == "slow" && worker["state"] == "busy"), "{pool:#}");
    until_is("one process", || processes_with(&sleep), |count| *count == 1);
    until("both calls in flight", || {
        let frame = server.home.run(&["once", "--json"]).json();
        if frame["totals"]["in_flight"] == 2 { Ok(()) } else { Err(frame["totals"].to_string()) }
    });
    let mut screen = Screen::start(&server.home, &["attach"], (160, 50));
    screen.until("the console shows it at work", |text| {
        text.contains("LIVE") && text.lines().any(|line| line.contains("slow") && line.contains("sleep"))
    });
    drop(screen);
    // Other work is not held up.
    assert!(!call(&server, "km_calculate", &json!({ "expression": "1+1" })).0);
    drop((first, second));
    until_is("no process", || processes_with(&sleep), |count| *count == 0);
    until("both calls in the record", || {
        let frame = server.home.run(&["once", "--json"]).json();
        let row = frame["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "slow").cloned();
        row.filter(|row| row["calls"] == 2 && row["errors"] == 2).ok_or_else(|| frame["tools"].to_string())
    });
}

#[test]
fn macros_of_a_group_are_tools() {
    let home = Home::with("[mcp]\nexpose_groups = [\"Sample\", \"Nobody's\"]\n");
    let server = Server::in_home(home);
    let tools = until("the tools", || {
        let tools = tools(&server);
        if tools.iter().any(|tool| tool["name"] == "word_count") { Ok(tools) } else { Err(format!("{:?}", super::names(&tools))) }
    });
    let tool = tools.iter().find(|tool| tool["name"] == "word_count").unwrap();
    assert_eq!(tool["title"], "Word Count");
    assert_eq!(tool["inputSchema"]["properties"]["parameter"]["type"], "string", "{tool:#}");
    let arguments = json!({ "parameter": "one two  three" });
    let (failed, value) = call(&server, "word_count", &arguments);
    assert!(!failed, "{value:#}");
    assert_answered(&tools, "word_count", &arguments, &json!({ "status": "finished", "result": "3 words" }), &value);
    let (failed, value) = call(&server, "word_count", &json!({ "more": 1 }));
    assert!(failed && value["error"]["code"] == "bad_arguments", "{value:#}");
    // It is in the engine's log and among the runs, like any other run.
    let runs = server.home.ask("km_run_status", json!({}));
    assert!(runs["runs"].as_array().unwrap().iter().any(|run| run["macro"] == "Word Count"), "{runs:#}");
}

/// The trace of a call goes with it: to the program's environment, and into the log's lines of its worker.
#[test]
fn the_trace_of_a_call_reaches_programs_scripts_and_the_workers_log() {
    let settings = "allow = [\"read\", \"run\", \"script\"]\n[[tool]]\nname = \"traced\"\ndescription = \"Shows its trace\"\ncommand = [\"sh\", \"-c\", \"echo $TRACEPARENT $TRACESTATE\"]\n\
                    [[tool]]\nname = \"its_own\"\ndescription = \"Has a trace of its own\"\ncommand = [\"sh\", \"-c\", \"echo $TRACEPARENT\"]\nenvironment = { TRACEPARENT = \"mine\" }\n";
    let home = Home::with(settings);
    home.add_macros("steps.kmmacros", ("Steps of Tests", "Steps"));
    let server = Server::in_home(home);
    let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let parent = format!("00-{trace}-{span}-01");
    let traced = |tool: &str, arguments: &Value, parent: &str| {
        let request = Request::call(&server, tool, arguments);
        let mut message: Value = serde_json::from_slice(request.content()).unwrap();
        message["params"]["_meta"]["traceparent"] = json!(parent);
        message["params"]["_meta"]["tracestate"] = json!("vendor=abc");
        let answer = request.body(message.to_string()).send().json();
        answer["result"]["structuredContent"].clone()
    };
    assert_eq!(traced("traced", &json!({}), &parent)["output"], format!("{parent} vendor=abc\n"));
    assert_eq!(traced("traced", &json!({}), "no context")["output"], "\n", "what is none is not passed on");
    assert_eq!(call(&server, "traced", &json!({})).1["output"], "\n", "nor is that of the call before");
    assert_eq!(traced("its_own", &json!({}), &parent)["output"], "mine\n", "the settings come first");
    let script = json!({ "language": "shell", "script": "echo $TRACEPARENT" });
    assert_eq!(traced("run_script", &script, &parent)["output"], format!("{parent}\n"));
    let xml = "<plist version=\"1.0\"><array><dict><key>MacroActionType</key><string>ExecuteShellScript</string>\
               <key>Text</key><string>echo $TRACEPARENT</string><key>DisplayKind</key><string>Variable</string>\
               <key>Variable</key><string>Local_Trace</string></dict><dict><key>MacroActionType</key><string>Return</string>\
               <key>Text</key><string>%Variable%Local_Trace%</string></dict></array></plist>";
    let ran = traced("km_run_actions", &json!({ "xml": xml }), &parent);
    assert_eq!(ran["result"].as_str().map(str::trim), Some(&*parent), "{ran:#}");
    assert_eq!(traced("km_run_macro", &json!({ "macro": "Steps" }), &parent)["status"], "finished");
    until("the worker's lines name the trace", || {
        let log = fs::read_to_string(server.home.state("kmtop.log")).unwrap_or_default();
        let line = log.lines().find(|line| line.contains("worker: the first step"));
        line.filter(|line| line.contains(trace)).map(|_| ()).ok_or(log)
    });
}

/// What a tool is called with may be wrong in itself: then the request is at fault, and not the method unknown.
#[test]
fn parameters_that_are_none_are_told_as_such() {
    let mut piped = Piped::start(Home::with("[mcp]\nexpose_groups = [\"Sample\"]\n"), &STANDALONE, &[], "pipe");
    for (method, params) in [
        ("tools/call", json!({ "name": "word_count", "arguments": "x" })),
        ("tools/call", json!({ "name": "km_calculate", "arguments": [1] })),
        ("tools/call", json!({ "name": 7 })),
        ("tools/call", json!({})),
        ("resources/read", json!({ "uri": {} })),
        ("prompts/get", json!({ "arguments": {} })),
        ("completion/complete", json!({ "ref": 1 })),
        ("logging/setLevel", json!({ "level": "loud" })),
    ] {
        let answer = piped.request(method, &params);
        assert_eq!(answer["error"]["code"], -32602, "{method} {params}: {answer:#}");
        assert!(answer["error"]["message"].as_str().is_some_and(|words| words.contains(method)), "{answer:#}");
    }
    assert_eq!(piped.request("tools/carry", &json!({}))["error"]["code"], -32601, "that there is not");
    let server = Server::start();
    let answer = Request::stateless(&server, "tools/call", json!({ "name": "km_calculate", "arguments": "x" })).send().json();
    assert_eq!(answer["error"]["code"], -32602, "{answer:#}");
}
