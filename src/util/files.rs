//! Files that are never seen half written, and logs that begin a new file.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Puts a file of these bytes in the place of one that may be there, whole or not at all. Its owner alone can read it. When it returns
/// the bytes are on the disk.
///
/// # Errors
/// When it cannot be written beside the old one or take its name; then the old one stays.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
    let mut fresh = tempfile::Builder::new().prefix(".kmtop-").tempfile_in(folder)?;
    fresh.write_all(bytes)?;
    fresh.as_file().sync_all()?;
    fresh.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A log's file of this age: 0 is the newest, which has the plain name; older ones have their age behind it.
#[must_use]
pub fn numbered(path: &Path, age: usize) -> PathBuf {
    if age == 0 {
        return path.to_owned();
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{age}"));
    name.into()
}

/// Gives every file of a log the name of the next older one; of `files` in all the oldest goes.
///
/// # Errors
/// When one cannot be renamed or removed.
pub fn rotate(path: &Path, files: usize) -> io::Result<()> {
    for age in (0..files.max(1)).rev() {
        let from = numbered(path, age);
        let moved = if age + 1 >= files { fs::remove_file(&from) } else { fs::rename(&from, numbered(path, age + 1)) };
        match moved {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        fs::write(&path, "old, and longer").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("opened");
        replace(&path, b"new").expect("replaced");
        assert_eq!(fs::read_to_string(&path).expect("read"), "new");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "nothing lies beside it");
        assert!(replace(&folder.path().join("none/secret"), b"new").is_err());
    }

    #[test]
    fn every_file_of_a_log_grows_older_and_the_oldest_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        for text in ["1", "2", "3", "4"] {
            rotate(&path, 3).expect("rotated");
            fs::write(&path, text).expect("written");
        }
        let texts = [0, 1, 2].map(|age| fs::read_to_string(numbered(&path, age)).expect("read"));
        assert_eq!(texts, ["4", "3", "2"]);
        assert!(!numbered(&path, 3).exists());
        rotate(&path, 1).expect("rotated");
        assert!(!path.exists(), "of one file none is kept");
    }
}
