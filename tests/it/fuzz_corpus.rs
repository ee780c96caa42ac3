//! The seeds of the fuzz targets, run through the very functions that the targets run: see `fuzz/README.md`.

use std::{fs, panic, path::Path};

#[path = "../../fuzz/targets.rs"]
mod targets;

/// Runs every seed of a target.
fn replay(target: &str, fewest: usize, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seeds: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(seeds.len() >= fewest, "{} has {} seeds", folder.display(), seeds.len());
    for seed in seeds {
        let data = fs::read(&seed).unwrap();
        assert!(panic::catch_unwind(|| run(&data)).is_ok(), "{} makes the target fail", seed.display());
    }
}

#[test]
fn macro_files() {
    replay("plist", 11, targets::plist);
}

#[test]
fn tokens() {
    replay("tokens", 13, targets::tokens);
}

#[test]
fn calculations() {
    replay("calculation", 15, targets::calculation);
}

#[test]
fn web_list() {
    replay("web_list", 8, targets::web_list);
}

#[test]
fn worker_protocol() {
    replay("worker_protocol", 14, targets::worker_protocol);
}

#[test]
fn client_messages() {
    replay("client_message", 24, targets::client_message);
}
