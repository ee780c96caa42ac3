//! The control socket: the owner's own way in, for a console, `kmtop call`, `kmtop once` and MCP on stdin and stdout.
//!
//! A Unix socket in the state folder that only its owner can reach. Whoever is on it has every access class. One connection does
//! one thing: be a screen's [`Link`](crate::link::Link), call one tool, have one command obeyed, get one Frame, or carry an MCP stream.
//! `docs/control-protocol.md` describes the lines.

mod carry;
mod connect;
mod protocol;
mod server;

pub use carry::{Carried, Host, carry};
pub use connect::{ControlError, attach, call, command, frame};
pub use protocol::{FromServer, ToServer, VERSION};
pub use server::{Doors, serve};
