//! The body of `kmtop worker --web`: has a Keyboard Maestro run macros through its web server, here or on another Mac.
//!
//! The web server runs macros and lists them, and nothing else; it needs no consent to Apple events and works from any system.

mod client;
mod list;
mod login;
mod worker;

pub use list::{ListedMacro, parse as parse_list};
pub use login::WebLogin;
pub use worker::{OPERATIONS, run_worker};
