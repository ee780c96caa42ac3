//! JSON in variables: documents that keep the order of their fields, and Keyboard Maestro's paths into them.
//!
//! - [`Json::read`] and [`Json::text`] turn a text into a document and back.
//! - [`split`] takes `J.d[1]` apart into the variable `J` and the path `.d[1]`; [`get`], [`set`] and [`delete`] follow such a path.
//! - [`value`] reads what an action or a dictionary calls a value: JSON when it looks like it, else a text.

mod path;
mod tree;

pub use path::{delete, find, get, set, split};
pub use tree::{Form, Json};

use super::{calculation::CalculationError, host::HostError};

/// Why something cannot be done with JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The text is no JSON; says why.
    #[error("it is no JSON: {0}")]
    Syntax(String),
    /// The path is none; says why.
    #[error("“{path}” is no JSON path: {problem}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// The path leads nowhere, so nothing can be set there.
    #[error("the JSON has nothing at “{0}”")]
    Nowhere(String),
    /// An index in the path cannot be calculated.
    #[error(transparent)]
    Index(#[from] CalculationError),
    /// A variable cannot be read.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// What a text is worth as a value in JSON. When `strict` it must be JSON itself; else it is JSON when it looks like a list or an
/// object, and a text otherwise.
///
/// # Errors
/// [`JsonError::Syntax`] when the text must be JSON, or looks like it, and is none.
pub fn value(text: &str, strict: bool) -> Result<Json, JsonError> {
    if strict || looks_like_json(text) { Json::read(text) } else { Ok(Json::Text(text.to_owned())) }
}

fn looks_like_json(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('[') && text.ends_with(']')) || (text.starts_with('{') && text.ends_with('}'))
}

/// The keys of an object, or the indices of a list from 1, of the document in a text.
///
/// # Errors
/// [`JsonError::Syntax`] when the text is no JSON.
pub fn keys(text: &str) -> Result<Vec<String>, JsonError> {
    Ok(match Json::read(text)? {
        Json::List(items) => (1..=items.len()).map(|index| index.to_string()).collect(),
        Json::Object(fields) => fields.into_iter().map(|(key, _)| key).collect(),
        _ => Vec::new(),
    })
}

/// The elements of a list, or the values of an object, of the document in a text; a single value is its only element.
///
/// # Errors
/// [`JsonError::Syntax`] when the text is no JSON.
pub fn elements(text: &str) -> Result<Vec<Json>, JsonError> {
    Ok(match Json::read(text)? {
        Json::List(items) => items,
        Json::Object(fields) => fields.into_iter().map(|(_, value)| value).collect(),
        single => vec![single],
    })
}

#[cfg(test)]
mod tests;
