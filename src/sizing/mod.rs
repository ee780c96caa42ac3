//! How many workers there should be. Pure, on a clock that is passed in: a running pool, `kmtop simulate`, predictions and tests run
//! the same code.
//!
//! | file | what it is |
//! |---|---|
//! | `controller` | what a controller sees, and what it may answer |
//! | `qsf` | the controller of kmtop: queueing theory, a fast path, growth that is verified |
//! | `estimate`, `erlang`, `guard` | its estimates; queueing theory; where more workers stop to help |
//! | `rules` | controllers to compare with |
//! | `seconds` | what happened, in buckets of one second |
//! | `trace`, `workload`, `chance` | calls with their times; nine kinds of load; chance with seeds |
//! | `simulation`, `simulator` | what is simulated; a pool in virtual time |
//! | `bound`, `tally`, `outcome` | the least that any controller could do; what is counted; numbers and score |
//! | `recorded` | recorded calls as a trace |
//! | `predict` | what a change would bring, on recorded calls |
//! | `policy` | what the owner's words mean in numbers |
//! | `trial` | whether a change helped, in blocks of time |
//! | `room` | as many workers as the machine holds |
//! | `numbers` | conversions |

mod bound;
mod chance;
mod controller;
mod erlang;
mod estimate;
mod guard;
mod numbers;
mod outcome;
mod policy;
mod predict;
mod qsf;
mod recorded;
mod room;
mod rules;
mod seconds;
mod simulation;
mod simulator;
mod tally;
mod trace;
pub mod trial;
mod workload;

#[cfg(test)]
mod tests;

pub use bound::{Bound, bound};
pub use chance::Chance;
pub use controller::{Controller, Setting, View};
pub use outcome::Outcome;
pub use policy::{Knobs, ServerKnobs, warm};
pub use predict::{Forecast, Plan, Range, predict};
pub use qsf::{Qsf, Tuning};
pub use recorded::Recorded;
pub use room::{Machine, room};
pub use rules::{Choice, UnknownController};
pub use seconds::{Sample, Second, Seconds};
pub use simulation::{Lane, Limits, Simulation, simulate};
pub use trace::{Arrival, BadTrace, Trace};
pub use workload::{UnknownWorkload, Workload};
