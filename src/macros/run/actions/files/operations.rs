//! Moving, copying, deleting; new files and folders.

use std::path::{Path, PathBuf};

use super::{
    super::super::{
        super::{
            data::Action,
            host::{FileInfo, FileKind},
            place::Place,
            portability::{refused, text_refusal},
            profile::Profile,
            table::Mode,
        },
        Flow, Trouble,
        report::Sink,
        state::Runner,
    },
    first, path_of, path_refusal,
};

const SOURCE: [&str; 2] = ["Source", "Path"];
const DESTINATION: [&str; 1] = ["Destination"];
const FOLDER: [&str; 2] = ["Destination", "Path"];
/// Names that are tried before giving up.
const MOST_NAMES: u32 = 10_000;

pub(super) fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let two = match action.word("Operation").unwrap_or_default() {
        "Reveal" => {
            let reason = path_refusal(action, &SOURCE, profile);
            return Some(
                reason.map_or((Mode::Simulate, "showing it in the Finder is recorded".into()), |reason| (Mode::Refuse, reason)),
            );
        }
        "Move" | "OnlyMove" | "OnlyRename" | "Rename" | "Copy" | "CreateUnique" => true,
        "Duplicate" | "Delete" | "RecursiveDelete" | "Trash" => false,
        other => return refused(Some(format!("kmtop does not know the operation “{other}”"))),
    };
    let destination = if two { path_refusal(action, &DESTINATION, profile) } else { None };
    // Create Unique has only a destination.
    let source = first(action, &SOURCE).and_then(|path| text_refusal(path, profile));
    let missing = action.word("Operation") != Some("CreateUnique") && first(action, &SOURCE).is_none();
    refused(missing.then(|| "it names no file".into()).or(source).or(destination))
}

pub(super) fn check_copy(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(path_refusal(action, &SOURCE, profile).or_else(|| path_refusal(action, &DESTINATION, profile)))
}

pub(super) fn check_folder(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(path_refusal(action, &FOLDER, profile))
}

fn failed(path: &Path, reason: &str) -> Trouble {
    Trouble::Failed(format!("“{}”: {reason}", path.display()))
}

impl Runner<'_> {
    fn info(&mut self, path: &Path) -> Result<Option<FileInfo>, Trouble> {
        Ok(self.host.file_info(path, true)?)
    }

    fn is_folder(&mut self, path: &Path) -> Result<bool, Trouble> {
        Ok(self.info(path)?.is_some_and(|info| info.kind == FileKind::Folder))
    }

    /// A destination that is a folder means a place in it under the name that the file has.
    fn within(&mut self, source: &Path, destination: PathBuf) -> Result<PathBuf, Trouble> {
        if !self.is_folder(&destination)? {
            return Ok(destination);
        }
        let name = source.file_name().ok_or_else(|| failed(source, "it has no name"))?;
        Ok(destination.join(name))
    }

    /// A path with a number behind its name, at which nothing is yet: `a copy.txt`, `a copy 2.txt`.
    fn unused(&mut self, path: &Path, word: &str) -> Result<PathBuf, Trouble> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
        for number in 1..MOST_NAMES {
            let number = if number == 1 { String::new() } else { format!(" {number}") };
            let candidate = path.with_file_name(format!("{stem}{word}{number}{extension}"));
            if self.host.file_info(&candidate, false)?.is_none() {
                return Ok(candidate);
            }
        }
        Err(failed(path, "too many files have that name already"))
    }
}

pub(super) fn file(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let operation = action.word("Operation").unwrap_or_default();
    if operation == "CreateUnique" {
        return create_unique(runner, action);
    }
    let source = path_of(runner, action, &SOURCE)?;
    match operation {
        "Reveal" => runner.sinks.record(Sink::Opened, format!("reveal {} in the Finder", source.display())),
        "Duplicate" => {
            let copy = runner.unused(&source, " copy")?;
            runner.host.copy_file(&source, &copy)?;
        }
        "Delete" => runner.host.delete_file(&source, false)?,
        "RecursiveDelete" => runner.host.delete_file(&source, true)?,
        "Trash" => runner.host.trash_file(&source)?,
        "Copy" => return copy_file(runner, action, &Place::new(None, "", 0, action)),
        "OnlyRename" | "Rename" => {
            let name = first(action, &DESTINATION).unwrap_or_default();
            let destination = renamed(runner, &source, name)?;
            runner.host.move_file(&source, &destination)?;
        }
        "OnlyMove" => {
            let folder = path_of(runner, action, &DESTINATION)?;
            if !runner.is_folder(&folder)? {
                return Err(failed(&folder, "it is no folder to move something into"));
            }
            let destination = runner.within(&source, folder)?;
            runner.host.move_file(&source, &destination)?;
        }
        "Move" => {
            let destination = path_of(runner, action, &DESTINATION)?;
            let destination = runner.within(&source, destination)?;
            runner.host.move_file(&source, &destination)?;
        }
        other => return Err(Trouble::Failed(format!("the operation “{other}” is not done here"))),
    }
    Ok(Flow::Next)
}

/// The path of a file under another name: a bare name stays in the file's folder.
fn renamed(runner: &mut Runner<'_>, source: &Path, name: &str) -> Result<PathBuf, Trouble> {
    let bare = runner.expand(name, super::super::super::super::tokens::Escapes::Keep)?;
    if !bare.contains('/') && !bare.trim().is_empty() {
        return Ok(source.with_file_name(bare));
    }
    let destination = runner.path(name)?;
    if destination.parent() == source.parent() {
        return Ok(destination);
    }
    Err(failed(&destination, "renaming keeps a file in its folder; use Move instead"))
}

pub(super) fn copy_file(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let source = path_of(runner, action, &SOURCE)?;
    let destination = path_of(runner, action, &DESTINATION)?;
    let destination = runner.within(&source, destination)?;
    runner.host.copy_file(&source, &destination)?;
    Ok(Flow::Next)
}

/// Makes an empty file under a name that nothing has yet, and tells it: `OutputPath` is the variable for it.
fn create_unique(runner: &mut Runner<'_>, action: &Action) -> Result<Flow, Trouble> {
    let wanted = path_of(runner, action, &DESTINATION)?;
    let path = if runner.info(&wanted)?.is_none() { wanted } else { runner.unused(&wanted, "")? };
    runner.host.create_file(&path)?;
    if let Some(variable) = first(action, &["OutputPath"]) {
        runner.set(variable, &path.to_string_lossy())?;
    }
    Ok(Flow::Next)
}

pub(super) fn new_folder(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let path = path_of(runner, action, &FOLDER)?;
    runner.host.create_folder(&path, action.flag("CreateIntermediate") == Some(true))?;
    Ok(Flow::Next)
}
