//! The console in a real terminal: the program itself, the keys that people press, the signals that they and their systems send.

mod attached;
mod demo;
mod panic;
mod traps;
mod tried;

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Home, Server, block_on, is_whole, screen::Screen, signal, until, until_is};

const SIZE: (u16, u16) = (120, 40);

/// The line of the Pool pane's title, which tells how many workers live.
fn pool_title(text: &str) -> String {
    text.lines().find(|line| line.contains("Pool ")).unwrap_or_default().to_owned()
}

/// Whether the Pool pane shows so many workers, all of them live.
fn shows_workers(text: &str, count: usize) -> bool {
    pool_title(text).contains(&format!("Pool {count} "))
}

/// A console with a server of its own in this process, on a free port, once its workers are up.
#[track_caller]
fn own(home: &Home, environment: &[(&str, &str)]) -> Screen {
    let mut screen = Screen::with(home, &["--listen", "127.0.0.1:0"], SIZE, environment);
    screen.until("the pool is on the screen", |text| shows_workers(text, 2));
    screen
}

fn server_file(home: &Home) -> Value {
    serde_json::from_slice(&fs::read(home.state("server.json")).unwrap()).unwrap()
}

#[test]
fn the_console_serves_resizes_and_gives_the_terminal_back() {
    let home = Home::new();
    let mut screen = own(&home, &[]);
    assert!(screen.is_raw(), "keys come as they are typed");
    assert_eq!(server_file(&home)["pid"], screen.pid(), "the server is in this process");
    screen.press("]");
    screen.until("a third worker", |text| shows_workers(text, 3));
    assert_eq!(home.pool_until("it is real", is_whole)["target"], 3);
    screen.press("u");
    screen.until("the change is taken back", |text| shows_workers(text, 2));
    screen.press("q");
    assert!(screen.ended().success());
    screen.assert_restored();
    for name in ["server.json", "kmtop.sock"] {
        assert!(!home.state(name).exists(), "{name} is gone");
    }
}

#[test]
fn with_a_client_connected_it_asks_before_it_stops_serving() {
    let home = Home::new();
    let mut screen = own(&home, &[]);
    let said = server_file(&home);
    let token = fs::read_to_string(home.state("token")).unwrap();
    let url = format!("{}/mcp", said["http"].as_str().unwrap());
    block_on(async {
        let client = kmtop::client::Client::connect(&url, Some(token.trim()), "somebody").await.unwrap();
        client.call("health_check", json!({})).await.unwrap();
    });
    screen.until("the client is on the screen", |text| text.contains("somebody"));
    screen.press("q");
    screen.until("the question", |text| text.contains("keep") || text.contains("Keep"));
    screen.press("\x1b");
    screen.until("the question is gone", |text| !text.contains("keep") && !text.contains("Keep"));
    screen.press("qk");
    until("the terminal is given back", || if screen.is_raw() { Err(screen.text()) } else { Ok(()) });
    assert!(screen.runs());
    assert_eq!(home.ask("health_check", json!({}))["status"], "ok", "it serves without a console");
    signal(screen.pid(), Signal::TERM);
    assert!(screen.ended().success());
    screen.assert_restored();
}

#[test]
fn terminate_gives_the_terminal_back_and_ends() {
    for how in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        let mut screen = own(&home, &[]);
        signal(screen.pid(), how);
        assert!(screen.ended().success(), "{how:?}");
        screen.assert_restored();
        assert!(!home.state("server.json").exists(), "{how:?}");
    }
}

#[test]
fn after_a_hangup_the_server_goes_on() {
    let home = Home::new();
    let mut screen = own(&home, &[]);
    signal(screen.pid(), Signal::HUP);
    let log = || fs::read_to_string(home.state("kmtop.log")).unwrap_or_default();
    until_is("the hangup was noticed", log, |log| log.contains("the terminal is gone"));
    let called = home.run(&["call", "km_calculate", r#"{"expression": "6 * 7"}"#]);
    assert_eq!((called.code, called.json()), (Some(0), json!({ "result": "42" })));
    assert!(screen.runs());
    signal(screen.pid(), Signal::TERM);
    assert!(screen.ended().success());
    assert!(!home.state("server.json").exists());
}

#[test]
fn where_the_settings_say_so_a_hangup_ends_it() {
    let home = Home::with("[console]\non_hangup = \"exit\"\n");
    let mut screen = own(&home, &[]);
    signal(screen.pid(), Signal::HUP);
    assert!(screen.ended().success());
    assert!(!home.state("server.json").exists());
}

#[test]
fn a_storm_of_sizes_does_no_harm() {
    let home = Home::new();
    let mut screen = own(&home, &[]);
    for turn in 0..5 {
        for size in [(1, 1), (200, 60), (2, 1), (30, 6), (29, 5), (1, 100), (300, 1), (80, 24), (40, 12), (1000, 200)] {
            screen.resize(size);
            // Every other round without a signal's help in between: the sizes overtake each other.
            if turn % 2 == 0 {
                signal(screen.pid(), Signal::WINCH);
            }
        }
    }
    screen.resize(SIZE);
    screen.until("the picture is whole again", |text| shows_workers(text, 2) && text.contains("Calls"));
    let log = fs::read_to_string(home.state("kmtop.log")).unwrap();
    assert!(!log.contains("panic"), "{log}");
    screen.press("q");
    assert!(screen.ended().success());
    screen.assert_restored();
}

#[test]
fn read_only_changes_nothing() {
    let home = Home::with("[console]\nread_only = true\n");
    let mut screen = own(&home, &[]);
    screen.press("]");
    screen.until("it says so", |text| text.contains("read-only"));
    assert_eq!(home.pool()["target"], 2);
    screen.press("q");
    assert!(screen.ended().success());
}

/// The parameters of every "select graphic rendition" sequence.
fn renditions(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\x1b[").skip(1);
    let parameters = sequences.filter_map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ';' && letter != ':')?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    parameters.collect()
}

/// Whether a rendition sets a colour.
fn is_colour(parameters: &str) -> bool {
    let numbers = parameters.split([';', ':']).filter_map(|number| number.parse::<u16>().ok());
    numbers.into_iter().any(|number| matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107))
}

#[test]
fn without_colour_there_is_none_and_with_it_there_is() {
    for (environment, coloured) in [(&[("NO_COLOR", "1")][..], false), (&[], true)] {
        let home = Home::new();
        let mut screen = own(&home, environment);
        screen.press("]");
        screen.until("a third worker", |text| shows_workers(text, 3));
        screen.press("q");
        assert!(screen.ended().success());
        let renditions = renditions(&screen.bytes());
        assert!(!renditions.is_empty());
        let colours: Vec<&String> = renditions.iter().filter(|parameters| is_colour(parameters)).collect();
        assert_eq!(!colours.is_empty(), coloured, "{environment:?}: {colours:?}");
    }
}

#[test]
fn a_terminal_that_cannot_be_drawn_on_gets_lines() {
    for (arguments, environment) in
        [(&["--listen", "127.0.0.1:0"][..], ("TERM", "dumb")), (&["--plain", "--listen", "127.0.0.1:0"], ("LANG", "C"))]
    {
        let home = Home::new();
        let mut screen = Screen::with(&home, arguments, SIZE, &[environment]);
        screen.until("a summary", |text| text.contains("pool 2 workers"));
        assert!(!screen.is_raw(), "the terminal is left as it is");
        signal(screen.pid(), Signal::TERM);
        assert!(screen.ended().success());
        let said = String::from_utf8(screen.bytes()).unwrap();
        assert!(said.starts_with("kmtop ") && !said.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn what_is_copied_goes_to_the_terminals_clipboard_and_the_mouse_is_given_back() {
    let home = Home::new();
    let mut screen = own(&home, &[]);
    screen.press("2y");
    screen.until("it says so", |text| text.contains("copied worker"));
    screen.press("M");
    screen.until("the mouse is free", |text| text.contains("text can be selected"));
    screen.press("q");
    assert!(screen.ended().success());
    screen.assert_restored();
    let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
    let copied = bytes.split_once("\x1b]52;c;").expect("the clipboard was set").1;
    assert!(
        copied.split_once('\u{7}').is_some_and(|(text, _)| text.len() > 20 && text.bytes().all(|byte| byte.is_ascii_graphic()))
    );
    assert!(bytes.rfind("\x1b[?1000l") > bytes.rfind("\x1b[?1000h"), "the mouse is the terminal's again");
}

#[test]
fn a_macro_is_looked_up_and_run() {
    let home = Home::new();
    fs::create_dir_all(home.path().join("macros")).unwrap();
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample.kmmacros"), home.path().join("macros/sample.kmmacros")).unwrap();
    let mut screen = Screen::start(&home, &["--listen", "127.0.0.1:0", "--library", "macros"], SIZE);
    screen.until("the pool is on the screen", |text| shows_workers(text, 2));
    screen.press("7/gre\r");
    screen.until("the list", |text| text.contains("Greet"));
    screen.press("\r");
    screen.until("what would run", |text| text.contains("What would run") && text.contains("Return: Hello"));
    screen.press("\rAda\r");
    screen.until("what it gave back", |text| text.contains("Hello, Ada!"));
    screen.press("q");
    assert!(screen.ended().success());
}

#[test]
fn keys_of_ones_own_are_taken_live_and_wrong_ones_are_refused_with_their_line() {
    let home = Home::new();
    let keys = home.path().join("keys.toml");
    fs::write(&keys, "zoom = \"q\"\n").unwrap();
    let refused = home.run(&["--plain"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("keys.toml:1: `zoom` wants q, which is the key of `quit`"), "{refused:?}");
    fs::write(&keys, "quit = \"F10\"\n").unwrap();
    let mut screen = own(&home, &[]);
    fs::write(&keys, "quit = \"F10\"\nzoom = \"F10\"\n").unwrap();
    screen.until("what is wrong is told", |text| text.contains("keys.toml:2:"));
    fs::write(&keys, "quit = \"w\"\n").unwrap();
    screen.press("\x12");
    screen.until("they are read", |text| text.contains("read themes, keys and layouts anew"));
    screen.press("w");
    assert!(screen.ended().success());
}

#[test]
fn a_second_console_of_the_home_attaches() {
    let home = Home::new();
    let mut first = own(&home, &[]);
    let mut second = Screen::start(&home, &[], SIZE);
    second.until("the pool is on the screen", |text| shows_workers(text, 2));
    second.press("]");
    second.until("a third worker", |text| shows_workers(text, 3));
    first.until("it is on the other screen, too", |text| shows_workers(text, 3));
    // The server ends under the one who looks at it.
    first.press("q");
    assert!(first.ended().success());
    second.until("it says so", |text| text.contains("lost") || text.contains("gone"));
    second.press("q");
    assert_eq!(second.ended().exit_code(), 2);
    second.assert_restored();
}

#[test]
fn what_others_named_is_not_obeyed_by_the_terminal() {
    let server = Server::start();
    let mut screen = Screen::start(&server.home, &["attach"], SIZE);
    screen.until("the pool is on the screen", |text| shows_workers(text, 2));
    let name = "evil\u{1b}]52;c;RVZJTA==\u{7}\u{1b}[2J\u{202e}name";
    block_on(async {
        let client = server.client(name).await;
        let arguments = json!({ "name": "A\u{1b}]0;title\u{7}", "value": "x" });
        client.call("km_set_variable", arguments).await.unwrap();
    });
    screen.until("the client is on the screen", |text| text.contains("evil"));
    screen.press("q");
    assert!(screen.ended().success());
    let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
    for bad in ["\x1b]", "\u{7}", "\u{202e}"] {
        assert!(!bytes.contains(bad), "{bad:?} reached the terminal");
    }
}
