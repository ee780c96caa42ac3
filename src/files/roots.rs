//! The folders that are allowed, and which of them a path is in.

use std::path::{Component, Path, PathBuf};

use cap_std::{ambient_authority, fs::Dir};

use super::{FileError, Files, Place, Problem};

/// Longest path, in bytes: the system's own limit.
const LONGEST: usize = 4_096;
/// What belongs to the system: files there are no files, or are secrets.
const SYSTEM: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Folders of secrets, from the home folder.
const SECRET: [&str; 3] = [".ssh", ".gnupg", "Library/Keychains"];

/// What may be no root, nor lie in one.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// The user's home folder, which may hold roots and be none.
    pub home: Option<PathBuf>,
    /// Files and folders that kmtop keeps its settings, tokens and sockets in.
    pub folders: Vec<PathBuf>,
}

/// An allowed folder.
pub(super) struct Root {
    /// As the settings name it.
    pub(super) path: PathBuf,
    /// Where that is, all links followed.
    real: PathBuf,
    pub(super) dir: Dir,
}

impl Root {
    pub(super) fn open(path: &Path, own: &Own) -> Result<Self, FileError> {
        let shown = path.to_string_lossy();
        let refused = |why: String| Err(FileError::new(Problem::NoRoot(why), &shown));
        let real_path = path.canonicalize().map_err(|error| FileError::of(&error, &shown))?;
        if real_path.parent().is_none() {
            return refused("it is the whole disk".to_owned());
        }
        if let Some(system) = SYSTEM.iter().find(|system| real_path.starts_with(system)) {
            return refused(format!("it is in {system}"));
        }
        let home = own.home.as_ref().and_then(|home| home.canonicalize().ok());
        if let Some(home) = home {
            if home.starts_with(&real_path) {
                return refused("it holds the whole home folder".to_owned());
            }
            if let Some(secret) = SECRET.iter().map(|secret| home.join(secret)).find(|secret| overlap(secret, &real_path)) {
                return refused(format!("{} is for secrets", secret.display()));
            }
        }
        let own = own.folders.iter().filter_map(|folder| real(folder));
        if let Some(folder) = own.into_iter().find(|folder| overlap(folder, &real_path)) {
            return refused(format!("kmtop keeps its own in {}", folder.display()));
        }
        let dir = Dir::open_ambient_dir(&real_path, ambient_authority()).map_err(|error| FileError::of(&error, &shown))?;
        Ok(Self { path: path.to_owned(), real: real_path, dir })
    }

    /// The rest of an absolute path that lies in it.
    fn within<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        path.strip_prefix(&self.path).or_else(|_| path.strip_prefix(&self.real)).ok()
    }
}

/// Where a file or folder is, or would be.
fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?)))
}

/// Whether one lies in the other.
fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

impl Files {
    /// Where a path is: an absolute one in the root that holds it most closely, a relative one in the first.
    pub(super) fn place<'a>(&'a self, shown: &'a str) -> Result<Place<'a>, FileError> {
        let wrong = |why| FileError::new(Problem::NoPath(why), shown);
        if shown.is_empty() {
            return Err(wrong("it is empty"));
        }
        if shown.contains('\0') {
            return Err(wrong("it has a zero byte"));
        }
        if shown.len() > LONGEST {
            return Err(wrong("it is longer than 4096 bytes"));
        }
        let path = Path::new(shown);
        let outside = || FileError::new(Problem::Outside, shown);
        let (root, rest) = if path.is_absolute() {
            let holding = self.roots.iter().filter_map(|root| Some((root, root.within(path)?)));
            holding.min_by_key(|(_, rest)| rest.components().count()).ok_or_else(outside)?
        } else {
            (self.roots.first().ok_or_else(outside)?, path)
        };
        // The handle would refuse to go out, too; this says so in the right words.
        let mut depth = 0_usize;
        for component in rest.components() {
            match component {
                Component::ParentDir => depth = depth.checked_sub(1).ok_or_else(outside)?,
                Component::Normal(_) => depth += 1,
                _ => {}
            }
        }
        let rest = if rest.as_os_str().is_empty() { Path::new(".") } else { rest };
        Ok(Place { root, path: rest.to_owned(), shown })
    }
}
