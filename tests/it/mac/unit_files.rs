//! The unit files for launchd and systemd.

use std::{fs, path::Path};

fn asset(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)).unwrap()
}

#[test]
fn the_agent_of_launchd_runs_in_a_login_session_only() {
    let text = asset("local.kmtop.plist");
    let (value, _) = (plist::from_bytes::<plist::Dictionary>(text.as_bytes()).unwrap(), ());
    assert_eq!(value["Label"].as_string(), Some("local.kmtop"));
    let words: Vec<&str> = value["ProgramArguments"].as_array().unwrap().iter().filter_map(|word| word.as_string()).collect();
    assert!(words[0].starts_with('/') && words[1..] == ["--serve"], "{words:?}");
    assert_eq!(value["LimitLoadToSessionType"].as_string(), Some("Aqua"), "Apple events need somebody's screen");
    assert!(value["KeepAlive"].as_dictionary().unwrap()["SuccessfulExit"].as_boolean() == Some(false));
    assert!(text.contains("launchctl bootstrap gui/"), "it says how it is loaded");
}

#[test]
fn the_unit_of_systemd_is_a_users() {
    let text = asset("kmtop.service");
    let has = |line: &str| text.lines().any(|found| found == line);
    assert!(has("ExecStart=%h/.cargo/bin/kmtop --serve"), "{text}");
    assert!(has("Restart=on-failure") && has("WantedBy=default.target"), "{text}");
    // Exit code 3: another kmtop has the home or the port; starting again would not help.
    assert!(has("RestartPreventExitStatus=2 3"), "{text}");
}
