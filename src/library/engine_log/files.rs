//! The files of a log: the newest has its plain name, older ones have a number behind it.

use std::path::{Path, PathBuf};

use crate::util::files::numbered;

/// When a log starts a new file, and how many old ones are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Largest file, in bytes.
    pub bytes: u64,
    /// Files in all, the newest included; at least 1.
    pub files: usize,
}

impl Default for Rotation {
    /// Five files of 1 MiB: some weeks of heavy use.
    fn default() -> Self {
        Self { bytes: 1024 * 1024, files: 5 }
    }
}

/// Most old files that are looked for.
const MOST_FILES: usize = 100;

/// The files of a log that there are, the newest first.
#[must_use]
pub fn log_files(path: &Path) -> Vec<PathBuf> {
    let newest = path.is_file().then(|| path.to_owned());
    let old = (1..MOST_FILES).map(|age| numbered(path, age)).take_while(|path| path.is_file());
    newest.into_iter().chain(old).collect()
}
