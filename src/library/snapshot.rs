//! Macro files read once, file by file, for those who look and go.

use std::{path::PathBuf, sync::Arc};

use super::{
    entry::Entry,
    files::{find, read},
    index::{Index, LeftOut},
};
use crate::macros::Profile;

/// Macro files as they were when they were read.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The files, in the order of their names; then what cannot be looked at.
    pub files: Vec<FileRead>,
    /// All their macros: calls are followed among them.
    pub index: Index,
}

/// A macro file that was read, or was to be.
#[derive(Debug, Default)]
pub struct FileRead {
    /// The file, or the folder that cannot be looked into.
    pub path: PathBuf,
    /// Its macros.
    pub entries: Vec<Arc<Entry>>,
    /// What of it could not be understood.
    pub left_out: Vec<LeftOut>,
    /// Why nothing of it could be read.
    pub error: Option<String>,
}

impl Snapshot {
    /// Reads these files and all macro files below these folders. As bounded as a library that is served: in size, number and
    /// depth of files.
    #[must_use]
    pub fn read(paths: &[PathBuf], profile: &Profile) -> Self {
        let found = find(paths);
        let mut files: Vec<FileRead> = found
            .files
            .into_iter()
            .map(|(path, stamp)| match read(&path, stamp, profile) {
                Ok(contents) => FileRead { path, entries: contents.entries, left_out: contents.left_out, error: None },
                Err(error) => FileRead { path, error: Some(error), ..FileRead::default() },
            })
            .collect();
        let mut index = Index::build(1, files.iter().map(|file| file.entries.as_slice()));
        index.left_out = files.iter().flat_map(|file| file.left_out.iter().cloned()).collect();
        files.extend(found.unreadable.into_iter().map(|(path, error)| FileRead {
            path,
            error: Some(error),
            ..FileRead::default()
        }));
        index.files_unreadable = files.iter().filter_map(|file| Some((file.path.clone(), file.error.clone()?))).collect();
        Self { files, index }
    }
}
