//! A console on a server in another process: it looks, asks and leaves.

use rustix::process::Signal;
use serde_json::json;

use super::{SIZE, shows_workers};
use crate::harness::{Home, Server, is_alive, is_whole, pids, screen::Screen, signal};

fn attach(home: &Home, arguments: &[&str]) -> Screen {
    let mut screen = Screen::start(home, arguments, SIZE);
    screen.until("the pool is on the screen", |text| shows_workers(text, 2));
    screen
}

#[test]
fn it_resizes_the_servers_pool_and_leaves_the_server_as_it_is() {
    let mut server = Server::start();
    // With and without the word, which is not needed where a server runs.
    for arguments in [&["attach"][..], &[]] {
        let mut screen = attach(&server.home, arguments);
        screen.press("]");
        screen.until("a third worker", |text| shows_workers(text, 3));
        let called = server.home.run(&["call", "pool_status"]);
        assert_eq!((called.code, &called.json()["target"]), (Some(0), &json!(3)), "{arguments:?}: {called:?}");
        screen.press("[");
        screen.until("two again", |text| shows_workers(text, 2));
        screen.press("q");
        assert!(screen.ended().success(), "{arguments:?}");
        screen.assert_restored();
        let pool = server.home.pool_until("the pool is whole", is_whole);
        assert!(server.runs());
        assert_eq!(pool["target"], 2, "{arguments:?}");
    }
}

#[test]
fn killed_it_leaves_the_server_as_it_is() {
    let mut server = Server::start();
    let workers = pids(&server.home.pool_until("all workers are up", is_whole), "idle");
    let mut screen = attach(&server.home, &["attach"]);
    signal(screen.pid(), Signal::KILL);
    assert!(!screen.ended().success());
    assert_eq!(server.home.ask("km_calculate", json!({ "expression": "6 * 7" }))["result"], "42");
    assert!(server.runs());
    assert_eq!(pids(&server.home.pool_until("idle", is_whole), "idle"), workers);
    assert!(workers.iter().all(|pid| is_alive(*pid)));
    // The next one finds all as it was.
    attach(&server.home, &["attach"]);
}

#[test]
fn hung_up_on_it_goes_and_the_server_stays() {
    let mut server = Server::start();
    let mut screen = attach(&server.home, &["attach"]);
    signal(screen.pid(), Signal::HUP);
    assert!(screen.ended().success());
    assert!(server.runs());
    assert_eq!(server.home.ask("health_check", json!({}))["status"], "ok");
}

#[test]
fn a_killed_server_is_told_and_the_terminal_given_back() {
    let mut server = Server::start();
    let mut screen = attach(&server.home, &["attach"]);
    server.end(Signal::KILL);
    screen.until("it says so", |text| text.contains("lost") || text.contains("gone"));
    screen.press("q");
    assert_eq!(screen.ended().exit_code(), 2);
    screen.assert_restored();
}

#[test]
fn without_a_server_there_is_nothing_to_attach_to() {
    let home = Home::new();
    let mut screen = Screen::start(&home, &["attach"], SIZE);
    assert_eq!(screen.ended().exit_code(), 2);
    let said = String::from_utf8(screen.bytes()).unwrap();
    assert!(said.contains("kmtop --serve") && !said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_server_that_comes_back_is_found_again() {
    let mut server = Server::start();
    let mut screen = attach(&server.home, &["attach"]);
    server.end(Signal::TERM);
    screen.until("it says so", |text| text.contains("LOST") && text.contains("looking for it"));
    let server = Server::in_home(std::sync::Arc::clone(&server.home));
    screen.until("it goes on", |text| text.contains("LIVE") && shows_workers(text, 2));
    screen.press("]");
    screen.until("and is steered as before", |text| shows_workers(text, 3));
    screen.press("q");
    assert!(screen.ended().success());
    drop(server);
}
