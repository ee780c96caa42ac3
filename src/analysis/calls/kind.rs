//! One kind of work among the calls of a case.

use std::sync::Arc;

/// So many standard errors are no chance.
const SURE: f64 = 3.0;

/// One kind of work.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) name: Arc<str>,
    pub(super) calls: usize,
    pub(super) own: u64,
    /// The sum of the squares of their own times, in square seconds.
    pub(super) squares: f64,
    pub(super) service: u64,
    /// How many times longer than usual its own work takes; 1 where chance alone may have made it so.
    pub(super) slower: f64,
    /// Whether jobs of it wait for each other at what they drive.
    pub(super) serial: bool,
}

impl Kind {
    /// By how much the logarithm of the mean of its own times may be off by chance: three standard errors, as if what is usual rested on as
    /// many calls.
    pub(super) fn chance(&self) -> f64 {
        let count = self.calls as f64;
        let mean = self.own as f64 / 1e6 / count;
        let variation = (self.squares / count / mean.powi(2).max(f64::MIN_POSITIVE) - 1.0).max(0.0);
        SURE * (2.0 * variation / count).sqrt()
    }
}
