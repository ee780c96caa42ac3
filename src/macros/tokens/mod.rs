//! Text tokens: `%Variable%Name%`, `%ICUDateTime%HH:mm%` and their kin.
//!
//! A text is expanded once, from left to right; what a token gives is never expanded again, so that a value cannot smuggle tokens
//! into a macro. A token that nobody knows is left as it stands, as Keyboard Maestro does.

mod dates;
mod desktop;
mod documents;
mod evaluate;
mod expand;
mod grammar;
mod names;
mod scan;
mod writer;

pub use dates::{format_date, moved};
pub use evaluate::evaluate;
pub use expand::{Escapes, expand};
pub use scan::{Lack, lack, without_tokens};

use super::{
    calculation::{CalculationError, Scope},
    host::HostError,
};

/// Longest text that tokens may make, in bytes.
pub const MAX_TEXT: usize = 8 * 1024 * 1024;

/// A clipboard that a token reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard<'a> {
    /// The system's.
    System,
    /// The one that the trigger refers to; the system's when there is none.
    Trigger,
    /// One of the history: 0 is the system's, 1 the one before it.
    Past(usize),
    /// A named one.
    Named(&'a str),
}

/// What tokens ask for, beyond what calculations do.
pub trait TokenScope: Scope {
    /// The text of a clipboard; `None` when there is no such clipboard, or no text on it.
    ///
    /// # Errors
    /// When the host fails.
    fn clipboard(&mut self, which: Clipboard<'_>) -> Result<Option<String>, HostError>;

    /// A value of a dictionary; `None` when it has no such key. Case does not matter, neither in the dictionary's name nor in keys.
    ///
    /// # Errors
    /// When the host fails.
    fn dictionary_value(&mut self, dictionary: &str, key: &str) -> Result<Option<String>, HostError>;

    /// All keys of a dictionary with their values; none when there is no such dictionary.
    ///
    /// # Errors
    /// When the host fails.
    fn dictionary(&mut self, dictionary: &str) -> Result<Vec<(String, String)>, HostError>;

    /// All variables that the macro sees, without passwords, with their texts.
    ///
    /// # Errors
    /// When the host fails.
    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError>;

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
    /// Too many tokens stand in the parameters of others.
    #[error("the text has too many tokens within tokens")]
    TooManyTokens,
    /// A calculation gives a list of numbers where one is needed.
    #[error("“{0}” gives the list {1} where one number is needed")]
    List(String, String),
    /// The number format is none.
    #[error("“{0}” is no number format that is done here")]
    Format(String),
    /// The JSON that a token reads cannot be read.
    #[error("JSON at “{0}”: {1}")]
    Json(String, String),
    /// The pretended desktop does not tell what a token asks for, or not any more after what the run has done.
    #[error("%{0}% asks for something that the desktop of [engine.simulate] does not tell, or not after what was done since")]
    Untold(String),
    /// The date cannot be reckoned.
    #[error("%ICUDateTime…%: {0}")]
    Date(String),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] HostError),
}

#[cfg(test)]
mod tests;
