//! Connections that ask nothing, or too much: rows T, S and A of the safety tables, and descriptors that run out.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::memory;
use crate::harness::{
    Home, LIMIT, Server,
    http::{Request, many_connections},
    until,
};

fn health(server: &Server) -> Request {
    Request::call(server, "health_check", &json!({}))
}

fn silent(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Whether the server has closed the connection; waits for it.
fn is_closed(mut stream: TcpStream) -> bool {
    let mut byte = [0];
    match stream.read(&mut byte) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn t4_two_thousand_silent_connections_keep_nobody_out() {
    many_connections();
    let server = Server::start();
    let mut held = Vec::new();
    for turn in 0..2_000 {
        let mut stream = silent(&server);
        // Some say half of what they want.
        match turn % 3 {
            0 => {}
            1 => drop(stream.write_all(b"POST /mcp HTTP/1.1\r\nHost: local")),
            _ => {
                let request = format!("POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n", server.token());
                let rest = "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{";
                drop(stream.write_all(format!("{request}{rest}").as_bytes()));
            }
        }
        held.push(stream);
    }
    let began = Instant::now();
    assert_eq!(health(&server).status(), 200);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(is_closed(held.swap_remove(0)), "the oldest made room");
    #[cfg(target_os = "linux")]
    {
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
        assert!(descriptors < 256 + 64, "{descriptors} descriptors");
        assert!(memory(server.pid()) < 200, "{} MiB", memory(server.pid()));
    }
}

#[test]
fn t4_a_connection_that_waits_for_its_answer_is_not_the_one_to_go() {
    let server = Server::with("[server]\nconnections = 4\n");
    let waiting = Request::call(&server, "km_run_macro", &json!({ "macro": "Slow Report" })).begin();
    server.home.pool_until("the macro runs", |pool| pool["busy"] == 1);
    let held: Vec<TcpStream> = (0..20).map(|_| silent(&server)).collect();
    assert_eq!(health(&server).status(), 200);
    let mut answer = String::new();
    let mut waiting = waiting;
    waiting.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("finished"), "{answer}");
    drop(held);
}

#[test]
fn s5_a_flood_of_sessions_leaves_memory_and_others_alone() {
    let server = Server::start();
    let params =
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "flood", "version": "1" } });
    let hello = Request::post(&server, &json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }));
    let flood = |count: usize| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..count / 4).for_each(|_| assert_eq!(hello.status(), 200)));
            }
        });
    };
    flood(400);
    let before = memory(server.pid());
    flood(1_200);
    let after = memory(server.pid());
    assert!(after < before + 16, "{before} MiB, then {after} MiB: over the cap a session ends for each that begins");
    let began = Instant::now();
    assert_eq!(health(&server).status(), 200);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn a2_guessing_is_slowed_told_of_once_and_keeps_nobody_out() {
    let server = Server::start();
    let guess = health(&server).set("Authorization", "Bearer wrong-wrong-wrong-wrong");
    let answers: Vec<_> = (0..1_000).map(|_| guess.send()).collect();
    assert!(answers.iter().all(|answer| [401, 429].contains(&answer.status)));
    let slowed = answers.iter().find(|answer| answer.status == 429).expect("some are asked to wait");
    assert!(slowed.header("retry-after").is_some(), "{slowed:?}");
    assert_eq!(health(&server).status(), 200, "the right token still works");
    let log = std::fs::read_to_string(server.home.state("kmtop.log")).unwrap();
    let told = log.lines().filter(|line| line.contains("wrong token")).count();
    assert!((1..=20).contains(&told), "once for a span of ten seconds: {told}");
}

#[cfg(target_os = "linux")]
#[test]
fn e2_a_server_without_descriptors_recovers() {
    let server = Server::under("ulimit -n 64", Home::new());
    let held: Vec<TcpStream> = (0..200).map(|_| silent(&server)).collect();
    let answer = health(&server).send();
    assert_eq!(answer.status, 200, "quiet connections make room: {answer:?}");
    drop(held);
    until("it serves as before", || {
        let status = health(&server).status();
        if status == 200 { Ok(()) } else { Err(status.to_string()) }
    });
    let log = std::fs::read_to_string(server.home.state("kmtop.log")).unwrap();
    let told = log.lines().filter(|line| line.contains("could not be accepted")).count();
    assert!(told <= 60, "at most once a second: {told}");
}

/// S6: streams that clients only listen to lock nobody out, however often they are begun.
#[test]
fn s6_a_flood_of_streams_keeps_nobody_out() {
    many_connections();
    let server = Server::start();
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "ear", "version": "1" } });
    let hello = Request::post(&server, &json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })).send();
    let session = hello.header("mcp-session-id").unwrap();
    let listen = Request::get(&server, "/mcp").add("Accept", "text/event-stream").add("Mcp-Session-Id", session);
    let listen = listen.add("MCP-Protocol-Version", "2025-11-25");
    let before = memory(server.pid());
    let mut held: Vec<TcpStream> = (0..500).map(|_| listen.clone().add("Last-Event-ID", "0").begin()).collect();
    held.extend((0..500).map(|_| listen.begin()));
    let began = Instant::now();
    assert_eq!(health(&server).status(), 200);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let after = memory(server.pid());
    assert!(after < before + 60, "{before} MiB, then {after} MiB");
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let ping = Request::post(&server, &ping).add("Mcp-Session-Id", session).add("MCP-Protocol-Version", "2025-11-25");
    assert_eq!(ping.status(), 200, "the session goes on");
    drop(held);
}

/// S6: clients that were sent away together do not come back together.
#[test]
fn s6_clients_are_asked_back_at_different_moments() {
    let server = Server::start();
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "ear", "version": "1" } });
    let hello = Request::post(&server, &json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }));
    let moments: std::collections::BTreeSet<u64> = (0..16)
        .map(|_| {
            let answer = hello.send();
            let retry = answer.body.lines().find_map(|line| line.strip_prefix("retry:")).unwrap_or_else(|| panic!("{answer:?}"));
            retry.trim().parse().unwrap()
        })
        .collect();
    assert!(moments.len() >= 8 && moments.iter().all(|moment| (3_000..5_000).contains(moment)), "{moments:?}");
}

/// A3: how long a wrong token takes does not tell where it is wrong.
#[test]
fn a3_a_wrong_token_takes_as_long_wherever_it_is_wrong() {
    let server = Server::start();
    let token = server.token();
    let (first, last) = (format!("!{}", &token[1..]), format!("{}!", &token[..token.len() - 1]));
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..300 {
        for (token, times) in [&first, &last].into_iter().zip(&mut times) {
            let guess = health(&server).set("Authorization", &format!("Bearer {token}"));
            let began = Instant::now();
            assert!([401, 429].contains(&guess.status()));
            times.push(began.elapsed());
        }
    }
    let [first, last] = times.map(median);
    let (shorter, longer) = (first.min(last), first.max(last));
    assert!(longer < shorter * 3 / 2 + Duration::from_micros(100), "{first:?} and {last:?}");
}

/// X1: every client uses the same id, and each gets its own answer.
#[test]
fn x1_fifty_clients_of_one_id_each_get_their_own() {
    let server = Server::with("[pool]\nqueue_timeout_ms = 60000\ncall_timeout_ms = 60000\n");
    thread::scope(|scope| {
        for client in 0..50 {
            let server = &server;
            scope.spawn(move || {
                for turn in 0..40 {
                    let text = format!("client {client}, turn {turn}");
                    let answer = Request::call(server, "km_process_tokens", &json!({ "text": text })).send().json();
                    assert_eq!([&answer["id"], &answer["result"]["structuredContent"]["result"]], [&json!(1), &json!(text)]);
                }
            });
        }
    });
}
