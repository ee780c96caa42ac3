//! Rules for every source file.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file that passes this many lines holds two ideas.
const LONGEST_FILE: usize = 400;

/// Every Rust file below `src`, with its path from there and its text.
pub(crate) fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.iter().any(|path| path.ends_with("src/lib.rs")), "the sources are where this test looks");
    files.iter().map(|file| (file.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(file).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn too_long(sources: &[(PathBuf, String)]) -> Vec<String> {
    let long = sources.iter().filter(|(_, text)| text.lines().count() > LONGEST_FILE);
    long.map(|(path, text)| format!("src/{} has {} lines", path.display(), text.lines().count())).collect()
}

#[test]
fn no_source_file_holds_two_ideas() {
    assert_eq!(too_long(&sources()), Vec::<String>::new(), "split what passes {LONGEST_FILE} lines");
}

#[test]
fn a_long_file_would_be_found() {
    let file = |lines: usize| (PathBuf::from("tools/long.rs"), "//\n".repeat(lines));
    assert_eq!(too_long(&[file(LONGEST_FILE), file(LONGEST_FILE + 1)]), ["src/tools/long.rs has 401 lines"]);
}
