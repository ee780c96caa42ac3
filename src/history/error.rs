//! Why history cannot be had.

use std::{io, path::PathBuf};

/// The history file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is none.
    #[error("there is no history at {}; a running server writes it, unless [history] enabled = false", .0.display())]
    Absent(PathBuf),
    /// A later kmtop wrote it.
    #[error("the history {} has layout {layout}, which a later kmtop wrote; it is left alone. Update kmtop, or move the file away", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its layout.
        layout: i64,
    },
    /// It is a database of something else.
    #[error("{} is a database of another program; it is left alone. Move the file away", .0.display())]
    Foreign(PathBuf),
    /// The file cannot be made or moved.
    #[error("the history file: {0}")]
    File(#[from] io::Error),
    /// `SQLite` says no.
    #[error("the history file: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl HistoryError {
    /// Whether the file is damaged, so that nothing can be added to it any more.
    pub(super) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code().is_some_and(|code| matches!(code, DatabaseCorrupt | NotADatabase)))
    }

    /// Whether it stays so until somebody does something.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Newer { .. } | Self::Foreign(_))
    }
}
