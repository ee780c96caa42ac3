//! Reading files and folders.

use std::{
    io::{Read as _, Seek as _, SeekFrom},
    sync::Arc,
    time::{Instant, UNIX_EPOCH},
};

use cap_std::fs::{File, FileType, Metadata, MetadataExt as _, OpenOptions, OpenOptionsExt as _};
use rustix::fs::OFlags;

use super::{FileError, Files, Place, Problem, cache::Stamp};

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Bytes of the whole file.
    pub size: u64,
    /// Whether it came from memory.
    pub cached: bool,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link that leads nowhere, or out.
    Link,
    /// A pipe, a socket, a device.
    Other,
}

impl Kind {
    fn of(kind: FileType) -> Self {
        match () {
            () if kind.is_file() => Self::File,
            () if kind.is_dir() => Self::Folder,
            () if kind.is_symlink() => Self::Link,
            () => Self::Other,
        }
    }

    /// The kind as a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Link => "link",
            Self::Other => "other",
        }
    }
}

/// What is known of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its name.
    pub name: String,
    /// What it is, links followed.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// When its content changed, in milliseconds since 1970; `None` when the system does not say.
    pub modified_ms: Option<u64>,
    /// Permissions, as `chmod` takes them.
    pub mode: u32,
    /// Names that it has: more than one for a hard link.
    pub links: u64,
    /// Whether the name itself is a link.
    pub is_link: bool,
}

impl About {
    fn of(name: String, about: &Metadata, is_link: bool) -> Self {
        let modified = about.modified().ok().and_then(|time| time.into_std().duration_since(UNIX_EPOCH).ok());
        Self {
            name,
            kind: Kind::of(about.file_type()),
            size: about.size(),
            modified_ms: modified.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
            mode: about.mode() & 0o7777,
            links: about.nlink(),
            is_link,
        }
    }
}

/// Most names of a folder that are looked at.
const MOST_NAMES: usize = 100_000;

/// Flags that keep an open from waiting for a pipe's other end, and a terminal from becoming this process's own.
pub(super) fn careful() -> i32 {
    i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0)
}

/// What was opened, if it is a regular file.
pub(super) fn regular(file: &File, shown: &str) -> Result<Metadata, FileError> {
    let about = file.metadata().map_err(|error| FileError::of(&error, shown))?;
    if about.is_file() { Ok(about) } else { Err(FileError::new(Problem::NotAFile, shown)) }
}

impl Files {
    /// Reads at most `length` bytes of a file from `offset` on.
    ///
    /// # Errors
    /// When it is outside, is no regular file, is larger than the limit, or cannot be read.
    pub fn read(&self, path: &str, offset: u64, length: usize) -> Result<Part, FileError> {
        let began = Instant::now();
        let place = self.place(path)?;
        let failed = |error| FileError::of(&error, path);
        let mut file =
            place.dir().open_with(&place.path, OpenOptions::new().read(true).custom_flags(careful())).map_err(failed)?;
        let about = regular(&file, path)?;
        self.fits(about.size(), path)?;
        let stamp = Stamp::of(&about);
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        if let Some(whole) = self.cache.find(&stamp) {
            let bytes = whole.get(from.min(whole.len())..).unwrap_or_default();
            let bytes = bytes[..bytes.len().min(length)].to_vec();
            self.meter.read(bytes.len(), began);
            return Ok(Part { bytes, size: about.size(), cached: true });
        }
        let wholly = offset == 0 && length as u64 >= about.size();
        if !wholly {
            file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        }
        let mut bytes = Vec::new();
        // A file may grow meanwhile, and those of the system say that they are empty.
        let most = if wholly { self.limits.file_bytes + 1 } else { length as u64 };
        file.by_ref().take(most).read_to_end(&mut bytes).map_err(failed)?;
        if wholly {
            self.fits(bytes.len() as u64, path)?;
            let same = file.metadata().is_ok_and(|after| Stamp::of(&after) == stamp);
            if same && bytes.len() as u64 == about.size() {
                self.cache.keep(stamp, &Arc::from(&*bytes));
            }
            bytes.truncate(length);
        }
        self.meter.read(bytes.len(), began);
        Ok(Part { bytes, size: about.size(), cached: false })
    }

    /// Refuses a file that is too large.
    pub(super) fn fits(&self, bytes: u64, path: &str) -> Result<(), FileError> {
        let most = self.limits.file_bytes;
        if bytes <= most { Ok(()) } else { Err(FileError::new(Problem::TooLarge { bytes, most }, path)) }
    }

    /// What a file or folder is.
    ///
    /// # Errors
    /// When it is outside or not there.
    pub fn about(&self, path: &str) -> Result<About, FileError> {
        let began = Instant::now();
        let place = self.place(path)?;
        let name = place.path.file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
        let found = about_in(&place, name)?;
        self.meter.read(0, began);
        Ok(found)
    }

    /// What a folder holds, in no order.
    ///
    /// # Errors
    /// When it is outside, no folder, cannot be read, or holds more names than are looked at.
    pub fn list(&self, path: &str) -> Result<Vec<About>, FileError> {
        let began = Instant::now();
        let place = self.place(path)?;
        let failed = |error| FileError::of(&error, path);
        let folder = place.dir().open_dir(&place.path).map_err(failed)?;
        let mut found = Vec::new();
        for entry in folder.entries().map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if found.len() == MOST_NAMES {
                return Err(FileError::new(Problem::TooLarge { bytes: MOST_NAMES as u64 + 1, most: MOST_NAMES as u64 }, path));
            }
            // One that went meanwhile is none.
            let Ok(itself) = folder.symlink_metadata(&name) else { continue };
            let shown = name.to_string_lossy().into_owned();
            let target = itself.is_symlink().then(|| folder.metadata(&name).ok()).flatten();
            found.push(About::of(shown, target.as_ref().unwrap_or(&itself), itself.is_symlink()));
        }
        self.meter.read(0, began);
        Ok(found)
    }
}

fn about_in(place: &Place<'_>, name: String) -> Result<About, FileError> {
    let failed = |error| FileError::of(&error, place.shown);
    let itself = place.dir().symlink_metadata(&place.path).map_err(failed)?;
    if !itself.is_symlink() {
        return Ok(About::of(name, &itself, false));
    }
    // Of a link that leads out nothing is said but that it is one.
    let target = place.dir().metadata(&place.path).ok();
    Ok(About::of(name, target.as_ref().unwrap_or(&itself), true))
}
