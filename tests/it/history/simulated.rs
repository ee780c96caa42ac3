//! A day at a hundred calls a second, simulated: memory flat, the file within its bound.

use std::{process::Command, sync::Arc};

use kmtop::{
    history::{History, Keep, Reader},
    model::Interval,
};

use crate::{fixture::Fixture, harness::LIMIT};

/// Tells this very program to be the day, and how many seconds it has.
const SECONDS: &str = "KMTOP_TEST_SECONDS";
/// Seconds that are made once and then come again.
const MADE: usize = 60;
const MEGABYTE: u64 = 1_000_000;

/// Not a test by itself: the memory that is looked at must be nobody else's.
#[test]
#[expect(clippy::print_stdout, reason = "how it tells the test beside it")]
#[ignore = "run by the tests beside it, in a process of its own"]
fn day() {
    let Some(seconds) = std::env::var(SECONDS).ok().and_then(|seconds| seconds.parse::<u64>().ok()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite");
    // What is kept for how long is as short as the simulated time is.
    let scale = 86_400 / seconds;
    let whole = Keep::days(30, 200 * MEGABYTE);
    let keep = Keep {
        seconds_ms: whole.seconds_ms / scale,
        tens_ms: whole.tens_ms / scale,
        minutes_ms: whole.minutes_ms / scale,
        bytes: whole.bytes / scale,
    };
    let history = History::start(path.clone(), keep);
    let mut fixture = Fixture::default();
    let made: Vec<Interval> = (0..MADE).map(|_| fixture.next()).collect();
    let calls: usize = made.iter().flat_map(|interval| &interval.tools).map(|tool| tool.calls as usize).sum();
    let start = made[0].time_ms;
    let mut memory = Vec::new();
    for at in 0..seconds {
        let second = made[usize::try_from(at).unwrap() % MADE].clone();
        // Calls are not kept on the disk; without them the simulation costs less.
        let interval = Interval { time_ms: start + at * 1_000, sequence: at, calls: Vec::new(), ..second };
        history.push(Arc::new(interval));
        if at % 60 == 59 {
            assert!(history.flush(LIMIT), "{:?}", history.problem());
        }
        if at % (seconds / 8) == seconds / 8 - 1 {
            memory.push(resident());
        }
    }
    assert!(history.flush(LIMIT));
    let (written, lost, _) = history.counts();
    let size: u64 = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    let left = Reader::open(&path).unwrap().span().unwrap().unwrap();
    println!(
        "day of {seconds} s at {} calls/s: {size} bytes of {}, memory {memory:?}, {} s kept",
        calls / MADE,
        keep.bytes,
        (left.1 - left.0) / 1_000
    );
    assert_eq!((written, lost), (seconds, 0));
    // The write-ahead log and its index stand beside the file for as long as it is open.
    assert!(size <= keep.bytes + 9 * MEGABYTE, "{size} bytes of {}", keep.bytes);
    let (early, late) = (memory[1], *memory.last().unwrap());
    assert!(late <= early + early / 10 + 2 * MEGABYTE, "memory grows: {memory:?}");
}

/// Bytes of memory that this process holds.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4_096
}

#[track_caller]
#[expect(clippy::print_stdout, reason = "the figures are what a day by hand is for")]
fn simulate(seconds: u64) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "history::simulated::day", "--ignored", "--nocapture"]).env(SECONDS, seconds.to_string());
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    println!("{}", stdout.lines().find(|line| line.contains("day of")).unwrap_or_default());
}

/// Half an hour with a forty-eighth of everything; a whole day takes minutes in a debug build.
#[test]
fn memory_is_flat_and_the_file_stays_within_its_bound() {
    simulate(1_800);
}

#[test]
#[ignore = "takes minutes; run by hand with: cargo test --release --test it -- --ignored a_whole_day --nocapture"]
fn a_whole_day() {
    simulate(86_400);
}
