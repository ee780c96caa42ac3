//! How well each part of the server is, asked beside the calls: no check waits for a worker, and none may take long.
//!
//! | file | what it is |
//! |---|---|
//! | `judge` | from numbers to a verdict, with the limits (pure) |
//! | `probe` | a look that may block, on a thread of its own, waited for only so long |
//! | `calendar` | whether the system clock was set |

mod calendar;
mod judge;
mod probe;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use futures_util::future::join_all;
use tokio::time::timeout;

use self::calendar::Calendar;
use super::Handle;
use crate::{
    model::{self, Check, Condition},
    pool,
    util::clock::Anchor,
};

pub use judge::{CACHE_SLOW, Found, STORE_SLOW};
pub use probe::Probe;

/// An answer so old is good enough: however often somebody asks, the parts are looked at once in this time.
const FRESH: Duration = Duration::from_secs(1);
/// How long a look is waited for. Far longer than what is already called slow.
const PATIENCE: Duration = Duration::from_millis(500);

/// Tells how well the parts of a server are.
pub struct Health {
    hub: Handle,
    pool: pool::Handle,
    probes: Vec<Probe>,
    calendar: Mutex<Calendar>,
    last: ArcSwapOption<(Instant, model::Health)>,
}

impl Health {
    /// Tells of this hub and this pool, and of what the probes look at.
    pub fn new(hub: Handle, pool: pool::Handle, probes: Vec<Probe>) -> Self {
        let calendar = Mutex::new(Calendar::new(Anchor::now(), Instant::now()));
        Self { hub, pool, probes, calendar, last: ArcSwapOption::empty() }
    }

    /// How well all parts are. Takes a second at most, and much less but for a part that does not answer.
    pub async fn report(&self) -> model::Health {
        if let Some(last) = self.last.load().as_deref()
            && last.0.elapsed() < FRESH
        {
            return last.1.clone();
        }
        let (own, probed) =
            futures_util::join!(self.own(), join_all(self.probes.iter().map(|probe| probe.check(FRESH, PATIENCE))));
        let (ready, mut checks) = own;
        checks.extend(probed);
        checks.sort_by_key(|check| COMPONENTS.iter().position(|name| *name == check.component));
        let report = model::Health::of(ready, checks);
        self.last.store(Some(Arc::new((Instant::now(), report.clone()))));
        report
    }

    /// The parts that are asked and not probed.
    async fn own(&self) -> (bool, Vec<Check>) {
        let asked = Instant::now();
        let (pool, state) = futures_util::join!(timeout(PATIENCE, self.pool.status()), timeout(PATIENCE, self.hub.state()));
        let took = asked.elapsed();
        let (pool, state) = (pool.ok().flatten(), state.ok().flatten());
        let ready = pool.as_ref().is_some_and(|pool| pool.live > 0);
        let calendar = self.calendar.lock().unwrap_or_else(PoisonError::into_inner).look(Anchor::now(), Instant::now());
        let missing = |who: &str| Found::bad(Condition::Unhealthy, format!("{who} has not answered for {} ms", took.as_millis()));
        let checks = vec![
            check("engine", pool.as_ref().map_or_else(|| missing("the pool"), judge::engine), took),
            check("pool", pool.as_ref().map_or_else(|| missing("the pool"), judge::pool), took),
            check("memory", state.as_ref().map_or_else(|| missing("the hub"), |state| judge::memory(&state.system)), took),
            check("clock", calendar, Duration::ZERO),
        ];
        (ready, checks)
    }
}

/// The parts, in the order in which they are told.
const COMPONENTS: [&str; 7] = ["engine", "pool", "library", "variables", "disk", "memory", "clock"];

fn check(component: &str, found: Found, took: Duration) -> Check {
    let Found { status, reason } = found;
    // Microseconds are as fine as anybody reads.
    let duration_ms = (took.as_secs_f64() * 1e6).round() / 1e3;
    Check { component: component.to_owned(), status, reason, duration_ms }
}
