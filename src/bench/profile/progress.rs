//! How far a profile is, for people.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use crate::bench::{
    live::Live,
    measure::{Phase, Progress},
    tally::{Sample, Tally},
};

/// How often it is drawn.
const EACH: Duration = Duration::from_millis(250);

/// How far a profile is.
pub struct ProfileProgress {
    tally: Tally,
    began: Instant,
    shown: Option<Instant>,
    wanted: u64,
}

impl ProfileProgress {
    /// Nothing yet, of so many calls.
    #[must_use]
    pub fn new(wanted: u64) -> Self {
        Self { tally: Tally::new(1), began: Instant::now(), shown: None, wanted }
    }

    /// Counts a call that took so long.
    pub fn add(&mut self, took: Duration, good: bool) {
        let done = self.began.elapsed();
        let sent = done.saturating_sub(took);
        let outcome = if good { Ok(()) } else { Err("tool_error".into()) };
        self.tally.add(&Sample { operation: 0, planned: sent, sent, done, outcome });
    }

    /// Draws it, a few times a second.
    pub fn show<W: Write>(&mut self, live: &mut Live<W>) {
        if self.shown.is_some_and(|shown| shown.elapsed() < EACH) {
            return;
        }
        self.shown = Some(Instant::now());
        let at = self.began.elapsed();
        let share = self.tally.all.calls as f64 / self.wanted.max(1) as f64;
        let length = at.div_f64(share.clamp(1e-6, 1.0));
        live.show(&Progress { phase: Phase::Measure, what: "", tally: &self.tally, at, length, in_flight: 1 });
    }
}
