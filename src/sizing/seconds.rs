//! What happened, in buckets of one second: all that a controller knows of the past.

use std::collections::VecDeque;

/// Seconds that are kept.
const KEPT: usize = 600;
/// Seconds whose single waits are kept.
const WAITS: usize = 10;
/// Samples of one second that are kept.
const SAMPLES: usize = 4_096;

/// How long one call took, and how many ran at once when it began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Busy workers at its beginning, itself included.
    pub at_once: u16,
    /// The logarithm of its service time, less that of what calls of its kind take.
    pub ln_service: f64,
}

/// One second.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Second {
    /// Calls that came.
    pub came: u32,
    /// Calls that ended.
    pub ended: u32,
    /// Seconds that workers were busy, also with what has not ended.
    pub busy: f64,
    /// Service times of the calls that ended, added up, in seconds.
    pub service: f64,
    /// Their squares.
    pub squares: f64,
    /// Waits and service times of the calls that ended, added up.
    pub latency: f64,
    /// Most calls at once, waiting and running, as seen when one came.
    pub demand: u32,
    /// Waits of the calls that began, in seconds.
    pub waits: Vec<f64>,
    /// What the calls that ended say of how many are good at once.
    pub samples: Vec<Sample>,
}

/// The last ten minutes.
#[derive(Debug, Clone, Default)]
pub struct Seconds {
    closed: VecDeque<Second>,
    open: Second,
}

impl Seconds {
    /// A call has come, and so many are there now.
    pub fn came(&mut self, demand: usize) {
        self.open.came += 1;
        self.open.demand = self.open.demand.max(crate::util::numbers::count(demand));
    }

    /// A call has a worker after this wait.
    pub fn began(&mut self, wait: f64) {
        self.open.waits.push(wait);
    }

    /// A call has ended after this wait and this time at a worker.
    pub fn ended(&mut self, wait: f64, service: f64, sample: Sample) {
        let second = &mut self.open;
        second.ended += 1;
        second.service += service;
        second.squares += service * service;
        second.latency += wait + service;
        if second.samples.len() < SAMPLES {
            second.samples.push(sample);
        }
    }

    /// Workers were busy for this long, all together.
    pub fn worked(&mut self, busy: f64) {
        self.open.busy += busy;
    }

    /// The second is over. What is only looked at when it is new does not stay.
    pub fn close(&mut self) {
        if let Some(before) = self.closed.back_mut() {
            before.samples = Vec::new();
        }
        if let Some(old) = self.closed.len().checked_sub(WAITS).and_then(|place| self.closed.get_mut(place)) {
            old.waits = Vec::new();
        }
        if self.closed.len() == KEPT {
            self.closed.pop_front();
        }
        self.closed.push_back(std::mem::take(&mut self.open));
    }

    /// Forgets everything: after a time in which nobody looked, the past says nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The last so many seconds that are over, oldest first.
    pub fn last(&self, count: usize) -> impl ExactSizeIterator<Item = &Second> + Clone {
        let skipped = self.closed.len().saturating_sub(count);
        self.closed.range(skipped..)
    }

    /// The newest second that is over.
    pub fn newest(&self) -> Option<&Second> {
        self.closed.back()
    }
}
