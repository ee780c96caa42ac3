//! What a simulation counts, and what it cuts.

use super::outcome::Outcome;
use crate::{model::Decided, util::numbers::small};

/// A wait from which on controlled delay cuts is twice this.
const DELAY: f64 = 0.125;
/// How long it looks before it judges.
const DELAY_SPAN: f64 = 1.0;
/// Controlled delay: cuts a queue that stands.
#[derive(Default)]
pub(super) struct Delay {
    judged: f64,
    least: f64,
    over: bool,
}

/// What was counted.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) grew: Option<bool>,
    pub(super) resizes: u32,
    pub(super) reversals: u32,
    pub(super) spawns: u32,
    pub(super) alive: f64,
    pub(super) worked: f64,
    pub(super) waits: Vec<f64>,
    pub(super) missed: u64,
    pub(super) shed: u64,
    pub(super) peak: usize,
    pub(super) decisions: Vec<Decided>,
}

impl Delay {
    /// Whether a call that is about to be taken after this wait is turned away instead.
    pub(super) fn cuts(&mut self, now: f64, wait: f64) -> bool {
        if now >= self.judged {
            self.over = self.least > DELAY;
            self.judged = now + DELAY_SPAN;
            self.least = wait;
            return false;
        }
        self.least = self.least.min(wait);
        self.over && wait > 2.0 * DELAY
    }
}

impl Tally {
    /// The numbers of so many seconds.
    pub(super) fn outcome(self, length_s: f64, bound_workers: f64) -> Outcome {
        let Self { mut waits, missed, shed, alive, worked, peak, resizes, reversals, spawns, decisions, .. } = self;
        waits.sort_by(f64::total_cmp);
        let wait = |share| super::numbers::quantile(&waits, share).unwrap_or(0.0) * 1_000.0;
        let hourly = |count: u32| f64::from(count) * 3_600.0 / length_s;
        let miss_share = missed as f64 / waits.len().max(1) as f64;
        let mean_workers = alive / length_s;
        let reversals_per_h = hourly(reversals);
        Outcome {
            controller: String::new(),
            miss_share,
            p50_wait_ms: wait(0.5),
            p95_wait_ms: wait(0.95),
            p99_wait_ms: wait(0.99),
            mean_workers,
            peak_workers: small(peak),
            utilisation: worked / alive.max(1e-9),
            reversals_per_h,
            resizes_per_h: hourly(resizes),
            spawns_per_h: hourly(spawns),
            bound_workers,
            score: Outcome::score(mean_workers, bound_workers, miss_share, reversals_per_h),
            calls: waits.len() as u64,
            shed,
            length_s,
            decisions,
        }
    }
}
