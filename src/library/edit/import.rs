//! Importing macros.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use serde_json::Value;
use uuid::Uuid;

use super::{ChangeError, LOOK, store};
use crate::{
    library::Library,
    macros::{
        Document,
        document::{Conflict, EditError},
        read::LeftOut,
    },
};

/// The file that imported macros go to.
const FILE: &str = "imported.kmmacros";

/// What an import did. Macros stand here by UUID.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// New ones, under the UUIDs that they have now.
    pub added: Vec<String>,
    /// Those that took the place of others, in the files of those.
    pub replaced: Vec<String>,
    /// Those that were left out because their UUID is taken.
    pub skipped: Vec<String>,
    /// Those that got a UUID of their own: the old and the new one. They are among the added ones, too.
    pub renamed: Vec<(String, String)>,
    /// What could not be understood and stayed behind.
    pub left_out: Vec<LeftOut>,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

fn new_uid() -> String {
    Uuid::new_v4().to_string().to_uppercase()
}

pub(super) fn import(library: &Library, bytes: &[u8], rule: Conflict) -> Result<Imported, ChangeError> {
    let mut incoming = Document::parse(bytes).map_err(ChangeError::Import)?;
    let contents = incoming.contents().map_err(ChangeError::Import)?;
    let sound: Vec<String> =
        contents.groups.into_iter().flat_map(|group| group.macros).map(|definition| definition.uid).collect();
    let mut imported = Imported { left_out: contents.left_out, ..Imported::default() };
    let target = library.folder().ok_or(ChangeError::NoFolder)?.join(FILE);
    // What is taken is judged by the files as they are now.
    let _ = library.reload(LOOK);
    let taken = elsewhere(library, &sound, &target);
    match rule {
        Conflict::Skip => {
            let taken = taken.into_keys().collect();
            imported.skipped = incoming.take_macros(&taken).into_iter().map(|(uid, _)| uid).collect();
        }
        Conflict::NewUid => {
            let new: HashMap<String, String> = taken.into_keys().map(|uid| (uid, new_uid())).collect();
            incoming.rename(&new);
            imported.renamed.extend(new);
            imported.renamed.sort();
        }
        Conflict::Replace => replace(&mut incoming, &taken, &mut imported)?,
    }
    let mut opened = store::open_or_new(&target)?;
    let merged = opened.document.add(incoming, rule, &mut new_uid).map_err(ChangeError::Import)?;
    if !merged.added.is_empty() || !merged.replaced.is_empty() {
        imported.files.push(opened.save()?);
    }
    imported.added = merged.added;
    imported.replaced.extend(merged.replaced);
    imported.skipped.extend(merged.skipped);
    imported.renamed.extend(merged.renamed);
    library.show();
    Ok(imported)
}

/// Incoming macros whose UUID is taken in another file than the one for imported macros, with that file.
fn elsewhere(library: &Library, uids: &[String], target: &Path) -> HashMap<String, PathBuf> {
    let index = library.index();
    let taken = uids.iter().filter_map(|uid| Some((uid.clone(), index.get(uid)?.file().to_owned())));
    taken.filter(|(_, file)| file != target).collect()
}

/// Puts incoming macros in the places of those in other files. Files are opened one after the other: each locks its folder.
fn replace(incoming: &mut Document, taken: &HashMap<String, PathBuf>, imported: &mut Imported) -> Result<(), ChangeError> {
    // Before anything is written it is sure that every file may be.
    let files: BTreeSet<&PathBuf> = taken.values().collect();
    for file in &files {
        drop(store::open(file)?);
    }
    let mut new: BTreeMap<&PathBuf, HashMap<String, Value>> = BTreeMap::new();
    // Of two with one UUID the later one stays.
    for (uid, value) in incoming.take_macros(&taken.keys().cloned().collect()) {
        new.entry(&taken[&uid]).or_default().insert(uid, value);
    }
    for (file, new) in new {
        let mut opened = store::open(file)?;
        let mut uids: Vec<String> = new.keys().cloned().collect();
        uids.sort();
        if let Some(missing) = opened.document.replace_macros(new).into_iter().next() {
            return Err(EditError::NoMacro(missing).into());
        }
        imported.files.push(opened.save()?);
        imported.replaced.append(&mut uids);
    }
    Ok(())
}
