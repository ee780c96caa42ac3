//! Tools that come and go while the server runs: clients hear of it, and settings that cannot be taken change nothing.

use std::{fs, sync::Arc};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{
    names,
    piped::{BRIDGED, Piped},
    tools,
};
use crate::harness::{Server, http::Request, signal, until};

const ECHO: &str = "[[tool]]\nname = \"echo\"\ndescription = \"Says it again\"\ncommand = [\"echo\", \"{words}\"]\n\
    [tool.arguments.words]\ntype = \"string\"\nrequired = true\n";

fn echo(server: &Server) -> Value {
    Request::call(server, "echo", &json!({ "words": "hello" })).send().json()
}

#[track_caller]
fn heard(piped: &Piped) {
    piped.told("notifications/tools/list_changed");
}

#[test]
fn an_edit_of_the_settings_adds_and_removes_tools_and_clients_hear_of_it() {
    let server = Server::with("[pool]\nmax = 4\n");
    let mut piped = Piped::start(Arc::clone(&server.home), &BRIDGED, &[], "pipe");
    let hello = piped.request("ping", &json!({}));
    assert!(hello["result"].is_object());
    assert_eq!(echo(&server)["error"]["code"], -32602);
    server.home.configure(ECHO);
    heard(&piped);
    assert_eq!(echo(&server)["result"]["structuredContent"]["output"], "hello\n");
    let listed = piped.request("tools/list", &json!({}));
    let listed = listed["result"]["tools"].as_array().unwrap().clone();
    assert!(names(&listed).contains("echo"));
    // Half-written, then wrong, then not for this server: those of before hold, and an alert says why.
    for wrong in [
        "[[tool]]\nname = \"echo\"\ndesc",
        "[[tool]]\nname = \"echo\"\ndescription = \"d\"\ncommand = [\"echo\", \"{x}\"]\n",
        "[files]\nroots = [\"/\"]\n",
    ] {
        server.home.configure(wrong);
        until("an alert", || {
            let alerts = server.home.ask("list_alerts", json!({}));
            let found = alerts["alerts"].as_array().unwrap().iter().any(|alert| alert["rule"] == "settings");
            if found { Ok(()) } else { Err(alerts.to_string()) }
        });
        assert_eq!(echo(&server)["result"]["structuredContent"]["output"], "hello\n", "{wrong}");
    }
    server.home.configure("");
    heard(&piped);
    assert_eq!(echo(&server)["error"]["code"], -32602);
    until("no alert", || {
        let alerts = server.home.ask("list_alerts", json!({}));
        if alerts["alerts"].as_array().unwrap().iter().all(|alert| alert["rule"] != "settings") {
            Ok(())
        } else {
            Err(alerts.to_string())
        }
    });
}

#[test]
fn a_session_over_http_hears_of_it_on_its_stream() {
    use std::io::{BufRead as _, BufReader};
    let server = Server::start();
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "raw", "version": "1" } });
    let hello = Request::post(&server, &json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })).send();
    assert_eq!(hello.json()["result"]["capabilities"]["tools"]["listChanged"], true, "{hello:?}");
    let session = hello.header("mcp-session-id").unwrap().to_owned();
    let within = |request: Request| request.add("Mcp-Session-Id", &session).add("MCP-Protocol-Version", "2025-11-25");
    let ready = Request::post(&server, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    assert_eq!(within(ready).status(), 202);
    let stream = within(Request::get(&server, "/mcp")).add("Accept", "text/event-stream").begin();
    let mut lines = BufReader::new(&stream).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains("200"));
    server.home.configure(ECHO);
    signal(server.pid(), Signal::HUP);
    assert!(lines.any(|line| line.contains("notifications/tools/list_changed")));
}

/// The macros of an exposed group follow the library.
#[test]
fn exposed_macros_follow_the_library() {
    let server = Server::with("[mcp]\nexpose_groups = [\"Sample\"]\n");
    let has = |wanted: bool, name: &str| {
        until(name, || {
            let tools = tools(&server);
            if names(&tools).contains(name) == wanted { Ok(()) } else { Err(format!("{:?}", names(&tools))) }
        });
    };
    has(true, "greet");
    let library = server.home.path().join("data/library/sample.kmmacros");
    let text = fs::read_to_string(&library).unwrap();
    fs::write(&library, text.replace("<string>Greet</string>", "<string>Say Hello</string>")).unwrap();
    has(true, "say_hello");
    has(false, "greet");
    server.home.ask("km_set_macro_enabled", json!({ "macro": "Say Hello", "enabled": false }));
    has(false, "say_hello");
}
