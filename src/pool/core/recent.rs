//! Numbers of the last minutes, the last hour, and of a state that comes and goes.

use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use crate::{model::Spread, util::clock::micros};

/// Half of the span that is looked at.
const HALF: Duration = Duration::from_mins(1);

/// What happened in the last one to two minutes.
#[derive(Debug)]
pub(super) struct Recent {
    newer: Half,
    older: Half,
    /// How long the older half was; zero while there was none.
    older_span: Duration,
    turned: Instant,
}

#[derive(Debug)]
struct Half {
    waits: Histogram<u32>,
    came: u64,
    ended: u64,
    worked: Duration,
}

impl Half {
    fn new() -> Self {
        // Two significant digits are what a screen shows.
        let waits = Histogram::new_with_bounds(1, 3_600_000_000, 2).unwrap_or_else(|_| crate::metrics::latency());
        Self { waits, came: 0, ended: 0, worked: Duration::ZERO }
    }

    fn reset(&mut self) {
        self.waits.reset();
        (self.came, self.ended, self.worked) = (0, 0, Duration::ZERO);
    }
}

impl Recent {
    pub(super) fn new(now: Instant) -> Self {
        Self { newer: Half::new(), older: Half::new(), older_span: Duration::ZERO, turned: now }
    }

    fn now(&mut self, now: Instant) -> &mut Half {
        let age = now.saturating_duration_since(self.turned);
        if age >= HALF {
            std::mem::swap(&mut self.newer, &mut self.older);
            self.newer.reset();
            self.older_span = age;
            if age >= 2 * HALF {
                self.older.reset();
                self.older_span = HALF;
            }
            self.turned = now;
        }
        &mut self.newer
    }

    /// A job got its worker after this wait.
    pub(super) fn waited(&mut self, now: Instant, wait: Duration) {
        self.now(now).waits.saturating_record(micros(wait).max(1));
    }

    /// A job has come.
    pub(super) fn came(&mut self, now: Instant) {
        self.now(now).came += 1;
    }

    /// A job left its worker after this time.
    pub(super) fn ended(&mut self, now: Instant, worked: Duration) {
        let half = self.now(now);
        half.ended += 1;
        half.worked += worked;
    }

    /// How long jobs waited; `None` when none did.
    pub(super) fn waits(&self, now: Instant) -> Option<Spread> {
        let age = now.saturating_duration_since(self.turned);
        let mut all = self.newer.waits.clone();
        match age {
            age if age >= 2 * HALF => all.reset(),
            // Both are latency histograms of the same bounds.
            age if age < HALF => all.add(&self.older.waits).unwrap_or_default(),
            _ => {}
        }
        let at = |share| all.value_at_quantile(share);
        (!all.is_empty()).then(|| Spread { p50_us: at(0.5), p95_us: at(0.95), p99_us: at(0.99), count: all.len() })
    }

    /// Jobs a second times their mean working time. `usual` is what a job takes when none ended of late; without it nothing is known.
    pub(super) fn offered_load(&self, now: Instant, usual: Option<Duration>) -> Option<f64> {
        let usual = usual?;
        let age = now.saturating_duration_since(self.turned);
        if age >= 2 * HALF {
            return Some(0.0);
        }
        let (older, span) = if age < HALF { (Some(&self.older), age + self.older_span) } else { (None, age) };
        let halves = || [Some(&self.newer), older].into_iter().flatten();
        let (came, ended) = halves().fold((0, 0), |(came, ended), half| (came + half.came, ended + half.ended));
        let worked: Duration = halves().map(|half| half.worked).sum();
        let mean = if ended > 0 { worked.as_secs_f64() / ended as f64 } else { usual.as_secs_f64() };
        // In the first moments a rate is no rate yet.
        Some(came as f64 / span.max(Duration::from_secs(1)).as_secs_f64() * mean)
    }
}

const MINUTES: usize = 60;

/// How often something happened in the last hour, minute by minute.
#[derive(Debug)]
pub(super) struct Hour {
    begun: Instant,
    counts: [u64; MINUTES],
    /// The newest minute, counted from the beginning.
    newest: u64,
}

impl Hour {
    pub(super) fn new(now: Instant) -> Self {
        Self { begun: now, counts: [0; MINUTES], newest: 0 }
    }

    fn minute(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.begun).as_secs() / 60
    }

    fn place(minute: u64) -> usize {
        usize::try_from(minute % MINUTES as u64).unwrap_or_default()
    }

    /// It has happened.
    pub(super) fn count(&mut self, now: Instant) {
        let minute = self.minute(now);
        for passed in self.newest + 1..=minute.min(self.newest + MINUTES as u64) {
            self.counts[Self::place(passed)] = 0;
        }
        self.newest = self.newest.max(minute);
        self.counts[Self::place(minute)] += 1;
    }

    /// How often it has happened.
    pub(super) fn sum(&self, now: Instant) -> u64 {
        let quiet = self.minute(now).saturating_sub(self.newest);
        (quiet..MINUTES as u64).filter_map(|back| Some(self.counts[Self::place(self.newest.checked_sub(back - quiet)?)])).sum()
    }
}

/// How long something has been so, all in all.
#[derive(Debug)]
pub(super) struct Stopwatch {
    spent: Duration,
    since: Option<Instant>,
}

impl Stopwatch {
    pub(super) fn new(on: bool, now: Instant) -> Self {
        Self { spent: Duration::ZERO, since: on.then_some(now) }
    }

    pub(super) fn set(&mut self, on: bool, now: Instant) {
        *self = Self { spent: self.spent(now), since: on.then_some(now) };
    }

    pub(super) fn spent(&self, now: Instant) -> Duration {
        self.spent + self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_forgets_minute_by_minute() {
        let start = Instant::now();
        let at = |minutes| start + Duration::from_mins(minutes);
        let mut hour = Hour::new(start);
        (0..200).for_each(|minute| hour.count(at(minute)));
        assert_eq!([hour.sum(at(199)), hour.sum(at(229)), hour.sum(at(258)), hour.sum(at(259))], [60, 30, 1, 0]);
        hour.count(at(1_000));
        hour.count(at(1_000));
        assert_eq!(hour.sum(at(1_001)), 2);
        let mut young = Hour::new(start);
        young.count(start);
        assert_eq!([young.sum(at(0)), young.sum(at(59)), young.sum(at(60))], [1, 1, 0]);
    }

    #[test]
    fn the_offered_load_is_rate_times_work() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut recent = Recent::new(start);
        assert_eq!(recent.offered_load(start, None), None);
        for second in 0..90 {
            // Two a second, half a second each, of which one is turned away.
            recent.came(at(second));
            recent.came(at(second));
            recent.ended(at(second), Duration::from_millis(500));
        }
        let load = recent.offered_load(at(90), Some(Duration::ZERO)).expect("known");
        assert!((load - 1.0).abs() < 0.02, "{load}");
        assert_eq!(recent.offered_load(at(300), Some(Duration::ZERO)), Some(0.0));
        let mut waiting = Recent::new(start);
        (0..10).for_each(|second| waiting.came(at(second)));
        assert_eq!(waiting.offered_load(at(10), Some(Duration::from_secs(3))), Some(3.0), "none ended yet: as usual");
    }

    #[test]
    fn a_stopwatch_adds_up() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut watch = Stopwatch::new(false, start);
        watch.set(true, at(10));
        watch.set(true, at(12));
        watch.set(false, at(15));
        assert_eq!([watch.spent(at(12)), watch.spent(at(99))].map(|spent| spent.as_secs()), [5, 5]);
    }
}
