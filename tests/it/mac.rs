//! Keyboard Maestro as macOS has it, by stand-ins: the script that workers run, under Node; its program; the web server; the doctor.

mod doctor;
mod engine;
mod page;
mod script;
mod scripts;
mod web;
pub(crate) mod web_server;

use std::{path::PathBuf, process::Command};

use crate::harness::data;

/// The stand-in of macOS's program.
pub(crate) fn osascript() -> PathBuf {
    data("bin/osascript")
}

/// Whether there is a Node that can run the stand-in; says why a test is left out when there is none.
#[expect(clippy::print_stderr, reason = "a test that was left out must not look like one that passed")]
pub(crate) fn node_is_missing() -> bool {
    let found = Command::new("node").arg("--version").output();
    let there = found.is_ok_and(|output| output.status.success());
    if !there {
        // `cargo test -- --nocapture` shows it.
        eprintln!("left out: this test runs assets/worker.js under Node, and there is no `node` here");
    }
    !there
}
