//! Reading macro files: bytes in, groups of macros out. Nothing here trusts its input.
//!
//! Property lists are read by two small readers of our own (XML and binary) straight into JSON values: both are bounded in depth
//! and size *while* they build, so that no file can overflow the stack or blow up memory, and neither drops text silently.

mod binary;
mod error;
mod library;
mod xml;

pub use error::ReadError;

use super::data::Group;

/// Deepest nesting of arrays and dictionaries. Real files stay under 70; at this bound a macro still fits into one JSON line
/// (whose readers stop at 128 levels) on its way to a worker.
pub const MAX_DEPTH: usize = 80;
/// Deepest nesting of action lists within a macro. Real files stay under 15.
pub const MAX_ACTION_DEPTH: usize = 32;
/// Most values in one file.
pub const MAX_VALUES: usize = 4_000_000;
/// Most bytes of text and data in one file once references are followed.
pub const MAX_TEXT: usize = 256 * 1024 * 1024;

/// Reads a macro file: `.kmmacros`, `.kmlibrary` or Keyboard Maestro's own macros file, XML or binary.
///
/// # Errors
/// [`ReadError`] says what is wrong and where; a file is read whole or not at all.
pub fn parse(bytes: &[u8]) -> Result<Vec<Group>, ReadError> {
    let value = if bytes.starts_with(b"bplist00") {
        binary::read(bytes)?
    } else if bytes.trim_ascii_start().starts_with(b"<") || bytes.starts_with("\u{feff}".as_bytes()) {
        xml::read(bytes)?
    } else {
        return Err(ReadError::NotAPropertyList);
    };
    library::groups(value)
}

#[cfg(test)]
mod tests;
