//! What scripts rely on: the server as a process, its files, its exit codes, and the commands beside it.

use std::{
    fs,
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::UnixStream,
    },
    sync::Arc,
};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Home, Ran, Server, http::Request, is_alive, is_whole, pids, until};

#[test]
fn a_server_tells_where_it_is_and_takes_it_back_at_its_end() {
    let mut server = Server::start();
    let home = Arc::clone(&server.home);
    let port = server.port();
    let expected = json!({
        "pid": server.pid(),
        "http": format!("http://127.0.0.1:{port}"),
        "socket": home.state("kmtop.sock"),
        "token_file": home.state("token"),
    });
    assert_eq!(server.said, expected);
    for (name, mode) in [("token", 0o600), ("kmtop.sock", 0o600), ("", 0o700)] {
        let found = fs::metadata(home.state(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "state/{name} is its owner's alone");
    }
    let line = server.stderr();
    assert!(line.contains("claude mcp add --transport http") && !line.contains(&server.token()), "{line}");
    let workers = pids(&home.pool_until("all workers are up", is_whole), "idle");
    assert_eq!(workers.len(), 2);

    assert_eq!(server.end(Signal::TERM).code(), Some(0));
    for name in ["server.json", "kmtop.sock"] {
        assert!(!home.state(name).exists(), "{name} is gone");
    }
    until("no worker is left", || match workers.iter().filter(|pid| is_alive(**pid)).count() {
        0 => Ok(()),
        left => Err(format!("{left} of {workers:?}")),
    });
    let log = fs::read_to_string(home.state("kmtop.log")).unwrap();
    assert!(!log.contains("panic"), "{log}");
}

#[test]
fn interrupt_ends_it_too_and_hangup_does_not() {
    let mut server = Server::start();
    crate::harness::signal(server.pid(), Signal::HUP);
    assert_eq!(server.home.ask("health_check", json!({}))["status"], "ok");
    assert!(server.runs());
    assert_eq!(server.end(Signal::INT).code(), Some(0));
}

#[test]
fn a_second_server_of_one_home_says_who_has_it() {
    let mut server = Server::start();
    let ran = server.home.run(&["--serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains(&format!("pid {}", server.pid())), "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    let file: Value = serde_json::from_slice(&fs::read(server.home.state("server.json")).unwrap()).unwrap();
    assert_eq!(file, server.said, "the first one's file is untouched");
    assert_eq!(server.home.ask("health_check", json!({}))["status"], "ok");
    assert!(server.runs());
}

#[test]
fn two_homes_never_touch_each_other() {
    let (one, mut other) = (Server::start(), Server::start());
    assert_ne!(one.token(), other.token());
    one.home.ask("km_set_variable", json!({ "name": "Whose", "value": "one" }));
    assert_eq!(other.home.ask("km_get_variable", json!({ "name": "Whose" }))["value"], Value::Null);
    let foreign = Request::post(&one, &json!({})).set("Authorization", &format!("Bearer {}", other.token()));
    assert_eq!(foreign.status(), 401);
    assert_eq!(other.end(Signal::TERM).code(), Some(0));
    assert_eq!(one.home.ask("km_get_variable", json!({ "name": "Whose" }))["value"], "one");
    assert!(one.home.state("server.json").exists());
}

#[test]
fn addresses_that_cannot_be_had() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::new();
    let ran = home.run(&["--serve", "--listen", &address]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains(&address) && ran.stderr.contains("in use"), "{ran:?}");
    assert!(!home.state("server.json").exists(), "no half start");
    assert!(!home.state("kmtop.sock").exists(), "no half start");

    for arguments in [&["--listen", "0.0.0.0:0"][..], &["--listen", "[::]:0"], &["--listen", "0.0.0.0:0", "--auth", "none"]] {
        let ran = home.run(&[&["--serve"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("--allow-remote"), "{ran:?}");
    }
    let ran = home.run(&["--serve", "--listen", "0.0.0.0:0", "--allow-remote", "--auth", "none"]);
    assert_eq!(ran.code, Some(2), "nobody serves the world without a token: {ran:?}");
}

#[test]
fn only_loopback_is_listened_on() {
    let server = Server::start();
    let address: std::net::SocketAddr = server.said["http"].as_str().unwrap()["http://".len()..].parse().unwrap();
    assert!(address.ip().is_loopback());
    if cfg!(target_os = "linux") {
        let row = format!(":{:04X} ", server.port());
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
        let local = |line: &str| line.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let listens = |line: &&str| line.split_whitespace().nth(3) == Some("0A");
        let found: Vec<String> = tables.iter().flat_map(|table| table.lines().filter(listens)).map(local).collect();
        let found: Vec<&String> = found.iter().filter(|local| format!("{local} ").contains(&row)).collect();
        assert_eq!(found, [&format!("0100007F:{:04X}", server.port())]);
    }
}

#[test]
fn health_and_readiness_need_no_token() {
    let server = Server::start();
    let open = |target| Request::get(&server, target).without("Authorization").status();
    assert_eq!(open("/healthz"), 200);
    assert_eq!(open("/readyz"), 200);
    for target in ["/", "/healthz/", "/mcp2", "/server.json", "/..%2ftoken"] {
        assert_eq!(open(target), 401, "{target}: a stranger learns nothing");
        assert_eq!(Request::get(&server, target).status(), 404, "{target}");
    }
}

#[test]
fn what_is_wrong_in_the_settings_is_told_with_its_place() {
    let home = Home::with("allow = [\"read\"]\n\n[pool]\nmim = 3\n");
    for arguments in [&["--serve", "--listen", "127.0.0.1:0"][..], &["once", "--json"], &["call", "health_check"]] {
        let ran = home.run(arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        let place = format!("{}:4:1", home.path().join("config.toml").display());
        assert!(ran.stderr.contains(&place), "{ran:?}");
        assert!(ran.stderr.contains("pool.mim") && ran.stderr.contains("`pool.min`"), "{ran:?}");
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_socket_left_by_a_killed_server_is_replaced() {
    let mut server = Server::start();
    let home = Arc::clone(&server.home);
    assert!(!server.end(Signal::KILL).success());
    assert!(fs::metadata(home.state("kmtop.sock")).unwrap().file_type().is_socket(), "it was left behind");
    assert!(UnixStream::connect(home.state("kmtop.sock")).is_err());
    let once = home.run(&["once", "--json"]);
    assert_eq!((once.code, &once.json()["pool"]), (Some(0), &Value::Null), "nobody is behind it: {once:?}");
    let next = Server::in_home(home);
    assert_eq!(next.home.ask("health_check", json!({}))["status"], "ok");
    assert_eq!(next.said["pid"], next.pid());
}

#[test]
fn once_without_a_server_tells_of_the_machine_alone() {
    let home = Home::new();
    let ran = home.run(&["once", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let frame = ran.json();
    assert!(frame["system"]["memory"]["total_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{frame:#}");
    let unknown = ["uptime_s", "engine", "pool", "totals", "tools", "alerts", "advice", "clients", "score", "bottleneck"];
    for key in unknown {
        assert_eq!(frame.get(key), Some(&Value::Null), "{key} is there and unknown");
    }
    // A server, or a worker of its own, would have made these.
    assert!(!home.state("kmtop.sock").exists() && !home.path().join("data/variables.sqlite").exists());
    let text = home.run(&["once"]);
    assert!(text.code == Some(0) && text.stdout.contains("no server is running"), "{text:?}");
}

#[test]
fn once_with_a_server_tells_of_that() {
    let server = Server::start();
    server.home.pool_until("all workers are up", is_whole);
    server.home.ask("km_calculate", json!({ "expression": "6 * 7" }));
    let frame = until("the call is in a frame", || {
        let frame = server.home.run(&["once", "--json"]).json();
        if frame["totals"]["calls"].as_u64() >= Some(1) { Ok(frame) } else { Err(format!("{:#}", frame["totals"])) }
    });
    assert_eq!(frame["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(frame["engine"], json!({ "backend": "embedded", "status": "running" }));
    assert_eq!([&frame["pool"]["min"], &frame["pool"]["max"], &frame["pool"]["live"]], [&json!(2), &json!(15), &json!(2)]);
    let workers = frame["pool"]["workers"].as_array().unwrap();
    assert!(workers.iter().all(|worker| worker["pid"].is_u64() && worker["state"] == "idle"), "{workers:?}");
    let tool = frame["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "km_calculate").unwrap();
    assert_eq!([&tool["calls"], &tool["errors"], &tool["in_flight"]], [&json!(1), &json!(0), &json!(0)], "{tool}");
    assert!(tool["max_us"].as_u64().is_some_and(|max| max > 0) && tool["p50_us"].as_u64() <= tool["max_us"].as_u64(), "{tool}");
    let text = server.home.run(&["once"]);
    assert!(text.code == Some(0) && text.stdout.contains("pool 2 live of 2 (2 to 15)"), "{text:?}");
}

/// The same questions to a server and without one: the answers are alike.
fn calls(home: &Home) {
    let sum = home.run(&["call", "km_calculate", r#"{"expression": "6 * 7"}"#]);
    assert_eq!((sum.code, sum.json(), sum.stderr.as_str()), (Some(0), json!({ "result": "42" }), ""));
    let greeting = home.run(&["call", "km_run_macro", r#"{"macro": "Greet", "parameter": "Ünïcode"}"#]);
    assert_eq!((greeting.code, &greeting.json()["result"]), (Some(0), &json!("Hello, Ünïcode!")));
    let missing = home.run(&["call", "km_run_macro", r#"{"macro": "No Such Macro"}"#]);
    assert_eq!((missing.code, &missing.json()["error"]["code"]), (Some(1), &json!("macro_not_found")), "{missing:?}");
    assert!(missing.stderr.contains("No Such Macro"), "{missing:?}");
    let refused = home.run(&["call", "km_run_macro", r#"{"macro": "Type Signature"}"#]);
    assert_eq!((refused.code, &refused.json()["error"]["outcome"]), (Some(1), &json!("not-run")), "{refused:?}");
    let unknown = home.run(&["call", "km_no_such_tool"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
    assert!(unknown.stderr.contains("km_no_such_tool") && unknown.stderr.contains("km_run_macro"), "{unknown:?}");
    for bad in ["{not json", "[1]", "\"text\"", ""] {
        let ran = home.run(&["call", "health_check", bad]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{bad}: {ran:?}");
        assert!(ran.stderr.contains("JSON"), "{bad}: {ran:?}");
    }
}

#[test]
fn calls_on_a_running_server() {
    let server = Server::start();
    calls(&server.home);
    let resized = server.home.run(&["call", "pool_resize", r#"{"size": 3}"#]);
    assert_eq!((resized.code, &resized.json()["target"]), (Some(0), &json!(3)), "the owner has every class: {resized:?}");
}

#[test]
fn calls_without_a_server() {
    let home = Home::new();
    calls(&home);
    assert!(!home.state("kmtop.sock").exists() && !home.state("server.json").exists(), "no door was opened");
}

/// One line for people, nothing for a terminal to obey.
#[track_caller]
fn assert_turned_away(ran: &Ran) {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    assert!(ran.stderr.contains("kmtop once") && !ran.stderr.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn without_a_terminal_the_console_says_so_in_one_line() {
    let home = Home::new();
    assert_turned_away(&home.run(&[]));
    assert_turned_away(&Ran::of(home.command(&[]).env("TERM", "dumb")));
    assert_turned_away(&Ran::of(home.command(&["attach"]).env("TERM", "xterm-256color")));
    assert!(!home.state("kmtop.lock").exists(), "no server was begun");
}
