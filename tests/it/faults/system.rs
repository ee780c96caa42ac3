//! What the system refuses: a full disk, a folder that may not be written, numbers that cannot be read, memory for a flood. Each
//! needs a tool or a right that a machine may lack; then it says that it was skipped.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    process::{Command, Stdio},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{skip, with_stand_in};
use crate::harness::{Home, Ran, Server, install, is_whole, until_is};

/// Whether this command works here.
fn works(command: &[&str]) -> bool {
    let mut tried = Command::new(command[0]);
    let tried = tried.args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn fault_05_the_alert_names_the_worker_that_spins() {
    let server = Server::with(&format!(
        "{}\n[alerts]\nhung_worker_ms = [300, 600]\n",
        with_stand_in("min = 1\nmax = 1\nhung_after_ms = 300\ncall_timeout_ms = 4000\n")
    ));
    let home = Arc::clone(&server.home);
    home.pool_until("the worker is up", is_whole);
    let spins = Arc::clone(&home);
    let spinning = std::thread::spawn(move || spins.try_ask("km_process_tokens", json!({ "text": "do:spin" })));
    let shown = home.pool_until("it is shown as hung", |pool| pool["workers"][0]["state"] == "stuck");
    let pid = shown["workers"][0]["pid"].as_u64().unwrap();
    let alerts = |frame: &Value| frame["alerts"].as_array().cloned().unwrap_or_default();
    let frame = until_is(
        "the alert",
        || home.run(&["once", "--json"]).json(),
        |frame| alerts(frame).iter().any(|alert| alert["rule"] == "hung_worker"),
    );
    let alert = alerts(&frame).into_iter().find(|alert| alert["rule"] == "hung_worker").unwrap();
    assert_eq!([&alert["subject"], &alert["evidence"][0]], [&json!("worker 1"), &json!(format!("pid {pid}"))], "{alert:#}");
    let (error, _) = spinning.join().unwrap().unwrap_err();
    assert_eq!(error["error"]["code"], "timeout", "{error:#}");
    // Its share of a processor was seen, and the kill is in the numbers.
    let pool = home.pool_until("it is replaced", is_whole);
    assert_eq!([&pool["counters"]["killed"], &pool["counters"]["timeouts"]], [&json!(1), &json!(1)], "{pool:#}");
}

/// The most memory that a process has held, in bytes.
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

#[test]
fn fault_08_a_line_of_100_megabytes_does_not_fill_the_memory() {
    let server = Server::with(&with_stand_in("min = 1\nmax = 1\n"));
    let home = &server.home;
    home.pool_until("the worker is up", is_whole);
    let before = peak(server.pid());
    let (error, _) = home.try_ask("km_process_tokens", json!({ "text": "do:long" })).unwrap_err();
    assert_eq!(error["error"]["code"], "worker_died", "{error:#}");
    let rise = peak(server.pid()) - before;
    assert!(rise < 40 << 20, "{rise} bytes for a line of at most 16 MiB");
    assert_eq!(home.ask("km_process_tokens", json!({ "text": "do:echo after" }))["result"], "after");
}

#[test]
fn fault_25_the_disk_of_the_variables_is_full() {
    if !works(&["unshare", "-rm", "true"]) {
        return skip("a file system of its own cannot be had here (unshare)");
    }
    let home = Home::new();
    let data = home.path().join("data");
    // A disk of 256 KiB for everything that outlives the server.
    let disk = format!(
        "exec unshare -rm /bin/sh -c 'mount -t tmpfs -o size=256k,mode=700 tmpfs {} && exec \"$0\" \"$@\"' \"$0\" \"$@\"",
        data.display()
    );
    let server = Server::under(&disk, home);
    let home = &server.home;
    home.pool_until("all workers are up", is_whole);
    let set = |name: &str, value: &str| home.try_ask("km_set_variable", json!({ "name": name, "value": value }));
    set("First", "kept").unwrap();
    let (filled, (error, _)) =
        (0..).find_map(|turn| Some((turn, set(&format!("Many {turn}"), &"x".repeat(20_000)).err()?))).unwrap();
    assert!(filled > 0, "some fit");
    assert_eq!([&error["error"]["code"], &error["error"]["outcome"]], ["variables_unavailable", "not-run"], "{error:#}");
    assert!(error.to_string().contains("full"), "{error:#}");
    let get = |name: &str| home.ask("km_get_variable", json!({ "name": name }))["value"].clone();
    assert_eq!(
        [get("First"), get("Many 0").as_str().map(str::len).into()],
        [json!("kept"), json!(20_000)],
        "what is there is whole"
    );
    assert_eq!(get(&format!("Many {filled}")), Value::Null, "nothing is half there");
    assert_eq!(home.ask("km_calculate", json!({ "expression": "6 * 7" }))["result"], "42");
    assert_eq!(home.pool()["counters"]["crashed"], 0);
}

#[test]
fn fault_30_the_state_folder_may_not_be_written() {
    const NOBODY: u32 = 65_534;
    let drop_rights = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let root = rustix::process::geteuid().is_root();
    if root && !works(&[&drop_rights[..], &["true"]].concat()) {
        return skip("root may write everywhere, and rights cannot be dropped here (setpriv)");
    }
    let home = Home::new();
    let state = home.path().join("state");
    for folder in [home.path().to_owned(), home.path().join("data"), home.path().join("data/library"), state.clone()] {
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        if root {
            chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    // The program must be where nobody in particular may read it.
    let program = home.path().join("kmtop");
    install(env!("CARGO_BIN_EXE_kmtop").as_ref(), &program);
    fs::set_permissions(home.path().join("data/library/sample.kmmacros"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o500)).unwrap();
    let program = program.display().to_string();
    let words = [if root { &drop_rights[..] } else { &[] }, &[&program, "--serve", "--listen", "127.0.0.1:0"]].concat();
    let mut command = Command::new(words[0]);
    let ran = Ran::of(command.args(&words[1..]).env_clear().envs(home.environment()).stdin(Stdio::null()));
    // Without a lock two servers could write the same files: it says so, and starts nothing.
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("kmtop.lock") && ran.stderr.contains("Permission denied"), "{ran:?}");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn fault_36_proc_cannot_be_read() {
    let without = |file: &str| {
        let inject = ["-e", "trace=openat", "-e", "inject=openat:error=EACCES"];
        let words = [&["strace", "-f", "-qq", "-o", "/dev/null", "-P", file], &inject[..]].concat();
        words.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let tried = without("/proc/stat");
    let tried: Vec<&str> = tried.iter().map(String::as_str).chain(["true"]).collect();
    if !works(&tried) {
        return skip("system calls cannot be made to fail here (strace)");
    }
    for (file, unknown) in [("/proc/stat", "cpu_percent"), ("/proc/meminfo", "memory")] {
        let (home, words) = (Home::new(), without(file));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args([env!("CARGO_BIN_EXE_kmtop"), "once", "--json"]);
        let ran = Ran::of(command.env_clear().envs(home.environment()).stdin(Stdio::null()));
        assert_eq!(ran.code, Some(0), "{file}: {ran:?}");
        let system = ran.json()["system"].clone();
        assert_eq!(system[unknown], Value::Null, "{file}: {system:#}");
        assert!(system["load"].is_array(), "{file}: the rest is known: {system:#}");
    }
}
