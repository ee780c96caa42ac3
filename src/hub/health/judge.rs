//! From numbers to a verdict.

use std::time::Duration;

use crate::model::{BreakerState, Condition, PoolStatus, SystemSample};

/// A store that takes longer is degraded.
pub const STORE_SLOW: Duration = Duration::from_millis(100);
/// A cache that takes longer is degraded.
pub const CACHE_SLOW: Duration = Duration::from_millis(50);
/// Memory that is fuller is degraded, in percent.
const MEMORY_FULL: f64 = 80.0;

/// What a look found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// How well it is.
    pub status: Condition,
    /// Why it is not healthy, or what there is to say beside it.
    pub reason: Option<String>,
}

impl Found {
    /// All is well.
    #[must_use]
    pub fn good() -> Self {
        Self::default()
    }

    /// All is well, and there is something to say.
    #[must_use]
    pub fn note(words: impl Into<String>) -> Self {
        Self { status: Condition::Healthy, reason: Some(words.into()) }
    }

    /// Something is the matter.
    #[must_use]
    pub fn bad(status: Condition, reason: impl Into<String>) -> Self {
        Self { status, reason: Some(reason.into()) }
    }

    /// The same, unless it took longer than `limit` and nothing worse was found.
    #[must_use]
    pub fn within(self, limit: Duration, took: Duration) -> Self {
        if self.status != Condition::Healthy || took <= limit {
            return self;
        }
        let (took, limit) = (took.as_millis(), limit.as_millis());
        Self::bad(Condition::Degraded, format!("took {took} ms; more than {limit} ms is slow"))
    }
}

/// The engine runs as long as workers do.
pub(super) fn engine(pool: &PoolStatus) -> Found {
    match (pool.engine_word(), &pool.degraded) {
        ("running", _) => Found::good(),
        (_, Some(why)) => Found::bad(Condition::Unhealthy, format!("workers cannot be started: {why}")),
        _ => Found::bad(Condition::Degraded, "the first worker is on its way"),
    }
}

pub(super) fn pool(pool: &PoolStatus) -> Found {
    let broken = pool.breakers.iter().filter(|breaker| breaker.state != BreakerState::Closed).count();
    match pool {
        PoolStatus { live: 0, degraded: Some(why), .. } => Found::bad(Condition::Unhealthy, format!("no worker: {why}")),
        PoolStatus { live: 0, .. } => Found::bad(Condition::Unhealthy, "no worker can take a call"),
        PoolStatus { crash_loop: Some(how), .. } => {
            Found::bad(Condition::Degraded, format!("workers die one after the other: {how}"))
        }
        PoolStatus { pressure: true, queued, queue_bound, .. } => {
            Found::bad(Condition::Degraded, format!("{queued} calls wait; at {queue_bound} the next are turned away"))
        }
        _ if broken > 0 => {
            Found::bad(Condition::Degraded, format!("{broken} kinds of work are refused because they kill workers"))
        }
        _ => Found::good(),
    }
}

/// Unknown memory is no full one.
pub(super) fn memory(system: &SystemSample) -> Found {
    match system.memory.and_then(|memory| memory.used_percent()) {
        Some(used) if used > MEMORY_FULL => {
            Found::bad(Condition::Degraded, format!("{used:.0} % of the memory is in use; more than {MEMORY_FULL:.0} % is much"))
        }
        Some(_) => Found::good(),
        None => Found::note("not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Memory;

    fn live(live: u16) -> PoolStatus {
        PoolStatus { live, ..PoolStatus::default() }
    }

    #[test]
    fn a_pool_is_as_well_as_its_workers() {
        assert_eq!(pool(&live(2)), Found::good());
        assert_eq!(pool(&live(0)).status, Condition::Unhealthy);
        let dead = PoolStatus { degraded: Some("no such program".into()), ..live(0) };
        assert_eq!(engine(&dead), Found::bad(Condition::Unhealthy, "workers cannot be started: no such program"));
        assert_eq!(engine(&live(0)).status, Condition::Degraded);
        let full = PoolStatus { pressure: true, queued: 210, queue_bound: 256, ..live(2) };
        let words = "210 calls wait; at 256 the next are turned away";
        assert_eq!(pool(&full), Found::bad(Condition::Degraded, words));
    }

    #[test]
    fn memory_over_80_percent_and_slow_looks_are_degraded() {
        let used = |used_bytes| SystemSample {
            memory: Some(Memory { total_bytes: 1_000, used_bytes, available_bytes: 1_000 - used_bytes }),
            ..SystemSample::default()
        };
        assert_eq!(memory(&used(800)), Found::good());
        assert_eq!(memory(&used(810)).status, Condition::Degraded);
        assert_eq!(memory(&SystemSample::default()).status, Condition::Healthy);
        let took = |millis| Found::good().within(STORE_SLOW, Duration::from_millis(millis)).status;
        assert_eq!((took(100), took(101)), (Condition::Healthy, Condition::Degraded));
        let worse = Found::bad(Condition::Unhealthy, "gone");
        assert_eq!(worse.clone().within(CACHE_SLOW, Duration::from_secs(1)), worse);
    }
}
