//! Advises; changes nothing by itself. Pure: it is told what was measured.
//!
//! | part | what it looks at |
//! |---|---|
//! | `size` | how many workers |
//! | `bounds` | how many there may be, how many are kept warm, memory to give back |
//! | `flow` | queue, lanes, limits of targets, timeouts, clients, work that repeats |
//! | `upkeep` | recycling, history, work that kills workers, the engine |
//! | `context` | what answers cost the model that reads them |
//! | `predict` | what a change would bring: recorded calls in the simulator |
//! | `outcomes` | what it brought |
//! | `proposals` | what the controller of the pool's size would do |
//!
//! Each gives drafts; [`Advisor`] numbers them, so that the same advice keeps its number. No draft without numbers that carry it.

mod advisor;
mod bounds;
mod context;
mod draft;
mod flow;
mod outcomes;
mod predict;
mod proposals;
mod size;
mod upkeep;

#[cfg(test)]
mod tests;

pub use advisor::{Advisor, Facts};
pub use context::{AnswerCosts, Cost, tokens};
use draft::Draft;
pub use outcomes::Outcomes;
pub use predict::{Predict, Simulated, newest};
pub use proposals::Proposals;
