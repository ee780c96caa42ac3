//! Files and folders.

use std::path::{Path, PathBuf};

use super::HostError;

/// Longest file that is read whole, and longest text written at once, in bytes.
pub const MAX_FILE: usize = 8 * 1024 * 1024;
/// Most entries of one folder that are listed.
pub const MAX_ENTRIES: usize = 100_000;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file with content.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Neither: a pipe, a socket, a device.
    Special,
}

/// What is known of a file without reading it. Times are `None` where the system does not keep them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// What it is.
    pub kind: FileKind,
    /// Bytes of its content; of a folder whatever the system says.
    pub size: u64,
    /// When it was made.
    pub created: Option<jiff::Timestamp>,
    /// When its content was last changed.
    pub modified: Option<jiff::Timestamp>,
    /// When it was last read.
    pub accessed: Option<jiff::Timestamp>,
    /// Its permission bits (`0o644`).
    pub permissions: u32,
    /// The login name of its owner, or its number when it has no name.
    pub owner: String,
    /// Whether this process may read, write, execute it.
    pub allowed: [bool; 3],
}

/// What of a file is to be set; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileChange {
    /// Permission bits.
    pub permissions: Option<u32>,
    /// When its content was last changed.
    pub modified: Option<jiff::Timestamp>,
}

/// Reads and changes files. Paths are absolute. Symbolic links are followed unless a function says otherwise. What is neither file
/// nor folder (pipes, devices, the system's pretended files) is refused, so that nothing hangs.
///
/// Every error names the path and the reason; a run that is cancelled meanwhile gives [`HostError::Cancelled`].
pub trait Files {
    /// The user's home folder.
    fn home(&mut self) -> PathBuf;

    /// What stands at the path, `None` when nothing does. A link is looked at itself when `follow` is false.
    ///
    /// # Errors
    /// When the path cannot be looked at.
    fn file_info(&mut self, path: &Path, follow: bool) -> Result<Option<FileInfo>, HostError>;

    /// A file's content, at most [`MAX_FILE`] bytes.
    ///
    /// # Errors
    /// When it is no file, is longer, or cannot be read.
    fn read_file(&mut self, path: &Path) -> Result<Vec<u8>, HostError>;

    /// Writes a file: whole, so that no reader sees half of it, or behind what is there already.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write_file(&mut self, path: &Path, content: &[u8], append: bool) -> Result<(), HostError>;

    /// The paths of what a folder holds, by name, at most [`MAX_ENTRIES`].
    ///
    /// # Errors
    /// When it is no folder, holds more, or cannot be read.
    fn list_folder(&mut self, path: &Path) -> Result<Vec<PathBuf>, HostError>;

    /// Makes a folder, with those above it when `intermediate`. One that is there already is no error then.
    ///
    /// # Errors
    /// When it cannot be made.
    fn create_folder(&mut self, path: &Path, intermediate: bool) -> Result<(), HostError>;

    /// Makes an empty file that was not there before.
    ///
    /// # Errors
    /// When something is there already, or it cannot be made.
    fn create_file(&mut self, path: &Path) -> Result<(), HostError>;

    /// Copies a file, or a folder with all that it holds, to a path where nothing is yet. Links inside a folder stay links.
    ///
    /// # Errors
    /// When something is there already, or it cannot be copied; what was copied until then is taken away again.
    fn copy_file(&mut self, from: &Path, to: &Path) -> Result<(), HostError>;

    /// Moves a file, folder or link to a path where nothing is yet, also to another volume.
    ///
    /// # Errors
    /// When something is there already, or it cannot be moved.
    fn move_file(&mut self, from: &Path, to: &Path) -> Result<(), HostError>;

    /// Deletes a file, link or empty folder; a folder with all that it holds when `whole`.
    ///
    /// # Errors
    /// When it is not there or cannot be deleted.
    fn delete_file(&mut self, path: &Path, whole: bool) -> Result<(), HostError>;

    /// Moves it to the user's trash, from where the user can put it back.
    ///
    /// # Errors
    /// When it is not there, or this system has no trash that kmtop knows.
    fn trash_file(&mut self, path: &Path) -> Result<(), HostError>;

    /// Sets attributes.
    ///
    /// # Errors
    /// When they cannot be set.
    fn change_file(&mut self, path: &Path, change: &FileChange) -> Result<(), HostError>;
}
