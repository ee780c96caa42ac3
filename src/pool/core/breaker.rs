//! Patience with what fails: one breaker for each kind of work that kills its workers, and one for workers that die in a row.
//!
//! A breaker is closed (all is tried), open (refused for a while), then half-open (one is tried): M. Nygard, "Release It!".

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    model::{Breaker, BreakerState},
    util::{clock::millis, numbers},
};

/// So many workers killed within [`CRASH_WINDOW`] open a breaker.
const CRASHES: usize = 3;
const CRASH_WINDOW: Duration = Duration::from_mins(1);
/// How long an open breaker refuses.
const OPEN: Duration = Duration::from_secs(30);
/// What a caller is told to wait while a trial runs.
const TRIAL: Duration = Duration::from_secs(1);

/// The breakers of all kinds of work; only those with crashes of late are kept.
#[derive(Debug, Default)]
pub(super) struct Breakers {
    keys: HashMap<Arc<str>, Record>,
}

#[derive(Debug)]
struct Record {
    crashes: VecDeque<Instant>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: Instant },
    HalfOpen,
}

/// Why work is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) crashes: u32,
    pub(super) retry: Duration,
}

impl Breakers {
    /// Whether work of this key may be tried now. After an open breaker's time the first to ask is its trial.
    pub(super) fn admit(&mut self, key: &str, now: Instant) -> Result<(), Refusal> {
        let Some(record) = self.keys.get_mut(key) else { return Ok(()) };
        let crashes = numbers::count(record.crashes.len());
        match record.state {
            State::Closed => Ok(()),
            State::HalfOpen => Err(Refusal { crashes, retry: TRIAL }),
            State::Open { until } if until > now => Err(Refusal { crashes, retry: until - now }),
            State::Open { .. } => {
                record.state = State::HalfOpen;
                Ok(())
            }
        }
    }

    /// Work of this key has killed its worker; true when that opens the breaker.
    pub(super) fn crashed(&mut self, key: &Arc<str>, now: Instant) -> bool {
        self.forget(now);
        let record = self.keys.entry(Arc::clone(key));
        let record = record.or_insert_with(|| Record { crashes: VecDeque::new(), state: State::Closed });
        record.crashes.push_back(now);
        if record.state == State::Closed && record.crashes.len() < CRASHES {
            return false;
        }
        record.state = State::Open { until: now + OPEN };
        true
    }

    /// Work of this key was done.
    pub(super) fn served(&mut self, key: &str) {
        if !self.keys.is_empty() && self.keys.get(key).is_some_and(|record| record.state == State::HalfOpen) {
            self.keys.remove(key);
        }
    }

    /// Work of this key ended without showing whether it kills: a trial leaves its place to the next.
    pub(super) fn undecided(&mut self, key: &str, now: Instant) {
        if let Some(record) = self.keys.get_mut(key).filter(|record| record.state == State::HalfOpen) {
            record.state = State::Open { until: now };
        }
    }

    /// Lets crashes of long ago go.
    fn forget(&mut self, now: Instant) {
        for record in self.keys.values_mut() {
            record.crashes.retain(|at| now.saturating_duration_since(*at) < CRASH_WINDOW);
        }
        self.keys.retain(|_, record| record.state != State::Closed || !record.crashes.is_empty());
    }

    pub(super) fn status(&self, now: Instant) -> Vec<Breaker> {
        let one = |(key, record): (&Arc<str>, &Record)| Breaker {
            key: Arc::clone(key),
            state: match record.state {
                State::Closed => BreakerState::Closed,
                State::Open { .. } => BreakerState::Open,
                State::HalfOpen => BreakerState::HalfOpen,
            },
            crashes: numbers::count(record.crashes.len()),
            retry_ms: match record.state {
                State::Closed => None,
                State::Open { until } => Some(millis(until.saturating_duration_since(now))),
                State::HalfOpen => Some(millis(TRIAL)),
            },
        };
        let recent = |record: &Record| {
            record.state != State::Closed || record.crashes.iter().any(|at| now.saturating_duration_since(*at) < CRASH_WINDOW)
        };
        let mut breakers: Vec<Breaker> = self.keys.iter().filter(|(_, record)| recent(record)).map(one).collect();
        breakers.sort_by(|one, other| one.key.cmp(&other.key));
        breakers
    }
}

/// Failed starts in a row after which callers are told at once instead of waiting, when no worker lives.
const STARTS_BEFORE_DEGRADED: u32 = 3;
/// Failures in a row after which only one worker at a time is tried.
const FAILURES_BEFORE_HOLD: u32 = 5;
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Workers that failed one after the other, without a job done in between.
#[derive(Debug, Default)]
pub(super) struct Streak {
    starts: u32,
    deaths: u32,
    last: Option<Instant>,
    how: String,
}

impl Streak {
    /// A worker failed: at its start, or later.
    pub(super) fn failed(&mut self, slot: u16, how: &str, started: bool, now: Instant) {
        if started {
            self.deaths += 1;
        } else {
            self.starts += 1;
        }
        self.last = Some(now);
        self.how = format!("worker {slot} {how}");
        tracing::warn!(slot, failures = self.failures(), "worker {how}");
    }

    /// A worker is ready: starting works.
    pub(super) fn ready(&mut self) {
        self.starts = 0;
    }

    /// A job was done: all is well.
    pub(super) fn served(&mut self) {
        self.starts = 0;
        self.deaths = 0;
    }

    /// Deaths of long ago, with workers that live since, are no loop.
    pub(super) fn calm(&mut self, now: Instant) {
        if self.starts == 0 && self.last.is_some_and(|last| last + LONGEST_BACKOFF <= now) {
            self.deaths = 0;
        }
    }

    /// When [`Streak::calm`] would end a loop.
    pub(super) fn calm_at(&self) -> Option<Instant> {
        self.last.filter(|_| self.starts == 0 && self.looping()).map(|last| last + LONGEST_BACKOFF)
    }

    fn failures(&self) -> u32 {
        self.starts + self.deaths
    }

    /// Whether starts have failed so often in a row that no worker is to be expected soon. Workers that die at work do come up, and
    /// are worth a wait.
    pub(super) fn failing(&self) -> bool {
        self.starts >= STARTS_BEFORE_DEGRADED
    }

    /// Whether only one worker at a time is to be tried.
    pub(super) fn looping(&self) -> bool {
        self.failures() >= FAILURES_BEFORE_HOLD
    }

    /// How the last worker failed, for people.
    pub(super) fn how(&self) -> &str {
        &self.how
    }

    /// How long a worker's replacement waits. One that never started waits for every failure in a row, one that died after it had
    /// been ready only from the second on: a first death is replaced at once. `chance` is from 0 to 1, and makes the wait up to a
    /// quarter shorter, so that workers that fall together do not rise together.
    pub(super) fn patience(&self, started: bool, chance: f64) -> Duration {
        let failures = if started { self.failures().saturating_sub(1) } else { self.failures() };
        if failures == 0 {
            return Duration::ZERO;
        }
        let longest = FIRST_BACKOFF.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_BACKOFF);
        longest.mul_f64(1.0 - chance.clamp(0.0, 1.0) * 0.25)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_with_failures_in_a_row_and_ends_with_a_job() {
        let now = Instant::now();
        let mut streak = Streak::default();
        assert_eq!(streak.patience(false, 0.5), Duration::ZERO);
        streak.failed(1, "died", true, now);
        assert_eq!(streak.patience(true, 0.5), Duration::ZERO, "a first death is replaced at once");
        assert_eq!(streak.patience(false, 0.0), Duration::from_millis(100));
        assert_eq!(streak.patience(false, 1.0), Duration::from_millis(75));
        for _ in 0..40 {
            streak.failed(1, "died", true, now);
        }
        assert!(streak.looping() && !streak.failing(), "they do start");
        assert_eq!(streak.patience(true, 0.0), LONGEST_BACKOFF);
        streak.served();
        assert!(!streak.failing() && streak.patience(true, 0.0).is_zero());
    }

    #[test]
    fn a_loop_of_deaths_ends_when_they_do() {
        let now = Instant::now();
        let mut streak = Streak::default();
        (0..5).for_each(|_| streak.failed(1, "died", true, now));
        assert_eq!(streak.calm_at(), Some(now + LONGEST_BACKOFF));
        streak.calm(now + LONGEST_BACKOFF / 2);
        assert!(streak.looping());
        streak.calm(now + LONGEST_BACKOFF);
        assert!(!streak.looping() && streak.calm_at().is_none());
        (0..5).for_each(|_| streak.failed(1, "did not start", false, now));
        assert!(streak.failing());
        streak.calm(now + LONGEST_BACKOFF * 9);
        assert!(streak.looping(), "starts that fail are tried again, and only one that works ends it");
        streak.ready();
        assert!(!streak.looping());
    }

    #[test]
    fn a_breaker_opens_tries_one_and_closes() {
        let (key, now): (Arc<str>, _) = ("poison".into(), Instant::now());
        let mut breakers = Breakers::default();
        assert!(!breakers.crashed(&key, now) && !breakers.crashed(&key, now));
        assert_eq!(breakers.admit(&key, now), Ok(()));
        assert!(breakers.crashed(&key, now), "the third within a minute opens it");
        assert_eq!(breakers.admit(&key, now), Err(Refusal { crashes: 3, retry: OPEN }));
        assert_eq!(breakers.admit("other", now), Ok(()));
        let later = now + OPEN;
        assert_eq!(breakers.admit(&key, later), Ok(()), "one is tried");
        assert!(breakers.admit(&key, later).is_err(), "and only one");
        breakers.undecided(&key, later);
        assert_eq!(breakers.admit(&key, later), Ok(()), "a trial that was never run leaves its place");
        assert!(breakers.crashed(&key, later), "a trial that kills opens it again");
        assert!(breakers.admit(&key, later).is_err());
        assert_eq!(breakers.admit(&key, later + OPEN), Ok(()));
        breakers.served(&key);
        assert_eq!((breakers.admit(&key, later + OPEN), breakers.status(later + OPEN)), (Ok(()), Vec::new()));
    }

    #[test]
    fn slow_deaths_open_nothing() {
        let (key, now): (Arc<str>, _) = ("clumsy".into(), Instant::now());
        let mut breakers = Breakers::default();
        assert!((0..10).all(|minute| !breakers.crashed(&key, now + CRASH_WINDOW * minute)));
    }
}
