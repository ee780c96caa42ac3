//! Whether something became slower than a stored baseline. Pure: histograms of windows go in, a judgement comes out.
//!
//! A baseline keeps whole windows (a bench run, or five minutes of a server) and not their sum: how far windows of one and the same program lie
//! apart is what a new one is measured against. Tests against one merged baseline take that spread for a difference.
//!
//! | file | what it is |
//! |---|---|
//! | `window`, `bench` | one window: what was called, how long it took, under which circumstances |
//! | `baseline` | the newest windows of a known state, and those of them that are like a new one |
//! | `reference` | one operation of a baseline: body, tail and their spread |
//! | `judgement` | all operations of the newest windows: who is slower, how sure, confirmed or not |
//! | `student`, `discovery` | Student's t; several tests at once |

mod baseline;
mod bench;
mod discovery;
mod judgement;
mod reference;
mod student;
mod window;

#[cfg(test)]
mod tests;

pub use baseline::Baseline;
pub use judgement::{Course, Judgement, Level, Shown, Unmeasured, judge};
pub use window::{Context, LEAST_CALLS, Measured, Source, Window, split};
