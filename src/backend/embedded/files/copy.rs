//! Copies files and folders.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use super::{entry, failed, refused};
use crate::macros::host::HostError;

/// Bytes copied between two looks whether the run goes on.
const CHUNK: usize = 256 * 1024;
/// Deepest nesting of folders that is copied.
const DEEPEST: usize = 64;

/// Copies to a path where nothing is. What was copied before a failure is taken away.
pub(super) fn copy(from: &Path, to: &Path, stopping: &mut dyn FnMut() -> bool) -> Result<(), HostError> {
    let whole = |path: &Path| fs::canonicalize(path);
    let inside = whole(to.parent().unwrap_or(to)).is_ok_and(|folder| whole(from).is_ok_and(|from| folder.starts_with(from)));
    if inside && from.is_dir() {
        return Err(refused("copy", from, "a folder cannot be copied into itself"));
    }
    // A link that is named itself gives what it points to; links inside a folder stay links.
    if from.is_dir() { folder(from, to, DEEPEST, stopping) } else { file(from, to, stopping) }
}

fn file(from: &Path, to: &Path, stopping: &mut dyn FnMut() -> bool) -> Result<(), HostError> {
    let mut source = entry::open(from)?;
    // What somebody else made there meanwhile stays.
    let mut target = fs::File::create_new(to).map_err(|problem| failed("make", to, &problem))?;
    content([from, to], &mut source, &mut target, stopping).inspect_err(|_| {
        let _ = fs::remove_file(to);
    })
}

fn content(
    [from, to]: [&Path; 2],
    source: &mut fs::File,
    target: &mut fs::File,
    stopping: &mut dyn FnMut() -> bool,
) -> Result<(), HostError> {
    let error = |error: &io::Error| failed("make", to, error);
    let mut chunk = vec![0; CHUNK];
    loop {
        if stopping() {
            return Err(HostError::Cancelled);
        }
        let count = match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => continue,
            Err(problem) => return Err(failed("copy", from, &problem)),
        };
        target.write_all(&chunk[..count]).map_err(|problem| error(&problem))?;
    }
    let permissions = source.metadata().map_err(|problem| failed("copy", from, &problem))?.permissions();
    target.set_permissions(permissions).map_err(|problem| error(&problem))
}

fn folder(from: &Path, to: &Path, deeper: usize, stopping: &mut dyn FnMut() -> bool) -> Result<(), HostError> {
    if deeper == 0 {
        return Err(refused("copy", from, &format!("folders are nested deeper than {DEEPEST}")));
    }
    fs::create_dir(to).map_err(|error| failed("make", to, &error))?;
    inside(from, to, deeper, stopping).inspect_err(|_| {
        let _ = fs::remove_dir_all(to);
    })
}

fn inside(from: &Path, to: &Path, deeper: usize, stopping: &mut dyn FnMut() -> bool) -> Result<(), HostError> {
    for inner in fs::read_dir(from).map_err(|error| failed("copy", from, &error))? {
        if stopping() {
            return Err(HostError::Cancelled);
        }
        let inner = inner.map_err(|error| failed("copy", from, &error))?;
        let (path, target) = (inner.path(), to.join(inner.file_name()));
        let kind = inner.file_type().map_err(|error| failed("copy", &path, &error))?;
        if kind.is_symlink() {
            let points = fs::read_link(&path).map_err(|error| failed("copy", &path, &error))?;
            std::os::unix::fs::symlink(points, &target).map_err(|error| failed("make", &target, &error))?;
        } else if kind.is_dir() {
            folder(&path, &target, deeper - 1, stopping)?;
        } else {
            file(&path, &target, stopping)?;
        }
    }
    let permissions = fs::metadata(from).map_err(|error| failed("copy", from, &error))?.permissions();
    // Without the right to enter it nobody could take it away again.
    let permissions = fs::Permissions::from_mode(permissions.mode() | 0o700);
    fs::set_permissions(to, permissions).map_err(|error| failed("make", to, &error))
}
