//! Fault 29: killed while it writes, again and again.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use kmtop::{
    history::{History, Keep, Reader},
    record::{Recording, Source, Writer},
};

use crate::{
    fixture::{Fixture, info},
    harness::LIMIT,
};

/// How often.
const TIMES: u64 = 200;
/// Tells this very program to be the one that is killed, and in which folder.
const VICTIM: &str = "KMTOP_TEST_VICTIM";

/// Not a test by itself: writes as fast as it can and says what is written, until it is killed.
#[test]
#[expect(clippy::print_stdout, reason = "how it tells the test beside it")]
#[ignore = "run by the test beside it, which kills it"]
fn victim() {
    let Some(folder) = std::env::var_os(VICTIM).map(PathBuf::from) else { return };
    let history = History::start(folder.join("history.sqlite"), Keep::days(30, 512_000_000));
    let mut recording = Writer::open(&folder.join("a.kmrec"), &info()).unwrap();
    let mut fixture = Fixture::default();
    // Each life goes on where the one before ended.
    let written = Reader::open(&folder.join("history.sqlite")).ok().and_then(|reader| reader.span().unwrap());
    let mut interval = fixture.next();
    if let Some((_, newest)) = written {
        interval.time_ms = newest + 1_000;
    }
    loop {
        let at = interval.time_ms;
        history.push(Arc::new(interval.clone()));
        assert!(history.flush(LIMIT), "{:?}", history.problem());
        recording.add(&interval).unwrap();
        println!("\nwritten {at}");
        interval.time_ms += 1_000;
    }
}

fn start(folder: &std::path::Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "history::killed::victim", "--ignored", "--nocapture"]).env(VICTIM, folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn fault_29_killed_two_hundred_times_and_all_but_the_last_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (history, recording) = (folder.path().join("history.sqlite"), folder.path().join("a.kmrec"));
    let mut said_in_all = 0;
    let mut known = 0;
    for round in 0..TIMES {
        let mut child = start(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        // After a few that are written, at no particular moment.
        while said.len() < 2 {
            let line = lines.next().expect("it writes").unwrap();
            said.extend(line.strip_prefix("written ").map(|time| time.parse::<u64>().unwrap()));
        }
        thread::sleep(Duration::from_micros(round * 7_919 % 6_000));
        child.kill().unwrap();
        child.wait().unwrap();
        said.extend(lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("written ")?.parse::<u64>().ok()));
        said_in_all += said.len();
        let (_, newest) = Reader::open(&history).unwrap().span().unwrap().expect("something");
        let last = *said.last().unwrap();
        assert!(newest >= last, "round {round}: {last} was written and is gone");
        assert!(newest > known);
        known = newest;
    }
    let reader = Reader::open(&history).unwrap();
    let marks = reader.marks(0, u64::MAX).unwrap();
    let read = reader.read(&marks, true).unwrap();
    assert!(
        read.windows(2).all(|pair| pair[0].time_ms + u64::from(pair[1].length_ms) == pair[1].time_ms),
        "every second is there"
    );
    let seconds: u64 = read.iter().map(|interval| u64::from(interval.length_ms) / 1_000).sum();
    assert!(seconds >= said_in_all as u64, "{seconds} seconds of {said_in_all}");
    assert!(std::fs::read_dir(folder.path()).unwrap().all(|entry| !entry.unwrap().path().to_string_lossy().contains("corrupt")));
    drop(Writer::open(&recording, &info()).unwrap());
    let recorded = Recording::open(&recording).unwrap();
    assert!(recorded.times().len() >= said_in_all, "{} recorded of {said_in_all}", recorded.times().len());
    assert_eq!(recorded.damage(), None, "what was cut off was mended by the next");
}
