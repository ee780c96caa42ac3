//! The files of this machine.

mod copy;
mod entry;
mod own;
mod trash;
mod write;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};

pub(super) use own::Own;

use super::host::WorkerHost;
use crate::macros::host::{FileChange, FileInfo, FileKind, Files, HostError, MAX_ENTRIES};

/// What the kernel only pretends to be files: reading one may hang or never end, writing one changes the machine.
const PRETENDED: [&str; 3] = ["/proc", "/sys", "/dev"];

/// An error with its path and reason.
fn failed(what: &str, path: &Path, error: &io::Error) -> HostError {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::AlreadyExists => "something is there already".to_owned(),
        _ => error.to_string(),
    };
    refused(what, path, &reason)
}

fn refused(what: &str, path: &Path, reason: &str) -> HostError {
    HostError::Failed(format!("cannot {what} “{}”: {reason}", path.display()))
}

/// Refuses what the kernel only pretends to be a file, also behind links.
fn real(what: &str, path: &Path) -> Result<(), HostError> {
    let whole = own::whole(path);
    match PRETENDED.iter().find(|pretended| whole.starts_with(pretended)) {
        Some(pretended) => Err(refused(what, path, &format!("what is in {pretended} is no file of yours"))),
        None => Ok(()),
    }
}

/// Something new may stand there.
fn vacant(what: &str, path: &Path) -> Result<(), HostError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(refused(what, path, "something is there already")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(what, path, &error)),
    }
}

/// A path whose loss would take the user's home with it.
fn precious(path: &Path) -> bool {
    let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let home = std::env::home_dir().map(|home| fs::canonicalize(&home).unwrap_or(home));
    whole.parent().is_none() || home.is_some_and(|home| home.starts_with(&whole))
}

impl WorkerHost {
    /// What stands there may be changed.
    fn changeable(&self, what: &str, path: &Path) -> Result<(), HostError> {
        real(what, path)?;
        if self.own.holds(path) { Err(refused(what, path, "it is kmtop's own")) } else { Ok(()) }
    }

    /// What stands there may go away.
    fn removable(&self, what: &str, path: &Path) -> Result<(), HostError> {
        self.changeable(what, path)?;
        if self.own.is_within(path) { Err(refused(what, path, "it holds what is kmtop's own")) } else { Ok(()) }
    }
}

impl Files for WorkerHost {
    fn home(&mut self) -> PathBuf {
        std::env::home_dir().unwrap_or_else(|| PathBuf::from("/"))
    }

    fn file_info(&mut self, path: &Path, follow: bool) -> Result<Option<FileInfo>, HostError> {
        entry::info(path, follow)
    }

    fn read_file(&mut self, path: &Path) -> Result<Vec<u8>, HostError> {
        entry::read(path)
    }

    fn write_file(&mut self, path: &Path, content: &[u8], append: bool) -> Result<(), HostError> {
        self.changeable("write", path)?;
        if append { write::append(path, content) } else { write::replace(path, content) }
    }

    fn list_folder(&mut self, path: &Path) -> Result<Vec<PathBuf>, HostError> {
        real("list", path)?;
        let mut paths = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| failed("list", path, &error))? {
            if paths.len() == MAX_ENTRIES {
                return Err(refused("list", path, &format!("it holds more than {MAX_ENTRIES} entries")));
            }
            paths.push(entry.map_err(|error| failed("list", path, &error))?.path());
        }
        paths.sort();
        Ok(paths)
    }

    fn create_folder(&mut self, path: &Path, intermediate: bool) -> Result<(), HostError> {
        self.changeable("make the folder", path)?;
        let made = if intermediate { fs::create_dir_all(path) } else { fs::create_dir(path) };
        made.map_err(|error| failed("make the folder", path, &error))
    }

    fn create_file(&mut self, path: &Path) -> Result<(), HostError> {
        self.changeable("make", path)?;
        fs::File::create_new(path).map(drop).map_err(|error| failed("make", path, &error))
    }

    fn copy_file(&mut self, from: &Path, to: &Path) -> Result<(), HostError> {
        real("copy", from)?;
        self.changeable("make", to)?;
        vacant("make", to)?;
        copy::copy(from, to, &mut || self.inbox.stopping())
    }

    fn move_file(&mut self, from: &Path, to: &Path) -> Result<(), HostError> {
        self.removable("move", from)?;
        self.changeable("make", to)?;
        if precious(from) {
            return Err(refused("move", from, "it holds your home folder"));
        }
        let moved = match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Some file systems cannot refuse to replace.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                vacant("make", to)?;
                fs::rename(from, to)
            }
            moved => moved.map_err(io::Error::from),
        };
        match moved {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                vacant("make", to)?;
                copy::copy(from, to, &mut || self.inbox.stopping())?;
                self.delete_file(from, true)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(failed("make", to, &error)),
            Err(error) => Err(failed("move", from, &error)),
        }
    }

    fn delete_file(&mut self, path: &Path, whole: bool) -> Result<(), HostError> {
        self.removable("delete", path)?;
        let folder = entry::info(path, false)?.is_some_and(|info| info.kind == FileKind::Folder);
        if folder && precious(path) {
            return Err(refused("delete", path, "it holds your home folder"));
        }
        let deleted = match (folder, whole) {
            (true, true) => fs::remove_dir_all(path),
            (true, false) => fs::remove_dir(path),
            (false, _) => fs::remove_file(path),
        };
        deleted.map_err(|error| failed("delete", path, &error))
    }

    fn trash_file(&mut self, path: &Path) -> Result<(), HostError> {
        self.removable("move to the trash", path)?;
        if precious(path) {
            return Err(refused("move to the trash", path, "it holds your home folder"));
        }
        trash::trash(self, path)
    }

    fn change_file(&mut self, path: &Path, change: &FileChange) -> Result<(), HostError> {
        self.changeable("change", path)?;
        entry::change(path, change).map_err(|error| failed("change", path, &error))
    }
}

#[cfg(test)]
mod tests;
