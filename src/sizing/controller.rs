//! What a controller sees, and what it may answer.

use super::seconds::Seconds;
use crate::model::SizeDecision;

/// What does not change from call to call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Smallest target.
    pub min: u16,
    /// Largest target.
    pub max: u16,
    /// Processors of the machine.
    pub cores: u16,
    /// What the start of a worker takes in the median, in seconds.
    pub start: f64,
}

impl Default for Setting {
    /// That of the comparison of controllers in `docs/optimizer.md`.
    fn default() -> Self {
        Self { min: 2, max: 64, cores: 10, start: 0.2 }
    }
}

impl Setting {
    /// The size within the bounds that is the nearest.
    pub fn clamp(&self, size: u16) -> u16 {
        size.clamp(self.min.min(self.max), self.max)
    }
}

/// The pool as a controller sees it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Seconds since the pool began.
    pub now: f64,
    /// Bounds and machine.
    pub setting: &'a Setting,
    /// How many workers there should be.
    pub target: u16,
    /// Workers at work.
    pub busy: usize,
    /// Workers with nothing to do.
    pub idle: usize,
    /// Workers that are being started.
    pub starting: usize,
    /// Calls that wait.
    pub queued: usize,
    /// How long the oldest of them has waited, in seconds.
    pub oldest_wait: f64,
    /// Workers that died one after the other, without a call that went well between.
    pub deaths_in_row: u32,
    /// As far as growth may go for reasons that are the machine's: memory and load.
    pub room: u16,
    /// What was.
    pub seconds: &'a Seconds,
}

/// Decides how many workers there should be.
pub trait Controller: Send {
    /// How many there are at first.
    fn first(&mut self, setting: &Setting) -> u16 {
        setting.min
    }

    /// Seconds from one [`Controller::tick`] to the next.
    fn period(&self) -> f64 {
        1.0
    }

    /// Time has gone on.
    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision>;

    /// A call has come, and waits or has a worker.
    fn arrival(&mut self, _view: &View<'_>) -> Option<SizeDecision> {
        None
    }
}
