//! Decides and advises; changes nothing by itself.
//!
//! The first advice, thin but whole: the mean overhead of runs against a target. Over 1.5 × the target the pool should grow by
//! one, under 0.7 × it may shrink by one.

mod advisor;
mod proposals;

pub use advisor::Advisor;
pub use proposals::Proposals;
