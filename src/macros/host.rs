//! What the interpreter asks of the world. It touches nothing by itself.

use std::{sync::Arc, time::Duration};

use super::data::Macro;

/// Why the host could not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The run was cancelled while the host worked.
    #[error("the run was cancelled")]
    Cancelled,
    /// It failed; the text says what and why.
    #[error("{0}")]
    Failed(String),
}

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

/// Who runs the macro.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Login name.
    pub login: String,
    /// Full name; the login name where there is none.
    pub full: String,
}

/// What the interpreter asks of the world.
///
/// Variables here are the global ones: the interpreter keeps local, instance and password variables to itself.
pub trait Host {
    /// A global variable's text; names are case-insensitive.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError>;

    /// Sets a global variable, or deletes it when `value` is `None`.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn set_variable(&mut self, name: &str, value: Option<&str>) -> Result<(), HostError>;

    /// All global variables with their texts.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError>;

    /// Runs a script to its end.
    ///
    /// # Errors
    /// When it cannot be started, or the run is cancelled meanwhile.
    fn shell(&mut self, request: &ShellRequest) -> Result<ShellOutput, HostError>;

    /// Waits.
    ///
    /// # Errors
    /// [`HostError::Cancelled`] when the run is cancelled meanwhile.
    fn sleep(&mut self, span: Duration) -> Result<(), HostError>;

    /// The time and the time zone.
    fn now(&mut self) -> jiff::Zoned;

    /// A random number from 0 to 1, without 1.
    fn random(&mut self) -> f64;

    /// Who runs the macro.
    fn user(&mut self) -> User;

    /// A line for the engine's log.
    fn log(&mut self, line: &str);

    /// The macro with this UUID, if there is one.
    ///
    /// # Errors
    /// When it cannot be asked for, or the run is cancelled meanwhile.
    fn macro_by_uid(&mut self, uid: &str) -> Result<Option<Arc<Macro>>, HostError>;

    /// Whether the run has been cancelled. Asked before each action.
    fn cancelled(&mut self) -> bool;
}
