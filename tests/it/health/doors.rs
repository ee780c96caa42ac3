//! Who gets the numbers: the endpoint's rules, and the address of their own.

use std::{fs, net::TcpListener};

use crate::harness::{Home, Server, http::Request};

/// The server's metrics on the address of their own.
fn beside(server: &Server, target: &str) -> Request {
    let metrics = server.said["metrics"].as_str().unwrap();
    let address = metrics.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/metrics")).unwrap();
    let port = address.rsplit(':').next().unwrap().parse().unwrap();
    Request::get(server, target).at(port).without("Authorization")
}

#[test]
fn metrics_on_the_endpoint_have_its_rules() {
    let server = Server::start();
    let request = Request::get(&server, "/metrics");
    assert_eq!(request.status(), 200);
    assert_eq!(request.clone().without("Authorization").status(), 401);
    assert_eq!(request.clone().set("Authorization", "Bearer wrong-wrong-wrong-wrong").status(), 401);
    assert_eq!(request.clone().set("Host", "evil.example").status(), 403);
    assert_eq!(request.clone().add("Origin", "http://evil.example").status(), 403);
    let posted = request.clone().method("POST").send();
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD")));
    assert!(server.said.get("metrics").is_none(), "there is no other address");
    let head = request.method("HEAD").send();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn an_address_of_their_own_needs_no_token_on_loopback() {
    let server = Server::with("[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let page = beside(&server, "/metrics").send();
    assert_eq!(page.status, 200);
    assert!(page.body.contains("kmtop_build_info{"), "{}", page.body);
    assert_eq!(beside(&server, "/healthz").status(), 200);
    let ready = beside(&server, "/readyz").send();
    assert!(
        ["ready\n", "no worker is ready\n"].contains(&ready.body.as_str()),
        "reasons are for those with a token: {}",
        ready.body
    );
    for (target, method) in [("/mcp", "POST"), ("/mcp", "GET"), ("/", "GET")] {
        assert_eq!(beside(&server, target).method(method).status(), 404, "{method} {target}");
    }
    assert_eq!(beside(&server, "/metrics").set("Host", "evil.example").status(), 403);
    assert_eq!(beside(&server, "/metrics").add("Origin", "http://evil.example").status(), 403);
    assert_eq!(beside(&server, "/metrics").add("Content-Length", "1000").status(), 413, "nothing there reads a body");
    let doctor = server.home.run(&["doctor"]);
    assert!(doctor.stdout.contains("metrics"), "{doctor:?}");
}

#[test]
fn a_connection_that_hangs_about_keeps_nobody_from_the_numbers() {
    let server = Server::with("[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let idle: Vec<_> = (0..8).map(|_| beside(&server, "/metrics").set("Connection", "keep-alive").begin()).collect();
    assert_eq!(beside(&server, "/metrics").status(), 200);
    drop(idle);
}

#[test]
fn an_address_that_others_reach_needs_a_token_and_a_word() {
    let settings = "[metrics]\nlisten = \"0.0.0.0:0\"\n";
    let home = Home::with(settings);
    let ran = home.run(&["--serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("--allow-remote"), "{ran:?}");
    let ran = home.run(&["--serve", "--listen", "127.0.0.1:0", "--allow-remote", "--auth", "none"]);
    assert_eq!(ran.code, Some(2), "nobody shows the world without a token: {ran:?}");
    let server = Server::with_flags(home, &["--allow-remote"]);
    let request = beside(&server, "/metrics");
    assert_eq!(request.status(), 401);
    assert_eq!(request.add("Authorization", &format!("Bearer {}", server.token())).status(), 200);
    assert_eq!(beside(&server, "/healthz").status(), 200);
    let trusted = beside(&server, "/readyz").add("Authorization", &format!("Bearer {}", server.token())).send();
    assert_eq!(trusted.header("content-type"), Some("application/json"));
}

#[test]
fn an_address_that_is_taken_is_told_before_anything_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::with(&format!("[metrics]\nlisten = \"{address}\"\n"));
    let ran = home.run(&["--serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains(&address) && ran.stderr.contains("`listen` in [metrics]"), "{ran:?}");
    assert!(!home.state("server.json").exists(), "no half start");
    let doctor = home.run(&["doctor"]);
    assert!(doctor.stdout.contains(&format!("{address} is taken by another program")), "{doctor:?}");
}

#[cfg(not(feature = "otlp"))]
#[test]
fn a_build_without_otlp_says_so() {
    let home = Home::with("[otlp]\nendpoint = \"http://127.0.0.1:4318\"\n");
    let ran = home.run(&["--serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let words = "config.toml:2:12: `otlp.endpoint` is set, but this kmtop was built without OTLP; build it with `cargo build --release \
                 --features otlp`, or take the endpoint out";
    assert!(ran.stderr.contains(words), "{ran:?}");
}

#[test]
fn a_collector_needs_plain_http() {
    let home = Home::with("[otlp]\nendpoint = \"https://collector.example\"\n");
    let ran = home.run(&["--serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("write scheme, host and port, like \"http://127.0.0.1:4318\", or \"\" for none"), "{ran:?}");
    assert!(fs::read_dir(home.state("")).is_err(), "nothing was begun");
}
