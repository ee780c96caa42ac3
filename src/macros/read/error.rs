//! Why a macro file cannot be read.

/// A macro file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Neither an XML nor a binary property list.
    #[error("this is no property list (neither XML nor binary); export the macros again from Keyboard Maestro")]
    NotAPropertyList,
    /// The XML is broken, or uses something that no property list needs.
    #[error("line {line}: {problem}")]
    Xml {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// The binary form is broken.
    #[error("byte {offset}: {problem}")]
    Binary {
        /// Offset from the start of the file.
        offset: usize,
        /// What is wrong.
        problem: String,
    },
    /// A sound property list, but no macros in a known shape.
    #[error("{0}")]
    Shape(String),
    /// A bound that keeps a hostile file from eating memory or stack.
    #[error("{what} (limit {limit}); kmtop does not read such a file")]
    Limit {
        /// What is too much.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
}
