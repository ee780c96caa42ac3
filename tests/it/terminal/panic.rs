//! A console that panics: the terminal is given back before anything is said.
//!
//! The real program has no panic to order, so the console of the library runs here on a link that panics when it is opened, which is
//! on the screen's own thread and after the terminal was taken. It needs a terminal: this very test program is started in one, for
//! the one test that is left out otherwise.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kmtop::{
    link::Link,
    tui::{self, Console, Options},
};
use tokio::sync::mpsc;

use super::SIZE;
use crate::harness::{Home, screen::Screen};

const INNER: &str = "terminal::panic::inside_of_a_terminal";

#[test]
fn a_panic_of_the_screen_gives_the_terminal_back_first() {
    let home = Home::new();
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", INNER, "--include-ignored", "--nocapture"];
    let mut screen = Screen::of(program.as_os_str(), &home, &arguments, SIZE, &[("KMTOP_TEST_TERMINAL", "1")]);
    let status = screen.ended();
    screen.assert_restored();
    let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
    let (_, after) = bytes.rsplit_once("\x1b[?1049l").expect("the alternate screen was left");
    assert!(after.contains("said after the terminal was given back"), "{after:?}");
    assert!(status.success(), "{bytes}");
}

#[test]
#[ignore = "runs inside of a terminal, started by the test above"]
fn inside_of_a_terminal() {
    if std::env::var_os("KMTOP_TEST_TERMINAL").is_none() {
        return;
    }
    std::panic::set_hook(Box::new(|_| tui::restore_terminal()));
    let screen = std::thread::spawn(|| {
        let link = Link::new(|_| panic!("as ordered"), mpsc::channel(1).0, false);
        let (console, _handle) = Console::new(Options::default());
        catch_unwind(AssertUnwindSafe(|| console.run(link))).is_err()
    });
    let panicked = screen.join().unwrap();
    let _ = std::panic::take_hook();
    assert!(panicked, "the order was carried out");
    let words = "said after the terminal was given back\r\n";
    std::io::Write::write_all(&mut std::io::stdout(), words.as_bytes()).unwrap();
}
