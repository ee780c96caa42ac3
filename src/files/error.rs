//! What went wrong with a file, without a word about anything outside of the roots.

use std::io;

/// Why a file could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct FileError {
    /// What is wrong.
    pub problem: Problem,
    /// The path as the caller named it, shortened.
    pub path: String,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is, or leads, outside.
    #[error("it is not inside any of the allowed folders")]
    Outside,
    /// There is none.
    #[error("there is no such file or folder")]
    Missing,
    /// There is one.
    #[error("it exists already")]
    Exists,
    /// A folder, a pipe, a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// Anything but a folder.
    #[error("it is not a folder")]
    NotAFolder,
    /// A link where a file is to be written.
    #[error("it is a link; name what it leads to")]
    Link,
    /// Beyond the limit.
    #[error("it has {bytes} bytes; at most {most} are allowed")]
    TooLarge {
        /// What it has, or would have.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// Bytes where a text was wanted.
    #[error("it is not UTF-8 text")]
    NotText,
    /// A path that is none.
    #[error("that is no path: {0}")]
    NoPath(&'static str),
    /// A folder that may be no root.
    #[error("this folder may not be a root: {0}")]
    NoRoot(String),
    /// Whatever else the system says.
    #[error("{0}")]
    System(String),
}

impl Problem {
    /// Stable code in `snake_case`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Outside | Self::NoRoot(_) => "outside_roots",
            Self::Missing => "file_not_found",
            Self::Exists => "file_exists",
            Self::NotAFile | Self::NotAFolder | Self::Link => "wrong_kind",
            Self::TooLarge { .. } => "too_long",
            Self::NotText => "not_text",
            Self::NoPath(_) => "bad_arguments",
            Self::System(_) => "file_failed",
        }
    }
}

/// Longest path that an error repeats, in characters.
const SHOWN: usize = 200;

impl FileError {
    pub(super) fn new(problem: Problem, path: &str) -> Self {
        Self { problem, path: crate::util::text::brief(path, SHOWN) }
    }

    /// What the system says. Where a path leads that leads out is nobody's business.
    pub(super) fn of(error: &io::Error, path: &str) -> Self {
        let own_words = error.raw_os_error().is_none();
        let problem = match error.kind() {
            // The library's own refusal has no number.
            io::ErrorKind::PermissionDenied if own_words => Problem::Outside,
            io::ErrorKind::CrossesDevices => Problem::Outside,
            io::ErrorKind::NotFound => Problem::Missing,
            io::ErrorKind::AlreadyExists => Problem::Exists,
            io::ErrorKind::NotADirectory => Problem::NotAFolder,
            io::ErrorKind::IsADirectory => Problem::NotAFile,
            // A pipe without a reader, or a socket.
            _ if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => Problem::NotAFile,
            _ => Problem::System(error.to_string()),
        };
        Self::new(problem, path)
    }
}
