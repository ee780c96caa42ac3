//! The control protocol: one JSON object per line, each way.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    link::{Ask, Backlog},
    model::{Command, CommandError, Frame, Interval, Reply},
};

/// The version that this build speaks.
pub const VERSION: u32 = 1;

/// What a client says. The first line chooses what the connection is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToServer {
    /// Be a screen: the answer is a welcome, then one line a second.
    Attach {
        /// Protocol version of the client.
        version: u32,
    },
    /// A screen's request, after attaching.
    Ask(Ask),
    /// Call one tool: the answer is one line.
    Call {
        /// Protocol version of the client.
        version: u32,
        /// The tool's name.
        tool: String,
        /// Its arguments.
        arguments: Value,
    },
    /// Get one Frame: the answer is one line.
    Frame {
        /// Protocol version of the client.
        version: u32,
    },
    /// Have one command obeyed: the answer is one reply.
    Command {
        /// Protocol version of the client.
        version: u32,
        /// What to do.
        command: Command,
        /// Who asks, for the journal.
        by: String,
    },
    /// Speak MCP: after the answer all lines are those of an MCP client on stdin and stdout.
    Mcp {
        /// Protocol version of the client.
        version: u32,
        /// Whether the client may only look, whatever the settings allow.
        #[serde(default)]
        read_only: bool,
    },
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromServer {
    /// Everything that is kept. Comes again when the client fell behind.
    Welcome(Box<Backlog>),
    /// One more second.
    Interval(Arc<Interval>),
    /// The answer to a screen's request.
    Reply {
        /// The request's number.
        id: u64,
        /// What was done.
        done: Option<Reply>,
        /// Or why not.
        error: Option<CommandError>,
    },
    /// A tool's answer.
    Answer {
        /// Its structured content; for a failed call the structured error.
        value: Value,
        /// Whether the call failed.
        is_error: bool,
        /// The error for people.
        text: Option<String>,
    },
    /// How the server is.
    Frame(Box<Frame>),
    /// What follows is MCP.
    Speak {},
    /// The request cannot be served; the connection ends.
    Refused {
        /// Why, and what to do.
        reason: String,
    },
}
