//! The web backend: macros run in a Keyboard Maestro elsewhere, by its web server.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use serde_json::{Value, json};

use super::web_server::{GREET, HUGE, PASSWORD, SLOW, USER, WebServer};
use crate::harness::{Home, Server, install, is_whole, until};

/// A home that logs in at this address.
pub(super) fn home(address: &str, password: &str, more: &str) -> Home {
    let home =
        Home::with(&format!("[backend]\nkind = \"web\"\n[backend.web]\naddress = \"{address}\"\nuser = \"{USER}\"\n{more}"));
    let file = home.path().join("web-password");
    fs::write(&file, format!("{password}\n")).unwrap();
    close(&file, 0o600);
    home
}

fn close(file: &Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

fn start(web: &WebServer) -> Server {
    let server = Server::in_home(Arc::new(home(&web.address(), PASSWORD, "")));
    server.home.pool_until("all workers are up", is_whole);
    until("the Mac's macros are known", || {
        let listed = server.home.ask("km_list_macros", json!({}));
        if listed["total"] == 4 { Ok(()) } else { Err(listed.to_string()) }
    });
    server
}

fn failure(home: &Home, tool: &str, arguments: Value) -> (String, String, String) {
    let (error, text) = home.try_ask(tool, arguments).unwrap_err();
    let word = |key: &str| error["error"][key].as_str().unwrap().to_owned();
    (word("code"), word("outcome"), text)
}

#[test]
fn macros_are_listed_and_run_by_uuid_over_connections_that_stay() {
    let web = WebServer::start();
    let server = start(&web);
    let home = &server.home;
    let listed = home.ask("km_list_macros", json!({ "group": "Tools & more" }));
    assert_eq!([&listed["macros"][0]["name"], &listed["macros"][0]["uid"]], ["Greet ⌘", GREET]);
    for turn in 0..20 {
        let ran = home.ask("km_run_macro", json!({ "macro": "Greet ⌘", "parameter": format!("a & b = {turn} %é+") }));
        assert_eq!([&ran["status"], &ran["result"]], ["finished", &*format!("Hello a & b = {turn} %é+")]);
    }
    let nothing = home.ask("km_run_macro", json!({ "macro": GREET }));
    assert_eq!(nothing["result"], Value::Null);
    assert!(web.seen(|seen| seen.runs.iter().all(|(uid, _)| uid == GREET)), "never a name");
    assert_eq!(web.seen(|seen| seen.runs.last().cloned()), Some((GREET.to_owned(), None)));
    let (connections, requests) = web.seen(|seen| (seen.connections, seen.requests));
    assert!(requests >= 22 && connections <= 3, "{connections} connections for {requests} requests");
    let dry = home.ask("km_run_macro", json!({ "macro": GREET, "dry_run": true }));
    assert!(dry["outline"].as_str().unwrap().contains("Greet"), "{dry}");
    assert_eq!(web.seen(|seen| seen.requests), requests, "a dry run asks nobody");
}

#[test]
fn what_goes_wrong_is_told_apart() {
    let web = WebServer::start();
    let server = start(&web);
    let home = &server.home;
    let (code, outcome, text) = failure(home, "km_run_macro", json!({ "macro": "Gone" }));
    assert_eq!([&*code, &*outcome], ["macro_inactive", "not-run"], "{text}");
    let (code, outcome, text) = failure(home, "km_run_macro", json!({ "macro": SLOW, "timeout_ms": 700 }));
    assert_eq!([&*code, &*outcome], ["timeout", "unknown"], "{text}");
    let (code, outcome, text) = failure(home, "km_run_macro", json!({ "macro": HUGE }));
    assert_eq!([&*code, &*outcome], ["too_long", "failed"], "{text}");
    let (code, outcome, text) = failure(home, "km_calculate", json!({ "expression": "1" }));
    assert_eq!([&*code, &*outcome], ["unknown_operation", "not-run"], "{text}");
    assert!(text.contains("runs macros and lists them"), "{text}");
}

/// One server that cannot list: the reason is what its doctor says.
fn diagnosed(home: &Home) -> Value {
    let ran = home.run(&["doctor", "--json"]);
    let examination = ran.json();
    let findings = examination["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["check"] == "engine").unwrap_or_else(|| panic!("{examination:#}")).clone()
}

#[test]
fn the_doctor_says_why_the_web_server_cannot_be_used() {
    let web = WebServer::start();
    let good = diagnosed(&home(&web.address(), PASSWORD, ""));
    assert_eq!([&good["status"], &good["numbers"]["macros"]], [&json!("ok"), &json!(4.0)], "{good}");
    let refused = diagnosed(&home(&web.address(), "wrong", ""));
    assert!(refused["status"] == "fault" && refused["found"].as_str().unwrap().contains("web_login_refused"), "{refused}");
    assert!(!refused.to_string().contains("wrong"), "the password is nowhere: {refused}");
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let absent = diagnosed(&home(&format!("http://{free}"), PASSWORD, ""));
    assert!(absent["found"].as_str().unwrap().contains("web_unreachable"), "{absent}");
    assert!(absent["fix"].as_str().unwrap().contains("switch the web server on"), "{absent}");
}

#[test]
fn a_password_that_others_can_read_is_not_used() {
    let home = home("http://127.0.0.1:9", PASSWORD, "");
    close(&home.path().join("web-password"), 0o644);
    let ran = home.run(&["call", "health_check"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("chmod 600"), "{}", ran.stderr);
    fs::remove_file(home.path().join("web-password")).unwrap();
    let ran = home.run(&["call", "health_check"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("web-password cannot be read"), "{}", ran.stderr);
}

/// HTTPS is left to curl. This one notes how it is called, and answers as Keyboard Maestro does.
#[test]
fn over_https_curl_gets_the_password_where_nobody_sees_it() {
    let home = home("https://mini.local:4491", PASSWORD, "pinned_key = \"sha256//abc=\"\n");
    let folder = home.path().join("bin");
    fs::create_dir(&folder).unwrap();
    let notes = home.path().join("notes");
    let script = format!(
        "#!/bin/sh\necho \"arguments: $*\" >>'{notes}'\ncat >>'{notes}'\nprintf '%s\\n200' \
         '<optgroup label=\"G\"><option label=\"Greet\" value=\"{GREET}\"></option></optgroup>'\n",
        notes = notes.display()
    );
    let source = home.path().join("curl.sh");
    fs::write(&source, script).unwrap();
    install(&source, &folder.join("curl"));
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let output = home.command(&["doctor", "--json"]).env("PATH", path).output().unwrap();
    let examination: Value = serde_json::from_slice(&output.stdout).unwrap();
    let engine = examination["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "engine").unwrap();
    assert_eq!(engine["found"], "the web server lists 1 macros", "{examination:#}");
    let notes = fs::read_to_string(notes).unwrap();
    let arguments = notes.lines().find(|line| line.starts_with("arguments: ")).unwrap();
    assert!(arguments.starts_with("arguments: --disable ") && !arguments.contains("pass"), "{arguments}");
    for line in [
        "url = \"https://mini.local:4491/authenticated.html\"",
        "user = \"remote:pass: \\\"word\\\" é\"",
        "insecure",
        "pinnedpubkey = \"sha256//abc=\"",
    ] {
        assert!(notes.lines().any(|found| found == line), "{line}: {notes}");
    }
}
