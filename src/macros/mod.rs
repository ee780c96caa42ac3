//! The macro engine: reads macro files, says what runs here, and runs it. Pure: whatever touches the world is asked of a [`Host`].
//!
//! - [`read::parse`] turns the bytes of a macro file into [`Group`]s of [`Macro`]s.
//! - [`Document`] is a macro file as it stands, to be changed and written without loss.
//! - [`portability()`] says action by action what runs here, from the one [`table`] of action types.
//! - [`run::run`] checks a macro whole and runs it; [`run::process_tokens`] and [`run::calculate`] do so with a single text.

pub mod calculation;
pub mod danger;
pub mod data;
pub mod desktop;
pub mod document;
pub mod filters;
pub mod host;
pub mod json;
pub mod kinds;
pub mod memory;
mod outline;
pub mod place;
pub mod portability;
pub mod profile;
pub mod read;
pub mod regex;
pub mod run;
mod shapes;
pub mod table;
pub mod tokens;
pub mod variables;
pub mod write;

pub use data::{Action, CalledMacro, Group, Macro, MacroSource, Targeting, Trigger};
pub use document::Document;
pub use host::{Host, HostError};
pub use outline::outline;
pub use portability::{Finding, Portability, portability};
pub use profile::Profile;
pub use run::{NotRun, RunReport, Status};
pub use table::Mode;
