//! Clients that say nothing, say it slowly, or do not read: rows T of the safety tables, on a server with a second of patience.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::memory;
use crate::harness::{LIMIT, Server, http::Request, until};

const PATIENCE: Duration = Duration::from_secs(1);
/// How long a connection may stay open beyond that, on a machine that has other things to do.
const SLACK: Duration = Duration::from_secs(9);

fn impatient() -> Server {
    Server::with("[server]\npatience_s = 1\n")
}

fn connected(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Everything that comes until the server closes the connection, and how long that takes.
fn heard(mut stream: TcpStream) -> (String, Duration) {
    let began = Instant::now();
    let mut heard = Vec::new();
    if let Err(error) = stream.read_to_end(&mut heard) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "it is closed");
    }
    (String::from_utf8(heard).unwrap(), began.elapsed())
}

/// Says a byte now and then until the server closes the connection; what it said then, and after how long.
fn drip(stream: TcpStream, byte: &[u8]) -> (String, Duration) {
    let mut mouth = stream.try_clone().unwrap();
    let ear = thread::spawn(move || heard(stream));
    while !ear.is_finished() {
        let _ = mouth.write_all(byte);
        // Slow is what is tried here.
        thread::sleep(PATIENCE / 5);
    }
    ear.join().unwrap()
}

fn head(server: &Server, length: usize) -> String {
    format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {length}\r\n\r\n",
        server.token()
    )
}

#[track_caller]
fn assert_in_time(took: Duration) {
    assert!(took >= PATIENCE / 2 && took < PATIENCE + SLACK, "{took:?}");
}

#[test]
fn t0_silence_has_an_end() {
    let server = impatient();
    let (said, took) = heard(connected(&server));
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{said}");
    assert_in_time(took);
    // Between two requests, too.
    let mut stream = connected(&server);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let (said, took) = heard(stream);
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    assert_in_time(took);
}

#[test]
fn t1_a_head_that_drips_has_an_end() {
    let server = impatient();
    for said in ["", "GET", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nSlow: "] {
        let mut stream = connected(&server);
        stream.write_all(said.as_bytes()).unwrap();
        let (_, took) = drip(stream, b"a");
        assert_in_time(took);
    }
}

#[test]
fn t2_a_body_that_drips_has_an_end() {
    let server = impatient();
    let mut stream = connected(&server);
    stream.write_all(format!("{}{{", head(&server, 10_000)).as_bytes()).unwrap();
    let (said, took) = drip(stream, b" ");
    assert!(said.starts_with("HTTP/1.1 408 ") && said.to_lowercase().contains("connection: close"), "{said}");
    assert_in_time(took);
    // In chunks, on a connection that stood still.
    let mut stream = connected(&server);
    let chunked = head(&server, 0).replace("Content-Length: 0", "Transfer-Encoding: chunked");
    stream.write_all(format!("{chunked}1\r\n{{\r\n").as_bytes()).unwrap();
    let (said, took) = heard(stream);
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert_in_time(took);
}

/// A body that nobody wants holds its place no longer than one that somebody wants.
#[test]
fn t2_a_body_where_none_belongs_has_an_end_too() {
    let server = impatient();
    for target in ["GET /healthz", "POST /healthz", "DELETE /mcp", "POST /nowhere"] {
        let mut stream = connected(&server);
        stream.write_all(format!("{}{{", head(&server, 10_000).replace("POST /mcp", target)).as_bytes()).unwrap();
        let (said, took) = drip(stream, b" ");
        assert!(said.starts_with("HTTP/1.1 "), "{target}: {said}");
        assert!(took < PATIENCE + SLACK, "{target}: {took:?}");
    }
}

/// Waits until the server has closed a connection whose answers nobody reads.
fn until_closed(stream: &TcpStream) {
    until("the connection's end", || if is_open(stream) { Err("it is open".into()) } else { Ok(()) });
}

/// Whether the server has not closed a connection. It need not read what comes.
fn is_open(mut stream: &TcpStream) -> bool {
    let Err(error) = stream.write_all(b"\r\n") else { return true };
    if error.kind() == ErrorKind::WouldBlock {
        return true;
    }
    assert!([ErrorKind::BrokenPipe, ErrorKind::ConnectionReset].contains(&error.kind()), "{error}");
    false
}

#[test]
fn t3_answers_that_nobody_reads_are_given_up() {
    let server = impatient();
    server.home.ask("km_set_variable", json!({ "name": "Big", "value": "x".repeat(900_000) }));
    let wanted = Request::call(&server, "km_get_variable", &json!({ "name": "Big" })).without("Connection");
    assert_eq!(wanted.clone().add("Connection", "close").status(), 200);
    let before = memory(server.pid());
    // More than the system's buffers take, on one connection each.
    let held: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = wanted.begin();
            stream.set_write_timeout(Some(PATIENCE / 4)).unwrap();
            let request = wanted.bytes();
            // Once there is no room left the server reads no more either.
            while stream.write_all(&request).is_ok() {}
            stream
        })
        .collect();
    assert_eq!(Request::get(&server, "/healthz").status(), 200);
    assert!(held.iter().any(is_open), "others are served before these are given up");
    let after = memory(server.pid());
    assert!(after < before + 100, "{before} MiB, then {after} MiB");
    held.iter().for_each(until_closed);
}

#[test]
fn t3_one_that_reads_slowly_gets_all_of_it() {
    let server = impatient();
    let value = "y".repeat(900_000);
    server.home.ask("km_set_variable", json!({ "name": "Big", "value": value }));
    let mut stream = Request::call(&server, "km_get_variable", &json!({ "name": "Big" })).begin();
    let mut heard = Vec::new();
    let mut piece = vec![0; 100_000];
    loop {
        let read = stream.read(&mut piece).unwrap();
        if read == 0 {
            break;
        }
        heard.extend_from_slice(&piece[..read]);
        // Slower than its patience in all, and never as long at a time.
        thread::sleep(PATIENCE / 8);
    }
    assert!(String::from_utf8(heard).unwrap().contains(&value));
}
