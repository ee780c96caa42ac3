//! One macro file on disk: opened under a lock, written whole.

use std::{
    fs::{self, File, Permissions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::error::ChangeError;
use crate::{
    library::files::{LARGEST, OWN_FILE, Stamp, stamp},
    macros::Document,
};

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);
/// From one try to the next.
const PAUSE: Duration = Duration::from_millis(10);
/// The permissions of a new file: what people keep in macros is nobody else's business.
const NEW_FILE: u32 = 0o600;

/// A macro file that is about to be changed. Others who would write in its folder wait until this is gone.
#[derive(Debug)]
pub(super) struct Opened {
    /// What it holds.
    pub(super) document: Document,
    /// The file itself, links followed.
    path: PathBuf,
    /// What it was when it was read; `None` when there is none yet.
    stamp: Option<Stamp>,
    permissions: Permissions,
    _lock: File,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ChangeError {
    let path = path.to_owned();
    move |error| ChangeError::File { path, error }
}

/// Reads a macro file to look at it.
pub(super) fn read(path: &Path) -> Result<Document, ChangeError> {
    read_stamped(path).map(|(document, _)| document)
}

fn read_stamped(path: &Path) -> Result<(Document, fs::Metadata), ChangeError> {
    let file = File::open(path).map_err(failed(path))?;
    let metadata = file.metadata().map_err(failed(path))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed(path))?;
    if bytes.len() as u64 > LARGEST {
        let error = io::Error::other(format!("larger than {} MiB", LARGEST / 1024 / 1024));
        return Err(failed(path)(error));
    }
    let document = Document::parse(&bytes).map_err(|error| ChangeError::Read { path: path.to_owned(), error })?;
    Ok((document, metadata))
}

/// Opens a macro file to change it.
pub(super) fn open(path: &Path) -> Result<Opened, ChangeError> {
    // The file that a link leads to is the one to be written, not the link.
    let real = fs::canonicalize(path).map_err(failed(path))?;
    if [path, &real].iter().any(|path| path.file_name().is_some_and(|name| name == OWN_FILE)) {
        return Err(ChangeError::KeyboardMaestros(real));
    }
    let lock = lock_beside(&real)?;
    let (document, metadata) = read_stamped(&real)?;
    Ok(Opened { document, stamp: Some(stamp(&metadata)), permissions: metadata.permissions(), path: real, _lock: lock })
}

/// Opens a macro file to change it, or starts an empty one.
pub(super) fn open_or_new(path: &Path) -> Result<Opened, ChangeError> {
    match fs::symlink_metadata(path) {
        Ok(_) => open(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let lock = lock_beside(path)?;
            let permissions = Permissions::from_mode(NEW_FILE);
            Ok(Opened { document: Document::default(), stamp: None, permissions, path: path.to_owned(), _lock: lock })
        }
        Err(error) => Err(failed(path)(error)),
    }
}

fn lock_beside(path: &Path) -> Result<File, ChangeError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    match lock_folder(folder, PATIENCE) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(ChangeError::Busy(folder.to_owned())),
        Err(error) => Err(failed(folder)(error)),
    }
}

/// Locks a folder among those who write in it; `None` when another has it for longer than `patience`. The folder itself is
/// locked, so that no lock file lies about.
pub(in crate::library) fn lock_folder(folder: &Path, patience: Duration) -> io::Result<Option<File>> {
    let lock = File::open(folder)?;
    let until = Instant::now() + patience;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(Some(lock)),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

impl Opened {
    /// Writes the file and gives its path.
    pub(super) fn save(self) -> Result<PathBuf, ChangeError> {
        let bytes = self.document.to_bytes()?;
        let still = || match (fs::metadata(&self.path), &self.stamp) {
            (Ok(metadata), Some(before)) => stamp(&metadata) == *before,
            (Err(error), None) => error.kind() == io::ErrorKind::NotFound,
            _ => false,
        };
        if !write_beside(&self.path, &bytes, &self.permissions, still).map_err(failed(&self.path))? {
            return Err(ChangeError::ChangedMeanwhile(self.path));
        }
        Ok(self.path)
    }
}

/// Writes a file whole under another name in the same folder, and puts it in its place if `still` says so once it is on the
/// disk; false when it does not.
pub(in crate::library) fn write_beside(
    path: &Path,
    bytes: &[u8],
    permissions: &Permissions,
    still: impl FnOnce() -> bool,
) -> io::Result<bool> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
    let mut file = tempfile::Builder::new().prefix(".kmtop-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(permissions.clone())?;
    file.as_file().sync_all()?;
    if !still() {
        return Ok(false);
    }
    file.persist(path).map_err(|error| error.error)?;
    // The name is on the disk when the folder is.
    File::open(folder)?.sync_all()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::{PermissionsExt as _, symlink},
        time::Duration,
    };

    use super::{ChangeError, lock_folder, open, open_or_new, write_beside};
    use crate::library::files::OWN_FILE;

    const EMPTY: &str = "<plist><array/></plist>";

    #[test]
    fn permissions_and_links_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let real = folder.path().join("real.kmmacros");
        fs::write(&real, EMPTY).expect("written");
        fs::set_permissions(&real, Permissions::from_mode(0o640)).expect("set");
        let link = folder.path().join("link.kmmacros");
        symlink(&real, &link).expect("linked");
        open(&link).expect("opened").save().expect("saved");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        let metadata = fs::metadata(&real).expect("there");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
        assert!(fs::read_to_string(&real).expect("read").contains("DOCTYPE"));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left beside");
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.kmmacros");
        let fresh = open_or_new(&path).expect("new");
        fs::write(&path, EMPTY).expect("written");
        assert!(matches!(fresh.save(), Err(ChangeError::ChangedMeanwhile(_))));
        let opened = open_or_new(&path).expect("opened");
        fs::write(&path, "<plist><array></array></plist>").expect("written");
        assert!(matches!(opened.save(), Err(ChangeError::ChangedMeanwhile(_))));
        assert_eq!(fs::read_to_string(&path).expect("read"), "<plist><array></array></plist>");
    }

    #[test]
    fn keyboard_maestros_own_file_is_never_opened_for_writing() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join(OWN_FILE);
        fs::write(&own, EMPTY).expect("written");
        let link = folder.path().join("mine.kmmacros");
        symlink(&own, &link).expect("linked");
        for path in [&own, &link] {
            assert!(matches!(open(path), Err(ChangeError::KeyboardMaestros(_))));
        }
    }

    #[test]
    fn writers_of_one_folder_wait_for_each_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = lock_folder(folder.path(), Duration::ZERO).expect("a folder").expect("free");
        assert!(lock_folder(folder.path(), Duration::ZERO).expect("a folder").is_none());
        let path = folder.path().to_owned();
        let second = std::thread::spawn(move || lock_folder(&path, Duration::from_secs(10)).expect("a folder").is_some());
        drop(first);
        assert!(second.join().expect("ended"));
    }

    #[test]
    fn a_write_that_is_called_off_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x");
        assert!(!write_beside(&path, b"x", &Permissions::from_mode(0o600), || false).expect("a folder"));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
