//! What can be wrong with settings, said so that it can be put right.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Why there are no settings. The caller exits with 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Nothing says where kmtop's files belong.
    #[error("no home folder is known; set HOME, or set KMTOP_HOME to a folder for all of kmtop's files")]
    NoHome,
    /// A file or folder cannot be used.
    #[error("{}: {fault}; {remedy}", .path.display())]
    Path {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
        /// What to do.
        remedy: String,
    },
    /// Values that cannot be taken, in the order of the file; never empty.
    #[error("{}", lines(.0))]
    Values(Vec<Fault>),
}

impl ConfigError {
    pub(super) fn path(path: &Path, fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Path { path: path.to_owned(), fault: fault.into(), remedy: remedy.into() }
    }
}

/// One value that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands.
    pub place: Place,
    /// The key with its section, for example `pool.min`; `None` where the text is not TOML at all.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.place)?;
        if let Some(key) = &self.key {
            write!(formatter, "`{key}` ")?;
        }
        write!(formatter, "{}; {}", self.what, self.remedy)
    }
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A place in a file.
    File {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// The character in that line, from 1.
        column: usize,
    },
    /// An environment variable.
    Variable(&'static str),
    /// A flag of the command line.
    Flag(&'static str),
}

impl Place {
    /// The place of the byte at `offset` of `text`, which stands in `path`.
    pub(super) fn in_file(path: &Path, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        Self::File { path: path.to_owned(), line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(formatter, "{}:{line}:{column}", path.display()),
            Self::Variable(name) | Self::Flag(name) => formatter.write_str(name),
        }
    }
}
