//! Writes files so that nobody sees half of one.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use super::{entry, failed, refused};
use crate::macros::host::{HostError, MAX_FILE};

const WRITE: &str = "write";

fn check_length(path: &Path, content: &[u8]) -> Result<(), HostError> {
    if content.len() > MAX_FILE {
        return Err(refused(WRITE, path, &format!("the text is longer than {MAX_FILE} bytes")));
    }
    Ok(())
}

/// Writes behind what is there already, or a new file.
pub(super) fn append(path: &Path, content: &[u8]) -> Result<(), HostError> {
    check_length(path, content)?;
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true).custom_flags(entry::careful());
    let mut file = options.open(path).map_err(|error| failed(WRITE, path, &error))?;
    entry::only_file(WRITE, path, &file.metadata().map_err(|error| failed(WRITE, path, &error))?)?;
    file.write_all(content).map_err(|error| failed(WRITE, path, &error))
}

/// Writes a file beside the one to be replaced, and puts it in its place.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), HostError> {
    check_length(path, content)?;
    let error = |error: &io::Error| failed(WRITE, path, error);
    // A link stays a link: what it points to is written.
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(problem) => return Err(error(&problem)),
    };
    let mut permissions = fs::Permissions::from_mode(0o666);
    match fs::OpenOptions::new().write(true).custom_flags(entry::careful()).open(&target) {
        Ok(old) => {
            let metadata = old.metadata().map_err(|problem| error(&problem))?;
            entry::only_file(WRITE, path, &metadata)?;
            permissions = metadata.permissions();
        }
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(&target).is_ok() {
                return Err(refused(WRITE, path, "it is a link to nothing"));
            }
        }
        Err(problem) => return Err(error(&problem)),
    }
    let folder = target.parent().unwrap_or_else(|| Path::new("/"));
    let exists = target.exists();
    let new = tempfile::Builder::new().prefix(".kmtop-").permissions(permissions.clone()).tempfile_in(folder);
    let mut new = new.map_err(|problem| error(&problem))?;
    let written = new.write_all(content).and_then(|()| new.as_file().sync_all());
    // What was asked for a new file passes through the user's mask; an old file's permissions stay what they are.
    let written = written.and_then(|()| if exists { new.as_file().set_permissions(permissions) } else { Ok(()) });
    written.map_err(|problem| error(&problem))?;
    new.persist(&target).map_err(|problem| error(&problem.error))?;
    // After a power cut it is the old file or the new one, not none.
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}
