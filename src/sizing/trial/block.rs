//! What is kept of a block of time.

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm {
    /// As it was.
    Present,
    /// With the change.
    Changed,
}

impl Arm {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Present => Self::Changed,
            Self::Changed => Self::Present,
        }
    }
}

/// A call that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// When it came, in seconds.
    pub came: f64,
    /// What is compared, in seconds: how long it waited for a worker; in a canary, what it took there beside what is usual for its kind.
    pub wait: f64,
    /// What it took there, in seconds.
    pub service: f64,
    /// Whether it waited longer than promised, or was turned away.
    pub missed: bool,
    /// Whether it failed.
    pub failed: bool,
}

/// Waits are compared as logarithms of so many seconds more: between no wait and hardly any there is no difference that matters.
const FLOOR: f64 = 0.01;

/// The block that is under way.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) arm: Arm,
    pub(super) began: f64,
    pub(super) void: bool,
    waits: Vec<f64>,
    logarithms: f64,
    work: f64,
    pub(super) missed: usize,
    pub(super) failed: usize,
}

impl Open {
    pub(super) fn new(arm: Arm, began: f64) -> Self {
        Self { arm, began, void: false, waits: Vec::new(), logarithms: 0.0, work: 0.0, missed: 0, failed: 0 }
    }

    /// Counts a call that came in this block, once what came before it has washed out.
    pub(super) fn add(&mut self, call: Call, washout: f64) {
        if call.came < self.began + washout {
            return;
        }
        self.waits.push(call.wait);
        self.logarithms += (call.wait + FLOOR).ln();
        self.work += call.service;
        self.missed += usize::from(call.missed);
        self.failed += usize::from(call.failed);
    }

    pub(super) fn calls(&self) -> usize {
        self.waits.len()
    }

    /// It is over, after so many seconds that counted.
    pub(super) fn close(self, span: f64) -> Block {
        Block {
            arm: self.arm,
            middle: self.began + span / 2.0,
            value: self.logarithms / self.waits.len().max(1) as f64,
            load: self.work / span,
            missed: self.missed,
            failed: self.failed,
            waits: self.waits,
        }
    }
}

/// A block that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Whose turn it was.
    pub arm: Arm,
    /// Its middle, in seconds.
    pub middle: f64,
    /// Mean logarithm of the waits and 10 ms, in seconds.
    pub value: f64,
    /// Work that came in it, in erlang.
    pub load: f64,
    /// Calls that waited longer than promised or were turned away.
    pub missed: usize,
    /// Calls that failed.
    pub failed: usize,
    /// Every wait, in seconds.
    pub waits: Vec<f64>,
}
