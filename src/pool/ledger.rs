//! What the pool has done and how it goes: counts, times, and the patience with workers that fail.

use std::time::Duration;

use crate::model::PoolCounters;

/// Failures in a row after which callers are told at once instead of waiting for a worker.
const FAILURES_BEFORE_DEGRADED: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Counts and times since the start.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) counters: PoolCounters,
    /// Workers that failed in a row, without a job done in between.
    failures: u32,
    last_failure: String,
    /// Jobs that came, and those of them that found a worker waiting.
    came: u64,
    warm: u64,
    working: Duration,
    starting: Duration,
    wasted: Duration,
}

impl Ledger {
    /// A job has come; `warm` says whether an idle worker waited for it.
    pub(super) fn came(&mut self, warm: bool) {
        self.came += 1;
        self.warm += u64::from(warm);
    }

    /// A worker is ready after this long.
    pub(super) fn started(&mut self, took: Duration) {
        self.starting += took;
    }

    /// A job was done in this time.
    pub(super) fn served(&mut self, ran: Duration) {
        self.failures = 0;
        self.counters.served += 1;
        self.working += ran;
    }

    /// A worker was killed after this long in its job.
    pub(super) fn killed(&mut self, timeout: bool, wasted: Duration) {
        self.counters.killed += 1;
        self.counters.timeouts += u64::from(timeout);
        self.wasted += wasted;
    }

    /// A worker failed by itself.
    pub(super) fn crashed(&mut self, slot: u16, how: &str) {
        self.counters.crashed += 1;
        self.failures += 1;
        self.last_failure = format!("worker {slot} {how}");
        tracing::warn!(slot, failures = self.failures, "worker {how}");
    }

    /// Whether workers have failed so often in a row that none is to be expected soon.
    pub(super) fn failing(&self) -> bool {
        self.failures >= FAILURES_BEFORE_DEGRADED
    }

    /// How the last worker failed, for people.
    pub(super) fn last_failure(&self) -> String {
        self.last_failure.clone()
    }

    /// How long a worker's replacement waits. One that never started waits for every failure in a row, one that died after it had
    /// been ready only from the second on: a first death is replaced at once.
    pub(super) fn patience(&self, never_started: bool) -> Duration {
        backoff(if never_started { self.failures } else { self.failures.saturating_sub(1) })
    }

    /// Mean working time of a job; a second as long as none was done.
    pub(super) fn mean_job(&self) -> Duration {
        match u32::try_from(self.counters.served) {
            Ok(0) => Duration::from_secs(1),
            served => self.working / served.unwrap_or(u32::MAX),
        }
    }

    /// Share of jobs that found a warm worker, 0 to 1.
    pub(super) fn reuse_share(&self) -> Option<f64> {
        (self.came > 0).then(|| self.warm as f64 / self.came as f64)
    }

    /// Working time ÷ (working + starting + killed time), 0 to 1.
    pub(super) fn efficiency(&self) -> Option<f64> {
        let done = self.working + self.wasted;
        (!done.is_zero()).then(|| self.working.as_secs_f64() / (done + self.starting).as_secs_f64())
    }
}

/// How long to wait after so many failures in a row: nothing, then 100 ms doubling to 30 s, each up to a quarter shorter by chance,
/// so that workers that fall together do not rise together.
fn backoff(failures: u32) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let longest = FIRST_BACKOFF.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_BACKOFF);
    let mut chance = [0_u8];
    // Without chance the wait is whole.
    let _ = getrandom::fill(&mut chance);
    longest.mul_f64(1.0 - f64::from(chance[0]) / 255.0 * 0.25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_with_failures_in_a_row_and_ends_with_a_job() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.patience(true), Duration::ZERO);
        ledger.crashed(1, "died");
        assert_eq!(ledger.patience(false), Duration::ZERO, "a first death is replaced at once");
        let (least, most) = (Duration::from_millis(75), Duration::from_millis(100));
        assert!((least..=most).contains(&ledger.patience(true)));
        for _ in 0..40 {
            ledger.crashed(1, "died");
        }
        assert!(ledger.failing() && ledger.patience(true) <= LONGEST_BACKOFF && ledger.patience(true) >= LONGEST_BACKOFF * 3 / 4);
        ledger.served(Duration::from_millis(5));
        assert!(!ledger.failing() && ledger.patience(true).is_zero());
    }
}
