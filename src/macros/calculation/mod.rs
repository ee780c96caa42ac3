//! Keyboard Maestro's calculations: text in, number out.
//!
//! The expression is evaluated while it is parsed (precedence climbing): there is no tree to build, to walk or to overflow the
//! stack with. A branch that is not taken is parsed with evaluation switched off, and [`check`] parses the whole that way.

mod format;
mod functions;
mod lexer;
mod parser;
mod value;

use super::{desktop::Desktop, host::HostError};

pub use format::{format_number, parse_number, with_pattern};
pub use value::Value;

/// Deepest nesting of parentheses and signs in one expression.
pub const MAX_NESTING: usize = 100;
/// Longest expression, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;

/// What a calculation may look at.
pub trait Scope {
    /// A variable's text; `None` when it is unset.
    ///
    /// # Errors
    /// When the store of variables fails.
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError>;
    /// The time and the time zone.
    fn now(&mut self) -> jiff::Zoned;
    /// A random number from 0 to 1, without 1.
    fn random(&mut self) -> f64;
    /// How often the system clipboard has changed so far.
    ///
    /// # Errors
    /// When the host fails.
    fn clipboard_seed(&mut self) -> Result<u64, HostError>;
    /// The desktop that the run pretends; `None` when it pretends none.
    fn desktop(&self) -> Option<&Desktop> {
        None
    }
    /// What `COUNT()` is, in the index of a JSON path.
    fn count(&self) -> Option<usize> {
        None
    }
}

/// A calculation that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalculationError {
    /// The text is no expression.
    #[error("“{expression}” cannot be calculated: {problem} at character {position}")]
    Syntax {
        /// The expression, shortened.
        expression: String,
        /// What is wrong.
        problem: String,
        /// Where, from 1.
        position: usize,
    },
    /// It needs something that only macOS has.
    #[error("the function {0} needs macOS (screens, windows, mouse or clipboard)")]
    NeedsMacOs(&'static str),
    /// The numbers have no result.
    #[error("“{expression}” has no result: {problem}")]
    Value {
        /// The expression, shortened.
        expression: String,
        /// What is wrong.
        problem: String,
    },
    /// The store of variables failed.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Calculates an expression whose tokens have been replaced already, to one number.
///
/// # Errors
/// [`CalculationError`] when it is no expression, has no result or a list of them, or a variable cannot be read.
pub fn calculate(expression: &str, scope: &mut dyn Scope) -> Result<f64, CalculationError> {
    parser::Parser::new(expression, scope, true, 0)?.whole()
}

/// Calculates an expression whose tokens have been replaced already. It may give a list: `x + 1, y`.
///
/// # Errors
/// [`CalculationError`] when it is no expression, has no result, or a variable cannot be read.
pub fn evaluate(expression: &str, scope: &mut dyn Scope) -> Result<Value, CalculationError> {
    calculate(expression, scope).map(Value::from)
}

/// Checks an expression without calculating it or reading a variable. What the desktop is asked for must be known.
///
/// # Errors
/// [`CalculationError`] when it is no expression, or needs what only macOS has.
pub fn check(expression: &str, desktop: Option<&Desktop>) -> Result<(), CalculationError> {
    parser::Parser::new(expression, &mut Nothing(desktop), false, 0)?.whole().map(|_| ())
}

/// The first function in a text that only macOS has, or that the desktop does not answer, for a text that is no expression as it
/// stands, for example because a token will complete it.
#[must_use]
pub fn macos_function(text: &str, _desktop: Option<&Desktop>) -> Option<&'static str> {
    match lexer::pieces(text) {
        Ok(pieces) => {
            let names = pieces.iter().filter(|piece| piece.kind == lexer::Kind::Name);
            names.map(|piece| &text[piece.start..piece.end]).find_map(functions::of_macos)
        }
        Err(_) => text.split(|next: char| !next.is_alphanumeric() && next != '_').find_map(functions::of_macos),
    }
}

/// The scope of a check: never asked.
struct Nothing<'a>(Option<&'a Desktop>);

impl Scope for Nothing<'_> {
    fn variable(&mut self, _: &str) -> Result<Option<String>, HostError> {
        Ok(None)
    }

    fn now(&mut self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn random(&mut self) -> f64 {
        0.0
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        Ok(0)
    }

    fn desktop(&self) -> Option<&Desktop> {
        self.0
    }
}

#[cfg(test)]
mod tests;
