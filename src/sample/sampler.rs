//! The thread that reads the system.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use sysinfo::MINIMUM_CPU_UPDATE_INTERVAL;
use tokio::sync::watch;

use super::read::Reader;
use crate::model::SystemSample;

/// The worker processes to look at: whoever starts workers sets it, the sampler reads it.
#[derive(Debug, Clone, Default)]
pub struct Watched(Arc<ArcSwap<Vec<u32>>>);

impl Watched {
    /// Looks at these process numbers from the next sample on, and at no others.
    pub fn set(&self, pids: Vec<u32>) {
        self.0.store(Arc::new(pids));
    }
}

/// Reads the system on a thread of its own.
#[derive(Debug)]
pub struct Sampler;

impl Sampler {
    /// Starts the thread: a sample at once, then one each `period` (at least 200 ms, below which processor use cannot be told).
    /// `path` names the volume whose use is shown.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(period: Duration, watched: Watched, path: &Path) -> io::Result<SamplerHandle> {
        let (publish, samples) = watch::channel(None);
        let (stop, stopped) = channel();
        let period = period.max(MINIMUM_CPU_UPDATE_INTERVAL);
        let task = Task { period, watched, path: path.to_owned(), publish, stopped };
        thread::Builder::new().name("sampler".to_owned()).spawn(move || task.run())?;
        Ok(SamplerHandle { samples, _stop: stop })
    }
}

/// Keeps the sampler running; dropping it ends the thread.
#[derive(Debug)]
pub struct SamplerHandle {
    samples: watch::Receiver<Option<Arc<SystemSample>>>,
    /// Never sent on: the thread sees that it is gone.
    _stop: Sender<()>,
}

impl SamplerHandle {
    /// The latest sample; `None` until the first. Its rates are unknown in the first sample and known from the second on.
    #[must_use]
    pub fn samples(&self) -> watch::Receiver<Option<Arc<SystemSample>>> {
        self.samples.clone()
    }
}

/// What the thread owns.
struct Task {
    period: Duration,
    watched: Watched,
    path: PathBuf,
    publish: watch::Sender<Option<Arc<SystemSample>>>,
    stopped: Receiver<()>,
}

impl Task {
    fn run(self) {
        let mut reader = Reader::new(self.path.clone());
        let mut next = Instant::now();
        loop {
            let watched = self.watched.0.load_full();
            if let Ok(sample) = catch_unwind(AssertUnwindSafe(|| reader.take(&watched))) {
                self.publish.send_modify(|latest| *latest = Some(Arc::new(sample)));
            } else {
                // The handles may be half changed: begin anew. What was published stays, and grows old visibly.
                tracing::error!("reading the system panicked; the sampler starts anew");
                reader = Reader::new(self.path.clone());
            }
            next = following(next, Instant::now(), self.period);
            match self.stopped.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

/// The next beat after `now`, on the beat of `last`: beats missed while the machine slept are not made up for.
fn following(last: Instant, now: Instant, period: Duration) -> Instant {
    let next = last + period;
    if next > now { next } else { now + period }
}

/// One sample for those who have no sampler: takes two readings 250 ms apart, so that processor use and rates are known.
/// `path` names the volume whose use is shown. Blocks the thread for that time.
#[must_use]
pub fn take_once(path: &Path) -> SystemSample {
    let mut reader = Reader::new(path.to_owned());
    reader.take(&[]);
    thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL + Duration::from_millis(50));
    reader.take(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_beats_are_skipped() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(following(start, start + second / 10, second), start + second);
        assert_eq!(following(start, start + second * 3600, second), start + second * 3601);
    }
}
