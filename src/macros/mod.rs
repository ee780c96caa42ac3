//! The macro engine: reads macro files, says what runs here, and runs it. Pure: whatever touches the world is asked of a [`Host`].

pub mod data;
pub mod read;

pub use data::{Action, Group, Macro, MacroSource, Trigger};
