//! Files and folders that others could have written are not obeyed: the settings name programs to start.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{ErrorKind, Read},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rustix::fs::OFlags;

use super::error::ConfigError;

/// Largest settings file, in bytes; the example with every key is under ten thousand.
const LARGEST: u64 = 1 << 20;

/// Write permission of group and others.
const OTHERS_WRITE: u32 = 0o022;

/// Every permission of group and others.
const OTHERS_ALL: u32 = 0o077;

/// The text of a settings file, or `None` when there is none.
///
/// # Errors
/// When it cannot be read, is no regular file or too large, or when somebody else owns it or may write to it.
pub(super) fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    let readable = "make it readable to you, or name another file with --config";
    // A pipe in the file's place must not hang the start.
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(ConfigError::path(path, format!("cannot be opened ({error})"), readable)),
    };
    check(path, &file)?;
    let mut text = String::new();
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    match read {
        Ok(_) if text.len() as u64 > LARGEST => Err(ConfigError::path(path, "is larger than 1 MiB", "name a settings file")),
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(ConfigError::path(path, "is not UTF-8 text", "save it as UTF-8"))
        }
        Err(error) => Err(ConfigError::path(path, format!("cannot be read ({error})"), readable)),
    }
}

/// Looks at the opened file, not at its name: what is checked is then what is read.
fn check(path: &Path, file: &File) -> Result<(), ConfigError> {
    let about = file
        .metadata()
        .map_err(|error| ConfigError::path(path, format!("cannot be looked at ({error})"), "name another file with --config"))?;
    if !about.is_file() {
        return Err(ConfigError::path(path, "is not a regular file", "name a file with --config"));
    }
    let own = rustix::process::geteuid().as_raw();
    if about.uid() != own && about.uid() != 0 {
        let fault = format!("belongs to user {}, not to you (user {own}) or root", about.uid());
        return Err(ConfigError::path(path, fault, format!("run `chown {own}` on it, if you trust what it says")));
    }
    if about.mode() & OTHERS_WRITE != 0 {
        let fault = format!("may be written by others (mode {:o})", about.mode() & 0o777);
        return Err(ConfigError::path(path, fault, "run `chmod go-w` on it, if you trust what it says"));
    }
    Ok(())
}

/// Makes a folder that only its owner may enter; one that is there already is closed to others.
///
/// # Errors
/// When it cannot be made, is no folder, or belongs to somebody else.
pub(super) fn private_dir(path: &Path) -> Result<(), ConfigError> {
    make_dir(path)?;
    check_private_dir(path, true)
}

/// Makes a folder with all above it, each open to the owner only; what is there already stays as it is.
///
/// # Errors
/// When it cannot be made.
pub(super) fn make_dir(path: &Path) -> Result<(), ConfigError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| {
        ConfigError::path(path, format!("cannot be made ({error})"), "make the folder writable, or set KMTOP_HOME to another")
    })
}

/// Whether a folder is ours alone. With `close`, permissions of others are taken away instead of being a fault.
///
/// # Errors
/// When it is no folder (a link is none), belongs to somebody else, or others may enter it and `close` is false.
pub(super) fn check_private_dir(path: &Path, close: bool) -> Result<(), ConfigError> {
    let remedy = "remove it, or set KMTOP_HOME to a folder of your own";
    let fault = |fault: String| Err(ConfigError::path(path, fault, remedy));
    let about = match fs::symlink_metadata(path) {
        Ok(about) if about.is_symlink() && close => fs::metadata(path),
        other => other,
    };
    let about = match about {
        Ok(about) => about,
        Err(error) => return fault(format!("cannot be looked at ({error})")),
    };
    let own = rustix::process::geteuid().as_raw();
    if !about.is_dir() {
        return fault("is not a folder".to_owned());
    }
    if about.uid() != own {
        return fault(format!("belongs to user {}, not to you (user {own})", about.uid()));
    }
    if about.mode() & OTHERS_ALL == 0 {
        return Ok(());
    }
    if !close {
        return fault(format!("is open to others (mode {:o})", about.mode() & 0o777));
    }
    match fs::set_permissions(path, Permissions::from_mode(0o700)) {
        Ok(()) => Ok(()),
        Err(error) => fault(format!("is open to others and cannot be closed ({error})")),
    }
}
