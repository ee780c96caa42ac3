//! Terminals that do not do their part: one that takes nothing, one that goes away while nobody may tell.

use std::io::Write as _;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Home, signal, until};

/// The program in a terminal that nobody reads.
fn unread(home: &Home, line: &str) -> (Box<dyn Child + Send + Sync>, Box<dyn MasterPty + Send>) {
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", line, env!("CARGO_BIN_EXE_kmtop"), "--listen", "127.0.0.1:0"]);
    command.env_clear();
    command.env("TERM", "xterm-256color");
    for (name, value) in home.environment() {
        command.env(name, value);
    }
    command.cwd(home.path());
    let child = pair.slave.spawn_command(command).unwrap();
    until("it serves", || if home.state("server.json").exists() { Ok(()) } else { Err("no server.json".to_owned()) });
    (child, pair.master)
}

#[test]
fn a_terminal_that_takes_nothing_slows_no_call_and_holds_up_no_end() {
    let home = Home::new();
    let (mut child, master) = unread(&home, "exec \"$0\" \"$@\"");
    // Each paints the whole screen anew: more than any terminal holds unread.
    master.take_writer().unwrap().write_all(&[0x0c; 200]).unwrap();
    for number in 0..20 {
        let asked = home.ask("km_calculate", json!({ "expression": format!("{number} + 1") }));
        assert_eq!(asked["result"], (number + 1).to_string());
    }
    signal(child.process_id().unwrap(), Signal::TERM);
    assert!(child.wait().unwrap().success());
    assert!(!home.state("server.json").exists());
}

/// The names of a process's threads.
#[cfg(target_os = "linux")]
fn threads(pid: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_goes_while_hangups_are_ignored_leaves_a_server_and_nothing_that_spins() {
    let home = Home::new();
    let (mut child, master) = unread(&home, "trap '' HUP; exec \"$0\" \"$@\"");
    let pid = child.process_id().unwrap();
    // It has its terminal: one that was never there is an error.
    crate::harness::until_is("it looks for keys", || threads(pid), |names| names.iter().any(|name| name == "keys"));
    drop(master);
    let log = || std::fs::read_to_string(home.state("kmtop.log")).unwrap_or_default();
    crate::harness::until_is("it is noticed", log, |log| log.contains("the terminal is gone"));
    // What looked for keys and what drew are gone, and so nothing can spin on a dead file.
    until("the console's threads have ended", || {
        let left = threads(pid);
        if left.iter().any(|name| name == "keys" || name == "console") { Err(left.join(" ")) } else { Ok(()) }
    });
    assert_eq!(home.ask("km_calculate", json!({ "expression": "6 * 7" }))["result"], "42");
    signal(pid, Signal::TERM);
    assert!(child.wait().unwrap().success());
}
