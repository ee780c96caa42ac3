//! Semaphores as locked files: all workers of a home share them, and the system frees what a process held when it dies.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::host::WorkerHost;
use crate::macros::host::{HostError, Semaphores};

/// Between two tries for a lock: the first wait, and the longest.
const TRIES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));
/// How often a lock is tried for again at once because its file was taken away meanwhile.
const RENEWED: usize = 100;

/// The locks that the run of this worker holds.
#[derive(Debug, Default)]
pub(super) struct Locks {
    folder: Option<PathBuf>,
    held: HashMap<String, File>,
}

impl Locks {
    /// Locks as files of this folder; without one there are none to be had.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, held: HashMap::new() }
    }

    /// The file of a semaphore. Its name may hold anything, so the file has a name of its own.
    fn path(&self, name: &str) -> Result<PathBuf, HostError> {
        let folder =
            self.folder.as_ref().ok_or_else(|| HostError::Failed("this worker was given no folder for semaphores".into()))?;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| failed(folder, &error))?;
        Ok(folder.join(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).simple().to_string()))
    }

    /// Takes a lock if nobody has it.
    fn take(&mut self, name: &str) -> Result<bool, HostError> {
        if self.held.contains_key(name) {
            return Ok(true);
        }
        let path = self.path(name)?;
        for _ in 0..RENEWED {
            let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
            let file = opened.map_err(|error| failed(&path, &error))?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Ok(false),
                Err(TryLockError::Error(error)) => return Err(failed(&path, &error)),
                Ok(()) => {}
            }
            // Whoever gave it back or reset it took the file away; a lock on that one is worth nothing.
            if is_at(&file, &path) {
                self.held.insert(name.to_owned(), file);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives a lock back.
    fn give_back(&mut self, name: &str) -> Result<bool, HostError> {
        let Some(file) = self.held.remove(name) else { return Ok(false) };
        let path = self.path(name)?;
        // The file goes while it is locked, so that names that are made up as runs go do not fill the folder.
        if is_at(&file, &path) {
            let _ = fs::remove_file(&path);
        }
        Ok(true)
    }

    fn reset(&mut self, name: &str) -> Result<(), HostError> {
        self.held.remove(name);
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path, &error)),
            _ => Ok(()),
        }
    }
}

impl Drop for Locks {
    /// Frees what is held at once: a child that is just being started has the file open, too, until it becomes another program.
    fn drop(&mut self) {
        for file in self.held.values() {
            let _ = file.unlock();
        }
    }
}

/// Whether the open file is the one that stands at the path.
fn is_at(file: &File, path: &Path) -> bool {
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let own = file.metadata().map(identity).ok();
    own.is_some() && own == fs::metadata(path).map(identity).ok()
}

fn failed(path: &Path, error: &io::Error) -> HostError {
    HostError::Failed(format!("the semaphore's file {}: {error}", path.display()))
}

impl Semaphores for WorkerHost {
    fn lock(&mut self, name: &str, limit: Option<Duration>) -> Result<bool, HostError> {
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        let (mut span, longest) = TRIES;
        loop {
            if self.locks.take(name)? {
                return Ok(true);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(false);
            }
            if !self.inbox.sleep(left.map_or(span, |left| left.min(span))) {
                return Err(HostError::Cancelled);
            }
            span = (span * 2).min(longest);
        }
    }

    fn unlock(&mut self, name: &str) -> Result<bool, HostError> {
        self.locks.give_back(name)
    }

    fn reset(&mut self, name: &str) -> Result<(), HostError> {
        self.locks.reset(name)
    }

    fn unlock_all(&mut self) {
        let names: Vec<String> = self.locks.held.keys().cloned().collect();
        for name in names {
            // What cannot be given back in order is freed by closing the file.
            let _ = self.locks.give_back(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Locks;

    #[test]
    fn a_lock_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let locks = || Locks::new(Some(folder.path().join("semaphores")));
        let (mut one, mut other) = (locks(), locks());
        assert_eq!(one.take("A/../b"), Ok(true));
        assert_eq!(one.take("A/../b"), Ok(true), "whoever has it has it");
        assert_eq!((other.take("A/../b"), other.take("B")), (Ok(false), Ok(true)));
        assert_eq!(other.give_back("A/../b"), Ok(false), "only the holder gives back");
        assert_eq!(one.give_back("A/../b"), Ok(true));
        assert_eq!(other.take("A/../b"), Ok(true));
        drop(other);
        assert_eq!((one.take("A/../b"), one.take("B")), (Ok(true), Ok(true)), "a holder that is gone holds nothing");
        assert!(Locks::new(None).take("A").is_err());
    }

    #[test]
    fn a_reset_frees_what_another_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let locks = || Locks::new(Some(folder.path().to_owned()));
        let (mut one, mut other, mut third) = (locks(), locks(), locks());
        assert_eq!(one.take("A"), Ok(true));
        assert_eq!(other.reset("A"), Ok(()));
        assert_eq!(other.reset("A"), Ok(()), "also one that nobody holds");
        assert_eq!(other.take("A"), Ok(true));
        // Who held it before gives back what is no longer its own.
        assert_eq!(one.give_back("A"), Ok(true));
        assert_eq!(third.take("A"), Ok(false));
    }
}
