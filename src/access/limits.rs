//! How much somebody may do: a token bucket for calls, a wider one for requests, and how many calls at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};

use crate::model::Allowance;

use super::{Principal, Rate};

/// A session is begun, listed and pinged besides its calls: so many requests may come for each call.
const REQUESTS: u32 = 4;

/// Why somebody has had enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// More than the rate.
    Rate {
        /// What is left, and when it is whole again.
        allowance: Allowance,
        /// When there is room for one more.
        retry: Duration,
    },
    /// As many at once as may be.
    Concurrent {
        /// So many.
        limit: u32,
    },
}

/// The limits of one principal.
#[derive(Debug)]
pub(super) struct Limits {
    calls: Option<Bucket>,
    requests: Option<Bucket>,
    concurrent: Option<u32>,
    running: AtomicU32,
}

/// A call that a principal has under way; dropping it makes room for the next.
#[derive(Debug)]
pub struct Permit(Arc<Principal>);

impl Permit {
    pub(super) fn new(principal: Arc<Principal>) -> Self {
        Self(principal)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

impl Limits {
    pub(super) fn none() -> Self {
        Self::new(None, None)
    }

    pub(super) fn new(rate: Option<Rate>, concurrent: Option<u32>) -> Self {
        Self {
            calls: rate.map(Bucket::new),
            requests: rate.map(|rate| Bucket::new(rate.times(REQUESTS))),
            concurrent,
            running: AtomicU32::new(0),
        }
    }

    pub(super) fn take_call(&self) -> Result<(), Over> {
        // The place first: a call that finds none must not cost one of the rate.
        let most = self.concurrent.unwrap_or(u32::MAX);
        let place = self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| (now < most).then_some(now + 1));
        place.map_err(|_| Over::Concurrent { limit: most })?;
        self.calls.as_ref().map_or(Ok(()), Bucket::take).inspect_err(|_| self.give_back())
    }

    pub(super) fn take_request(&self) -> Result<(), Over> {
        self.requests.as_ref().map_or(Ok(()), Bucket::take)
    }

    pub(super) fn give_back(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn allowance(&self) -> Option<Allowance> {
        self.calls.as_ref().map(Bucket::allowance)
    }
}

/// The runtime's clock, which a test may pause.
#[derive(Debug, Clone, Copy, Default)]
struct RuntimeClock;

impl Clock for RuntimeClock {
    type Instant = Instant;

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

/// A token bucket that can be looked into without taking anything out.
#[derive(Debug)]
struct Bucket {
    limiter: RateLimiter<NotKeyed, InMemoryState, RuntimeClock, StateInformationMiddleware>,
    burst: u32,
    pause: Duration,
    since: Instant,
    /// When it is full again, in nanoseconds since `since`. It only ever grows, as calls are taken out.
    full_at: AtomicU64,
}

impl Bucket {
    fn new(rate: Rate) -> Self {
        let (burst, pause) = (rate.burst(), rate.pause());
        // A pause is never zero, for which alone there is no quota.
        let quota = Quota::with_period(pause).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst);
        Self {
            limiter: RateLimiter::direct_with_clock(quota, RuntimeClock).with_middleware(),
            burst: burst.get(),
            pause,
            since: RuntimeClock.now(),
            full_at: AtomicU64::new(0),
        }
    }

    fn take(&self) -> Result<(), Over> {
        let (missing, retry) = match self.limiter.check() {
            Ok(state) => (self.pause * (self.burst - state.remaining_burst_capacity().min(self.burst)), None),
            Err(until) => {
                let retry = until.wait_time_from(RuntimeClock.now());
                (retry + self.pause * (self.burst - 1), Some(retry))
            }
        };
        let full = self.now() + missing;
        self.full_at.fetch_max(u64::try_from(full.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        retry.map_or(Ok(()), |retry| Err(Over::Rate { allowance: Allowance { remaining: 0, ..self.allowance() }, retry }))
    }

    fn now(&self) -> Duration {
        RuntimeClock.now().saturating_duration_since(self.since)
    }

    fn allowance(&self) -> Allowance {
        let full = Duration::from_nanos(self.full_at.load(Ordering::Relaxed));
        let left = full.saturating_sub(self.now());
        let missing = u32::try_from(left.as_nanos().div_ceil(self.pause.as_nanos().max(1))).unwrap_or(u32::MAX);
        let reset = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Allowance { limit: self.burst, remaining: self.burst.saturating_sub(missing), reset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(rate: &str, burst: u32, concurrent: Option<u32>) -> Limits {
        Limits::new(rate.parse::<Rate>().expect("a rate").with_burst(burst), concurrent)
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills_again() {
        let limits = limits("10/s", 3, None);
        let left = || limits.allowance().expect("there is a limit");
        assert_eq!(left(), Allowance { limit: 3, remaining: 3, reset: 0 });
        for remaining in [2, 1, 0] {
            limits.take_call().expect("one is left");
            assert_eq!((left().remaining, left().reset), (remaining, 1));
        }
        let Err(Over::Rate { allowance, retry }) = limits.take_call() else { panic!("it is empty") };
        assert_eq!((allowance.limit, allowance.remaining, allowance.reset), (3, 0, 1));
        assert!(retry <= Duration::from_millis(100) && retry > Duration::from_millis(90), "{retry:?}");
        tokio::time::advance(retry).await;
        limits.take_call().expect("one has come");
        limits.take_call().expect_err("only one");
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(left(), Allowance { limit: 3, remaining: 3, reset: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn calls_at_once_are_bounded_and_a_refused_one_costs_nothing() {
        let limits = limits("10/s", 100, Some(2));
        limits.take_call().expect("the first");
        limits.take_call().expect("the second");
        assert_eq!(limits.take_call(), Err(Over::Concurrent { limit: 2 }));
        assert_eq!(limits.allowance().expect("a limit").remaining, 98);
        limits.give_back();
        limits.take_call().expect("there is room");
    }

    #[tokio::test(start_paused = true)]
    async fn requests_have_a_wider_bucket_of_their_own() {
        let limits = limits("1/s", 1, None);
        for _ in 0..4 {
            limits.take_request().expect("four for each call");
        }
        assert!(matches!(limits.take_request(), Err(Over::Rate { .. })));
        limits.take_call().expect("calls are counted apart");
    }
}
