//! The MCP server: the tools over Streamable HTTP and over stdio.
//!
//! [`Server`] speaks MCP for one way in; [`http::listen`] serves it on a runtime of its own, behind one guard for every route;
//! [`stdio::serve`] serves it on the process's own stdin and stdout with threads of their own, [`lines::converse`] on any two
//! streams. Whichever way a message comes, [`message::check`] looks at it first.

mod calls;
mod completion;
pub mod conformance;
mod counted;
mod cursor;
mod guard;
pub mod http;
mod in_flight;
pub mod lines;
pub mod message;
mod offer;
mod prompts;
mod requests;
mod resources;
mod results;
mod server;
mod sessions;
pub mod stdio;
mod strangers;
mod tasks;
mod wishes;

pub use guard::{Guard, Verdict};
pub use server::Server;
