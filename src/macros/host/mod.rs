//! What the interpreter asks of the world. It touches nothing by itself.

mod clipboards;
mod fetch;
mod files;
mod runs;
mod scripts;
mod store;

use std::time::Duration;

pub use clipboards::Clipboards;
pub use fetch::{Fetch, MAX_FETCH};
pub use files::{FileChange, FileInfo, FileKind, Files, MAX_ENTRIES, MAX_FILE};
pub use runs::{Others, Runs, Semaphores, Switch};
pub use scripts::{Script, Scripts, ShellEnd, ShellOutput, ShellRequest};
pub use store::{Dictionaries, Store};

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

/// Who runs the macro.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Login name.
    pub login: String,
    /// Full name; the login name where there is none.
    pub full: String,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached<'a> {
    /// How many of the macro's own actions are done; those inside of others do not count.
    pub done: usize,
    /// How many of its own actions it has, switched-off ones left out.
    pub total: usize,
    /// Actions that were begun so far, those inside of others and of called macros included.
    pub steps: u64,
    /// The action that is next: the name that its author gave it, else its type.
    pub action: &'a str,
}

/// What the interpreter asks of the world; each part of the world is a trait of its own.
pub trait Host: Store + Dictionaries + Scripts + Files + Fetch + Clipboards + Runs + Semaphores {
    /// Waits.
    ///
    /// # Errors
    /// [`HostError::Cancelled`] when the run is cancelled meanwhile.
    fn sleep(&mut self, span: Duration) -> Result<(), HostError>;

    /// Time that has gone by since some moment in the past; it never jumps.
    fn elapsed(&mut self) -> Duration;

    /// The time and the time zone.
    fn now(&mut self) -> jiff::Zoned;

    /// A random number from 0 to 1, without 1.
    fn random(&mut self) -> f64;

    /// Who runs the macro.
    fn user(&mut self) -> User;

    /// A line for the engine's log.
    fn log(&mut self, line: &str);

    /// Whether the run has been cancelled. Asked before each action.
    fn cancelled(&mut self) -> bool;

    /// Where the run is. Told before each action, so it has to be cheap.
    fn reached(&mut self, _place: Reached<'_>) {}
}
