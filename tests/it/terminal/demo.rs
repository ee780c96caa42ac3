//! `kmtop demo`: the first minute.

use std::fs;

use super::SIZE;
use crate::harness::{Home, screen::Screen};

/// Names of what is in a folder.
fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    entries.map(|name| name.into_string().unwrap()).collect()
}

#[test]
fn the_demo_is_full_of_life_and_leaves_nothing_behind() {
    let home = Home::new();
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().to_str().unwrap();
    let mut screen = Screen::with(&home, &["demo"], SIZE, &[("TMPDIR", folder)]);
    let is_call = |line: &str| line.contains("reporter-") && line.contains("km_run_macro") && line.contains(" ok ");
    screen.until("rows of calls", |text| text.lines().any(is_call));
    screen.until("rows of tools", |text| text.contains("km_calculate") && text.contains("km_set_variable"));
    assert!(names(temporary.path()).iter().any(|name| name.starts_with("kmtop-demo-")), "its home is there");
    screen.press("]");
    screen.until("a third worker", |text| super::shows_workers(text, 3));
    screen.press("q");
    assert!(screen.ended().success());
    screen.assert_restored();
    assert_eq!(names(temporary.path()), Vec::<String>::new(), "its home is gone");
    assert!(!home.state("").exists(), "the user's own home is untouched");
}
