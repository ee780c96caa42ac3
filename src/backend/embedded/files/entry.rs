//! One file: what it is, what is in it.

use std::{
    fs,
    io::{self, Read as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    time::SystemTime,
};

use rustix::fs::{Access, OFlags, access};

use super::{super::environment, failed, real, refused};
use crate::macros::host::{FileChange, FileInfo, FileKind, HostError, MAX_FILE};

/// Flags without which opening a pipe or a terminal may hang, or take the terminal over.
#[expect(clippy::cast_possible_wrap, reason = "flags are small")]
pub(super) fn careful() -> i32 {
    (OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32
}

fn kind(metadata: &fs::Metadata) -> FileKind {
    let kind = metadata.file_type();
    match () {
        () if kind.is_symlink() => FileKind::Link,
        () if kind.is_dir() => FileKind::Folder,
        () if kind.is_file() => FileKind::File,
        () => FileKind::Special,
    }
}

fn time(time: io::Result<SystemTime>) -> Option<jiff::Timestamp> {
    jiff::Timestamp::try_from(time.ok()?).ok()
}

pub(super) fn info(path: &Path, follow: bool) -> Result<Option<FileInfo>, HostError> {
    let metadata = if follow { fs::metadata(path) } else { fs::symlink_metadata(path) };
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(failed("look at", path, &error)),
    };
    let may = |wish| access(path, wish).is_ok();
    Ok(Some(FileInfo {
        kind: kind(&metadata),
        size: metadata.len(),
        created: time(metadata.created()),
        modified: time(metadata.modified()),
        accessed: time(metadata.accessed()),
        permissions: metadata.mode() & 0o7777,
        owner: environment::login(metadata.uid()).unwrap_or_else(|| metadata.uid().to_string()),
        allowed: [may(Access::READ_OK), may(Access::WRITE_OK), may(Access::EXEC_OK)],
    }))
}

/// Opens a file for reading; nothing else than a file.
pub(super) fn open(path: &Path) -> Result<fs::File, HostError> {
    real("read", path)?;
    let file = fs::OpenOptions::new().read(true).custom_flags(careful()).open(path);
    let file = file.map_err(|error| failed("read", path, &error))?;
    let metadata = file.metadata().map_err(|error| failed("read", path, &error))?;
    only_file("read", path, &metadata)?;
    Ok(file)
}

/// Refuses what is no file.
pub(super) fn only_file(what: &str, path: &Path, metadata: &fs::Metadata) -> Result<(), HostError> {
    match kind(metadata) {
        FileKind::File => Ok(()),
        FileKind::Folder => Err(refused(what, path, "it is a folder")),
        FileKind::Link | FileKind::Special => Err(refused(what, path, "it is a pipe, a socket or a device")),
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, HostError> {
    let file = open(path)?;
    let mut content = Vec::new();
    // The size that the system tells may be wrong by the time it is read.
    let read = file.take(MAX_FILE as u64 + 1).read_to_end(&mut content);
    read.map_err(|error| failed("read", path, &error))?;
    if content.len() > MAX_FILE {
        return Err(refused("read", path, &format!("it is longer than {MAX_FILE} bytes")));
    }
    Ok(content)
}

pub(super) fn change(path: &Path, change: &FileChange) -> io::Result<()> {
    if let Some(modified) = change.modified {
        let file = fs::OpenOptions::new().read(true).custom_flags(careful()).open(path)?;
        file.set_modified(SystemTime::from(modified))?;
    }
    match change.permissions {
        Some(permissions) => fs::set_permissions(path, fs::Permissions::from_mode(permissions)),
        None => Ok(()),
    }
}
