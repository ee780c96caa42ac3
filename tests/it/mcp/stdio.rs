//! MCP over the program's own stdin and stdout.

use std::io::Write;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{
    OFFERED,
    piped::{Piped, STANDALONE, spawn},
};
use crate::harness::{Home, drain, is_alive, is_whole, pids, signal, until, until_is};

#[test]
fn a_client_on_two_pipes() {
    let mut piped = Piped::start(Home::new(), &STANDALONE, &[], "pipe");
    let listed = piped.request("tools/list", &json!({}));
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), OFFERED.len());
    piped.calculate();
    let variable = json!({ "name": "km_set_variable", "arguments": { "name": "Piped", "value": "a\nb" } });
    assert_eq!(piped.request("tools/call", &variable)["result"]["structuredContent"]["value"], "a\nb");
    for (line, code) in [("garbage", -32700), ("{\"jsonrpc\":", -32700), ("[]", -32600), ("{\"id\":7}", -32600)] {
        piped.say(line);
        let refused = piped.hear();
        let id = if line.contains("id") { json!(7) } else { Value::Null };
        assert_eq!((&refused["error"]["code"], &refused["id"]), (&json!(code), &id), "{line}");
        piped.calculate();
    }
    assert!(!piped.home.state("kmtop.sock").exists(), "the pipe is the only door");
    piped.input = None;
    assert_eq!(piped.ended().code(), Some(0));
}

#[test]
fn calls_in_flight_at_the_end_of_the_input_are_answered() {
    let mut piped = Piped::start(Home::new(), &STANDALONE, &[], "pipe");
    let first = piped.send("tools/call", &json!({ "name": "km_run_macro", "arguments": { "macro": "Slow Report" } }));
    piped.input = None;
    let answer = piped.hear();
    assert_eq!((&answer["id"], &answer["result"]["structuredContent"]["status"]), (&json!(first), &json!("finished")));
    assert_eq!(piped.ended().code(), Some(0));
}

#[test]
fn nothing_but_messages_on_stdout_however_much_is_logged() {
    let mut piped =
        Piped::start(Home::new(), &STANDALONE, &[("KMTOP_LOG", "trace"), ("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")], "pipe");
    piped.calculate();
    let secret = json!({ "name": "km_set_variable", "arguments": { "name": "Kept", "value": "not-for-the-log" } });
    piped.request("tools/call", &secret);
    let flaky = json!({ "name": "km_run_macro", "arguments": { "macro": "Flaky Upload" } });
    assert_eq!(piped.request("tools/call", &flaky)["result"]["isError"], true);
    piped.input = None;
    assert_eq!(piped.ended().code(), Some(0));
    assert_eq!(piped.lines.iter().collect::<Vec<_>>(), Vec::<String>::new(), "nothing follows");
    let log = std::fs::read_to_string(piped.home.state("kmtop.log")).unwrap();
    assert!(!log.contains("not-for-the-log"), "values stay out of the log: {log}");
}

#[test]
fn an_empty_input_is_a_quiet_end() {
    let home = Home::new();
    let ran = home.run(&STANDALONE);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_client_that_no_longer_reads_is_a_quiet_end() {
    let home = Home::new();
    let mut child = spawn(&home, &STANDALONE, &[]);
    let mut input = child.stdin.take().unwrap();
    let errors = drain(child.stderr.take().unwrap());
    drop(child.stdout.take());
    // What is read after the pipe broke makes no difference, so a failure to write is none either.
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let _ = writeln!(input, "{ping}\n{ping}\ngarbage");
    drop(input);
    let status = until("its end", || child.try_wait().unwrap().ok_or_else(|| "it runs".to_owned()));
    assert_eq!((status.code(), errors.join().unwrap().as_str()), (Some(0), ""));
}

#[test]
fn nor_does_it_wait_for_the_input_of_such_a_client() {
    let home = Home::new();
    let mut child = spawn(&home, &STANDALONE, &[]);
    let mut input = child.stdin.take().unwrap();
    drop(child.stdout.take());
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "x", "version": "1" } });
    writeln!(input, "{}", json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params })).unwrap();
    let status = until("its end", || child.try_wait().unwrap().ok_or_else(|| "it runs".to_owned()));
    assert_eq!(status.code(), Some(0));
    drop(input);
}

#[test]
fn a_signal_ends_it_and_its_workers() {
    let mut piped = Piped::start(Home::new(), &STANDALONE, &[], "pipe");
    let mut status = || {
        let answer = piped.request("tools/call", &json!({ "name": "pool_status", "arguments": {} }));
        answer["result"]["structuredContent"].clone()
    };
    let workers = pids(&until_is("all workers are up", &mut status, is_whole), "idle");
    signal(piped.child.id(), Signal::TERM);
    assert_eq!(piped.ended().code(), Some(0));
    until("no worker is left", || match workers.iter().filter(|pid| is_alive(**pid)).count() {
        0 => Ok(()),
        left => Err(format!("{left} of {workers:?}")),
    });
}
