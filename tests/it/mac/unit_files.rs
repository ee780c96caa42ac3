//! The unit files for launchd and systemd, and the page about the Mac.

use std::{fs, path::Path};

use kmtop::backend::apple_events::ERRORS;

fn asset(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)).unwrap()
}

#[test]
fn the_agent_of_launchd_runs_in_a_login_session_only() {
    let text = asset("local.kmtop.plist");
    let value: plist::Dictionary = plist::from_bytes(text.as_bytes()).unwrap();
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

#[test]
fn the_page_about_the_mac_has_every_number() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/macos.md")).unwrap();
    for error in ERRORS {
        let row = format!("| {} | `{}` | ", error.number, error.code);
        assert!(page.contains(&row), "{row}");
    }
}
