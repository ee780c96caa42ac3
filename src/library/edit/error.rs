//! Why a file of the library is not changed.

use std::{io, path::PathBuf};

use crate::macros::{document::EditError, read::ReadError, write::WriteError};

/// A change of the library that was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No macro of the library has this UUID.
    #[error("there is no macro {0} in the library")]
    NoMacro(String),
    /// No group of the library has this UUID.
    #[error("there is no group {0} in the library")]
    NoGroup(String),
    /// The library has no folder to write to.
    #[error("the library consists of single files only; add a folder to [engine] library for imported macros")]
    NoFolder,
    /// The file is Keyboard Maestro's own.
    #[error("{} is Keyboard Maestro's own file, which kmtop never writes; change the macro in Keyboard Maestro", .0.display())]
    KeyboardMaestros(PathBuf),
    /// Somebody else changed the file between reading and writing.
    #[error("{} was changed by somebody else meanwhile and is left as it is; try again", .0.display())]
    ChangedMeanwhile(PathBuf),
    /// Another writer does not finish.
    #[error("another program is writing in {}; try again", .0.display())]
    Busy(PathBuf),
    /// The file cannot be understood.
    #[error("{}: {error}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: ReadError,
    },
    /// What is to be imported cannot be understood.
    #[error("what is to be imported cannot be read: {0}")]
    Import(ReadError),
    /// The macro is not in the file any more.
    #[error("{0}; the file has changed since the index was made")]
    Edit(#[from] EditError),
    /// A value that no file can hold.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The file cannot be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}
