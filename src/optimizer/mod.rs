//! Advises; changes nothing by itself. Pure: it is told what was measured.
//!
//! | part | what it looks at |
//! |---|---|
//! | `size` | how many workers |
//! | `bounds` | how many there may be, how many are kept warm, memory to give back |
//! | `strategy` | whether another strategy fits what is seen |
//! | `flow` | queue, limits of targets, timeouts, work that belongs in another lane |
//! | `clients` | lanes and rates of clients, questions that repeat |
//! | `caches` | how much the caches keep, and for how long |
//! | `upkeep` | recycling, history, work that kills workers, the engine |
//! | `context` | what answers cost the model that reads them |
//! | `predict` | what a change would bring: recorded calls in the simulator |
//! | `outcomes` | what it brought |
//! | `proposals` | what the controller of the pool's size would do |
//!
//! Each gives drafts; [`Advisor`] numbers them, so that the same advice keeps its number. No draft without numbers that carry it.

mod advisor;
mod bounds;
mod caches;
mod clients;
mod context;
mod draft;
mod flow;
mod outcomes;
mod predict;
mod proposals;
mod size;
mod strategy;
mod upkeep;

#[cfg(test)]
mod tests;

pub use advisor::{Advisor, Facts};
pub use context::{AnswerCosts, Cost, tokens};
use draft::Draft;
pub use outcomes::Outcomes;
pub use predict::{Predict, Simulated, newest};
pub use proposals::Proposals;
