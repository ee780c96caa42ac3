//! The macro engine: reads macro files, says what runs here, and runs it. Pure: whatever touches the world is asked of a [`Host`].

pub mod calculation;
pub mod data;
pub mod host;
pub mod memory;
pub mod read;
pub mod tokens;
pub mod variables;

pub use data::{Action, Group, Macro, MacroSource, Trigger};
pub use host::{Host, HostError};
