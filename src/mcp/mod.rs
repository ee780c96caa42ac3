//! The MCP server: the tools over Streamable HTTP and over stdio.
//!
//! [`Server`] speaks MCP for one way in; [`http::listen`] serves it on a runtime of its own, behind one guard for every route;
//! [`stdio::serve`] serves it on the process's own stdin and stdout with threads of their own.

mod guard;
pub mod http;
mod results;
mod server;
mod sessions;
pub mod stdio;
pub mod token;

pub use guard::{Guard, Verdict};
pub use server::Server;
