//! Keyboard Maestro's calculations: text in, number out, or a list of numbers.
//!
//! The expression is evaluated while it is parsed (precedence climbing): there is no tree to build, to walk or to overflow the
//! stack with. A branch that is not taken is parsed with evaluation switched off, and [`check`] parses the whole that way.

mod format;
mod functions;
mod lexer;
mod operators;
mod parser;
mod value;

use super::{desktop::Desktop, host::HostError};

pub(super) use functions::text_function;

pub use format::{format_number, parse_number, with_pattern};
pub use value::Value;

/// Deepest nesting of parentheses and signs in one expression.
pub const MAX_NESTING: usize = 100;
/// Longest expression, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;
/// Longest text of CALCULATE that is searched for functions, in bytes: a bound on how deep the search can go.
const MAX_NESTED: usize = 1024;

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
    /// How deep the calculation is nested in another one, whose bound it shares.
    fn nesting(&self) -> usize {
        0
    }
}

/// A scope inside of a calculation: within the same bound on nesting, and with a number for `COUNT()`.
pub(super) struct Nested<'a> {
    pub(super) scope: &'a mut dyn Scope,
    pub(super) count: Option<usize>,
    pub(super) nesting: usize,
}

impl Scope for Nested<'_> {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        self.scope.variable(name)
    }

    fn now(&mut self) -> jiff::Zoned {
        self.scope.now()
    }

    fn random(&mut self) -> f64 {
        self.scope.random()
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        self.scope.clipboard_seed()
    }

    fn desktop(&self) -> Option<&Desktop> {
        self.scope.desktop()
    }

    fn count(&self) -> Option<usize> {
        self.count
    }

    fn nesting(&self) -> usize {
        self.nesting
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
    #[error("the function {0} needs macOS")]
    NeedsMacOs(&'static str),
    /// It asks for a part of the desktop of which nothing is known.
    #[error("the function {0} needs macOS, or a desktop in [engine.simulate] that answers it")]
    NeedsDesktop(&'static str),
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
    let nesting = scope.nesting();
    let mut parser = parser::Parser::new(expression, scope, true, nesting)?;
    let value = parser.whole()?;
    value.number().ok_or_else(|| parser.no_result(&format!("it gives the list {value} where one number is needed")))
}

/// Calculates an expression whose tokens have been replaced already. It may give a list: `x + 1, y`.
///
/// # Errors
/// [`CalculationError`] when it is no expression, has no result, or a variable cannot be read.
pub fn evaluate(expression: &str, scope: &mut dyn Scope) -> Result<Value, CalculationError> {
    let nesting = scope.nesting();
    parser::Parser::new(expression, scope, true, nesting)?.whole()
}

/// Checks an expression for one number without calculating it or reading a variable. What the desktop is asked for must be known.
///
/// # Errors
/// [`CalculationError`] when it is no expression, is written as a list, or needs what only macOS has.
pub fn check(expression: &str, desktop: Option<&Desktop>) -> Result<(), CalculationError> {
    let mut scope = Nothing(desktop);
    let mut parser = parser::Parser::new(expression, &mut scope, false, 0)?;
    if parser.whole()?.number().is_some() {
        return Ok(());
    }
    Err(parser.no_result("it gives a list where one number is needed"))
}

/// Like [`check`], for an expression that may give a list.
///
/// # Errors
/// [`CalculationError`] when it is no expression, or needs what only macOS has.
pub fn check_list(expression: &str, desktop: Option<&Desktop>) -> Result<(), CalculationError> {
    parser::Parser::new(expression, &mut Nothing(desktop), false, 0)?.whole().map(|_| ())
}

/// What a function needs that has no value here.
#[must_use]
pub fn needed_by(function: &str) -> &'static str {
    let answerable = functions::reads_the_desktop(function);
    if answerable { "macOS, or a desktop in [engine.simulate] that answers it" } else { "macOS" }
}

/// The first function in a text that has no value here: only macOS has it, or the desktop does not answer it. For a text that is no
/// expression as it stands, for example because a token will complete it.
#[must_use]
pub fn macos_function(text: &str, desktop: Option<&Desktop>) -> Option<&'static str> {
    let lacking = |name: &str| match functions::lacking(name, desktop)? {
        CalculationError::NeedsMacOs(name) | CalculationError::NeedsDesktop(name) => Some(name),
        _ => None,
    };
    let Ok(pieces) = lexer::pieces(text) else {
        return text.split(|next: char| !next.is_alphanumeric() && next != '_').find_map(lacking);
    };
    let mut calculate = false;
    pieces.iter().find_map(|piece| {
        let text = &text[piece.start..piece.end];
        match piece.kind {
            lexer::Kind::Name => {
                calculate = text == "CALCULATE";
                lacking(text)
            }
            // Nested deeper than a calculation may be, it is refused for that.
            lexer::Kind::Text if calculate && text.len() < MAX_NESTED => macos_function(text, desktop),
            _ => None,
        }
    })
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
