//! Files inside a few folders, and nothing outside of them.
//!
//! Every path is opened beneath a root's own handle (`cap-std`), step by step or in one go by the system, so that no `..`, no link and
//! no folder that is swapped meanwhile leads out of it. What was opened is looked at, not the name. A file is written whole beside the
//! old one and takes its place; what was written in a while goes to the disk together.

mod cache;
mod error;
mod flush;
mod meter;
mod read;
mod roots;
mod write;

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cap_std::fs::Dir;

pub use error::{FileError, Problem};
pub use meter::Meter;
pub use read::{About, Kind, Part};
pub use roots::Own;
pub use write::{Content, Written};

use cache::Cache;
use flush::Flusher;
use roots::Root;

/// What is done with files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file that is read or written, in bytes.
    pub file_bytes: u64,
    /// After how long what was written goes to the disk.
    pub flush_after: Duration,
    /// Memory for small files that were read, in bytes.
    pub cache_bytes: u64,
}

/// The files inside some roots. Everything here waits for the disk.
pub struct Files {
    roots: Vec<Root>,
    cache: Cache,
    flusher: Flusher,
    meter: Arc<Meter>,
    limits: Limits,
}

/// A path inside a root.
struct Place<'a> {
    root: &'a Root,
    /// From there; `.` for the root itself.
    path: PathBuf,
    /// As the caller named it.
    shown: &'a str,
}

impl Place<'_> {
    fn dir(&self) -> &Dir {
        &self.root.dir
    }

    /// The name of the thing itself, and the open folder that holds it.
    fn parent(&self) -> Result<(Dir, &std::ffi::OsStr), FileError> {
        let name = self.path.file_name().ok_or_else(|| FileError::new(Problem::NotAFile, self.shown))?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = self.dir().open_dir(folder).map_err(|error| FileError::of(&error, self.shown))?;
        Ok((folder, name))
    }
}

impl Files {
    /// The files inside these folders.
    ///
    /// # Errors
    /// When a folder cannot be opened, or may be none: the whole disk, a home folder, one of kmtop's own or of the system's.
    pub fn open(roots: &[PathBuf], own: &Own, limits: Limits, meter: Arc<Meter>) -> Result<Self, FileError> {
        let roots = roots.iter().map(|root| Root::open(root, own)).collect::<Result<Vec<_>, _>>()?;
        let cache = Cache::new(limits.cache_bytes, Arc::clone(&meter));
        Ok(Self { roots, cache, flusher: Flusher::start(limits.flush_after), meter, limits })
    }

    /// The folders.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(|root| &*root.path)
    }
}
