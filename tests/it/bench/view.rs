//! What a measurement shows in a terminal.

use crate::harness::{Home, screen::Screen, signal};
use rustix::process::Signal;

const SIZE: (u16, u16) = (100, 40);

#[test]
fn progress_is_shown_and_the_terminal_given_back_when_a_signal_ends_it() {
    let home = Home::new();
    let flags = ["bench", "--rate", "50", "--duration", "10m", "--warm-up", "0", "--settle", "0"];
    let mut screen = Screen::start(&home, &flags, SIZE);
    let shown = |text: &str| text.contains("measuring") && text.contains("p95") && !text.contains("calls 0 ");
    screen.until("progress with percentiles", shown);
    signal(screen.pid(), Signal::INT);
    let text = screen.until("the report of what was measured", |text| text.contains("kmtop") && text.contains("interrupted"));
    assert!(text.contains("ended early: interrupted") && !text.contains("measuring"), "{text}");
    assert!(screen.ended().success());
    let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
    assert!(bytes.rfind("\u{1b}[?25h") > bytes.rfind("\u{1b}[?25l"), "the cursor is back");
}
