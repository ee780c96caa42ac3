//! MCP clients, and Prometheus: where each keeps its settings, and the entry for kmtop in them.
//!
//! What a file holds besides stays, to the byte: order, comments, keys that nobody here knows. After each change both texts are
//! read and compared; one that would differ in more than the entry is not written.

mod entry;
mod json;
pub mod prometheus;

use std::path::{Path, PathBuf};

use super::error::InstallError;
use crate::config::Environment;
use json::Dialect;

pub use entry::Entry;
pub use prometheus::{Job, PrometheusFile};

/// An MCP client whose settings kmtop knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Claude's desktop application.
    ClaudeDesktop,
    /// Claude Code, for all projects of its user.
    ClaudeCode,
    /// Cursor, for all projects of its user.
    Cursor,
    /// Visual Studio Code, for all folders of its user.
    VsCode,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ClaudeDesktop, Self::ClaudeCode, Self::Cursor, Self::VsCode];

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "Claude Desktop",
            Self::ClaudeCode => "Claude Code",
            Self::Cursor => "Cursor",
            Self::VsCode => "Visual Studio Code",
        }
    }

    /// What has to happen until it knows of the change.
    pub fn afterwards(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "quit Claude Desktop and open it again",
            Self::ClaudeCode => "start a new session of claude; /mcp in it shows the server",
            Self::Cursor => "look for the server in Cursor's settings under MCP",
            Self::VsCode => "run the command \"MCP: List Servers\" in Visual Studio Code",
        }
    }

    /// Where its settings are, as its makers document it: <https://modelcontextprotocol.io/docs/develop/connect-local-servers>,
    /// <https://code.claude.com/docs/en/mcp>, <https://docs.cursor.com/context/mcp>,
    /// <https://code.visualstudio.com/docs/configure/settings>. `None` without a home folder.
    pub fn file(self, environment: &Environment, macos: bool) -> Option<PathBuf> {
        let home = environment.home_dir()?;
        // Electron keeps what belongs to an application there, on Linux as the XDG standard says.
        let applications = if macos {
            home.join("Library/Application Support")
        } else {
            environment.path("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).unwrap_or_else(|| home.join(".config"))
        };
        Some(match self {
            Self::ClaudeDesktop => applications.join("Claude/claude_desktop_config.json"),
            Self::ClaudeCode => environment.path("CLAUDE_CONFIG_DIR").unwrap_or(home).join(".claude.json"),
            Self::Cursor => home.join(".cursor/mcp.json"),
            Self::VsCode => applications.join("Code/User/mcp.json"),
        })
    }

    /// The key below which it keeps servers.
    fn section(self) -> &'static str {
        if self == Self::VsCode { "servers" } else { "mcpServers" }
    }

    fn dialect(self) -> Dialect {
        match self {
            Self::ClaudeDesktop | Self::ClaudeCode => Dialect::Json,
            Self::Cursor | Self::VsCode => Dialect::WithComments,
        }
    }

    /// Whether it wants to be told that an entry is a program.
    fn typed(self) -> bool {
        matches!(self, Self::ClaudeCode | Self::VsCode)
    }

    /// The text of its file `path` with this entry in it; an entry of that name keeps the keys that are not kmtop's.
    ///
    /// # Errors
    /// When `text` is not what the client reads, or has no room for the entry.
    pub fn with(self, path: &Path, text: &str, name: &str, entry: &Entry) -> Result<String, InstallError> {
        json::File { path, text, section: self.section(), dialect: self.dialect() }.with(name, &entry.keys(self.typed()))
    }

    /// The text of its file `path` without the entry of this name.
    ///
    /// # Errors
    /// When `text` is not what the client reads.
    pub fn without(self, path: &Path, text: &str, name: &str) -> Result<String, InstallError> {
        json::File { path, text, section: self.section(), dialect: self.dialect() }.without(name)
    }

    /// A whole file with nothing but this entry, to be copied from.
    pub fn shown(self, name: &str, entry: &Entry) -> String {
        let entry: serde_json::Map<_, _> =
            entry.keys(self.typed()).into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let whole = serde_json::json!({ self.section(): { name: entry } });
        format!("{whole:#}\n")
    }
}
