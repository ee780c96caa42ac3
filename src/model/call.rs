//! One finished tool call.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Trace;

/// A finished tool call, as it is recorded, listed and shown.
///
/// Cheap to clone: every text is shared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Counts up from 1 for each server.
    pub id: u64,
    /// When the call finished, milliseconds since 1970.
    pub time_ms: u64,
    /// The tool's name.
    pub tool: Arc<str>,
    /// Who called: the client's name, cleaned of control characters.
    pub client: Arc<str>,
    /// The name of the token that it showed; `None` where none is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Arc<str>>,
    /// What the call was about: a macro's or a variable's name.
    pub subject: Option<Arc<str>>,
    /// How the caller reached the server.
    pub transport: Transport,
    /// The worker slot that ran it; `None` when no worker was needed or reached.
    pub worker: Option<u16>,
    /// Microseconds from the tool's request for a worker until one took it; `None` when no worker was asked for.
    pub queued_us: Option<u64>,
    /// Microseconds from a worker taking it until its answer; `None` when none did.
    pub ran_us: Option<u64>,
    /// Microseconds of the job's own work as the worker reports them; `None` when it reported nothing.
    pub own_us: Option<u64>,
    /// Microseconds from the call's arrival until its answer was ready.
    pub total_us: u64,
    /// How it ended.
    pub ending: Ending,
    /// The error's stable code, when it failed.
    pub code: Option<Arc<str>>,
    /// The trace that it belongs to, when its caller said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Arc<Trace>>,
}

impl CallRecord {
    /// Codes of calls that were refused because their caller had had enough: of its rate, of calls at once.
    pub const LIMITED: [&str; 2] = ["rate_limited", "too_many_calls"];

    /// Whether it was refused by a limit of its caller.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.code.as_deref().is_some_and(|code| Self::LIMITED.contains(&code))
    }

    /// Microseconds that kmtop added: the total less the job's own work, so that a long macro is no overhead. A call that no
    /// worker took is overhead from end to end. `None` when a worker took it and did not live to report its own time.
    #[must_use]
    pub fn overhead_us(&self) -> Option<u64> {
        match (self.ran_us, self.own_us) {
            (None, _) => Some(self.total_us),
            (Some(_), Some(own)) => Some(self.total_us.saturating_sub(own)),
            (Some(_), None) => None,
        }
    }
}

/// How a caller reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Streamable HTTP.
    Http,
    /// MCP on stdin and stdout.
    Stdio,
    /// The control socket: the owner's console or `kmtop call`.
    Control,
}

impl Transport {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Http, Self::Stdio, Self::Control];

    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Stdio => "stdio",
            Self::Control => "control",
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It answered well.
    Ok,
    /// The tool or the macro failed.
    Failed,
    /// A deadline passed.
    Timeout,
    /// Turned away before anything ran, because the server was busy or shutting down.
    Shed,
    /// The caller cancelled it or went away.
    Cancelled,
    /// The worker died; what it did is unknown.
    Crashed,
}

impl Ending {
    /// Whether the caller did not get what it asked for.
    #[must_use]
    pub fn is_error(self) -> bool {
        self != Self::Ok
    }

    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Shed => "shed",
            Self::Cancelled => "cancelled",
            Self::Crashed => "crashed",
        }
    }
}
