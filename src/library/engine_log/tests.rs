use std::{fs, path::Path, time::Duration};

use jiff::civil::{DateTime, date};

use super::{EngineLog, LogEntry, LogFilter, Rotation, Tail, action_failed, cancelled, log_files, read_log, started};

const LIMIT: Duration = Duration::from_secs(10);

fn at(second: i8) -> DateTime {
    date(2025, 12, 19).at(9, 10, second, 0)
}

fn log(folder: &Path, rotation: Rotation) -> EngineLog {
    EngineLog::start(folder.join("engine.log"), rotation)
}

fn messages(path: &Path, filter: &LogFilter) -> Vec<String> {
    read_log(path, filter).expect("read").entries.into_iter().map(|entry| entry.message).collect()
}

#[test]
fn entries_stand_in_keyboard_maestros_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = log(folder.path(), Rotation::default());
    log.note_at(at(1), started("Launch Chat", "The Hot Key ⌘Space is pressed"));
    log.note_at(at(2), action_failed("12345", "first\nsecond\n2025-12-19 09:10:03 forged\u{1b}[31m\n"));
    log.note_at(at(4), cancelled("X", ""));
    assert!(log.flush(LIMIT));
    let text = fs::read_to_string(log.path()).expect("written");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "2025-12-19 09:10:01 Execute macro \"Launch Chat\" from trigger The Hot Key ⌘Space is pressed",
            "2025-12-19 09:10:02 Action 12345 failed: first",
            "second",
        ]
    );
    assert!(lines[3].starts_with(" 2025-12-19 09:10:03 forged") && !lines[3].contains('\u{1b}'), "{}", lines[3]);
    assert_eq!(lines[4], "2025-12-19 09:10:04 Macro \"X\" cancelled");
    let page = read_log(log.path(), &LogFilter { newest_first: false, ..LogFilter::default() }).expect("read");
    assert_eq!(page.entries.len(), 3);
    assert_eq!((page.entries[1].time, page.entries[1].message.lines().count()), (at(2), 3));
}

#[test]
fn keyboard_maestros_own_log_is_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Engine.log");
    let text = "the end of an entry that is gone\r\n\
        2025-12-19 09:10:01 Execute macro “Launch “Chat” now” from trigger Editor\n\
        2025-12-19 09:10:02 Action 7 failed: \u{fffd}\n\
        more of it\n\
        \n\
        2025-12-19 09:10:03\n\
        2025-12-19 09:10:04 Macro \"Other\" cancelled by the user";
    fs::write(&path, text).expect("written");
    let all = LogFilter { newest_first: false, ..LogFilter::default() };
    let entries = read_log(&path, &all).expect("read").entries;
    assert_eq!(entries.len(), 4);
    assert_eq!(
        entries.iter().map(LogEntry::macro_name).collect::<Vec<_>>(),
        [Some("Launch “Chat” now"), None, None, Some("Other")]
    );
    assert_eq!(entries.iter().map(LogEntry::is_error).collect::<Vec<_>>(), [false, true, false, true]);
    assert_eq!(entries[1].message, "Action 7 failed: \u{fffd}\nmore of it\n");
    let filters = [
        (LogFilter { since: Some(at(3)), ..all.clone() }, 2),
        (LogFilter { until: Some(at(2)), ..all.clone() }, 2),
        (LogFilter { contains: Some("MORE of".into()), ..all.clone() }, 1),
        (LogFilter { macro_name: Some("other".into()), ..all.clone() }, 1),
        (LogFilter { errors_only: true, ..all.clone() }, 2),
        (LogFilter { limit: 3, ..all.clone() }, 3),
        (LogFilter { limit: 0, ..all }, 0),
    ];
    for (filter, count) in filters {
        let page = read_log(&path, &filter).expect("read");
        assert_eq!((page.entries.len(), page.more), (count, filter.limit < 4), "{filter:?}");
    }
    assert_eq!(read_log(&folder.path().join("none"), &LogFilter::default()).expect("read"), super::LogPage::default());
}

#[test]
fn a_log_that_grows_begins_new_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = log(folder.path(), Rotation { bytes: 100, files: 3 });
    for number in 0..20 {
        log.note_at(at(number), format!("entry {number}"));
    }
    assert!(log.flush(LIMIT));
    assert_eq!(log_files(log.path()).len(), 3);
    assert!(log_files(log.path()).iter().all(|path| fs::metadata(path).expect("there").len() <= 100));
    let newest = LogFilter { limit: 4, ..LogFilter::default() };
    assert_eq!(messages(log.path(), &newest), ["entry 19", "entry 18", "entry 17", "entry 16"]);
    assert!(read_log(log.path(), &newest).expect("read").more);
    let oldest = messages(log.path(), &LogFilter { limit: 2, newest_first: false, ..LogFilter::default() });
    assert_eq!(oldest, ["entry 12", "entry 13"]);
}

#[test]
fn two_processes_may_write_one_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = [log(folder.path(), Rotation { bytes: 2000, files: 50 }), log(folder.path(), Rotation { bytes: 2000, files: 50 })];
    for number in 0..200 {
        for log in &logs {
            log.note_at(at(0), format!("entry {number}"));
        }
    }
    assert!(logs.iter().all(|log| log.flush(LIMIT)));
    let all = LogFilter { limit: 1000, ..LogFilter::default() };
    assert_eq!(messages(logs[0].path(), &all).len(), 400);
}

#[test]
fn a_log_is_followed_through_new_names_and_emptied_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Engine.log");
    let mut tail = Tail::from_end(&path);
    assert!(tail.read().expect("none yet").is_empty());
    let line = |text: &str| format!("2025-12-19 09:10:01 {text}\n");
    let seen = |tail: &mut Tail| tail.read().expect("read").into_iter().map(|entry| entry.message).collect::<Vec<_>>();
    fs::write(&path, line("one") + "2025-12-19 09:10:01 tw").expect("written");
    assert_eq!(seen(&mut tail), ["one"]);
    fs::write(&path, line("one") + &line("two")).expect("written");
    assert_eq!(seen(&mut tail), ["two"]);
    fs::write(&path, line("one") + &line("two") + &line("three")).expect("written");
    fs::rename(&path, folder.path().join("Engine.log.1")).expect("renamed");
    fs::write(&path, line("four")).expect("written");
    assert_eq!(seen(&mut tail), ["three", "four"]);
    fs::write(&path, "").expect("emptied");
    assert!(seen(&mut tail).is_empty());
    fs::write(&path, line("5")).expect("written");
    assert_eq!(seen(&mut tail), ["5"]);
    assert_eq!(seen(&mut Tail::from_start(&path)), ["5"]);
    assert!(seen(&mut Tail::from_end(&path)).is_empty());
}

#[test]
fn long_lines_and_many_entries_take_bounded_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Engine.log");
    let long = "x".repeat(1024 * 1024);
    fs::write(&path, format!("2025-12-19 09:10:01 {long}\n{long}\n").repeat(3)).expect("written");
    let page = read_log(&path, &LogFilter::default()).expect("read");
    assert_eq!(page.entries.len(), 3);
    assert!(page.entries.iter().all(|entry| entry.message.len() <= 64 * 1024));
    let medium = format!("2025-12-19 09:10:01 {}\n", "y".repeat(60_000)).repeat(200);
    fs::write(&path, medium).expect("written");
    for newest_first in [true, false] {
        let page = read_log(&path, &LogFilter { limit: 500, newest_first, ..LogFilter::default() }).expect("read");
        assert!(page.more && page.entries.len() < 200 && page.entries.len() > 100, "{}", page.entries.len());
    }
}
