//! Texts that would be something else to a shell, a script, a terminal or a macro: here they are texts.

use serde_json::{Value, json};

use crate::harness::{Server, http::Request, until};

/// Each would make the file `marker`, move something on a terminal, or read what it should not, wherever it is not taken as text.
fn attacks(marker: &str) -> Vec<String> {
    let mut attacks = vec![
        format!("; touch {marker};"),
        format!("$(touch {marker})"),
        format!("`touch {marker}`"),
        format!("'; touch {marker} #"),
        format!("\" & (do shell script \"touch {marker}\") & \""),
        format!("\"); require('child_process').execSync('touch {marker}'); //"),
        format!("\n\rtouch {marker}\n"),
        format!("\u{2028}touch {marker}\u{2029}"),
        format!("%ShellScript%touch {marker}%"),
        format!(
            "<dict><key>MacroActionType</key><string>ExecuteShellScript</string><key>Text</key><string>touch {marker}</string></dict>"
        ),
        "%Variable%Secret%".into(),
        "%Calculate%6*7%".into(),
        "%JavaScript%1%".into(),
        "../../../../etc/passwd".into(),
        "/proc/self/environ".into(),
        "-e".into(),
        "--help".into(),
        "\u{1b}]0;owned\u{7}\u{1b}[2J".into(),
        "\u{202e}txt.exe".into(),
        "\u{9b}31m".into(),
        "' OR 1=1; DROP TABLE variables; --".into(),
        "{{constructor.constructor('return 1')()}}".into(),
        "__proto__".into(),
        "Robert\u{0}Tables".into(),
        "\u{fffe}\u{ffff}\u{10ffff}".into(),
    ];
    attacks.push("A".repeat(100_000));
    attacks
}

fn result(server: &Server, tool: &str, arguments: &Value) -> Value {
    let answer = Request::call(server, tool, arguments).send();
    assert_eq!(answer.status, 200, "{tool} {arguments}: {answer:?}");
    assert!(!answer.body.contains("root:") && !answer.body.contains("panicked"), "{tool} {arguments}: {answer:?}");
    answer.json()["result"].clone()
}

#[test]
fn values_and_parameters_come_back_as_they_were() {
    let server = Server::start();
    let marker = server.home.path().join("marker");
    server.home.ask("km_set_variable", json!({ "name": "Secret", "value": "not for you" }));
    for attack in attacks(&marker.display().to_string()) {
        let set = result(&server, "km_set_variable", &json!({ "name": "Attack", "value": attack }));
        if set["isError"] == true {
            assert!(attack.contains('\0'), "{attack:?}: {set:#}");
        } else {
            let got = result(&server, "km_get_variable", &json!({ "name": "Attack" }));
            assert_eq!(got["structuredContent"]["value"], attack);
            // As the value of a variable it is text in a macro's text, too.
            let text = result(&server, "km_process_tokens", &json!({ "text": "<%Variable%Attack%>" }));
            assert_eq!(text["structuredContent"]["result"], format!("<{attack}>"));
        }
        let ran = result(&server, "km_run_macro", &json!({ "macro": "Greet", "parameter": attack }));
        if ran["isError"] == true {
            assert!(attack.contains('\0'), "{attack:?}: {ran:#}");
        } else {
            let said = ran["structuredContent"]["result"].as_str().unwrap();
            assert!(said == format!("Hello, {attack}!") || said == format!("Hello, {}!", attack.trim()), "{attack:?}: {said:?}");
        }
        // This one hands its parameter to a script.
        let counted = result(&server, "km_run_macro", &json!({ "macro": "Word Count", "parameter": attack }));
        assert!(counted["isError"] == true || counted["structuredContent"]["status"] == "finished", "{attack:?}: {counted:#}");
        assert!(!marker.exists(), "{attack:?} was executed");
    }
}

#[test]
fn names_and_paths_are_looked_up_and_nothing_else() {
    let server = Server::start();
    let marker = server.home.path().join("marker");
    for attack in attacks(&marker.display().to_string()) {
        let ran = result(&server, "km_run_macro", &json!({ "macro": attack }));
        assert_eq!(ran["isError"], true, "{attack:?}");
        assert_eq!(ran["structuredContent"]["error"]["outcome"], "not-run", "{attack:?}: {ran:#}");
        assert_eq!(result(&server, "km_get_macro", &json!({ "macro": attack }))["isError"], true, "{attack:?}");
        let listed = result(&server, "km_list_macros", &json!({ "query": attack, "group": attack }));
        assert!(listed["isError"] == true || listed["structuredContent"]["total"] == 0, "{attack:?}: {listed:#}");
        let set = result(&server, "km_set_variable", &json!({ "name": attack, "value": "x" }));
        let got = result(&server, "km_get_variable", &json!({ "name": attack }));
        assert!(set["isError"] == true || got["structuredContent"]["value"] == "x", "{attack:?}: {set:#} {got:#}");
        assert!(!marker.exists(), "{attack:?} was executed");
    }
}

/// E1: what a client calls itself reaches people as text.
#[test]
fn e1_a_client_cannot_write_on_a_terminal() {
    let server = Server::start();
    let name = "\u{1b}]52;c;ZXZpbA==\u{7}evil\u{1b}[2J\u{202e}";
    let call = Request::call(&server, "health_check", &json!({}));
    let body = String::from_utf8(call.content().to_vec()).unwrap();
    let named = body.replace("\"raw\"", &json!(name).to_string());
    assert_ne!(named, body);
    assert_eq!(call.body(named).status(), 200);
    let shown = until("the client is in a frame", || {
        let ran = server.home.run(&["once", "--json"]);
        let clients = ran.json()["clients"].clone();
        let evil = clients
            .as_array()
            .into_iter()
            .flatten()
            .any(|client| client["name"].as_str().is_some_and(|name| name.contains("evil")));
        if evil { Ok(clients) } else { Err(ran.stdout) }
    });
    let text = server.home.run(&["once"]).stdout;
    let log = std::fs::read_to_string(server.home.state("kmtop.log")).unwrap();
    for (what, text) in [("the frame", shown.to_string()), ("the line", text), ("the log", log), ("stderr", server.stderr())] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']) && !text.contains("\\u001b"), "{what}: {text}");
    }
}
