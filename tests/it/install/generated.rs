//! What is made from the command line and kept in `assets/generated` for packages. `BLESS=1 cargo test --test it -- install` makes
//! it anew.

use std::{env, fs, path::Path, process::Command};

use clap_complete::Shell;
use kmtop::cli::{completions, manual};

use super::text;
use crate::harness::Home;

/// Whether a file of the repository is what the program makes.
#[track_caller]
pub(super) fn fresh(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, made).unwrap();
    }
    assert!(text(&path) == made, "{name} is stale: BLESS=1 cargo test --test it -- install");
}

#[test]
fn the_manual_page_and_the_completions_are_fresh() {
    fresh("assets/generated/kmtop.1", &manual().unwrap());
    fresh("assets/generated/kmtop.bash", &completions(Shell::Bash));
    fresh("assets/generated/_kmtop", &completions(Shell::Zsh));
    fresh("assets/generated/kmtop.fish", &completions(Shell::Fish));
}

#[test]
fn the_program_prints_them() {
    let home = Home::new();
    let printed = |words: &[&str]| {
        let ran = home.run(&[&["generate"], words].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{words:?}");
        ran.stdout
    };
    assert_eq!(printed(&["man"]), manual().unwrap());
    assert_eq!(printed(&["completions", "zsh"]), completions(Shell::Zsh));
    assert_eq!(printed(&["config"]), kmtop::config::example());
    home.configure("nonsense");
    printed(&["config"]);
}

#[test]
fn every_command_is_in_the_manual_page() {
    let page = manual().unwrap();
    assert!(page.contains(".TH kmtop 1"), "{page}");
    for command in ["attach", "demo", "call", "macros lint", "connect", "service install", "generate completions", "bundle"] {
        assert!(page.contains(&format!("\n.SS kmtop {command}\n")), "{command}");
    }
    assert!(!page.contains("kmtop worker"), "the hidden command stays hidden");
}

#[test]
fn the_formula_names_what_a_release_publishes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workflow = text(root.join(".github/workflows/release.yml"));
    let folder = tempfile::tempdir().unwrap();
    let sums = folder.path().join("SHA256SUMS");
    let formula =
        || Command::new(root.join("assets/homebrew/formula.sh")).args(["1.2.3", "a/kmtop"]).arg(&sums).output().unwrap();
    let systems = ["aarch64-apple-darwin", "x86_64-apple-darwin", "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"];
    let lines = systems
        .iter()
        .zip('a'..)
        .map(|(system, digit)| format!("{}  kmtop-1.2.3-{system}.tar.gz\n", digit.to_string().repeat(64)));
    fs::write(&sums, lines.collect::<String>()).unwrap();
    let made = formula();
    assert!(made.status.success(), "{made:?}");
    let made = String::from_utf8(made.stdout).unwrap();
    for (system, digit) in systems.iter().zip('a'..) {
        assert!(workflow.contains(&format!("target: {system},")), "{system} is built");
        let entry = format!("download/v1.2.3/kmtop-1.2.3-{system}.tar.gz\"\n      sha256 \"{}\"", digit.to_string().repeat(64));
        assert!(made.contains(&entry), "{system}: {made}");
    }
    for system in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"] {
        assert!(workflow.contains(&format!("target: {system},")), "{system} is built");
    }
    fs::write(&sums, "").unwrap();
    assert!(!formula().status.success(), "a formula without a checksum is none");
}

/// What a package takes is there, and named where it goes.
#[test]
fn the_package_takes_files_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table = text(root.join("Cargo.toml")).parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets: Vec<&str> = deb["assets"].as_array().unwrap().iter().map(|asset| asset[0].as_str().unwrap()).collect();
    assert!(assets.len() >= 6, "{assets:?}");
    for asset in assets.iter().filter(|asset| !asset.starts_with("target/")) {
        assert!(root.join(asset).exists(), "{asset}");
    }
}
