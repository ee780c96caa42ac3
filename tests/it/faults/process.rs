//! What goes wrong around the server's own process, fault by fault.
//!
//! Those that need more than this process may do are in `system`; a jump of the calendar (32) is among the hub's own tests.

use std::{
    fs,
    io::Write,
    net::TcpStream,
    os::unix::fs::{PermissionsExt, symlink},
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use kmtop::control;
use rusqlite::Connection;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::{busy_worker, hanging, run};
use crate::harness::{Home, Server, block_on, http::Request, is_alive, is_whole, pids, signal, until, until_is};

fn variables(home: &Home) -> std::path::PathBuf {
    home.path().join("data/variables.sqlite")
}

#[track_caller]
fn assert_serves(home: &Home) {
    until("a call is answered", || {
        let answered = block_on(control::call(&home.state("kmtop.sock"), "km_calculate", json!({ "expression": "6 * 7" })));
        match answered {
            Ok(Ok(value)) if value["result"] == "42" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn fault_24_no_file_descriptor_left() {
    let server = Server::under("ulimit -n 64", Home::new());
    let home = &server.home;
    home.pool_until("all workers are up", is_whole);
    let began = Instant::now();
    let many: Vec<_> = (0..200).filter_map(|_| TcpStream::connect(("127.0.0.1", server.port())).ok()).collect();
    assert!(many.len() > 64);
    // Those who say nothing make room for one who asks.
    assert_eq!(Request::get(&server, "/healthz").status(), 200);
    let log = fs::read_to_string(home.state("kmtop.log")).unwrap_or_default();
    let told = log.matches("could not be accepted").count();
    assert!((1..=2 + usize::try_from(began.elapsed().as_secs()).unwrap()).contains(&told), "{told} in {:?}", began.elapsed());
    drop(many);
    assert_serves(home);
    assert_eq!(home.pool()["counters"]["crashed"], 0);
}

#[test]
fn fault_25_the_disk_of_the_slow_log_is_full() {
    for full in [false, true] {
        let (home, _) = hanging("");
        let path = home.state("slow.jsonl");
        if full && std::path::Path::new("/dev/full").exists() {
            fs::create_dir_all(home.path().join("state")).unwrap();
            fs::set_permissions(home.path().join("state"), fs::Permissions::from_mode(0o700)).unwrap();
            symlink("/dev/full", &path).unwrap();
        }
        let server = Server::in_home(Arc::clone(&home));
        home.pool_until("all workers are up", is_whole);
        let arguments = json!({ "macro": "Hang", "parameter": "SECRET", "timeout_ms": 1_200 });
        Request::call(&server, "km_run_macro", &arguments).send();
        let pool = home.pool_until("it is in the list", |pool| pool["slow"].as_array().is_some_and(|slow| slow.len() == 1));
        let slow = &pool["slow"][0];
        assert_eq!(
            [&slow["tool"], &slow["subject"], &slow["phase"], &slow["ending"]],
            ["km_run_macro", "Hang", "run", "timeout"]
        );
        assert!(slow["digest"].as_str().is_some_and(|digest| digest.len() == 16), "{slow:#}");
        if !full {
            let line = until("it is on the disk", || fs::read_to_string(&path).map_err(|error| error.to_string()));
            let written: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
            assert_eq!(&written, slow);
            assert!(!line.contains("SECRET"), "arguments are nobody's business: {line}");
        }
        assert_serves(&home);
    }
}

#[test]
fn fault_26_the_variables_are_locked() {
    let server = Server::start();
    let home = &server.home;
    home.ask("km_set_variable", json!({ "name": "A", "value": "1" }));
    let other = Connection::open(variables(home)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(home.ask("km_get_variable", json!({ "name": "A" }))["value"], "1", "reading goes on");
    let (error, _) = home.try_ask("km_set_variable", json!({ "name": "A", "value": "2" })).unwrap_err();
    assert_eq!([&error["error"]["code"], &error["error"]["outcome"]], ["variables_unavailable", "not-run"], "{error:#}");
    assert_serves(home);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(home.ask("km_set_variable", json!({ "name": "A", "value": "2" }))["value"], "2");
    assert_eq!(home.pool()["counters"]["crashed"], 0);
}

#[test]
fn fault_27_the_variables_are_corrupt() {
    let whole = |file: &mut Vec<u8>| *file = b"this is no database, whatever its name says ".repeat(100);
    // The first page is as it was: only who looks further sees it.
    let second_page = |file: &mut Vec<u8>| file[4_096..8_192].fill(0xA5);
    for damage in [whole as fn(&mut Vec<u8>), second_page] {
        let home = Arc::new(Home::new());
        let mut before = Server::in_home(Arc::clone(&home));
        home.ask("km_set_variable", json!({ "name": "A", "value": "0" }));
        before.end(Signal::TERM);
        fold_log(&home);
        let mut file = fs::read(variables(&home)).unwrap();
        damage(&mut file);
        fs::write(variables(&home), &file).unwrap();
        let server = Server::in_home(Arc::clone(&home));
        assert!(server.stderr().contains("is damaged and was put aside"), "{}", server.stderr());
        assert_eq!(home.ask("km_set_variable", json!({ "name": "A", "value": "1" }))["value"], "1");
        let aside = fs::read_dir(home.path().join("data")).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let aside: Vec<_> = aside.filter(|path| path.display().to_string().contains(".corrupt-")).collect();
        assert_eq!(aside.len(), 1, "{aside:?}");
        assert_eq!(fs::read(&aside[0]).unwrap(), file, "nothing is thrown away");
    }
}

/// Brings what stands in the write-ahead log into the file, so that its bytes are all that there is. A worker that was killed
/// while it started may hold the file for a moment yet.
fn fold_log(home: &Home) {
    until("the log is part of the file", || {
        let connection = Connection::open(variables(home)).unwrap();
        match connection.query_row("PRAGMA wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0)) {
            Ok(false) => Ok(()),
            busy => Err(format!("busy: {busy:?}")),
        }
    });
}

#[test]
fn fault_28_the_variables_are_of_a_later_version() {
    let home = Home::new();
    fs::create_dir_all(home.path().join("data")).unwrap();
    Connection::open(variables(&home)).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let ran = home.run(&["--serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("layout 99") && ran.stderr.contains("update kmtop"), "{ran:?}");
}

#[test]
fn fault_29_killed_while_it_writes() {
    let home = Arc::new(Home::new());
    let mut last = 0_u64;
    for round in 0..10_u64 {
        let mut server = Server::in_home(Arc::clone(&home));
        if round > 0 {
            let kept = home.ask("km_get_variable", json!({ "name": "Count" }))["value"].as_str().unwrap().parse::<u64>().unwrap();
            assert!(kept == last || kept == last + 1, "round {round}: {last} was confirmed, {kept} was kept");
            last = kept;
        }
        let (pid, wait) = (server.pid(), Duration::from_millis(20 + round * 13 % 90));
        let killer = thread::spawn(move || {
            thread::sleep(wait);
            signal(pid, Signal::KILL);
        });
        while let Ok(Ok(_)) = block_on(control::call(
            &home.state("kmtop.sock"),
            "km_set_variable",
            json!({ "name": "Count", "value": (last + 1).to_string() }),
        )) {
            last += 1;
        }
        killer.join().unwrap();
        server.ended();
        if round == 0 && last == 0 {
            // It was killed before the first write: there is nothing to compare with yet.
            let server = Server::in_home(Arc::clone(&home));
            home.ask("km_set_variable", json!({ "name": "Count", "value": "0" }));
            drop(server);
        }
    }
}

#[test]
fn fault_31_the_state_folder_is_removed() {
    let server = Server::start();
    server.home.pool_until("all workers are up", is_whole);
    let asked = |turn: u32| Request::call(&server, "km_process_tokens", &json!({ "text": turn.to_string() }));
    let requests: Vec<_> = (0..3).map(asked).collect();
    fs::remove_dir_all(server.home.path().join("state")).unwrap();
    for (turn, request) in requests.iter().enumerate() {
        let answer = request.send().json();
        assert_eq!(answer["result"]["structuredContent"]["result"], turn.to_string(), "{answer:#}");
    }
}

#[test]
fn fault_33_stopped_for_a_while() {
    let server = Server::start();
    let home = &server.home;
    let before = pids(&home.pool_until("all workers are up", is_whole), "idle");
    let running = run(&server, "Slow Report");
    busy_worker(home);
    signal(server.pid(), Signal::STOP);
    thread::sleep(Duration::from_secs(3));
    signal(server.pid(), Signal::CONT);
    let (result, _) = running.join().unwrap();
    assert_eq!(result["structuredContent"]["status"], "finished", "{result:#}");
    let pool = home.pool_until("the pool is as it was", is_whole);
    assert_eq!(pids(&pool, "idle"), before);
    assert_eq!([&pool["counters"]["killed"], &pool["counters"]["crashed"]], [&json!(0), &json!(0)], "{pool:#}");
}

#[test]
fn fault_34_no_processor_left() {
    let server = Server::start();
    let home = &server.home;
    home.pool_until("all workers are up", is_whole);
    let mut spinners: Vec<_> =
        (0..8).map(|_| Command::new("/bin/sh").args(["-c", "while :; do :; done"]).spawn().unwrap()).collect();
    let end = Instant::now() + Duration::from_secs(2);
    let mut calls = 0;
    while Instant::now() < end || calls < 3 {
        assert_eq!(home.ask("km_calculate", json!({ "expression": "6 * 7" }))["result"], "42");
        calls += 1;
    }
    for spinner in &mut spinners {
        spinner.kill().unwrap();
        spinner.wait().unwrap();
    }
    let counters = home.pool()["counters"].clone();
    assert_eq!([&counters["killed"], &counters["crashed"], &counters["timeouts"]], [&json!(0); 3], "{counters:#}");
}

#[cfg(target_os = "linux")]
#[test]
fn fault_35_little_memory() {
    let server = Server::under("ulimit -v 1500000", Home::new());
    let home = &server.home;
    home.pool_until("all workers are up", is_whole);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let text = "x".repeat(900_000);
                let answer = Request::call(&server, "km_process_tokens", &json!({ "text": text })).send().json();
                let answered = answer["result"]["structuredContent"]["result"].as_str().map(str::len);
                assert_eq!(answered, Some(text.len()));
            });
        }
    });
    assert_serves(home);
}

#[test]
fn fault_37_signals_to_end() {
    for (how, code) in [(Signal::TERM, Some(0)), (Signal::INT, Some(0))] {
        let mut server = Server::start();
        server.home.pool_until("all workers are up", is_whole);
        let workers = pids(&server.home.pool(), "idle");
        let began = Instant::now();
        assert_eq!(server.end(how).code(), code);
        assert!(began.elapsed() < Duration::from_secs(8), "nothing ran");
        until_is("no worker is left", || workers.iter().filter(|pid| is_alive(**pid)).count(), |left| *left == 0);
    }
    // What hangs is waited for, but not for ever; a second signal does not wait.
    for again in [false, true] {
        let (home, _) = hanging(if again { "" } else { "[pool]\ndrain_timeout_ms = 1500\n" });
        let mut server = Server::in_home(Arc::clone(&home));
        home.pool_until("all workers are up", is_whole);
        let running = run(&server, "Hang");
        let worker = busy_worker(&home);
        let began = Instant::now();
        signal(server.pid(), Signal::TERM);
        if again {
            until("it heard", || if server.stderr().contains("stopping") { Ok(()) } else { Err(server.stderr()) });
            signal(server.pid(), Signal::TERM);
        }
        assert_eq!(server.ended().code(), Some(0));
        let took = began.elapsed();
        // The time to drain is ten seconds unless the settings say otherwise.
        assert!(took < Duration::from_secs(8) && (again || took >= Duration::from_millis(1_500)), "{took:?}");
        until_is("the worker is gone", || is_alive(worker), |alive| !alive);
        drop(running);
    }
    let server = Server::start();
    signal(server.pid(), Signal::HUP);
    assert_serves(&server.home);
}

#[test]
fn fault_38_nobody_reads_the_answers() {
    let home = Home::new();
    let mut command = home.command(&["--serve", "--stdio", "--standalone"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    // It ends as soon as it has tried to answer; then nobody takes what is written here.
    let mut written = true;
    until("it ends", || {
        written = written && writeln!(input, "{ping}").is_ok();
        child.try_wait().unwrap().map(|_| ()).ok_or_else(|| "it runs".to_owned())
    });
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("panic"), "{said}");
}
