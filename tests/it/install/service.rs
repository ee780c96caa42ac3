//! `kmtop service`, beside a `systemctl` and a `launchctl` that only write down what they are told.

use std::{fs, path::PathBuf, sync::Arc};

use super::{Account, copies, text};
use crate::harness::{self, Ran, Server};

/// Says what a service would and writes down what it was told. `pid` and `loaded` beside it are the service's state.
const STAND_IN: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$(basename "$0") $*" >> "$here/told"
case "$*" in
  *MainPID*) cat "$here/pid" 2>/dev/null || echo 0 ;;
  *is-active*) echo active ;;
  print*) [ -e "$here/loaded" ] || exit 113; printf 'state = running\npid = %s\n' "$(cat "$here/pid")" ;;
  bootout*) rm -f "$here/loaded" ;;
  *fail*) echo "no" >&2; exit 1 ;;
esac
"#;

struct Stand {
    account: Account,
    tools: tempfile::TempDir,
}

impl Stand {
    fn new() -> Self {
        let stand = Self { account: Account::new(), tools: tempfile::tempdir().unwrap() };
        let script = stand.tools.path().join("script");
        fs::write(&script, STAND_IN).unwrap();
        for name in ["systemctl", "launchctl"] {
            harness::install(&script, &stand.tools.path().join(name));
        }
        stand
    }

    fn set(&self, name: &str, text: &str) {
        fs::write(self.tools.path().join(name), text).unwrap();
    }

    fn told(&self) -> String {
        fs::read_to_string(self.tools.path().join("told")).unwrap_or_default()
    }

    #[track_caller]
    fn run(&self, manager: &str, words: &[&str]) -> Ran {
        let mut command = self.account.command(&[&["service", "--manager", manager], words].concat());
        command.env("PATH", format!("{}:/usr/bin:/bin", self.tools.path().display())).env_remove("XDG_CONFIG_HOME");
        Ran::of(&mut command)
    }

    fn unit(&self) -> PathBuf {
        self.account.path(".config/systemd/user/kmtop.service")
    }
}

#[test]
fn systemd_gets_a_unit_and_starts_it() {
    let stand = Stand::new();
    let ran = stand.run("systemd", &["install", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("+Type=notify") && ran.stdout.contains("journalctl --user -u kmtop.service"), "{ran:?}");
    let unit = text(stand.unit());
    assert!(unit.contains(&format!("ExecStart={} --serve\n", env!("CARGO_BIN_EXE_kmtop"))), "{unit}");
    assert!(unit.contains(&format!("Environment=KMTOP_HOME={}\n", stand.account.home.path().display())), "{unit}");
    let told = stand.told();
    let steps = ["--user daemon-reload", "--user enable kmtop.service", "--user restart kmtop.service"];
    let places: Vec<usize> = steps.iter().map(|step| told.find(step).unwrap_or_else(|| panic!("{step}: {told}"))).collect();
    assert!(places.is_sorted(), "{told}");

    let again = stand.run("systemd", &["install", "--yes"]);
    assert!(again.code == Some(0) && copies(&stand.unit()) == 0, "{again:?}");
    let removed = stand.run("systemd", &["remove", "--yes"]);
    assert!(removed.code == Some(0) && !stand.unit().exists() && copies(&stand.unit()) == 0, "{removed:?}");
    assert!(stand.told().contains("--user disable --now kmtop.service"), "{}", stand.told());
}

#[test]
fn without_a_yes_nothing_happens() {
    let stand = Stand::new();
    let ran = stand.run("systemd", &["install"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--yes") && !stand.unit().exists(), "{ran:?}");
    assert!(!stand.told().contains("restart"), "{}", stand.told());
    let printed = stand.run("systemd", &["install", "--print"]);
    assert!(printed.code == Some(0) && printed.stdout.contains("[Service]") && !stand.unit().exists(), "{printed:?}");
}

#[test]
fn launchd_loads_an_agent_after_the_old_one_is_gone() {
    let stand = Stand::new();
    stand.set("loaded", "");
    stand.set("pid", "0");
    let ran = stand.run("launchd", &["install", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let plist = stand.account.path("Library/LaunchAgents/local.kmtop.plist");
    let value: plist::Dictionary = plist::from_file(&plist).unwrap();
    let log = stand.account.path("Library/Logs/kmtop.log");
    assert_eq!(value["StandardErrorPath"].as_string(), log.to_str(), "its log is where macOS keeps logs");
    assert!(ran.stdout.contains(log.to_str().unwrap()) && log.parent().unwrap().is_dir(), "{ran:?}");
    let told = stand.told();
    let (out, inn) = (told.find("launchctl bootout gui/").unwrap(), told.find("launchctl bootstrap gui/").unwrap());
    assert!(out < inn && told.contains(plist.to_str().unwrap()), "{told}");
}

#[test]
fn an_upgrade_tells_what_it_waits_for() {
    let stand = Stand::new();
    let Stand { account, tools } = stand;
    let Account { home, user } = account;
    let mut server = Server::in_home(Arc::new(home));
    fs::write(tools.path().join("pid"), server.pid().to_string()).unwrap();
    let run = |words: &[&str]| {
        let mut command = server.home.command(&[&["service", "--manager", "systemd"], words].concat());
        command
            .env("HOME", user.path())
            .env("PATH", format!("{}:/usr/bin:/bin", tools.path().display()))
            .env_remove("XDG_CONFIG_HOME");
        Ran::of(&mut command)
    };
    let ran = run(&["install", "--yes"]);
    assert!(
        ran.code == Some(0) && ran.stdout.contains("It takes no new calls and ends, after nothing that runs (at most 10 s)"),
        "{ran:?}"
    );
    let status = run(&["status"]);
    assert!(status.code == Some(0) && status.stdout.contains("service  active"), "{status:?}");
    assert!(status.stdout.contains(&format!("pid {}", server.pid())), "{status:?}");

    // Now one that somebody started by hand: it ends in good order, or the service could not start.
    fs::write(tools.path().join("pid"), "0").unwrap();
    let status = run(&["status"]);
    assert!(status.code == Some(1) && status.stdout.contains("which is not the service's"), "{status:?}");
    let ran = run(&["install", "--yes"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("which was started otherwise"), "{ran:?}");
    assert_eq!(server.ended().code(), Some(0), "it was asked to end before systemd starts another");
}

#[test]
fn a_unit_that_somebody_changed_is_kept() {
    let stand = Stand::new();
    stand.run("systemd", &["install", "--yes"]);
    let mine = text(stand.unit()) + "# mine\n";
    fs::write(stand.unit(), &mine).unwrap();
    let status = stand.run("systemd", &["status"]);
    assert!(status.code == Some(1) && status.stdout.contains("not what this kmtop would write"), "{status:?}");
    let removed = stand.run("systemd", &["remove", "--yes"]);
    assert!(removed.code == Some(0) && copies(&stand.unit()) == 1, "{removed:?}");
}
