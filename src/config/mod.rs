//! (being built)
mod levels;
pub use levels::{Alerts, Levels};
