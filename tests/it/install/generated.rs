//! What is made from the command line and kept in `assets/generated` for packages. `BLESS=1 cargo test --test it -- install` makes
//! it anew.

use std::{env, fs, path::Path};

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
