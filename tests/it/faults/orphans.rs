//! Processes that a worker started end with it, whichever way it ends. Seen through `/proc`.

use std::{net::TcpStream, sync::Arc};

use rustix::process::Signal;
use serde_json::json;

use super::{busy_worker, hanging, run};
use crate::harness::{Server, http::Request, is_alive, is_whole, pids, processes_with, signal, until_is};

/// Calls a macro of which no answer is expected.
fn begin(server: &Server, name: &str) -> TcpStream {
    Request::call(server, "km_run_macro", &json!({ "macro": name })).begin()
}

#[track_caller]
fn assert_gone(sleep: &str) {
    until_is("no process of the script is left", || processes_with(sleep), |left| *left == 0);
}

/// Waits until the script has started all its processes.
#[track_caller]
fn until_asleep(sleep: &str, count: usize) {
    until_is("the script's processes run", || processes_with(sleep), |found| *found == count);
}

#[test]
fn after_a_timeout_no_grandchild_is_left() {
    for name in ["Grandchild", "Stubborn"] {
        let (home, sleep) = hanging("[pool]\nrun_timeout_ms = 1500\n");
        let server = Server::in_home(Arc::clone(&home));
        home.pool_until("all workers are up", is_whole);
        let running = run(&server, name);
        until_asleep(&sleep, 2);
        let (result, _) = running.join().unwrap();
        assert_eq!(result["structuredContent"]["error"]["code"], "timeout", "{name}: {result:#}");
        assert_gone(&sleep);
        let pool = home.pool_until("the pool is whole again", is_whole);
        // Whether the worker ended it in time or went with it is a matter of how busy the machine is; but one that heeds nothing does.
        assert_eq!(pool["counters"]["timeouts"], 1, "{name}: {pool:#}");
        assert!(name == "Grandchild" || pool["counters"]["killed"] == 1, "{name}: {pool:#}");
    }
}

#[test]
fn after_a_worker_was_killed_its_script_is_ended() {
    let (home, sleep) = hanging("");
    let server = Server::in_home(Arc::clone(&home));
    home.pool_until("all workers are up", is_whole);
    let running = run(&server, "Grandchild");
    until_asleep(&sleep, 2);
    signal(busy_worker(&home), Signal::KILL);
    running.join().unwrap();
    assert_gone(&sleep);
}

#[test]
fn after_the_server_was_killed_workers_and_scripts_end_by_themselves() {
    let (home, sleep) = hanging("");
    let mut server = Server::in_home(Arc::clone(&home));
    let workers = pids(&home.pool_until("all workers are up", is_whole), "idle");
    let _connection = begin(&server, "Stubborn");
    until_asleep(&sleep, 2);
    server.end(Signal::KILL);
    assert_gone(&sleep);
    until_is("the workers are gone", || workers.iter().filter(|pid| is_alive(**pid)).count(), |left| *left == 0);
}

#[test]
fn at_an_orderly_end_nothing_is_left_either() {
    let (home, sleep) = hanging("");
    let mut server = Server::in_home(Arc::clone(&home));
    home.pool_until("all workers are up", is_whole);
    let _connection = begin(&server, "Stubborn");
    until_asleep(&sleep, 2);
    signal(server.pid(), Signal::TERM);
    // A first signal lets running work finish for a while; a second one does not wait.
    until_is("the server takes no more work", || home.state("server.json").exists() && draining(&server), |draining| *draining);
    server.end(Signal::TERM);
    assert_gone(&sleep);
    assert!(!home.state("server.json").exists());
}

/// Whether the server turns work away.
fn draining(server: &Server) -> bool {
    let ask = || server.home.try_ask("km_calculate", json!({ "expression": "1" }));
    ask().is_err_and(|(error, _)| error["error"]["code"] == "shutting_down")
}
