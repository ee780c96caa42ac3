//! What the interpreter asks of the world. It touches nothing by itself.

mod scripts;
mod store;

use std::{sync::Arc, time::Duration};

use super::data::Macro;

pub use scripts::{Script, Scripts, ShellEnd, ShellOutput, ShellRequest};
pub use store::Store;

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

/// What the interpreter asks of the world; each part of the world is a trait of its own.
pub trait Host: Store + Scripts {
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
