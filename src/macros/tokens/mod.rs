//! Text tokens: `%Variable%Name%`, `%ICUDateTime%HH:mm%` and their kin.
//!
//! A text is expanded once, from left to right; what a token gives is never expanded again, so that a value cannot smuggle tokens
//! into a macro. A token that nobody knows is left as it stands, as Keyboard Maestro does.

mod dates;
mod expand;
mod names;
mod scan;

pub use dates::{format_date, moved};
pub use expand::{Escapes, expand};
pub use scan::{Lack, lack, without_tokens};

use super::{
    calculation::{CalculationError, Scope},
    host::HostError,
};

/// Longest text that tokens may make, in bytes.
pub const MAX_TEXT: usize = 8 * 1024 * 1024;

/// What tokens ask for, beyond what calculations do.
pub trait TokenScope: Scope {
    /// A token that stands for one text: `TriggerValue`, `ExecutingMacro`, `UserLoginID` …; `None` when it has no value here.
    ///
    /// # Errors
    /// When the host fails.
    fn simple(&mut self, token: &str) -> Result<Option<String>, HostError>;
}

/// A token that cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// A calculation in it fails.
    #[error(transparent)]
    Calculation(#[from] CalculationError),
    /// The text grows too long.
    #[error("with its tokens the text would be longer than {MAX_TEXT} bytes")]
    TooLong,
    /// The date cannot be reckoned.
    #[error("%ICUDateTime…%: {0}")]
    Date(String),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] HostError),
}

#[cfg(test)]
mod tests;
