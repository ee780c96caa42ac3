use std::{
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::json;

use super::{Statistic, Statistics, Table};
use crate::macros::{read, write};

const LIMIT: Duration = Duration::from_secs(10);
/// 2001-01-01.
const EPOCH: u64 = 978_307_200;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(EPOCH + seconds)
}

#[test]
fn runs_are_kept_in_keyboard_maestros_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("Macro Stats.plist");
    let before = json!({
        "AB": {"ExecutedCount": 3, "LastExecuted": 100.5, "TimeSaved": 7.5, "Future": "kept"},
        "CD": {"ExecutedCount": "no"},
        "Odd": 5,
    });
    fs::write(&path, write::binary(&before).expect("written")).expect("written");
    let statistics = Statistics::start(path.clone());
    assert_eq!(statistics.problem(), None);
    assert_eq!(statistics.get("ab"), Some(Statistic { runs: 3, last_run: 100.5, seconds_saved: 7.5 }));
    assert_eq!(statistics.get("CD"), None);
    statistics.record("ab", at(200), 0.0);
    statistics.record("new", at(300), 2.0);
    statistics.record("new", at(250), 0.5);
    assert_eq!(statistics.get("AB").map(|one| (one.runs, one.last_run_at())), Some((4, Some(at(200)))));
    assert!(statistics.flush(LIMIT));
    let (value, form) = read::property_list(&fs::read(&path).expect("there")).expect("a property list");
    let expected = json!({
        "AB": {"ExecutedCount": 4, "LastExecuted": 200.0, "TimeSaved": 7.5, "Future": "kept"},
        "CD": {"ExecutedCount": "no"},
        "NEW": {"ExecutedCount": 2, "LastExecuted": 300.0, "TimeSaved": 2.5},
        "Odd": 5,
    });
    assert_eq!((value, form), (expected, read::Form::Binary));
    assert_eq!(statistics.all().macros.len(), 2);
}

#[test]
fn two_keepers_of_one_file_add_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stats.plist");
    let (first, second) = (Statistics::start(path.clone()), Statistics::start(path.clone()));
    first.record("A", at(1), 0.0);
    second.record("A", at(2), 0.0);
    second.record("B", at(3), 0.0);
    assert!(first.flush(LIMIT) && second.flush(LIMIT));
    let table = Table::parse(&fs::read(&path).expect("there")).expect("sound");
    assert_eq!((table.macros["A"].runs, table.macros["B"].runs), (2, 1));
    assert_eq!(second.get("A").map(|one| one.runs), Some(2));
    assert!(first.flush(LIMIT), "nothing to save is saved");
}

#[test]
fn a_broken_file_is_kept_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stats.plist");
    fs::write(&path, "bplist00 nonsense").expect("written");
    let statistics = Statistics::start(path.clone());
    let problem = statistics.problem().expect("it says so").to_owned();
    assert!(problem.contains("stats.broken-1.plist"), "{problem}");
    assert_eq!(fs::read_to_string(folder.path().join("stats.broken-1.plist")).expect("kept"), "bplist00 nonsense");
    statistics.record("A", at(1), 0.0);
    assert!(statistics.flush(LIMIT));
    // Broken again while it is kept: what was known is written.
    fs::write(&path, "<plist>").expect("written");
    statistics.record("A", at(2), 0.0);
    assert!(statistics.flush(LIMIT));
    let table = Table::parse(&fs::read(&path).expect("there")).expect("sound");
    assert_eq!(table.macros["A"].runs, 2);
    assert!(folder.path().join("stats.broken-2.plist").exists());
}

#[test]
fn what_is_left_is_saved_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stats.plist");
    let (keeper, problem) = super::Keeper::open(path.clone());
    assert_eq!(problem, None);
    let (sender, messages) = std::sync::mpsc::channel();
    sender.send(super::Message::Record("A".into(), Statistic::of_run(at(1), 0.0))).expect("heard");
    drop(sender);
    keeper.run(&messages);
    assert_eq!(Table::parse(&fs::read(&path).expect("there")).expect("sound").macros["A"].runs, 1);
}

#[test]
fn a_file_that_cannot_be_written_is_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("later");
    let statistics = Statistics::start(inner.join("stats.plist"));
    statistics.record("A", at(1), 0.0);
    assert!(!statistics.flush(LIMIT));
    fs::create_dir(&inner).expect("made");
    assert!(statistics.flush(LIMIT));
    assert_eq!(statistics.get("A").map(|one| one.runs), Some(1));
}

#[test]
fn odd_times_do_no_harm() {
    let long_ago = Statistic::of_run(UNIX_EPOCH, 0.0);
    assert_eq!((long_ago.last_run, long_ago.last_run_at()), (0.0, None));
    for seconds in [f64::MAX, f64::NAN, -5.0] {
        assert_eq!(Statistic { runs: 1, last_run: seconds, seconds_saved: 0.0 }.last_run_at(), None);
    }
}
