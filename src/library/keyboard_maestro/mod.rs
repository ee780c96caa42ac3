//! Keyboard Maestro's own files, to be read and never written.
//!
//! Their formats are those of files of Keyboard Maestro 10 and 11; nothing here needs macOS.

mod databases;

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

pub use databases::DatabaseError;

use super::{
    engine_log::{LogFilter, LogPage, Tail, read_log},
    files::OWN_FILE,
    statistics::Table,
};
use crate::macros::read::ReadError;

/// Largest file of statistics that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The places of Keyboard Maestro's own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyboardMaestroFiles {
    /// `~/Library/Application Support/Keyboard Maestro`.
    support: PathBuf,
    /// `~/Library/Logs/Keyboard Maestro`.
    logs: PathBuf,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", .path.display())]
pub struct OwnFileError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub problem: OwnFileProblem,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OwnFileProblem {
    /// The system says no.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The property list cannot be understood.
    #[error(transparent)]
    PropertyList(#[from] ReadError),
    /// The database cannot be understood.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl KeyboardMaestroFiles {
    /// The files below a user's home folder.
    #[must_use]
    pub fn under(home: &Path) -> Self {
        let library = home.join("Library");
        Self { support: library.join("Application Support/Keyboard Maestro"), logs: library.join("Logs/Keyboard Maestro") }
    }

    /// Whether Keyboard Maestro keeps macros there.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.macros().is_file()
    }

    /// The file of all macros; give it to [`Library::start`](super::Library::start), which never writes it.
    #[must_use]
    pub fn macros(&self) -> PathBuf {
        self.support.join(OWN_FILE)
    }

    /// The engine's log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.logs.join("Engine.log")
    }

    /// How often macros ran.
    ///
    /// # Errors
    /// When the file is not there or cannot be understood.
    pub fn statistics(&self) -> Result<Table, OwnFileError> {
        let path = self.support.join("Keyboard Maestro Macro Stats.plist");
        let read = || -> Result<Table, OwnFileProblem> {
            let mut bytes = Vec::new();
            File::open(&path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > LARGEST {
                return Err(io::Error::other(format!("larger than {} MiB", LARGEST / 1024 / 1024)).into());
            }
            Ok(Table::parse(&bytes)?)
        };
        read().map_err(|problem| OwnFileError { path: path.clone(), problem })
    }

    /// The global variables with their texts, by name. Deleted ones and those that hold passwords by their name are left out.
    ///
    /// # Errors
    /// When the file is not there or cannot be understood.
    pub fn variables(&self) -> Result<Vec<(String, String)>, OwnFileError> {
        self.of_database("Keyboard Maestro Variables.sqlite", databases::variables)
    }

    /// The text of a global variable, whatever the case of its name; `None` when there is none, also for passwords.
    ///
    /// # Errors
    /// When the file is not there or cannot be understood.
    pub fn variable(&self, name: &str) -> Result<Option<String>, OwnFileError> {
        self.of_database("Keyboard Maestro Variables.sqlite", |path| databases::variable(path, name))
    }

    /// The names of the dictionaries.
    ///
    /// # Errors
    /// When the file is not there or cannot be understood.
    pub fn dictionaries(&self) -> Result<Vec<String>, OwnFileError> {
        self.of_database("Keyboard Maestro Dictionaries.sqlite", databases::dictionaries)
    }

    /// The keys and values of a dictionary, by key; empty when there is no such dictionary.
    ///
    /// # Errors
    /// When the file is not there or cannot be understood.
    pub fn dictionary(&self, name: &str) -> Result<Vec<(String, String)>, OwnFileError> {
        self.of_database("Keyboard Maestro Dictionaries.sqlite", |path| databases::dictionary(path, name))
    }

    /// Entries of the engine's log; none when there is no log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log_entries(&self, filter: &LogFilter) -> Result<LogPage, OwnFileError> {
        read_log(&self.log(), filter).map_err(|error| OwnFileError { path: self.log(), problem: error.into() })
    }

    /// Follows the engine's log from its end.
    #[must_use]
    pub fn follow_log(&self) -> Tail {
        Tail::from_end(&self.log())
    }

    fn of_database<Found>(
        &self,
        name: &str,
        read: impl FnOnce(&Path) -> Result<Found, DatabaseError>,
    ) -> Result<Found, OwnFileError> {
        let path = self.support.join(name);
        read(&path).map_err(|error| OwnFileError { path, problem: error.into() })
    }
}

#[cfg(test)]
mod tests;
