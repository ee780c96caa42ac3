//! Writing files: whole, beside the old one, which it replaces; or at the end.

use std::{
    ffi::OsStr,
    io::{self, Write as _},
    time::Instant,
};

use cap_std::fs::{Dir, File, MetadataExt as _, OpenOptions, OpenOptionsExt as _, Permissions};

use super::{
    FileError, Files, Problem,
    read::{careful, regular},
};

/// What is to be written.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether a file that is there may be replaced.
    pub overwrite: bool,
    /// Whether folders that are missing are made.
    pub create_folders: bool,
    /// Whether it is to be on the disk before this returns.
    pub flush: bool,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the file now.
    pub size: u64,
    /// Whether there was none before.
    pub created: bool,
}

impl Files {
    /// Writes a file whole. Who reads it meanwhile gets the old one or the new one, never a piece.
    ///
    /// # Errors
    /// When it is outside, too large, is there and may not be replaced, is a folder or a link, or cannot be written. Then the old
    /// one is as it was.
    pub fn write(&self, path: &str, content: &Content<'_>) -> Result<Written, FileError> {
        let began = Instant::now();
        self.fits(content.bytes.len() as u64, path)?;
        let place = self.place(path)?;
        let failed = |error| FileError::of(&error, path);
        if content.create_folders
            && let Some(folder) = place.path.parent().filter(|folder| !folder.as_os_str().is_empty())
        {
            place.dir().create_dir_all(folder).map_err(failed)?;
        }
        let (folder, name) = place.parent()?;
        let before = match folder.symlink_metadata(name) {
            Ok(about) if about.is_symlink() => return Err(FileError::new(Problem::Link, path)),
            Ok(about) if !about.is_file() => return Err(FileError::new(Problem::NotAFile, path)),
            Ok(_) if !content.overwrite => return Err(FileError::new(Problem::Exists, path)),
            Ok(about) => Some(about.permissions()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let created = before.is_none();
        let new = beside(&folder, name, content, before).map_err(failed)?;
        // A folder keeps its names itself; without this the file may have none after a crash.
        let names = folder.open(".").map_err(failed)?.into_std();
        if content.flush {
            names.sync_all().map_err(failed)?;
        } else {
            self.flusher.later(new.into_std());
            self.flusher.later(names);
        }
        self.meter.wrote(content.bytes.len(), began);
        Ok(Written { size: content.bytes.len() as u64, created })
    }

    /// Adds to the end of a file, and makes it when there is none. Two at once come one after the other.
    ///
    /// # Errors
    /// As [`write`](Self::write); a piece may have been added when the disk is full.
    pub fn append(&self, path: &str, bytes: &[u8], flush: bool) -> Result<Written, FileError> {
        let began = Instant::now();
        let place = self.place(path)?;
        let failed = |error| FileError::of(&error, path);
        let mut options = OpenOptions::new();
        options.append(true).custom_flags(careful()).mode(0o600);
        let opened = match place.dir().open_with(&place.path, &options) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                place.dir().open_with(&place.path, options.create(true)).map(|file| (file, true))
            }
            opened => opened.map(|file| (file, false)),
        };
        let (mut file, created) = opened.map_err(failed)?;
        let before = regular(&file, path)?.size();
        self.fits(before.saturating_add(bytes.len() as u64), path)?;
        file.write_all(bytes).map_err(failed)?;
        if flush {
            file.sync_all().map_err(failed)?;
        } else {
            self.flusher.later(file.into_std());
        }
        self.meter.wrote(bytes.len(), began);
        Ok(Written { size: before + bytes.len() as u64, created })
    }
}

/// Writes the new file beside the old one and puts it in its place; nothing is left of it when that fails.
fn beside(folder: &Dir, name: &OsStr, content: &Content<'_>, before: Option<Permissions>) -> io::Result<File> {
    let random = getrandom::u64().map_err(|error| io::Error::other(error.to_string()))?;
    let temporary = format!(".kmtop-{random:016x}.tmp");
    let mut file = folder.open_with(&temporary, OpenOptions::new().write(true).create_new(true).mode(0o600))?;
    let put = || {
        file.write_all(content.bytes)?;
        if let Some(permissions) = before {
            file.set_permissions(permissions)?;
        }
        if content.flush {
            file.sync_all()?;
        }
        if content.overwrite {
            folder.rename(&temporary, folder, name)
        } else {
            // A name that came up meanwhile is not taken from whoever made it.
            folder.hard_link(&temporary, folder, name)?;
            folder.remove_file(&temporary)
        }
    };
    if let Err(error) = put() {
        let _ = folder.remove_file(&temporary);
        return Err(error);
    }
    Ok(file)
}
