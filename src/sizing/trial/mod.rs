//! Whether a change helped: it is switched off and on in blocks of time, and the blocks are compared.
//!
//! Calls that wait in one queue are not independent of each other, so comparing calls before and after finds differences where there
//! are none. Blocks do not have that fault. `docs/optimizer.md` tells what was simulated.
//!
//! | file | what it is |
//! |---|---|
//! | this one | the trial: which arm it is the turn of, what belongs to which block, when it ends |
//! | `block` | what is kept of a block |
//! | `fit` | the fitted model, and how sure it is |
//! | `verdict` | what the fit means: keep, roll back, or nobody knows |
//! | `compare` | the same blocks measured by a load test, on two servers |

mod block;
mod compare;
mod fit;
mod verdict;

#[cfg(test)]
mod tests;

use block::Open;
pub use block::{Arm, Block, Call};
pub use compare::{Comparison, Finding, compare};
pub use fit::Effect;
pub use verdict::{Aim, Verdict};

/// The order of the arms, in which each comes as often early as late, four blocks a group.
const ORDER: [Arm; 16] = {
    use Arm::{Changed as B, Present as A};
    [A, B, B, A, B, A, A, B, A, B, B, A, B, A, A, B]
};
/// Blocks after which the trial may end.
const LOOKS: [usize; 3] = [8, 12, 16];
/// Calls that a block is made long enough for.
const CALLS: f64 = 20.0;
/// Shortest and longest block, in seconds.
const LENGTH: (f64, f64) = (10.0, 60.0);
/// At least so much of a block's beginning belongs to the arm before, in seconds.
const WASHOUT: f64 = 2.0;
/// A block with fewer calls is void.
const FEWEST: usize = 5;
/// Void blocks after which the trial is given up.
const MOST_VOID: usize = 16;
/// With fewer calls a second there is no trial.
pub const LEAST_RATE: f64 = 0.33;

/// There are too few calls for a trial: what the change brings can only be modelled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("too few calls for a trial: {rate:.2} a second, at least {LEAST_RATE} are needed; the effect is modelled")]
pub struct TooFew {
    /// Calls a second.
    pub rate: f64,
}

/// What else is going on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Workers die one after the other.
    pub crash_loop: bool,
    /// Memory is short.
    pub memory_pressure: bool,
}

/// A trial. Times are seconds on one clock.
#[derive(Debug, Clone)]
pub struct Trial {
    aim: Aim,
    /// Whether the first letter is the change.
    turned: bool,
    length: f64,
    washout: f64,
    open: Open,
    /// The block of the change, where both run beside each other.
    beside: Option<Open>,
    blocks: Vec<Block>,
    void: usize,
    ended: Option<Verdict>,
}

impl Trial {
    /// Begins a trial at this time, with this many calls a second and this 95th percentile of latencies in seconds. `changed_first` is
    /// chance's to say.
    ///
    /// # Errors
    /// [`TooFew`] when there are too few calls.
    pub fn begin(aim: Aim, now: f64, rate: f64, p95_latency: f64, changed_first: bool) -> Result<Self, TooFew> {
        if rate < LEAST_RATE || !rate.is_finite() {
            return Err(TooFew { rate });
        }
        let length = (CALLS / rate).clamp(LENGTH.0, LENGTH.1);
        let washout = p95_latency.clamp(WASHOUT, length / 2.0);
        let turned = changed_first;
        let (blocks, open) = (Vec::new(), Open::new(arm(0, turned), now));
        Ok(Self { aim, turned, length, washout, open, beside: None, blocks, void: 0, ended: None })
    }

    /// Begins a canary: part of the workers has the change while the others go on as before. What is compared is the time that calls take
    /// there, and the change is kept if it does no harm. Blocks are long enough for as many calls of each side.
    ///
    /// # Errors
    /// [`TooFew`] when there are too few calls.
    pub fn canary(now: f64, rate: f64, p95_latency: f64) -> Result<Self, TooFew> {
        let trial = Self::begin(Aim::Saving, now, rate, p95_latency, false)?;
        let length = (2.0 * CALLS / rate).clamp(LENGTH.0, LENGTH.1);
        Ok(Self { length, beside: Some(Open::new(Arm::Changed, now)), ..trial })
    }

    /// The arm whose turn it is; of a canary the one without the change.
    pub fn arm(&self) -> Arm {
        self.open.arm
    }

    /// The blocks that count, oldest first, for a screen.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Blocks that the trial has at most.
    pub const fn most_blocks() -> usize {
        ORDER.len()
    }

    /// Seconds of a block.
    pub fn block_length(&self) -> f64 {
        self.length
    }

    /// Blocks that did not count.
    pub fn void_blocks(&self) -> usize {
        self.void
    }

    /// The effect so far, with the interval that holds it with 95 %; `None` before there are five blocks.
    pub fn effect(&self) -> Option<Effect> {
        fit::fit(&self.blocks).map(|fit| fit.between(self.blocks.len()))
    }

    /// The 95th percentile of what is compared, in seconds; `None` before an arm has twenty calls in blocks that count.
    pub fn p95(&self, arm: Arm) -> Option<f64> {
        verdict::p95(&self.blocks, arm)
    }

    /// How it ended; `None` while it runs.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.ended.as_ref()
    }

    /// A call has ended.
    pub fn call(&mut self, call: Call) {
        self.open.add(call, self.washout);
    }

    /// A call of a canary has ended, on workers of this arm.
    pub fn call_of(&mut self, arm: Arm, call: Call) {
        match &mut self.beside {
            Some(beside) if arm == Arm::Changed => beside.add(call, self.washout),
            _ => self.open.add(call, self.washout),
        }
    }

    /// Something else happened in this block, so that it says nothing: a resize, a burst of recycling.
    pub fn disturb(&mut self) {
        self.open.void = true;
    }

    /// Somebody changed what the trial is about: that wins, and the trial is over.
    pub fn overruled(&mut self) -> &Verdict {
        self.ended.get_or_insert(Verdict::Overruled)
    }

    /// Time has gone on; says how it ended when it has.
    pub fn tick(&mut self, now: f64, health: Health) -> Option<&Verdict> {
        if self.ended.is_none() {
            self.ended = self.look(now, health);
        }
        self.ended.as_ref()
    }

    fn look(&mut self, now: f64, health: Health) -> Option<Verdict> {
        let stop = |why: &str| Some(Verdict::Aborted { why: why.to_owned() });
        if health.crash_loop {
            return stop("workers died one after the other");
        }
        if health.memory_pressure {
            return stop("memory ran short");
        }
        if now - self.open.began < self.length {
            return self.alarm().and_then(|why| stop(&why));
        }
        let length = self.length;
        let finish = |open: &mut Open| {
            let next = Open::new(open.arm, open.began + length);
            std::mem::replace(open, next)
        };
        let finished: Vec<Open> = std::iter::once(&mut self.open).chain(&mut self.beside).map(finish).collect();
        if finished.iter().any(|open| open.void || open.calls() < FEWEST) {
            // Its turn comes again.
            self.void += 1;
            return (self.void > MOST_VOID).then_some(Verdict::Inconclusive { detectable: None });
        }
        let span = self.length - self.washout;
        self.blocks.extend(finished.into_iter().map(|open| open.close(span)));
        let counted = self.blocks.len();
        if self.beside.is_none() {
            self.open.arm = arm(counted, self.turned);
        }
        if let Some(why) = self.alarm().or_else(|| verdict::slowed(&self.blocks)) {
            return stop(&why);
        }
        let last = counted == ORDER.len();
        LOOKS.contains(&counted).then(|| verdict::verdict(self.aim, &self.blocks, last)).flatten()
    }
}

impl Trial {
    /// Why it must end at once, if it must.
    fn alarm(&self) -> Option<String> {
        let open: Vec<&Open> = std::iter::once(&self.open).chain(&self.beside).collect();
        verdict::alarm(&self.blocks, &open)
    }
}

/// Whose turn the block at `place` is, from 0; `turned` is whether the first is the change, and chance's to say.
#[must_use]
pub fn arm(place: usize, turned: bool) -> Arm {
    let arm = ORDER[place % ORDER.len()];
    if turned { arm.other() } else { arm }
}
