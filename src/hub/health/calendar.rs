//! Whether the system clock goes evenly: graphs, history and certificates go by it.

use std::time::{Duration, Instant};

use super::judge::Found;
use crate::{model::Condition, util::clock::Anchor};

/// A clock that differs by more from what it should show was set. Less is how clocks are kept right.
const STEP_MS: u64 = 2_000;
/// For how long it is told that the clock was set.
const TOLD: Duration = Duration::from_mins(5);
/// The clock of a machine that does not know the time shows less: the first day of 2020.
const PLAUSIBLE_MS: u64 = 1_577_836_800_000;

/// Compares the calendar with the clock that only counts.
#[derive(Debug)]
pub(super) struct Calendar {
    before: Anchor,
    at: Instant,
    set: Option<(Instant, i64)>,
}

impl Calendar {
    pub(super) fn new(now: Anchor, at: Instant) -> Self {
        Self { before: now, at, set: None }
    }

    /// What both clocks show now.
    pub(super) fn look(&mut self, now: Anchor, at: Instant) -> Found {
        let at = at.max(self.at);
        let (shown, expected) = (now.unix_ms(at), self.before.unix_ms(at));
        if shown.abs_diff(expected) > STEP_MS {
            let seconds = i64::try_from(shown.abs_diff(expected) / 1_000).unwrap_or(i64::MAX);
            self.set = Some((at, if shown < expected { -seconds } else { seconds }));
            self.before = now;
        }
        self.at = at;
        match self.set {
            _ if shown < PLAUSIBLE_MS => Found::bad(Condition::Degraded, "the system clock shows a time before 2020"),
            Some((when, by)) if at.saturating_duration_since(when) < TOLD => {
                let ago = at.saturating_duration_since(when).as_secs();
                Found::bad(Condition::Degraded, format!("the system clock was set by {by:+} s, {ago} s ago; graphs show a gap"))
            }
            _ => Found::good(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_told_for_a_while() {
        let (anchor, start) = (Anchor::now(), Instant::now());
        let mut calendar = Calendar::new(anchor, start);
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(calendar.look(anchor.set_by(1), after(10)), Found::good(), "clocks are kept right by small steps");
        let found = calendar.look(anchor.set_by(-3_600), after(20));
        assert_eq!(found, Found::bad(Condition::Degraded, "the system clock was set by -3600 s, 0 s ago; graphs show a gap"));
        assert_eq!(calendar.look(anchor.set_by(-3_600), after(80)).status, Condition::Degraded);
        assert_eq!(calendar.look(anchor.set_by(-3_600), after(400)), Found::good());
        assert_eq!(calendar.look(anchor.set_by(-1_700_000_000), after(401)).status, Condition::Degraded);
    }
}
