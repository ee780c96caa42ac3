//! Actions on files and folders.

mod attributes;
mod encoding;
mod operations;
mod text;

use std::path::PathBuf;

use super::super::{
    super::{
        data::Action,
        portability::text_refusal,
        profile::Profile,
        table::{ActionType, run},
    },
    Trouble,
    state::Runner,
};

pub(super) const ACTIONS: &[ActionType] = &[
    run("AppendToFile", "text behind what the file holds", text::check_append, text::append),
    run("CopyFile", "never over something that is there", operations::check_copy, operations::copy_file),
    run(
        "File",
        "move, rename, copy, duplicate, delete, trash, new unique name; never over something that is there",
        operations::check,
        operations::file,
    ),
    run("GetFileAttribute", "what every system knows of a file", attributes::check_get, attributes::get),
    run("NewFolder", "also with the folders above it", operations::check_folder, operations::new_folder),
    run("ReadFile", "text of at most 8 MiB into a variable or a clipboard", text::check_read, text::read),
    run("SetFileAttribute", "permissions and the time of the last change", attributes::check_set, attributes::set),
    run("SetFileAttributes", "permissions and the time of the last change", attributes::check_set, attributes::set),
    run("WriteFile", "text, whole or behind what the file holds; images are refused", text::check_write, text::write),
];

/// The first of some fields that has a text.
fn first<'a>(action: &'a Action, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| action.word(key).filter(|text| !text.is_empty()))
}

/// Why a path among some fields cannot be known here.
fn path_refusal(action: &Action, keys: &[&str], profile: &Profile) -> Option<String> {
    match first(action, keys) {
        Some(path) => text_refusal(path, profile),
        None => Some("it names no path".into()),
    }
}

/// The path among some fields.
fn path_of(runner: &mut Runner<'_>, action: &Action, keys: &[&str]) -> Result<PathBuf, Trouble> {
    let path = first(action, keys).ok_or_else(|| Trouble::Failed("it names no path".into()))?;
    runner.path(path)
}

#[cfg(test)]
mod tests;
