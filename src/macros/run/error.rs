//! Why a macro was not run, and how an action goes wrong.

use super::{
    super::{calculation::CalculationError, host::HostError, tokens::TokenError},
    preflight::Refused,
    report::Failure,
};

/// Why nothing was run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRun {
    /// The macro or its group is switched off.
    #[error("the macro “{name}” ({uid}) is disabled, or its group is; enable it in Keyboard Maestro or in its file")]
    Disabled {
        /// The macro.
        uid: String,
        /// Its name.
        name: String,
    },
    /// It holds actions that this engine does not run.
    #[error("nothing was run: {first}{}", more(*.count))]
    Refused {
        /// The first of them.
        first: Box<Refused>,
        /// How many there are, in this macro and those that it calls.
        count: usize,
    },
    /// A called macro could not be asked for.
    #[error(transparent)]
    Host(#[from] HostError),
}

fn more(count: usize) -> String {
    match count - 1 {
        0 => String::new(),
        1 => "; 1 other action is refused too".into(),
        others => format!("; {others} other actions are refused too"),
    }
}

/// How an action goes wrong.
pub(in crate::macros) enum Trouble {
    /// It failed; the list that holds it decides whether that stops the macro.
    Failed(String),
    /// An action inside it failed and was not allowed to.
    Inner(Box<Failure>),
    /// A limit of the engine was met; nothing goes on after it.
    Limit(String),
    /// A limit was met by the action that is named.
    Fatal(Box<Failure>),
    /// Its own time was up; it says whether that is a failure or whether it is passed over.
    Late(String),
    /// The run's time was up when this action went on.
    OutOfTime(Box<Failure>),
    /// The time of this deadline is up.
    TimeUp(u64),
    /// The run was cancelled from outside.
    Cancelled,
}

impl From<HostError> for Trouble {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Cancelled => Self::Cancelled,
            HostError::Failed(message) => Self::Failed(message),
        }
    }
}

impl From<TokenError> for Trouble {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Host(error) | TokenError::Calculation(CalculationError::Host(error)) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<CalculationError> for Trouble {
    fn from(error: CalculationError) -> Self {
        match error {
            CalculationError::Host(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}
