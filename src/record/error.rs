//! Why a recording cannot be had.

use std::{io, path::PathBuf};

use crate::history::HistoryError;

/// A recording cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is a file of something else.
    #[error("{} is not a recording of kmtop", .0.display())]
    Foreign(PathBuf),
    /// A later kmtop wrote it.
    #[error("{} has version {version} of the format, which a later kmtop wrote; update kmtop", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Another kmtop writes it.
    #[error("{} is being recorded to by another kmtop; choose another file", .0.display())]
    Held(PathBuf),
    /// There is nothing in it that can be shown.
    #[error("there is nothing to replay in {0}")]
    Empty(String),
    /// An Interval is too large to be written, or not to be written at all.
    #[error("an interval cannot be written: {0}")]
    Unwritable(String),
    /// The system says no.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

impl RecordError {
    pub(super) fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
