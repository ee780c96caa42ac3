//! A change of a text file that is somebody's own: shown first, then written whole, with a copy of what was there.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{ErrorKind, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use similar::TextDiff;

use super::error::InstallError;

/// Largest file that is changed, in bytes; Claude Code's own grows to some megabytes.
const LARGEST: u64 = 64 << 20;
/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// A file as it was read, and what is to become of it.
#[derive(Debug)]
pub struct Change {
    path: PathBuf,
    /// The file itself, links followed.
    real: PathBuf,
    before: Option<Before>,
    after: Option<String>,
    /// The permissions of a new file.
    mode: u32,
}

#[derive(Debug)]
struct Before {
    text: String,
    about: fs::Metadata,
}

impl Change {
    /// Reads the file at `path`, which need not be there. As long as nothing else is said, nothing is to become of it.
    ///
    /// # Errors
    /// When it cannot be read, is no regular file, is larger than 64 MiB, or is not UTF-8.
    pub fn of(path: &Path) -> Result<Self, InstallError> {
        let by_hand = "make it readable to you, or add by hand what --print prints";
        let link = path.symlink_metadata().is_ok();
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound && !link => path.to_owned(),
            Err(error) => return Err(InstallError::new(path, format!("cannot be found ({error})"), by_hand)),
        };
        let before = if link { Some(Before::read(path, &real)?) } else { None };
        Ok(Self { path: path.to_owned(), real, after: before.as_ref().map(|before| before.text.clone()), before, mode: 0o600 })
    }

    /// The permissions that the file gets if it is new; those of one that is there stay.
    #[must_use]
    pub fn with_mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// What the file is to hold.
    #[must_use]
    pub fn to(mut self, text: impl Into<String>) -> Self {
        self.after = Some(text.into());
        self
    }

    /// The file is to go.
    #[must_use]
    pub fn to_nothing(mut self) -> Self {
        self.after = None;
        self
    }

    /// Where the file is, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it held when it was read.
    pub fn before(&self) -> Option<&str> {
        self.before.as_ref().map(|before| before.text.as_str())
    }

    /// Whether it would be another than it was.
    pub fn changes(&self) -> bool {
        self.before() != self.after.as_deref()
    }

    /// The change as a unified diff; nothing if there is none.
    pub fn diff(&self) -> String {
        let (before, after) = (self.before().unwrap_or_default(), self.after.as_deref().unwrap_or_default());
        let name = self.path.display().to_string();
        let side = |there: bool| if there { name.as_str() } else { "/dev/null" };
        let diff = TextDiff::from_lines(before, after);
        let (from, to) = (side(self.before.is_some()), side(self.after.is_some()));
        diff.unified_diff().context_radius(CONTEXT).header(from, to).to_string()
    }

    /// Writes the file whole, by putting another in its place, or removes it. What was there is kept beside it; the answer says where.
    ///
    /// # Errors
    /// When somebody else changed it since it was read, or it cannot be written. Then it is as it was.
    pub fn write(&self) -> Result<Option<PathBuf>, InstallError> {
        self.check_unchanged()?;
        let failed = |error: std::io::Error| {
            let remedy = "make its folder writable to you, or add by hand what --print prints";
            InstallError::new(&self.path, format!("cannot be written ({error})"), remedy)
        };
        let backup = self.before.as_ref().map(|before| keep(&self.real, before)).transpose().map_err(failed)?;
        match &self.after {
            None => fs::remove_file(&self.real).map_err(failed)?,
            Some(text) => self.put(text).map_err(failed)?,
        }
        Ok(backup)
    }

    fn check_unchanged(&self) -> Result<(), InstallError> {
        let now = match fs::read(&self.real) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                return Err(InstallError::new(&self.path, format!("cannot be read any more ({error})"), "try again"));
            }
        };
        if now.as_deref() == self.before().map(str::as_bytes) {
            return Ok(());
        }
        let what = "was changed by another program since it was read";
        Err(InstallError::new(&self.path, what, "nothing was written; quit that program and try again"))
    }

    fn put(&self, text: &str) -> std::io::Result<()> {
        let folder = self.real.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        let mut fresh = tempfile::Builder::new().prefix(".kmtop-").tempfile_in(folder)?;
        fresh.write_all(text.as_bytes())?;
        let file = fresh.as_file();
        let about = self.before.as_ref().map(|before| &before.about);
        if let Some(about) = about {
            let own = file.metadata()?;
            // Root changes another user's file: it stays that user's.
            if (own.uid(), own.gid()) != (about.uid(), about.gid()) {
                std::os::unix::fs::fchown(file, Some(about.uid()), Some(about.gid()))?;
            }
        }
        file.set_permissions(Permissions::from_mode(about.map_or(self.mode, |about| about.mode() & 0o7777)))?;
        file.sync_all()?;
        fresh.persist(&self.real).map_err(|error| error.error)?;
        // The new name is on the disk, too.
        File::open(folder)?.sync_all()
    }
}

impl Before {
    fn read(path: &Path, real: &Path) -> Result<Self, InstallError> {
        let failed =
            |error: std::io::Error| InstallError::new(path, format!("cannot be read ({error})"), "make it readable to you");
        let about = fs::metadata(real).map_err(failed)?;
        if !about.is_file() || about.len() > LARGEST {
            let what = if about.is_file() { "is larger than 64 MiB" } else { "is not a regular file" };
            return Err(InstallError::new(path, what, "nothing was written; name another with --file"));
        }
        let mut bytes = Vec::new();
        File::open(real).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(failed)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
            InstallError::broken(path, Some((line, 1)), "is not UTF-8 text")
        })?;
        Ok(Self { text, about })
    }
}

/// Keeps what was there beside it, under the first name that is free, readable to nobody who could not read it before.
fn keep(path: &Path, before: &Before) -> std::io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".backup-{number}"));
        let place = PathBuf::from(name);
        match OpenOptions::new().write(true).create_new(true).mode(before.about.mode() & 0o700).open(&place) {
            Ok(mut file) => {
                file.write_all(before.text.as_bytes())?;
                file.sync_all()?;
                return Ok(place);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file.json");
        fs::write(&path, text).expect("written");
        (folder, path)
    }

    #[test]
    fn what_was_there_is_kept_under_a_name_of_its_own() {
        let (_folder, path) = place("one\n");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("permissions");
        let first = Change::of(&path).expect("read").to("two\n").write().expect("written").expect("a copy");
        let second = Change::of(&path).expect("read").to("three\n").write().expect("written").expect("a copy");
        assert_ne!(first, second);
        let text = |path: &Path| fs::read_to_string(path).expect("there");
        assert_eq!([text(&first), text(&second), text(&path)], ["one\n", "two\n", "three\n"]);
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o640, "its permissions stay");
        assert_eq!(fs::metadata(&first).expect("there").mode() & 0o077, 0, "the copy is its owner's alone");
    }

    #[test]
    fn another_programs_change_in_between_is_not_lost() {
        let (_folder, path) = place("one\n");
        let change = Change::of(&path).expect("read").to("two\n");
        fs::write(&path, "theirs\n").expect("written");
        let error = change.write().expect_err("changed").to_string();
        assert!(error.contains("was changed by another program"), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("there"), "theirs\n");
        assert_eq!(fs::read_dir(path.parent().expect("a folder")).expect("read").count(), 1, "and no copy lies about");
    }

    #[test]
    fn a_link_stays_a_link() {
        let (folder, path) = place("one\n");
        let link = folder.path().join("link.json");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        Change::of(&link).expect("read").to("two\n").write().expect("written");
        assert!(link.symlink_metadata().expect("there").is_symlink());
        assert_eq!(fs::read_to_string(&path).expect("there"), "two\n");
    }

    #[test]
    fn a_file_that_is_no_text_is_left_alone() {
        let (_folder, path) = place("");
        fs::write(&path, b"{\n\"a\": \"\xff\"}").expect("written");
        let error = Change::of(&path).expect_err("no text").to_string();
        assert!(error.contains("file.json:2:1: is not UTF-8 text; nothing was written"), "{error}");
    }

    #[test]
    fn the_diff_names_what_was_not_there() {
        let (folder, path) = place("one\n");
        let new = Change::of(&folder.path().join("new")).expect("none").to("one\n");
        assert!(new.diff().starts_with("--- /dev/null\n+++ ") && new.diff().ends_with("+one\n"), "{}", new.diff());
        let gone = Change::of(&path).expect("read").to_nothing();
        assert!(gone.diff().contains("+++ /dev/null\n") && gone.changes(), "{}", gone.diff());
        assert!(!Change::of(&path).expect("read").changes());
    }
}
