//! The history as a whole: what is written is read, merges equal the whole, whatever goes wrong is survived.

use std::{fs, path::Path};

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    level::{MINUTE, SECOND, TEN},
    store::{Entry, Store},
    *,
};
use crate::{
    metrics::{decode, encode, latency},
    model::{Change, Command, Event, Gauges, Severity, SparseHistogram, State, ToolInterval},
};

/// A minute's end.
const START: u64 = 1_767_182_400_000;
const WAIT: Duration = Duration::from_secs(20);

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn keep() -> Keep {
    Keep::days(30, 512_000_000)
}

fn sparse(values: &[u64]) -> SparseHistogram {
    let mut made = latency();
    for value in values {
        made.record(*value).expect("in range");
    }
    encode(&made)
}

fn counts(bytes: &SparseHistogram) -> Vec<(u64, u32)> {
    let Some(histogram) = decode(bytes).expect("own bytes") else { return Vec::new() };
    histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
}

fn tool(name: &str, values: &[u64]) -> ToolInterval {
    ToolInterval {
        tool: Arc::from(name),
        calls: u32::try_from(values.len()).expect("few"),
        errors: 1,
        queued: sparse(&values[..values.len() / 2]),
        total: sparse(values),
        ..ToolInterval::default()
    }
}

/// The second that ends so many seconds after the start, with a call that took so many microseconds.
fn second(at: u64, micros: u64) -> Interval {
    Interval {
        sequence: at,
        time_ms: START + at * 1_000,
        length_ms: 1_000,
        gauges: Gauges { cpu_percent: Some(12.3), queued: 3, own_rss_bytes: Some(40 << 20), ..Gauges::default() },
        tools: vec![tool("km_run_macro", &[micros, micros * 2])],
        state: Some(Box::new(State { calls: at, ..State::default() })),
        ..Interval::default()
    }
}

fn write(store: &mut Store, intervals: impl IntoIterator<Item = Interval>) {
    for interval in intervals {
        store.write(&[Entry::Interval(Arc::new(interval))]).expect("written");
    }
}

fn all(path: &Path) -> Vec<Interval> {
    let reader = Reader::open(path).expect("a history");
    let marks = reader.marks(0, u64::MAX >> 1).expect("readable");
    reader.read(&marks, true).expect("readable")
}

#[test]
fn what_is_written_is_read() {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    let mut written: Vec<Interval> = (1..=30).map(|at| second(at, at * 100)).collect();
    written[4].tools.push(tool("quite another", &[7]));
    written[4].events =
        vec![Event { time_ms: written[4].time_ms - 10, severity: Severity::Critical, text: "worker 3 hangs".into() }];
    write(&mut Store::open(&path, keep()).expect("new"), written.clone());
    assert_eq!(all(&path), written);
    let reader = Reader::open(&path).expect("a history");
    assert_eq!(reader.span().expect("readable"), Some((START + 1_000, START + 30_000)));
    let some = reader.marks(START + 5_000, START + 7_000).expect("readable");
    assert_eq!(
        reader.read(&some, false).expect("readable").iter().map(|interval| interval.sequence).collect::<Vec<_>>(),
        [5, 6, 7]
    );
    assert_eq!(Connection::open(&path).and_then(|file| file.pragma_query_value(None, "auto_vacuum", |row| row.get(0))), Ok(2));
}

#[test]
fn hours_are_kept_coarser_and_every_call_is_counted_once() {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    let small = Keep { seconds_ms: 60_000, tens_ms: 300_000, ..keep() };
    let mut store = Store::open(&path, small).expect("new");
    let mut values = Vec::new();
    for at in 1..=1_000 {
        values.extend([at * 10, at * 20]);
        write(&mut store, [second(at, at * 10)]);
        if at.is_multiple_of(60) {
            store.tidy().expect("tidied");
        }
    }
    let reader = Reader::open(&path).expect("a history");
    let marks = reader.marks(0, u64::MAX >> 1).expect("readable");
    let read = reader.read(&marks, true).expect("readable");
    assert!(marks.len() < 300, "{} marks for a thousand seconds", marks.len());
    for pair in read.windows(2) {
        assert_eq!(pair[0].time_ms + u64::from(pair[1].length_ms), pair[1].time_ms, "no seam and no overlap");
    }
    let lengths: std::collections::BTreeSet<u32> = read.iter().map(|interval| interval.length_ms).collect();
    assert!([1_000, 10_000, 60_000].iter().all(|length| lengths.contains(length)), "{lengths:?}");
    // One histogram over everything, whatever it was stored as.
    let mut whole = Vec::new();
    reader
        .each((0, u64::MAX >> 1), 86_400, |interval| {
            whole.push(interval);
            true
        })
        .expect("readable");
    let merged: Vec<(u64, u32)> = counts(&whole.last().expect("one").tools[0].total);
    assert!(merged == counts(&sparse(&values)), "the merge of all that is kept equals the whole");
    assert_eq!(read.last().and_then(|interval| interval.state.as_ref()).map(|state| state.calls), Some(1_000));
}

#[test]
fn a_killed_server_left_seconds_that_the_next_one_makes_coarser() {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    let file = Store::open(&path, keep()).map(drop).and_then(|()| super::layout::open_to_write(&path)).expect("new");
    let mut pen = super::rows::Pen::default();
    (1..=125).for_each(|at| pen.write(&file, SECOND, &second(at, 5)).expect("written"));
    drop(file);
    drop(Store::open(&path, keep()).expect("opened anew"));
    let file = Connection::open(&path).expect("a database");
    let count = |level: super::level::Level| -> u64 {
        file.query_row("SELECT count(*) FROM intervals WHERE level = ?1", [level.seconds], |row| row.get(0)).expect("a number")
    };
    assert_eq!((count(SECOND), count(TEN), count(MINUTE)), (125, 12, 2));
}

#[test]
fn starts_changes_gaps_and_a_clock_set_back_are_noted() {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    let mut store = Store::open(&path, keep()).expect("new");
    let info = |started_ms, version: &str| ServerInfo { started_ms, version: version.into(), pid: 7, ..ServerInfo::default() };
    store.write(&[Entry::Start(Box::new(info(START, "1.0.0")))]).expect("written");
    let change = Change {
        id: 1,
        time_ms: START + 2_000,
        by: "console".into(),
        text: "pool 2 -> 3".into(),
        inverse: Command::UndoChange,
        undone: false,
    };
    let changed = |at| {
        let mut interval = second(at, 5);
        interval.state = Some(Box::new(State { journal: vec![change.clone()], ..State::default() }));
        interval
    };
    write(&mut store, [second(1, 5), changed(2), changed(3)]);
    drop(store);
    let mut store = Store::open(&path, keep()).expect("there");
    store.write(&[Entry::Start(Box::new(info(START + 7_200_000, "1.0.1")))]).expect("written");
    write(&mut store, [second(7_201, 5), Interval { length_ms: 90_000, ..second(7_291, 5) }, second(7_250, 5)]);
    let reader = Reader::open(&path).expect("a history");
    let notes = reader.notes(0, u64::MAX).expect("readable");
    let said: Vec<(&str, &str)> = notes.iter().map(|note| (note.kind.word(), note.text.as_str())).collect();
    assert_eq!(
        said,
        [
            ("start", "kmtop 1.0.0 started (pid 7)"),
            ("change", "pool 2 -> 3 (by console)"),
            ("start", "kmtop 1.0.1 started (pid 7)"),
            ("gap", "no numbers for 1h59m"),
            ("gap", "the clock was set back by 41s; the numbers of that time were replaced"),
            ("gap", "one interval of 1m30s: the machine slept or was starved"),
        ]
    );
    assert_eq!(reader.span().expect("readable").map(|(_, last)| last), Some(START + 7_250_000));
    assert_eq!(reader.info(START + 5_000).expect("readable").map(|info| info.version), Some("1.0.0".into()));
    assert_eq!(reader.info(START + 9_000_000).expect("readable").map(|info| info.version), Some("1.0.1".into()));
}

#[test]
fn a_clock_far_behind_loses_nothing_and_is_said() {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    let history = History::start(path.clone(), keep());
    history.push(Arc::new(second(1_000_000, 5)));
    history.push(Arc::new(second(1, 5)));
    assert!(history.flush(WAIT));
    let said = history.problem().expect("it is said");
    assert!(said.contains("the clock is 11d") && said.contains("restart"), "{said}");
    assert_eq!(all(&path).len(), 1);
    history.push(Arc::new(second(1_000_001, 5)));
    assert!(history.flush(WAIT));
    assert_eq!((history.problem(), all(&path).len()), (None, 2));
}

#[test]
fn the_file_stays_within_its_bound_and_the_oldest_goes() {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    let bound = 1_500_000;
    let mut store = Store::open(&path, Keep { bytes: bound, ..keep() }).expect("new");
    let mut largest = 0;
    for at in 1..=3_000 {
        // Histograms with many values are what takes the room.
        let values: Vec<u64> = (0..200).map(|value| (value * at * 7_919) % 900_000 + 1).collect();
        write(&mut store, [Interval { tools: vec![tool("a", &values)], ..second(at, 5) }]);
        largest = largest.max(store.tidy().expect("tidied").bytes);
    }
    assert!(largest <= bound, "{largest} bytes");
    drop(store);
    let size = fs::metadata(&path).expect("there").len();
    assert!(size <= bound, "{size} bytes on the disk");
    let left = all(&path);
    assert_eq!(left.last().map(|interval| interval.sequence), Some(3_000));
    assert!(left[0].sequence > 100, "the oldest is gone: {}", left[0].sequence);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_crash_at_any_point_leaves_all_but_the_last(seconds in 1_u64..40, cut in 0.0_f64..=1.0) {
        let folder = folder();
        let path = folder.path().join("history.sqlite");
        let mut store = Store::open(&path, keep()).expect("new");
        let log = folder.path().join("history.sqlite-wal");
        let mut whole_at = Vec::new();
        for at in 1..=seconds {
            write(&mut store, [second(at, at)]);
            whole_at.push(fs::metadata(&log).expect("a log").len());
        }
        // What a crash leaves: the file, and the log up to some byte.
        let crashed = folder.path().join("crashed.sqlite");
        fs::copy(&path, &crashed).expect("copied");
        let bytes = fs::read(&log).expect("a log");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
        let kept = (bytes.len() as f64 * cut) as usize;
        fs::write(folder.path().join("crashed.sqlite-wal"), &bytes[..kept]).expect("written");
        let whole = whole_at.iter().filter(|size| **size <= kept as u64).count();
        match Reader::open(&crashed) {
            Ok(_) => {
                let left: Vec<u64> = all(&crashed).iter().map(|interval| interval.sequence).collect();
                prop_assert_eq!(left, (1..=whole as u64).collect::<Vec<_>>());
            }
            // Cut off before even the tables were whole.
            Err(error) => prop_assert!(whole == 0, "{error}"),
        }
        let mut store = Store::open(&crashed, keep()).expect("and it goes on");
        write(&mut store, [second(seconds + 1, 1)]);
        prop_assert_eq!(all(&crashed).len(), whole + 1);
    }
}

#[track_caller]
fn is_put_aside(damage: impl FnOnce(&mut Vec<u8>)) {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    write(&mut Store::open(&path, keep()).expect("new"), (1..=60).map(|at| second(at, 5)));
    let mut bytes = fs::read(&path).expect("there");
    damage(&mut bytes);
    fs::write(&path, &bytes).expect("written");
    let history = History::start(path.clone(), keep());
    history.push(Arc::new(second(100, 5)));
    assert!(history.flush(WAIT), "{:?}", history.problem());
    let said = history.problem().expect("it is said");
    assert!(said.contains("damaged") && said.contains("history.sqlite.corrupt-"), "{said}");
    let names = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
    let aside: Vec<_> = names.filter(|path| path.to_string_lossy().contains("corrupt")).collect();
    assert!(aside.iter().any(|path| fs::read(path).is_ok_and(|kept| kept == bytes)), "what it held is kept: {aside:?}");
    assert_eq!(all(&path).iter().map(|interval| interval.sequence).collect::<Vec<_>>(), [100]);
}

#[test]
fn a_damaged_file_is_put_aside_and_said() {
    let noise = |bytes: &mut [u8]| {
        bytes
            .iter_mut()
            .zip((0_u32..).map(|at| at * 31 % 251))
            .for_each(|(byte, noise)| *byte = u8::try_from(noise).expect("small"));
    };
    is_put_aside(|bytes| noise(&mut bytes[4_096..12 * 4_096]));
    is_put_aside(|bytes| noise(&mut bytes[..1_000]));
    is_put_aside(|bytes| *bytes = b"no database at all, but long enough to be taken for one".repeat(10));
}

#[test]
fn a_file_of_a_later_kmtop_or_of_another_program_is_left_alone() {
    let folder = folder();
    let (newer, other) = (folder.path().join("newer.sqlite"), folder.path().join("other.sqlite"));
    drop(Store::open(&newer, keep()).expect("new"));
    Connection::open(&newer).and_then(|file| file.pragma_update(None, "user_version", 99)).expect("set");
    Connection::open(&other).and_then(|file| file.execute_batch("CREATE TABLE theirs (x)")).expect("made");
    for (path, words) in [(&newer, "layout 99, which a later kmtop wrote"), (&other, "another program")] {
        let before = fs::read(path).expect("there");
        let history = History::start(path.clone(), keep());
        for at in 1..=300 {
            history.push(Arc::new(second(at, 5)));
        }
        assert!(history.flush(WAIT));
        let said = history.problem().expect("it is said");
        assert!(said.contains(words) && said.contains("left alone"), "{said}");
        assert_eq!(fs::read(path).expect("there"), before);
        assert!(Reader::open(path).is_err_and(|error| error.to_string().contains(words)));
    }
    let absent = Reader::open(&folder.path().join("none.sqlite")).expect_err("absent").to_string();
    assert!(absent.contains("there is no history at"), "{absent}");
    assert!(!folder.path().join("none.sqlite").exists());
}

#[test]
fn a_locked_file_is_tried_again_and_nothing_is_lost() {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    drop(Store::open(&path, keep()).expect("new"));
    let other = Connection::open(&path).expect("a database");
    other.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let history = History::start(path.clone(), keep());
    (1..=5).for_each(|at| history.push(Arc::new(second(at, 5))));
    assert!(!history.flush(WAIT), "it cannot be written");
    let said = history.problem().expect("it is said");
    assert!(said.contains("is tried again") && said.contains("locked"), "{said}");
    other.execute_batch("ROLLBACK").expect("open again");
    history.push(Arc::new(second(6, 5)));
    assert!(history.flush(WAIT));
    assert_eq!((history.problem(), history.counts().1, all(&path).len()), (None, 0, 6));
}

#[test]
fn a_full_disk_is_said_and_waited_out() {
    let folder = folder();
    // A folder in the file's place cannot be written to, like a disk that is full, and can be made good again.
    let path = folder.path().join("history.sqlite");
    fs::create_dir(&path).expect("made");
    let history = History::start(path.clone(), keep());
    for at in 1..=200 {
        history.push(Arc::new(second(at, 5)));
        assert!(at % 100 > 0 || !history.flush(WAIT), "it cannot be written");
    }
    assert!(history.problem().is_some_and(|said| said.contains("is tried again")), "{:?}", history.problem());
    fs::remove_dir(&path).expect("removed");
    assert!(history.flush(WAIT), "{:?}", history.problem());
    assert_eq!(history.problem(), None);
    let left = all(&path);
    assert_eq!((left.first().map(|interval| interval.sequence), left.len()), (Some(81), 120), "two minutes are kept meanwhile");
    assert_eq!(history.counts().1, 80);
    let notes = Reader::open(&path).and_then(|reader| reader.notes(0, u64::MAX)).expect("readable");
    assert!(notes.iter().any(|note| note.text == "80 seconds were not kept: the file could not be written"), "{notes:?}");
}

#[test]
fn a_store_that_is_full_fails_whole_and_goes_on_when_there_is_room() {
    let folder = folder();
    let path = folder.path().join("history.sqlite");
    let mut store = Store::open(&path, keep()).expect("new");
    write(&mut store, [second(1, 5)]);
    store.allow_pages(Some(20));
    let many: Vec<Entry> = (2..=200).map(|at| Entry::Interval(Arc::new(second(at, at * 977)))).collect();
    let error = store.write(&many).expect_err("full");
    assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DiskFull));
    assert_eq!(all(&path).len(), 1, "all of it or nothing");
    store.allow_pages(None);
    store.write(&many).expect("there is room again");
    assert_eq!(all(&path).len(), 200);
}
