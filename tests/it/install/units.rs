//! The units in `assets/`, which are made by the code that installs them.

use std::{fs, process::Command, time::Duration};

use kmtop::{
    config::{Environment, Settings},
    install::{Manager, Unit},
};

use super::generated::fresh;

fn unit(program: &str) -> Unit {
    let drain = Duration::from_millis(Settings::default().pool.drain_timeout_ms);
    Unit::new(program.into(), &Environment::default(), drain)
}

#[test]
fn the_unit_files_are_fresh() {
    fresh("assets/kmtop.service", &unit("%h/.cargo/bin/kmtop").text(Manager::Systemd));
    fresh("assets/debian/kmtop.service", &unit("/usr/bin/kmtop").text(Manager::Systemd));
    fresh("assets/local.kmtop.plist", &unit("/usr/local/bin/kmtop").text(Manager::Launchd));
}

#[test]
fn the_agent_of_launchd_runs_in_a_login_session_only() {
    let text = unit("/usr/local/bin/kmtop").text(Manager::Launchd);
    let value: plist::Dictionary = plist::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(value["Label"].as_string(), Some("local.kmtop"));
    let words: Vec<&str> = value["ProgramArguments"].as_array().unwrap().iter().filter_map(|word| word.as_string()).collect();
    assert!(words[0].starts_with('/') && words[1..] == ["--serve"], "{words:?}");
    assert_eq!(value["LimitLoadToSessionType"].as_string(), Some("Aqua"), "Apple events need somebody's screen");
    assert!(value["KeepAlive"].as_dictionary().unwrap()["SuccessfulExit"].as_boolean() == Some(false));
    assert!(value["ExitTimeOut"].as_signed_integer() > Some(10), "running calls may finish");
}

#[test]
fn the_unit_of_systemd_is_a_users() {
    let text = unit("%h/.cargo/bin/kmtop").text(Manager::Systemd);
    let has = |line: &str| text.lines().any(|found| found == line);
    assert!(has("ExecStart=%h/.cargo/bin/kmtop --serve"), "{text}");
    assert!(has("Type=notify") && has("WatchdogSec=30") && has("KillMode=mixed") && has("TimeoutStopSec=20"), "{text}");
    assert!(has("Restart=on-failure") && has("WantedBy=default.target"), "{text}");
    // Exit code 3: another kmtop has the home or the port; starting again would not help.
    assert!(has("RestartPreventExitStatus=2 3"), "{text}");
}

/// Where systemd is, it reads the unit itself.
#[test]
fn systemd_finds_nothing_wrong_with_it() {
    let known = Command::new("systemd-analyze").arg("--version").output();
    if !known.is_ok_and(|known| known.status.success()) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kmtop.service");
    let mut unit = unit(env!("CARGO_BIN_EXE_kmtop"));
    unit.environment = vec![("KMTOP_HOME".to_owned(), "/a b/50%".to_owned())];
    fs::write(&file, unit.text(Manager::Systemd)).unwrap();
    let verified = Command::new("systemd-analyze").args(["--user", "--man=no", "verify"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let about_it = said.lines().filter(|line| line.contains("kmtop.service")).collect::<Vec<_>>();
    assert!(about_it.is_empty(), "{said}");
}
