//! Reading macro files: bytes in, groups of macros out. Nothing here trusts its input.
//!
//! Property lists are read by two small readers of our own (XML and binary) straight into JSON values ([`kinds`](super::kinds) says
//! how): both are bounded in depth and size *while* they build, so that no file can overflow the stack or blow up memory, and
//! neither drops text silently.
//!
//! - [`contents`] reads a macro file whole; what in it is no sound macro is left out and named.
//! - [`property_list`] reads any property list, as a value.

mod actions;
mod binary;
mod error;
pub(super) mod identity;
mod library;
mod xml;

use serde_json::Value;

pub use error::ReadError;
pub use library::{Contents, LeftOut};

use super::data::{Group, Macro};

/// Deepest nesting of arrays and dictionaries. Real files stay under 70; at this bound a macro still fits into one JSON line
/// (whose readers stop at 128 levels) on its way to a worker.
pub const MAX_DEPTH: usize = 80;
/// Deepest nesting of action lists within a macro. Real files stay under 15.
pub const MAX_ACTION_DEPTH: usize = 32;
/// Most values in one file.
pub const MAX_VALUES: usize = 4_000_000;
/// Most bytes of text and data in one file once references are followed.
pub const MAX_TEXT: usize = 256 * 1024 * 1024;

/// The two forms of a property list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text; what Keyboard Maestro exports.
    Xml,
    /// What Keyboard Maestro's own files are in.
    Binary,
}

/// Reads a property list of either form.
///
/// # Errors
/// [`ReadError`] says what is wrong and where.
pub fn property_list(bytes: &[u8]) -> Result<(Value, Form), ReadError> {
    if bytes.starts_with(b"bplist00") {
        Ok((binary::read(bytes)?, Form::Binary))
    } else if bytes.trim_ascii_start().starts_with(b"<") || bytes.starts_with("\u{feff}".as_bytes()) {
        Ok((xml::read(bytes)?, Form::Xml))
    } else {
        Err(ReadError::NotAPropertyList)
    }
}

/// Reads a macro file: `.kmmacros`, `.kmlibrary` or Keyboard Maestro's own macros file, XML or binary. Groups and macros with
/// keys of a wrong type are left out and named; the others are there.
///
/// # Errors
/// [`ReadError`] when the file as a whole is no property list with macros: what is wrong and where.
pub fn contents(bytes: &[u8]) -> Result<Contents, ReadError> {
    library::contents(property_list(bytes)?.0)
}

/// Actions that stand alone, as Keyboard Maestro copies them: a property list of one action or of a list of them. They come back as
/// a macro of this name that is in no library.
///
/// # Errors
/// [`ReadError`] when it is no property list, or holds anything but actions.
pub fn loose_actions(bytes: &[u8], name: &str) -> Result<Macro, ReadError> {
    let actions = match property_list(bytes)?.0 {
        Value::Array(actions) => actions,
        action @ Value::Object(_) => vec![action],
        _ => return Err(ReadError::Shape("a property list, but neither an action nor a list of actions".into())),
    };
    let kind = |action: &Value| action.get("MacroActionType").is_some_and(Value::is_string);
    if actions.is_empty() || !actions.iter().all(kind) {
        return Err(ReadError::Shape("a property list, but not of actions: each has a MacroActionType".into()));
    }
    let mut contents = library::contents(serde_json::json!({ "Name": name, "Actions": actions }))?;
    if let Some(wrong) = contents.left_out.first() {
        return Err(ReadError::Shape(wrong.problem.clone()));
    }
    let read = contents.groups.pop().and_then(|mut group| group.macros.pop());
    read.ok_or_else(|| ReadError::Shape("a property list without actions".into()))
}

/// The groups of [`contents`], for those to whom it does not matter what was left out.
///
/// # Errors
/// As [`contents`].
pub fn parse(bytes: &[u8]) -> Result<Vec<Group>, ReadError> {
    Ok(contents(bytes)?.groups)
}

/// The groups of a property list that was read before.
///
/// # Errors
/// [`ReadError::Shape`] when it holds no macros in a known shape.
pub(super) fn contents_of(value: Value) -> Result<Contents, ReadError> {
    library::contents(value)
}

#[cfg(test)]
mod tests;
