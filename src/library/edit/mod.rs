//! Changing the library's files: enable, disable, delete, import; and export.
//!
//! Everything here waits for the disk: call it on a thread that may. A file is written whole beside the old one and put in its place,
//! so that a reader, or a power cut, meets the old or the new one. Two writers of one folder wait for each other; a file that
//! somebody else changed meanwhile is not overwritten. Keyboard Maestro's own macros file is never written.

mod error;
mod import;
mod store;

use std::{path::PathBuf, time::Duration};

use serde_json::Value;

pub use error::ChangeError;
pub use import::Imported;
pub(super) use store::{lock_folder, write_beside};

use super::{Library, index::Index};
use crate::macros::{Document, document::Conflict};

/// How long a change waits until the index shows it.
const LOOK: Duration = Duration::from_secs(10);

/// What a change did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The UUID of the macro or group.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// The files that were written; none when all was as wanted already.
    pub files: Vec<PathBuf>,
}

impl Library {
    /// Enables or disables a macro of this UUID. Whether it may run also depends on its group.
    ///
    /// # Errors
    /// [`ChangeError`] says what failed; the file is as it was then.
    pub fn set_macro_enabled(&self, uid: &str, enabled: bool) -> Result<Changed, ChangeError> {
        let (entry_uid, name, file) = self.place_of(uid)?;
        let mut opened = store::open(&file)?;
        let changed = opened.document.set_macro_enabled(&entry_uid, enabled)?;
        let files = if changed { vec![opened.save()?] } else { Vec::new() };
        self.show();
        Ok(Changed { uid: entry_uid, name, files })
    }

    /// Enables or disables a group of this UUID, in all files that hold a part of it.
    ///
    /// # Errors
    /// [`ChangeError`] says what failed; of several files the earlier ones may be written already.
    pub fn set_group_enabled(&self, uid: &str, enabled: bool) -> Result<Changed, ChangeError> {
        let index = self.index();
        let wanted = uid.trim().to_uppercase();
        let heads: Vec<_> = index.groups.iter().filter(|head| head.uid == wanted).collect();
        let name = heads.first().ok_or_else(|| ChangeError::NoGroup(uid.to_owned()))?.name.clone();
        let mut paths: Vec<PathBuf> = heads.iter().map(|head| head.file.to_path_buf()).collect();
        paths.dedup();
        let mut files = Vec::new();
        for path in paths {
            let mut opened = store::open(&path)?;
            if opened.document.set_group_enabled(&wanted, enabled)? {
                files.push(opened.save()?);
            }
        }
        self.show();
        Ok(Changed { uid: wanted, name, files })
    }

    /// Deletes the macro of this UUID from its file. When another file holds one of the same UUID, that one is served from now on.
    ///
    /// # Errors
    /// [`ChangeError`] says what failed; the file is as it was then.
    pub fn delete_macro(&self, uid: &str) -> Result<Changed, ChangeError> {
        let (entry_uid, name, file) = self.place_of(uid)?;
        let mut opened = store::open(&file)?;
        opened.document.delete_macro(&entry_uid)?;
        let files = vec![opened.save()?];
        self.show();
        Ok(Changed { uid: entry_uid, name, files })
    }

    /// Adds the macros of a file in any form that Keyboard Maestro exports, into `imported.kmmacros` in the first folder of the
    /// library. Whether they may be run is for the caller to judge before.
    ///
    /// # Errors
    /// [`ChangeError`] says what failed. Nothing is imported then; with [`Conflict::Replace`], macros in other files may be
    /// replaced already.
    pub fn import(&self, bytes: &[u8], rule: Conflict) -> Result<Imported, ChangeError> {
        import::import(self, bytes, rule)
    }

    /// Macros as the text of a `.kmmacros` file, with their groups and all their keys.
    ///
    /// # Errors
    /// [`ChangeError`] when one of the macros is not there or its file cannot be read.
    pub fn export<Uid: AsRef<str>>(&self, uids: &[Uid]) -> Result<String, ChangeError> {
        let mut files: Vec<(PathBuf, Vec<String>)> = Vec::new();
        for uid in uids {
            let (uid, _, file) = self.place_of(uid.as_ref())?;
            match files.iter_mut().find(|(known, _)| *known == file) {
                Some((_, uids)) => uids.push(uid),
                None => files.push((file, vec![uid])),
            }
        }
        let mut whole = Document::default();
        for (file, uids) in files {
            let part = store::read(&file)?.extract(&uids)?;
            // Each UUID is asked for once, so that none can be taken.
            whole.add(part, Conflict::Skip, &mut String::new).map_err(|error| ChangeError::Read { path: file, error })?;
        }
        Ok(whole.to_xml()?)
    }

    /// A macro with all its keys as they stand in its file (see [`kinds`](crate::macros::kinds)).
    ///
    /// # Errors
    /// [`ChangeError`] when it is not there or its file cannot be read.
    pub fn macro_value(&self, uid: &str) -> Result<Value, ChangeError> {
        let (uid, _, file) = self.place_of(uid)?;
        store::read(&file)?.macro_value(&uid).cloned().ok_or(ChangeError::NoMacro(uid))
    }

    /// UUID, name and file of a macro.
    fn place_of(&self, uid: &str) -> Result<(String, String, PathBuf), ChangeError> {
        let index: std::sync::Arc<Index> = self.index();
        let entry = index.get(uid).ok_or_else(|| ChangeError::NoMacro(uid.to_owned()))?;
        Ok((entry.uid.clone(), entry.name.clone(), entry.file().to_owned()))
    }

    /// Has the index show what was changed.
    fn show(&self) {
        if !self.reload(LOOK) {
            tracing::warn!("the macro files were changed, but the index does not show it yet");
        }
    }
}

#[cfg(test)]
mod tests;
