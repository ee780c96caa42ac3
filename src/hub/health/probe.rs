//! A look that may block, on a thread of its own: a disk that hangs holds up nobody but that thread.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::watch, time::timeout};

use super::{check, judge::Found};
use crate::model::{Check, Condition};

/// What is looked at, and what was found.
pub struct Probe {
    component: &'static str,
    /// A look that takes longer is degraded.
    slow: Duration,
    look: Arc<dyn Fn() -> Found + Send + Sync>,
    seen: watch::Sender<Option<(Instant, Check)>>,
    /// Since when a look is under way. There is one at a time.
    since: Arc<Mutex<Option<Instant>>>,
}

impl Probe {
    /// Looks at a part. A look longer than `slow` is degraded; it may block for as long as it likes.
    pub fn new(component: &'static str, slow: Duration, look: impl Fn() -> Found + Send + Sync + 'static) -> Self {
        Self { component, slow, look: Arc::new(look), seen: watch::channel(None).0, since: Arc::default() }
    }

    /// How it is: as it was found less than `fresh` ago, or else looked at now and waited for at most `patience`.
    pub(super) async fn check(&self, fresh: Duration, patience: Duration) -> Check {
        let mut seen = self.seen.subscribe();
        if let Some((at, known)) = &*seen.borrow_and_update()
            && at.elapsed() < fresh
        {
            return known.clone();
        }
        if let Err(error) = self.begin() {
            let found = Found::bad(Condition::Unhealthy, format!("it cannot be looked at: no thread ({error})"));
            return check(self.component, found, Duration::ZERO);
        }
        match timeout(patience, seen.changed()).await {
            Ok(Ok(())) => seen.borrow().as_ref().map_or_else(|| self.silent(), |(_, known)| known.clone()),
            _ => self.silent(),
        }
    }

    fn silent(&self) -> Check {
        let took = lock(&self.since).map_or(Duration::ZERO, |since| since.elapsed());
        let found = Found::bad(Condition::Unhealthy, format!("it has not answered for {} ms", took.as_millis()));
        check(self.component, found, took)
    }

    /// Begins a look, unless one is under way.
    fn begin(&self) -> std::io::Result<()> {
        let mut since = lock(&self.since);
        if since.is_some() {
            return Ok(());
        }
        let began = Instant::now();
        let (component, slow, look) = (self.component, self.slow, Arc::clone(&self.look));
        let (seen, under_way) = (self.seen.clone(), Arc::clone(&self.since));
        std::thread::Builder::new().name("health".into()).spawn(move || {
            let found = catch_unwind(AssertUnwindSafe(|| look()));
            let found = found.unwrap_or_else(|_| Found::bad(Condition::Unhealthy, "looking at it failed; the log says more"));
            let took = began.elapsed();
            *lock(&under_way) = None;
            seen.send_replace(Some((Instant::now(), check(component, found.within(slow, took), took))));
        })?;
        *since = Some(began);
        Ok(())
    }
}

/// What is in it is whole whatever became of a thread that held it.
fn lock(since: &Mutex<Option<Instant>>) -> MutexGuard<'_, Option<Instant>> {
    since.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    };

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_look_is_told_and_good_for_a_while() {
        let looks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&looks);
        let probe = Probe::new("disk", LONG, move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Found::good()
        });
        for fresh in [LONG, LONG, Duration::ZERO] {
            let check = probe.check(fresh, LONG).await;
            assert_eq!((check.component.as_str(), check.status), ("disk", Condition::Healthy));
        }
        assert_eq!(looks.load(Ordering::Relaxed), 2, "the second was fresh");
    }

    #[tokio::test]
    async fn a_look_that_hangs_is_one_thread_and_holds_up_nobody() {
        let (release, hangs) = mpsc::channel::<()>();
        let (looking, begun) = mpsc::channel();
        let (looks, hangs) = (Arc::new(AtomicU32::new(0)), Mutex::new(hangs));
        let counted = Arc::clone(&looks);
        let probe = Probe::new("disk", Duration::ZERO, move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = looking.send(());
            let _ = hangs.lock().map(|hangs| hangs.recv());
            Found::good()
        });
        for _ in 0..3 {
            let check = probe.check(Duration::ZERO, Duration::from_millis(1)).await;
            assert_eq!(check.status, Condition::Unhealthy);
            assert!(check.reason.is_some_and(|reason| reason.starts_with("it has not answered for ")));
        }
        begun.recv_timeout(LONG).expect("a thread looks");
        assert_eq!(looks.load(Ordering::Relaxed), 1);
        drop(release);
        let check = probe.check(Duration::ZERO, LONG).await;
        assert_eq!(check.status, Condition::Degraded, "it answers again, and was slow: {check:?}");
    }

    #[tokio::test]
    async fn a_look_that_panics_is_unhealthy_and_the_next_one_is_made() {
        let probe = Probe::new("disk", LONG, || panic!("a fault of the look"));
        for _ in 0..2 {
            assert_eq!(probe.check(Duration::ZERO, LONG).await.status, Condition::Unhealthy);
        }
    }
}
