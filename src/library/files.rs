//! Finds macro files and reads them.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    entry::{Entry, GroupHead, entries},
    index::LeftOut,
};
use crate::macros::{Profile, read::contents};

/// Largest file that is read, in bytes.
pub(super) const LARGEST: u64 = 256 * 1024 * 1024;
/// Deepest folder below a given one.
const DEEPEST: usize = 16;
/// Most files; what comes after them is left out and named.
const MOST_FILES: usize = 20_000;
/// Keyboard Maestro's own file, which has no extension of its own. It is never written.
pub(super) const OWN_FILE: &str = "Keyboard Maestro Macros.plist";

/// By what a file's change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: (i64, i64),
    /// Also tells a change of permissions, and a file put in the place of another.
    changed: (i64, i64),
    number: u64,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Its groups.
    pub(super) groups: Vec<Arc<GroupHead>>,
    /// The macros of all groups.
    pub(super) entries: Vec<Arc<Entry>>,
    /// What could not be understood.
    pub(super) left_out: Vec<LeftOut>,
}

impl Stamp {
    /// The file's size in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }
}

/// What a look at the paths found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Macro files with their stamps, in the order of their names.
    pub(super) files: BTreeMap<PathBuf, Stamp>,
    /// Places that cannot be looked at, and why.
    pub(super) unreadable: BTreeMap<PathBuf, String>,
}

/// Looks for macro files.
pub(super) fn find(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => folder(path, 0, &mut found),
            Ok(metadata) if metadata.is_file() => {
                found.files.insert(path.clone(), stamp(&metadata));
            }
            Ok(_) => note(path, "neither a file nor a folder", &mut found),
            Err(error) => note(path, &error.to_string(), &mut found),
        }
    }
    found
}

fn note(path: &Path, problem: &str, found: &mut Found) {
    found.unreadable.insert(path.to_owned(), problem.to_owned());
}

pub(super) fn stamp(metadata: &fs::Metadata) -> Stamp {
    Stamp {
        size: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        number: metadata.ino(),
    }
}

fn folder(path: &Path, depth: usize, found: &mut Found) {
    if depth > DEEPEST {
        return note(path, &format!("deeper than {DEEPEST} folders"), found);
    }
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return note(path, &error.to_string(), found),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        // A link to a folder could make a ring; a link to a file is followed.
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                folder(&path, depth + 1, found);
            }
        } else if is_macro_file(&path) {
            if found.files.len() >= MOST_FILES {
                return note(&path, &format!("more than {MOST_FILES} macro files; this and further ones are left out"), found);
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => {
                    found.files.insert(path, stamp(&metadata));
                }
                Ok(_) => {}
                Err(error) => note(&path, &error.to_string(), found),
            }
        }
    }
}

fn is_macro_file(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["kmmacros", "kmlibrary"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        || path.file_name().is_some_and(|name| name == OWN_FILE)
}

/// Reads one file; tells why it cannot be read.
pub(super) fn read(path: &Path, stamp: Stamp, profile: &Profile) -> Result<Contents, String> {
    if stamp.size() > LARGEST {
        return Err(format!("larger than {} MiB", LARGEST / 1024 / 1024));
    }
    let bytes = fs::read(path).map_err(|error: io::Error| error.to_string())?;
    // The readers and the checks are meant never to panic; if one does, only its file is lost.
    catch_unwind(AssertUnwindSafe(|| understood(path, &bytes, profile)))
        .unwrap_or_else(|_| Err("the reader failed on this file; please report it".to_owned()))
}

fn understood(path: &Path, bytes: &[u8], profile: &Profile) -> Result<Contents, String> {
    let read = contents(bytes).map_err(|error| error.to_string())?;
    let file: Arc<Path> = path.into();
    let mut contents = Contents::default();
    for group in read.groups {
        let (head, entries) = entries(group, &file, profile);
        contents.groups.push(head);
        contents.entries.extend(entries);
    }
    let left_out =
        |found: crate::macros::read::LeftOut| LeftOut { file: path.to_owned(), place: found.place, problem: found.problem };
    contents.left_out = read.left_out.into_iter().map(left_out).collect();
    Ok(contents)
}
