//! Simulated days in which nothing is wrong, thirty in a release build: no rule may tell of anything more than once a day and subject.

use std::{collections::BTreeMap, thread};

use super::pretended::{Calls, Server};
use crate::model::AlertState;

/// Days, in pieces that are played side by side, each with a seed of its own.
const PIECES: u64 = 5;
/// A day takes half a minute of a processor in a debug build; the whole month is `cargo test --release --lib -- alarms::quiet`.
const DAYS_EACH: u64 = if cfg!(debug_assertions) { 1 } else { 6 };
const STEP_MS: u64 = 10_000;

/// How often each alert began to fire in a piece.
fn piece(seed: u64) -> BTreeMap<(String, String), u32> {
    let mut server = Server::new(seed, STEP_MS, Calls::IN_BURSTS);
    let mut began: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut firing: Vec<u64> = Vec::new();
    for step in 0..DAYS_EACH * 86_400_000 / STEP_MS {
        if step.is_multiple_of(60) {
            server.know_days(Calls::USUAL.rate);
        }
        let verdict = server.step(|_| {});
        let now = verdict.alerts.iter().filter(|alert| alert.state == AlertState::Firing);
        for alert in now.clone().filter(|alert| !firing.contains(&alert.id)) {
            *began.entry((alert.rule.clone(), alert.subject.clone())).or_default() += 1;
        }
        // One that resolves and fires again is the same alert.
        firing = verdict.alerts.iter().map(|alert| alert.id).collect();
    }
    began
}

#[test]
fn in_quiet_days_no_series_is_told_of_more_than_once_a_day() {
    let pieces: Vec<_> = (1..=PIECES).map(|seed| thread::spawn(move || piece(seed))).collect();
    let mut all: BTreeMap<(String, String), u32> = BTreeMap::new();
    for piece in pieces {
        for (series, count) in piece.join().expect("a piece of the month") {
            *all.entry(series).or_default() += count;
        }
    }
    let days = u32::try_from(PIECES * DAYS_EACH).expect("a month");
    assert!(all.values().all(|count| *count <= days), "false alarms in {days} days: {all:?}");
}
