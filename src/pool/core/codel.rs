//! Controlled delay: when to turn jobs away that have waited for too long already.
//!
//! After K. Nichols and V. Jacobson, "Controlling Queue Delay" (2012), as adapted for servers: a lane is overloaded when even the
//! job that waited the least in the last interval waited longer than the target. Then whatever has waited over twice the target is
//! turned away, so that the others are served in time instead of everybody too late.

use std::time::Duration;

use tokio::time::Instant;

/// The wait that is still good.
const TARGET: Duration = Duration::from_millis(125);
/// How long the waits are looked at before a judgement.
const INTERVAL: Duration = Duration::from_secs(1);

/// One lane's judgement.
#[derive(Debug, Default)]
pub(super) struct Codel {
    judged_at: Option<Instant>,
    least: Duration,
    overloaded: bool,
}

impl Codel {
    /// Notes that a job is about to be taken after this wait, and says whether to turn it away instead.
    pub(super) fn drops(&mut self, now: Instant, wait: Duration) -> bool {
        if self.judged_at.is_none_or(|at| now >= at) {
            self.overloaded = self.judged_at.is_some() && self.least > TARGET;
            self.judged_at = Some(now + INTERVAL);
            self.least = wait;
            return false;
        }
        self.least = self.least.min(wait);
        self.overloaded && wait > 2 * TARGET
    }

    /// Nothing waited just now: whatever waits next is no standing queue yet.
    pub(super) fn stood_empty(&mut self) {
        self.least = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_served_and_a_standing_queue_is_cut() {
        let start = Instant::now();
        let millis = Duration::from_millis;
        let mut codel = Codel::default();
        // A burst: some wait long, but not all.
        for at in 0..30 {
            let wait = if at % 3 == 0 { millis(10) } else { millis(900) };
            assert!(!codel.drops(start + millis(at * 100), wait), "at {at}");
        }
        // Now everybody waits: within two intervals the long waits are turned away, and the short ones never.
        let later = start + Duration::from_secs(10);
        let dropped: Vec<bool> = (0..40).map(|at| codel.drops(later + millis(at * 100), millis(900))).collect();
        assert!(!dropped[..10].contains(&true) && dropped[12..20].iter().all(|dropped| *dropped), "{dropped:?}");
        assert!(!codel.drops(later + millis(4_001), millis(200)));
        // With an empty queue in between, long waits are a burst again.
        codel.stood_empty();
        assert!((5_010..6_000).step_by(100).all(|at| !codel.drops(later + millis(at), millis(900))));
        assert!((6_010..7_000).step_by(100).any(|at| codel.drops(later + millis(at), millis(900))), "and stand again");
    }
}
