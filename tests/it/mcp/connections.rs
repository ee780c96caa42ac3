//! Connections that ask nothing, or too much: rows T, S and A of the safety tables, and descriptors that run out.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::harness::{Home, LIMIT, Server, http::Request, until};

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

/// The resident memory of a process in MiB, where the system says it.
#[cfg(target_os = "linux")]
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn t4_two_thousand_silent_connections_keep_nobody_out() {
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
    #[cfg(target_os = "linux")]
    let before = memory(server.pid());
    flood(1_200);
    #[cfg(target_os = "linux")]
    {
        let after = memory(server.pid());
        assert!(after < before + 16, "{before} MiB, then {after} MiB: over the cap a session ends for each that begins");
    }
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
