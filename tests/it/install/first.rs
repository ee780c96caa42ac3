//! `kmtop init`, and where kmtop cannot be built.

use std::fs;

use kmtop::{
    config::{Environment, Home, Overrides, load},
    install::SAMPLE,
};
use serde_json::json;

use super::{copies, text};
use crate::harness::{Home as TestHome, Server};

#[expect(clippy::print_stdout, reason = "so a build script speaks with cargo")]
#[path = "../../../build.rs"]
#[expect(dead_code, reason = "its main is for cargo")]
mod build;

fn empty() -> TestHome {
    let home = TestHome::new();
    fs::remove_dir_all(home.path().join("data")).unwrap();
    home
}

#[test]
fn a_first_home_serves_at_once() {
    let home = empty();
    let ran = home.run(&["init"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("kmtop connect claude-desktop") && ran.stdout.contains("kmtop service install"), "{ran:?}");
    assert_eq!(text(home.path().join("data/library/sample.kmmacros")), SAMPLE);
    let written = text(home.path().join("config.toml"));
    assert!(written.contains("#listen = \"127.0.0.1:4499\"") && written.contains("\n[[tool]]\n"), "{written}");
    let environment: Environment = [("KMTOP_HOME", home.path().as_os_str())].into_iter().collect();
    let place = Home::resolve(&environment, None).unwrap();
    load(&place, &environment, &Overrides::default()).expect("what it writes it can read");

    let server = Server::in_home(home);
    let listed = server.home.ask("km_list_macros", json!({}));
    assert!(listed["total"].as_u64().unwrap() > 3, "{listed}");
    let space = server.home.ask("disk_space", json!({ "folder": "/" }));
    assert!(space.to_string().contains('%'), "the tool of the first settings runs: {space}");
}

#[test]
fn nothing_is_written_over_unasked() {
    let home = empty();
    home.configure("# mine\n");
    let ran = home.run(&["init"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("left as it is") && ran.stdout.contains("--force"), "{ran:?}");
    let config = home.path().join("config.toml");
    assert_eq!(text(&config), "# mine\n");
    let ran = home.run(&["init", "--force"]);
    assert!(ran.code == Some(0) && copies(&config) == 1, "{ran:?}");
    assert_eq!(text(home.path().join("config.toml.backup-1")), "# mine\n");
    let ran = home.run(&["init", "--force"]);
    assert!(ran.stdout.contains("as it should be") && copies(&config) == 1, "nothing to keep a second time: {ran:?}");
}

#[test]
fn other_systems_are_told_in_one_sentence() {
    assert_eq!(build::complaint("unix"), None);
    assert_eq!(build::complaint("wasm,unix"), None);
    let words = build::complaint("windows").unwrap();
    assert!(words.contains("macOS and Linux") && words.contains("WSL") && words.lines().count() == 1, "{words}");
}
