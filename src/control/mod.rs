//! The control socket: the owner's own way in, for a console, `kmtop call` and `kmtop once`.
//!
//! A Unix socket in the state folder that only its owner can reach. Whoever is on it has every access class. One connection does
//! one thing: be a screen's [`Link`](crate::link::Link), call one tool, or get one Frame. `docs/control-protocol.md` describes the lines.

mod connect;
mod protocol;
mod server;

pub use connect::{ControlError, attach, call, frame};
pub use protocol::{FromServer, ToServer, VERSION};
pub use server::{Doors, serve};
