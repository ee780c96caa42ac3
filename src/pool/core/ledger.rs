//! What the pool has done: counts, times, and the newest slow calls.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use super::recent::{Hour, Recent};
use crate::{
    model::{PoolCounters, RecycleReason, ShedReason, SlowCall, Spread},
    util::clock::micros,
};

/// Starts whose time is remembered.
const STARTS: usize = 64;
/// Slow calls that are kept.
const SLOW_KEPT: usize = 50;

/// Counts and times since the start.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) counters: PoolCounters,
    pub(super) shed_by: BTreeMap<ShedReason, u64>,
    pub(super) recycled_by: BTreeMap<RecycleReason, u64>,
    recent: Recent,
    hour: Hour,
    starts: VecDeque<Duration>,
    slow: VecDeque<SlowCall>,
    /// Jobs that were given to a worker, and those of them whose worker was ready before they came.
    given: u64,
    warm: u64,
    working: Duration,
    starting: Duration,
    wasted: Duration,
}

impl Ledger {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            counters: PoolCounters::default(),
            shed_by: BTreeMap::new(),
            recycled_by: BTreeMap::new(),
            recent: Recent::new(now),
            hour: Hour::new(now),
            starts: VecDeque::new(),
            slow: VecDeque::new(),
            given: 0,
            warm: 0,
            working: Duration::ZERO,
            starting: Duration::ZERO,
            wasted: Duration::ZERO,
        }
    }

    /// A job was given to a worker after this wait; `warm` says whether the worker was ready before the job came.
    pub(super) fn gave(&mut self, now: Instant, wait: Duration, warm: bool) {
        self.recent.waited(now, wait);
        self.given += 1;
        self.warm += u64::from(warm);
    }

    /// A job has come, whatever becomes of it.
    pub(super) fn came(&mut self, now: Instant) {
        self.recent.came(now);
    }

    /// A worker's process was started.
    pub(super) fn spawned(&mut self, now: Instant) {
        self.counters.spawned += 1;
        self.hour.count(now);
    }

    /// Processes started in the last hour.
    pub(super) fn spawned_last_hour(&self, now: Instant) -> u64 {
        self.hour.sum(now)
    }

    /// Workers that the jobs of the last minutes would keep busy without a break: jobs a second times their mean working time, in
    /// erlang. `None` before a job was done.
    pub(super) fn offered_load(&self, now: Instant) -> Option<f64> {
        let known = self.counters.served > 0;
        self.recent.offered_load(now, known.then(|| self.mean_job()))
    }

    pub(super) fn shed(&mut self, reason: ShedReason) {
        self.counters.shed += 1;
        *self.shed_by.entry(reason).or_default() += 1;
    }

    pub(super) fn recycled(&mut self, reason: RecycleReason) {
        self.counters.recycled += 1;
        *self.recycled_by.entry(reason).or_default() += 1;
    }

    /// A worker is ready after this long.
    pub(super) fn started(&mut self, took: Duration) {
        self.starting += took;
        self.starts.push_back(took);
        if self.starts.len() > STARTS {
            self.starts.pop_front();
        }
    }

    /// A job was done in this time.
    pub(super) fn served(&mut self, ran: Duration, now: Instant) {
        self.recent.ended(now, ran);
        self.counters.served += 1;
        self.working += ran;
    }

    /// A worker was given up after this long in its job.
    pub(super) fn killed(&mut self, timeout: bool, wasted: Duration, now: Instant) {
        self.recent.ended(now, wasted);
        self.counters.killed += 1;
        self.counters.timeouts += u64::from(timeout);
        self.wasted += wasted;
    }

    pub(super) fn note_slow(&mut self, call: SlowCall) {
        self.slow.push_front(call);
        self.slow.truncate(SLOW_KEPT);
    }

    /// The newest slow calls, newest first.
    pub(super) fn slow(&self) -> Vec<SlowCall> {
        self.slow.iter().cloned().collect()
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
        (self.given > 0).then(|| self.warm as f64 / self.given as f64)
    }

    /// Working time ÷ (working + starting + killed time), 0 to 1.
    pub(super) fn efficiency(&self) -> Option<f64> {
        let done = self.working + self.wasted;
        (!done.is_zero()).then(|| self.working.as_secs_f64() / (done + self.starting).as_secs_f64())
    }

    pub(super) fn wait(&self, now: Instant) -> Option<Spread> {
        self.recent.waits(now)
    }

    pub(super) fn start(&self) -> Option<Spread> {
        let mut sorted: Vec<u64> = self.starts.iter().copied().map(micros).collect();
        sorted.sort_unstable();
        let at = |share: usize| sorted.get((sorted.len() * share).div_ceil(100).saturating_sub(1)).copied();
        Some(Spread { p50_us: at(50)?, p95_us: at(95)?, p99_us: at(99)?, count: sorted.len() as u64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_those_of_the_last_minutes() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut ledger = Ledger::new(start);
        assert_eq!(ledger.wait(start), None);
        (0..100).for_each(|turn| ledger.gave(at(1), Duration::from_millis(turn), true));
        let wait = ledger.wait(at(1)).expect("some waited");
        assert!((48_000..=52_000).contains(&wait.p50_us) && (93_000..=97_000).contains(&wait.p95_us), "{wait:?}");
        ledger.gave(at(70), Duration::ZERO, true);
        assert_eq!(ledger.wait(at(70)).map(|wait| wait.count), Some(101));
        ledger.gave(at(131), Duration::ZERO, false);
        assert_eq!(ledger.wait(at(131)).map(|wait| (wait.count, wait.p99_us)), Some((2, 1)), "the hundred are forgotten");
        assert_eq!(ledger.wait(at(400)), None);
        assert_eq!(ledger.reuse_share().map(|share| share > 0.98 && share < 1.0), Some(true));
    }

    #[test]
    fn efficiency_counts_starts_and_what_was_killed() {
        let mut ledger = Ledger::new(Instant::now());
        assert_eq!((ledger.efficiency(), ledger.start()), (None, None));
        ledger.started(Duration::from_secs(1));
        ledger.served(Duration::from_secs(6), Instant::now());
        ledger.killed(true, Duration::from_secs(3), Instant::now());
        assert_eq!(ledger.efficiency(), Some(0.6));
        assert_eq!(ledger.start().map(|start| (start.p50_us, start.count)), Some((1_000_000, 1)));
    }
}
