use std::{fs, path::Path, time::Duration};

use rusqlite::Connection;
use serde_json::json;

use super::{KeyboardMaestroFiles, OwnFileProblem, databases::without_case};
use crate::{
    library::{Library, engine_log::LogFilter},
    macros::write,
};

/// A home folder with files in Keyboard Maestro's formats.
fn home() -> (tempfile::TempDir, KeyboardMaestroFiles) {
    let home = tempfile::tempdir().expect("a folder");
    let support = home.path().join("Library/Application Support/Keyboard Maestro");
    let logs = home.path().join("Library/Logs/Keyboard Maestro");
    fs::create_dir_all(&support).expect("made");
    fs::create_dir_all(&logs).expect("made");
    let macros = json!({"Version": "10.0.2", "MacroGroups": [{"Name": "G", "UID": "G1", "Macros": [{"Name": "M", "UID": "M1", "Actions": []}]}]});
    fs::write(support.join("Keyboard Maestro Macros.plist"), write::binary(&macros).expect("written")).expect("written");
    let statistics = json!({"M1": {"ExecutedCount": 73, "LastExecuted": 667_000_000.5, "TimeSaved": 12.5}});
    fs::write(support.join("Keyboard Maestro Macro Stats.plist"), write::binary(&statistics).expect("written")).expect("written");
    database(
        &support.join("Keyboard Maestro Variables.sqlite"),
        "CREATE TABLE variables (name TEXT COLLATE UNOCASE, value TEXT);
         CREATE UNIQUE INDEX names ON variables (name);
         CREATE TABLE changes (name TEXT, count INTEGER);
         INSERT INTO variables VALUES ('zebra', 'z'), ('Größe', '5'), ('Gone', '%Delete%'), ('My Password', 'secret'), ('alpha', NULL);",
    );
    database(
        &support.join("Keyboard Maestro Dictionaries.sqlite"),
        "CREATE TABLE dictionaries (dictionary TEXT COLLATE UNOCASE, key TEXT COLLATE UNOCASE, value TEXT);
         CREATE UNIQUE INDEX entries ON dictionaries (dictionary, key);
         INSERT INTO dictionaries VALUES ('Colors', 'red', '#f00'), ('Colors', 'Blue', '#00f'), ('ages', 'Ann', '7');",
    );
    fs::write(logs.join("Engine.log"), "2025-12-19 09:10:00 Execute macro “M” from trigger Editor\n").expect("written");
    let files = KeyboardMaestroFiles::under(home.path());
    (home, files)
}

fn database(path: &Path, sql: &str) {
    let connection = Connection::open(path).expect("made");
    connection.create_collation("UNOCASE", without_case).expect("registered");
    connection.pragma_update(None, "journal_mode", "delete").expect("set");
    connection.execute_batch(sql).expect("made");
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn variables_and_dictionaries_are_read() {
    let (_home, files) = home();
    assert_eq!(files.variables().expect("read"), pairs(&[("alpha", ""), ("Größe", "5"), ("zebra", "z")]));
    assert_eq!(files.variable("GRÖSSE").expect("read"), None);
    assert_eq!(files.variable("GRÖßE").expect("read").as_deref(), Some("5"));
    assert_eq!(files.variable("gone").expect("read"), None);
    assert_eq!(files.variable("my password").expect("read"), None);
    assert_eq!(files.dictionaries().expect("read"), ["ages", "Colors"]);
    assert_eq!(files.dictionary("COLORS").expect("read"), pairs(&[("Blue", "#00f"), ("red", "#f00")]));
    assert!(files.dictionary("none").expect("read").is_empty());
}

#[test]
fn statistics_log_and_macros_are_read() {
    let (home, files) = home();
    assert!(files.are_there() && !KeyboardMaestroFiles::under(&home.path().join("none")).are_there());
    let statistics = files.statistics().expect("read");
    assert_eq!((statistics.macros["M1"].runs, statistics.macros["M1"].seconds_saved), (73, 12.5));
    let entries = files.log_entries(&LogFilter::default()).expect("read").entries;
    assert_eq!(entries[0].macro_name(), Some("M"));
    assert!(files.follow_log().read().expect("read").is_empty());
    let library = Library::start(vec![files.macros()]);
    assert!(library.wait_ready(Duration::from_secs(10)));
    assert_eq!(library.index().get("M1").expect("there").name, "M");
    assert!(library.delete_macro("M1").expect_err("refused").to_string().contains("Keyboard Maestro's own file"));
}

#[test]
fn nothing_is_written() {
    let (home, files) = home();
    let before = snapshot(home.path());
    let _ = (files.variables(), files.dictionary("Colors"), files.statistics(), files.log_entries(&LogFilter::default()));
    assert_eq!(snapshot(home.path()), before);
}

fn snapshot(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(snapshot(&path)) } else { found.push((path.clone(), fs::read(&path).expect("read"))) }
    }
    found.sort();
    found
}

#[test]
fn missing_and_broken_files_are_named() {
    let (home, files) = home();
    let elsewhere = KeyboardMaestroFiles::under(&home.path().join("none"));
    let error = elsewhere.variables().expect_err("missing");
    assert!(error.to_string().contains("Keyboard Maestro Variables.sqlite: the database cannot be read"), "{error}");
    assert!(matches!(elsewhere.statistics().expect_err("missing").problem, OwnFileProblem::File(_)));
    assert!(elsewhere.log_entries(&LogFilter::default()).expect("no log is no error").entries.is_empty());
    let support = home.path().join("Library/Application Support/Keyboard Maestro");
    fs::write(support.join("Keyboard Maestro Variables.sqlite"), "no database at all, but some text").expect("written");
    assert!(matches!(files.variables().expect_err("broken").problem, OwnFileProblem::Database(_)));
    fs::write(support.join("Keyboard Maestro Macro Stats.plist"), "no plist").expect("written");
    assert!(matches!(files.statistics().expect_err("broken").problem, OwnFileProblem::PropertyList(_)));
}
