//! Who the server is and who talks to it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Allowance, Transport};

/// What never changes while a server runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerInfo {
    /// kmtop's version.
    pub version: String,
    /// The machine's name.
    pub host: String,
    /// Operating system and processor, for example `Linux 6.1 x86_64`.
    pub system: String,
    /// The server's process.
    pub pid: u32,
    /// When it started, milliseconds since 1970.
    pub started_ms: u64,
    /// `http://address:port` of the MCP endpoint's server; `None` when it listens on none.
    pub http: Option<String>,
    /// The line that adds this server to a client, ready to paste.
    pub connect: Option<String>,
    /// The backend's name: `embedded`, `command`.
    pub backend: String,
    /// Every tool by name.
    pub tools: Vec<Arc<str>>,
    /// The thresholds that colours on the screen follow, by rule: warning and critical, in the rule's unit.
    pub thresholds: Vec<(String, f64, f64)>,
    /// Whether this is `kmtop demo`.
    pub demo: bool,
}

/// A client that is connected or called lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// Its name as it introduced itself, cleaned of control characters.
    pub name: Arc<str>,
    /// The name of the token that it shows; `None` where none is needed.
    #[serde(default)]
    pub token: Option<Arc<str>>,
    /// How it last called.
    pub transport: Transport,
    /// Calls since it was first seen.
    pub calls: u64,
    /// Failed calls since it was first seen.
    pub errors: u64,
    /// Calls that a limit of its token refused, since it was first seen.
    #[serde(default)]
    pub limited: u64,
    /// What its token has left of its rate; `None` where there is no limit.
    #[serde(default)]
    pub allowance: Option<Allowance>,
    /// When it was last heard, milliseconds since 1970.
    pub seen_ms: u64,
}

/// The engine underneath.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EngineStatus {
    /// The backend's name: `embedded`, `command`.
    pub backend: String,
    /// `running`, `starting` or `down`.
    pub status: String,
    /// Macros in the library; `None` before it has been read.
    pub macros: Option<u64>,
    /// Files of the library that could not be read.
    pub unreadable_files: u64,
}
