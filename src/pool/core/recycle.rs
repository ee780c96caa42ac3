//! How long a worker lives: by jobs, by age, by memory, each with some chance in it so that they do not go all at once.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::RecycleReason;

/// At most one worker in this time is replaced, except for one that holds far too much memory.
pub(super) const PAUSE: Duration = Duration::from_secs(10);
/// How long a worker may hold more memory than is usual.
const MEMORY_PATIENCE: Duration = Duration::from_secs(30);
/// One that holds so many times the median is replaced at once.
const HARD: u64 = 4;
/// What is below this is no leak, whatever the others hold.
const SMALL: u64 = 64 << 20;

/// How long workers live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lives {
    /// After about so many jobs a worker is replaced; `None` for any number.
    pub calls: Option<u64>,
    /// At about this age a worker is replaced; `None` for any age.
    pub age: Option<Duration>,
    /// A worker that holds this much memory, in bytes, is replaced at once; `None` for any, whatever the others hold.
    pub memory: Option<u64>,
    /// A worker that holds so many percent of the pool's median for half a minute is replaced.
    pub heavy_percent: u64,
}

impl Default for Lives {
    fn default() -> Self {
        Self { calls: None, age: Some(Duration::from_mins(30)), memory: Some(300_000_000), heavy_percent: 200 }
    }
}

/// One worker's own limits, and its memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    calls: Option<u64>,
    pub(super) until: Option<Instant>,
    pub(super) rss: Option<u64>,
    pub(super) peak: Option<u64>,
    heavy_since: Option<Instant>,
}

/// How pressing it is that a worker goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It may stay.
    No,
    /// When it is its turn.
    Soon(RecycleReason),
    /// As soon as it has no job.
    Now,
}

impl Span {
    /// The limits of a worker that begins now. `chance` gives numbers from 0 to 1: the number of jobs is up to a fifth more or
    /// less, the age up to a tenth less.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count near another count")]
    pub(super) fn begin(lives: &Lives, now: Instant, mut chance: impl FnMut() -> f64) -> Self {
        let calls = lives.calls.map(|calls| ((calls as f64 * (0.8 + 0.4 * chance())) as u64).max(1));
        let until = lives.age.map(|age| now + age.mul_f64(1.0 - 0.1 * chance()));
        Self { calls, until, rss: None, peak: None, heavy_since: None }
    }

    /// The same limits for a worker of which this is known already.
    pub(super) fn weighing(self, before: Self) -> Self {
        Self { rss: before.rss, peak: before.peak, heavy_since: before.heavy_since, ..self }
    }

    /// Notes what the worker holds, beside what the workers hold in the median.
    pub(super) fn weigh(&mut self, rss: u64, median: u64, lives: &Lives, now: Instant) {
        self.rss = Some(rss);
        self.peak = self.peak.max(Some(rss));
        let heavy = lives.memory.is_some() && rss >= SMALL && rss >= median.saturating_mul(lives.heavy_percent) / 100;
        self.heavy_since = if heavy { self.heavy_since.or(Some(now)) } else { None };
    }

    /// When a worker that has done so many jobs is to go; an instant long past when that is now. `None` for never.
    pub(super) fn due_at(&self, served: u64, begun: Instant) -> Option<Instant> {
        let over = self.calls.is_some_and(|calls| served >= calls).then_some(begun);
        let heavy = self.heavy_since.map(|since| since + MEMORY_PATIENCE);
        over.into_iter().chain(heavy).chain(self.until).min()
    }

    /// Whether a worker that has done so many jobs is to go.
    pub(super) fn due(&self, served: u64, median: u64, lives: &Lives, now: Instant) -> Due {
        let rss = self.rss.unwrap_or_default();
        if lives.memory.is_some_and(|most| rss >= most || (rss >= SMALL && rss >= median.saturating_mul(HARD))) {
            return Due::Now;
        }
        if self.heavy_since.is_some_and(|since| now.saturating_duration_since(since) >= MEMORY_PATIENCE) {
            return Due::Soon(RecycleReason::Memory);
        }
        if self.calls.is_some_and(|calls| served >= calls) {
            return Due::Soon(RecycleReason::Calls);
        }
        if self.until.is_some_and(|until| until <= now) {
            return Due::Soon(RecycleReason::Age);
        }
        Due::No
    }
}

/// The lower median; of two the smaller one, so that one of two that leaks is seen. Without numbers it is so high that nothing is
/// compared with it.
pub(super) fn median(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    // One worker has nobody to be compared with.
    if numbers.len() < 2 { u64::MAX } else { numbers[(numbers.len() - 1) / 2] }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVES: Lives =
        Lives { calls: Some(100), age: Some(Duration::from_secs(100)), memory: Some(300_000_000), heavy_percent: 200 };

    #[test]
    fn each_limit_in_its_turn() {
        let now = Instant::now();
        let span = Span::begin(&LIVES, now, || 0.5);
        let due = |served, seconds| span.due(served, u64::MAX, &LIVES, now + Duration::from_secs(seconds));
        assert_eq!((due(99, 0), due(100, 0)), (Due::No, Due::Soon(RecycleReason::Calls)));
        assert_eq!((due(0, 94), due(0, 95)), (Due::No, Due::Soon(RecycleReason::Age)));
        let endless = Lives { calls: None, age: None, memory: None, heavy_percent: 200 };
        let span = Span::begin(&endless, now, || 0.5);
        assert_eq!(span.due(u64::MAX, u64::MAX, &endless, now + Duration::from_secs(1 << 30)), Due::No);
    }

    #[test]
    fn chance_spreads_the_limits() {
        let now = Instant::now();
        let [low, high] = [0.0, 1.0].map(|chance| Span::begin(&LIVES, now, || chance));
        assert_eq!((low.calls, high.calls), (Some(80), Some(120)));
        assert_eq!((low.until, high.until), (Some(now + Duration::from_secs(100)), Some(now + Duration::from_secs(90))));
    }

    #[test]
    fn memory_soft_after_a_while_and_hard_at_once() {
        let now = Instant::now();
        let late = now + MEMORY_PATIENCE;
        let weighed = |rss, median| {
            let mut span = Span::begin(&LIVES, now, || 0.5);
            span.weigh(rss, median, &LIVES, now);
            (span.due(0, median, &LIVES, now), span.due(0, median, &LIVES, late))
        };
        let (megabyte, soft) = (1 << 20, Due::Soon(RecycleReason::Memory));
        assert_eq!(weighed(100 * megabyte, 60 * megabyte), (Due::No, Due::No));
        assert_eq!(weighed(130 * megabyte, 60 * megabyte), (Due::No, soft));
        assert_eq!(weighed(250 * megabyte, 60 * megabyte), (Due::Now, Due::Now));
        assert_eq!(weighed(60 * megabyte, 10 * megabyte), (Due::No, Due::No), "small workers may differ");
        assert_eq!(weighed(300_000_000, u64::MAX), (Due::Now, Due::Now));
        let mut span = Span::begin(&LIVES, now, || 0.5);
        span.weigh(130 * megabyte, 60 * megabyte, &LIVES, now);
        span.weigh(70 * megabyte, 60 * megabyte, &LIVES, late);
        assert_eq!((span.due(0, 60 * megabyte, &LIVES, late), span.peak), (Due::No, Some(130 * megabyte)), "it gave some back");
    }

    #[test]
    fn medians() {
        assert_eq!([median(vec![]), median(vec![5]), median(vec![9, 3]), median(vec![9, 3, 5])], [u64::MAX, u64::MAX, 3, 5]);
    }
}
