//! Files in memory.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    super::host::{FileChange, FileInfo, FileKind, Files, Host as _, HostError, MAX_FILE},
    MemoryHost,
};

/// The home folder of the user in memory.
pub const HOME: &str = "/home/user";
/// Where [`Files::trash_file`] puts things.
pub const TRASH: &str = "/home/user/Trash";

/// A file or folder in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryFile {
    /// Its content; `None` for a folder.
    pub content: Option<Vec<u8>>,
    /// When it was last changed.
    pub modified: jiff::Timestamp,
    /// Permission bits.
    pub permissions: u32,
}

/// The files of a host in memory by absolute path. The root and the home folder are always there.
pub type MemoryFiles = BTreeMap<PathBuf, MemoryFile>;

fn failed(path: &Path, reason: &str) -> HostError {
    HostError::Failed(format!("{}: {reason}", path.display()))
}

fn is_given(path: &Path) -> bool {
    Path::new(HOME).starts_with(path)
}

impl MemoryHost {
    /// Puts a file where a test wants it.
    pub fn put_file(&mut self, path: &str, content: &str) {
        self.put(Path::new(path), Some(content.as_bytes().to_vec()));
    }

    /// A file's content as text.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(Path::new(path))?.content.as_deref()?).ok()
    }

    fn put(&mut self, path: &Path, content: Option<Vec<u8>>) {
        let permissions = if content.is_some() { 0o644 } else { 0o755 };
        let modified = self.clock.timestamp();
        self.files.insert(path.to_owned(), MemoryFile { content, modified, permissions });
    }

    fn is_folder(&self, path: &Path) -> bool {
        is_given(path) || self.files.get(path).is_some_and(|file| file.content.is_none())
    }

    fn is_there(&self, path: &Path) -> bool {
        is_given(path) || self.files.contains_key(path)
    }

    /// Something new may stand at the path: nothing is there, and its folder is.
    fn room(&self, path: &Path) -> Result<(), HostError> {
        if self.is_there(path) {
            return Err(failed(path, "something is there already"));
        }
        if path.parent().is_none_or(|parent| !self.is_folder(parent)) {
            return Err(failed(path, "its folder does not exist"));
        }
        Ok(())
    }

    /// A path and everything below it.
    fn below(&self, path: &Path) -> Vec<(PathBuf, MemoryFile)> {
        let inside = self.files.iter().filter(|(inner, _)| inner.starts_with(path));
        inside.map(|(path, file)| (path.clone(), file.clone())).collect()
    }

    fn transfer(&mut self, from: &Path, to: &Path, keep: bool) -> Result<(), HostError> {
        let inside = self.below(from);
        if inside.is_empty() {
            return Err(failed(from, "no such file or folder"));
        }
        self.room(to)?;
        for (path, file) in inside {
            let rest = path.strip_prefix(from).unwrap_or(Path::new(""));
            let target = if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) };
            if !keep {
                self.files.remove(&path);
            }
            self.files.insert(target, file);
        }
        Ok(())
    }
}

impl Files for MemoryHost {
    fn home(&mut self) -> PathBuf {
        HOME.into()
    }

    fn file_info(&mut self, path: &Path, _: bool) -> Result<Option<FileInfo>, HostError> {
        let known = self.files.get(path);
        if known.is_none() && !is_given(path) {
            return Ok(None);
        }
        let content = known.and_then(|file| file.content.as_ref());
        let time = known.map_or_else(|| self.clock.timestamp(), |file| file.modified);
        let permissions = known.map_or(0o755, |file| file.permissions);
        Ok(Some(FileInfo {
            kind: if content.is_some() { FileKind::File } else { FileKind::Folder },
            size: content.map_or(0, |content| content.len() as u64),
            created: Some(time),
            modified: Some(time),
            accessed: Some(time),
            permissions,
            owner: self.user().login,
            allowed: [0o400, 0o200, 0o100].map(|bit| permissions & bit != 0),
        }))
    }

    fn read_file(&mut self, path: &Path) -> Result<Vec<u8>, HostError> {
        if self.is_folder(path) {
            return Err(failed(path, "it is a folder"));
        }
        let content = self.files.get(path).and_then(|file| file.content.clone());
        content.ok_or_else(|| failed(path, "no such file or folder"))
    }

    fn write_file(&mut self, path: &Path, content: &[u8], append: bool) -> Result<(), HostError> {
        if self.is_folder(path) {
            return Err(failed(path, "it is a folder"));
        }
        let mut whole = Vec::new();
        if self.is_there(path) {
            if append {
                whole = self.read_file(path)?;
            }
        } else {
            self.room(path)?;
        }
        whole.extend_from_slice(content);
        if whole.len() > MAX_FILE {
            return Err(failed(path, "it would be too long"));
        }
        self.put(path, Some(whole));
        Ok(())
    }

    fn list_folder(&mut self, path: &Path) -> Result<Vec<PathBuf>, HostError> {
        if !self.is_folder(path) {
            return Err(failed(path, "it is no folder"));
        }
        Ok(self.files.keys().filter(|inner| inner.parent() == Some(path)).cloned().collect())
    }

    fn create_folder(&mut self, path: &Path, intermediate: bool) -> Result<(), HostError> {
        if !intermediate {
            self.room(path)?;
            self.put(path, None);
            return Ok(());
        }
        let mut missing: Vec<&Path> = path.ancestors().take_while(|above| !self.is_folder(above)).collect();
        while let Some(above) = missing.pop() {
            self.room(above)?;
            self.put(above, None);
        }
        Ok(())
    }

    fn create_file(&mut self, path: &Path) -> Result<(), HostError> {
        self.room(path)?;
        self.put(path, Some(Vec::new()));
        Ok(())
    }

    fn copy_file(&mut self, from: &Path, to: &Path) -> Result<(), HostError> {
        self.transfer(from, to, true)
    }

    fn move_file(&mut self, from: &Path, to: &Path) -> Result<(), HostError> {
        self.transfer(from, to, false)
    }

    fn delete_file(&mut self, path: &Path, whole: bool) -> Result<(), HostError> {
        let inside = self.below(path);
        if inside.is_empty() {
            return Err(failed(path, "no such file or folder"));
        }
        if inside.len() > 1 && !whole {
            return Err(failed(path, "the folder is not empty"));
        }
        self.files.retain(|inner, _| !inner.starts_with(path));
        Ok(())
    }

    fn trash_file(&mut self, path: &Path) -> Result<(), HostError> {
        self.create_folder(Path::new(TRASH), true)?;
        let name = path.file_name().ok_or_else(|| failed(path, "it has no name"))?;
        self.transfer(path, &Path::new(TRASH).join(name), false)
    }

    fn change_file(&mut self, path: &Path, change: &FileChange) -> Result<(), HostError> {
        let file = self.files.get_mut(path).ok_or_else(|| failed(path, "no such file or folder"))?;
        file.permissions = change.permissions.unwrap_or(file.permissions);
        file.modified = change.modified.unwrap_or(file.modified);
        Ok(())
    }
}
