//! Advice applied by key in a real terminal, on trial in a real server with real workers; and the red stop.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::SIZE;
use crate::harness::{Home, Server, screen::Screen, until_is};

/// A trial takes minutes by its nature: blocks of ten seconds and more. Only waited out by a test that fails.
const PATIENCE: Duration = Duration::from_mins(6);

/// Looks until it is so.
#[track_caller]
fn patiently<T: std::fmt::Debug>(what: &str, mut look: impl FnMut() -> T, good: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look();
        if good(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}; at last: {seen:#?}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// A home with these settings and a macro that takes a tenth of a second.
fn home(settings: &str) -> Home {
    let home = Home::with(settings);
    let pause = "<dict><key>MacroActionType</key><string>Pause</string><key>Time</key><string>0.1</string></dict>";
    let one = |name: &str, uid: &str, actions: &str| {
        format!(
            "<dict><key>Name</key><string>{name}</string><key>UID</key><string>{uid}</string><key>Actions</key><array>{actions}</array></dict>"
        )
    };
    let text = format!(
        "<plist><array><dict><key>Name</key><string>G</string><key>Macros</key><array>{}{}</array></dict></array></plist>",
        one("Slow", "SLOW", pause),
        one("Quick", "QUICK", "")
    );
    fs::write(home.path().join("data/library/tried.kmmacros"), text).unwrap();
    home
}

/// So many clients, one call after the other each, until it is dropped.
struct Clients<'a> {
    ended: &'a AtomicBool,
}

impl<'a> Clients<'a> {
    fn calling<'scope>(
        scope: &'scope thread::Scope<'scope, 'a>,
        (home, ended): (&'a Home, &'a AtomicBool),
        (count, which, pause): (usize, &'static str, &'a AtomicU64),
    ) -> Self {
        for _ in 0..count {
            scope.spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    let _ = home.try_ask("km_run_macro", json!({ "macro": which }));
                    thread::sleep(Duration::from_millis(pause.load(Ordering::Relaxed)));
                }
            });
        }
        Self { ended }
    }
}

impl Drop for Clients<'_> {
    fn drop(&mut self) {
        // Also when the test fails: the callers must not go on for ever.
        self.ended.store(true, Ordering::Relaxed);
    }
}

fn frame(home: &Home) -> Value {
    home.run(&["once", "--json"]).json()
}

/// The last change of the journal on the disk.
fn last_change(home: &Home) -> Value {
    let text = fs::read_to_string(home.state("changes.jsonl")).unwrap();
    text.lines().last().map(|line| serde_json::from_str(line).unwrap()).unwrap()
}

#[test]
fn an_overloaded_pool_is_named_and_what_is_advised_is_applied_by_key_and_the_wait_falls() {
    let server = Server::in_home(home("[pool]\nmin = 1\nmax = 4\n[optimizer]\nautopilot = \"off\"\n"));
    let home = &server.home;
    let mut screen = Screen::start(home, &["attach"], SIZE);
    let (ended, pause) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let _clients = Clients::calling(scope, (home, &ended), (4, "SLOW", &pause));
        let is_named = |frame: &Value| frame["bottleneck"].as_str().is_some_and(|named| named.starts_with("pool too small"));
        patiently("the bottleneck", || frame(home), is_named);
        let predicted = |advice: &Value| {
            let first = &advice["advice"][0];
            first["category"] == "pool" && first["predicted"].as_str().is_some_and(|words| words.contains("simulated from"))
        };
        patiently("advice with a prediction", || home.ask("list_advice", json!({})), predicted);
        screen.press("a");
        screen.until("the trial is on the screen", |text| text.contains("pool 1 -> 2: taking hold"));
        let tried = home.ask("list_advice", json!({}))["trial"].clone();
        assert_eq!((&tried["kind"], &tried["text"]), (&json!("blocks"), &json!("pool 1 -> 2")), "{tried:#}");
        patiently("a block", || screen.text(), |text| text.contains(" of 16, A as before") || text.contains(" of 16, B with it"));
        let over = |change: &Value| change["step"] != "trial";
        patiently("its end", || last_change(home), over);
    });
    let change = last_change(home);
    let text = change["text"].as_str().unwrap();
    // On a machine that is busy with other things blocks differ so much that the trial may not be sure; that is no fault.
    let kept = change["step"] == "done";
    assert!(if kept { text.contains("; kept: ") } else { text.contains("; rolled back, inconclusive: ") }, "{change:#}");
    // "… p95 wait 312 -> 104 ms, waits …"
    let numbers = text.split_once("p95 wait ").unwrap().1.split_once(" ms").unwrap().0;
    let (before, after) = numbers.split_once(" -> ").unwrap();
    let (before, after): (f64, f64) = (before.parse().unwrap(), after.parse().unwrap());
    assert!(after * 1.3 < before, "{text}");
    let ended = if kept { "; kept: " } else { "; rolled back, inconclusive: " };
    screen.until("it stays as a line", |text| text.contains(ended));
    let told = |outcome: &Value| outcome["measured"].is_number() && outcome["hit"].is_boolean();
    patiently("what was measured beside what was predicted", || frame(home)["outcomes"][0].clone(), told);
    assert_eq!(home.pool()["target"], if kept { 2 } else { 1 });
    screen.press("q");
    assert!(screen.ended().success());
}

#[test]
fn a_change_that_does_harm_is_rolled_back_by_its_own_rules() {
    let server = Server::in_home(home("[pool]\nmin = 1\nmax = 4\nqueue_timeout_ms = 40\n[optimizer]\nautopilot = \"off\"\n"));
    let home = &server.home;
    home.ask("pool_resize", json!({ "size": 3 }));
    let (ended, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let (calm, none) = (AtomicU64::new(150), AtomicU64::new(0));
    thread::scope(|scope| {
        // Light work: a worker is spare all the time.
        let advised = {
            let _clients = Clients::calling(scope, (home, &over), (1, "QUICK", &calm));
            let saves =
                |advice: &Value| advice["advice"].as_array().is_some_and(|all| all.iter().any(|one| one["target"] == "2"));
            let advice = patiently("advice to save one", || home.ask("list_advice", json!({})), saves);
            advice["advice"].as_array().unwrap().iter().find(|one| one["target"] == "2").unwrap()["id"].clone()
        };
        let applied = home.ask("apply_advice", json!({ "id": advised }));
        assert!(applied["text"].as_str().unwrap().contains("pool 3 -> 2 (on trial"), "{applied:#}");
        // Heavy work: two workers are too few for those who do not wait.
        let _clients = Clients::calling(scope, (home, &ended), (3, "SLOW", &none));
        patiently("its end", || last_change(home), |change| change["step"] != "trial");
    });
    let change = last_change(home);
    assert_eq!(change["step"], "undone", "{change:#}");
    let text = change["text"].as_str().unwrap();
    assert!(text.starts_with("pool 3 -> 2; rolled back"), "{text}");
    until_is("the size of before", || home.pool(), |pool| pool["target"] == 3);
    let journal = frame(home);
    assert!(journal["trial"].is_null(), "{}", journal["trial"]);
}

#[test]
fn the_red_stop_is_a_key_and_a_banner() {
    let home = home("allow = [\"read\", \"run\", \"admin\"]\n");
    let server = Server::in_home(home);
    let home = &server.home;
    let mut screen = Screen::start(home, &["attach"], SIZE);
    screen.until("the pool is on the screen", |text| super::shows_workers(text, 2));
    let stopped = |text: &str| text.lines().next().is_some_and(|line| line.contains("STOPPED by"));
    let refused =
        || home.try_ask("km_calculate", json!({ "expression": "1+1" })).map_err(|(error, _)| error["error"]["code"].clone());
    screen.press("X");
    screen.until("the banner", stopped);
    assert_eq!(refused().unwrap_err(), "stopped");
    screen.press("X");
    screen.until("no banner", |text| !stopped(text));
    assert_eq!(refused().unwrap()["result"], "2");
    // Others stop it, too: a command, and a tool.
    assert_eq!(home.run(&["stop-all"]).code, Some(0));
    screen.until("the banner", stopped);
    home.ask("stop_all", json!({ "lift": true }));
    screen.until("no banner", |text| !stopped(text));
    home.ask("stop_all", json!({}));
    screen.until("the banner", stopped);
    assert_eq!(refused().unwrap_err(), "stopped");
    assert_eq!(home.run(&["stop-all", "--lift"]).code, Some(0));
    screen.until("no banner", |text| !stopped(text));
    screen.press("q");
    assert!(screen.ended().success());
}
