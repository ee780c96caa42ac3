//! Robust statistics: one value out of place moves none of them.

mod course;
mod recent;
mod sorted;
mod trend;

pub(super) use course::{Course, STEP_MS, STEP_S, Tally};
pub(super) use recent::RecentHistogram;
pub use sorted::{SIGMA, SortedRing, median};
pub use trend::Trend;
