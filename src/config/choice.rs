//! Settings that take one word out of a few.

use serde::{Deserialize, Serialize};

/// What a tool may do; a client is offered the tools of the allowed classes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessClass {
    /// Look at macros, variables and numbers.
    Read,
    /// Run and cancel macros.
    Run,
    /// Set variables, dictionaries and the clipboard.
    Write,
    /// Delete variables and macros.
    Delete,
    /// Bring in code: scripts and ad-hoc actions.
    Script,
    /// Write files inside the allowed roots.
    FilesWrite,
    /// Let macros fetch from the network.
    Network,
    /// Change kmtop itself.
    Admin,
}

impl AccessClass {
    /// Every class, from the mildest.
    pub const ALL: [Self; 8] =
        [Self::Read, Self::Run, Self::Write, Self::Delete, Self::Script, Self::FilesWrite, Self::Network, Self::Admin];

    /// The class as it is written in the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Run => "run",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Script => "script",
            Self::FilesWrite => "files-write",
            Self::Network => "network",
            Self::Admin => "admin",
        }
    }
}

/// What a caller over HTTP must show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// The token from the token file.
    #[default]
    Token,
    /// Nothing.
    None,
}

/// What executes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// Keyboard Maestro where it is, kmtop's own engine elsewhere.
    #[default]
    Auto,
    /// kmtop's own macro engine.
    Embedded,
    /// Keyboard Maestro on this Mac, by Apple events from warm script workers.
    Osascript,
    /// Keyboard Maestro on this or another Mac, by its web server.
    Web,
    /// A program that speaks the worker protocol.
    Command,
}

impl BackendKind {
    /// The kind as it is written in the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Embedded => "embedded",
            Self::Osascript => "osascript",
            Self::Web => "web",
            Self::Command => "command",
        }
    }

    /// The same with [`Auto`](Self::Auto) decided: on macOS Keyboard Maestro's own files say that it is there.
    #[must_use]
    pub fn decided(self, keyboard_maestro_is_there: bool) -> Self {
        match self {
            Self::Auto if cfg!(target_os = "macos") && keyboard_maestro_is_there => Self::Osascript,
            Self::Auto => Self::Embedded,
            named => named,
        }
    }
}

/// What happens when the console's terminal goes away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnHangup {
    /// Go on serving without a console.
    #[default]
    Serve,
    /// Shut down.
    Exit,
}

/// Which characters graphs and frames are drawn with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    /// Box drawing, block and braille characters.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

/// How colours are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// As the terminal says it can.
    #[default]
    Auto,
    /// The terminal's own 16 colours, whatever the terminal says.
    Always16,
    /// The 256 indexed colours.
    Indexed,
    /// 24-bit colours.
    Truecolor,
    /// None: bold, reverse and words instead.
    Never,
}
