//! Scripts, run by the system.

use std::time::Duration;

use super::HostError;

/// What a script is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// Its text: run by `/bin/sh`, or by what its `#!` line names.
    Text(String),
    /// A file to be executed.
    File(String),
}

/// A shell script to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellRequest {
    /// The script.
    pub script: Script,
    /// Variables for its environment, beyond the few that every script gets.
    pub environment: Vec<(String, String)>,
    /// What it reads on its standard input; nothing when `None`.
    pub input: Option<String>,
    /// Whether its error output is mixed into its output.
    pub include_errors: bool,
    /// How long it may run; for ever when `None`.
    pub time_limit: Option<Duration>,
}

/// How a script ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellEnd {
    /// With this exit code.
    Exited(i32),
    /// Killed by this signal.
    Signalled(i32),
    /// Killed because its time was up.
    TimedOut,
}

/// What a script gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellOutput {
    /// Its output, invalid UTF-8 replaced.
    pub output: String,
    /// The start of its error output, for the error message; empty when that is part of `output`.
    pub errors: String,
    /// How it ended.
    pub end: ShellEnd,
    /// Whether output beyond the host's limit was thrown away.
    pub truncated: bool,
}

/// Runs scripts.
pub trait Scripts {
    /// Runs a script to its end.
    ///
    /// # Errors
    /// When it cannot be started, or the run is cancelled meanwhile.
    fn shell(&mut self, request: &ShellRequest) -> Result<ShellOutput, HostError>;

    /// Starts a script and does not wait for it: it runs on beside the run and after it, at most until its time limit or the host's
    /// own, and never beyond the host's end. Its output is thrown away.
    ///
    /// # Errors
    /// When it cannot be started, or too many of them run already.
    fn start_shell(&mut self, request: &ShellRequest) -> Result<(), HostError>;
}
