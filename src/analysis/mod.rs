//! Pure judgement: numbers over their limits become alerts, with a life of their own.
//!
//! [`Judge`] is a state machine on an injected clock: it is told what was observed and says what holds, so that live use,
//! simulation and tests run one code.

mod judge;
mod observe;

pub use judge::{Judge, Verdict};
pub use observe::{Observation, Scene, observe};
