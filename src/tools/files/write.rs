//! `file_write`, `file_append`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Tool, ToolError,
        declare::{Hints, Words},
    },
    Desk, Encoding, decoded,
};
use crate::{
    config::AccessClass,
    files::{Content, Files},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    /// The file.
    pub(super) path: String,
    /// What it will hold.
    content: String,
    /// `text` (default) or `base64`.
    #[serde(default)]
    encoding: Encoding,
    /// False refuses to replace a file.
    #[serde(default = "yes")]
    overwrite: bool,
    /// True makes missing folders.
    #[serde(default)]
    create_folders: bool,
    /// True answers only once it is on the disk.
    #[serde(default)]
    flush: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct More {
    /// The file; made when there is none.
    pub(super) path: String,
    /// What is added to its end.
    content: String,
    /// `text` (default) or `base64`.
    #[serde(default)]
    encoding: Encoding,
    /// True answers only once it is on the disk.
    #[serde(default)]
    flush: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Written {
    /// The path as it was given.
    path: String,
    /// Bytes of the file now.
    size: u64,
    /// Whether there was none before.
    created: bool,
}

pub(super) fn write(desk: Desk) -> Tool {
    Words {
        name: "file_write",
        class: AccessClass::FilesWrite,
        title: "Write file",
        description: "Writes a whole file inside an allowed folder; who reads it meanwhile sees the old one or the new one.",
        hints: Hints::SETS,
    }
    .with(move |_, new: New, _| {
        let desk = desk.clone();
        async move {
            let path = new.path.clone();
            desk.does(&path, move |files| written(files, new)).await
        }
    })
}

pub(super) fn append(desk: Desk) -> Tool {
    Words {
        name: "file_append",
        class: AccessClass::FilesWrite,
        title: "Append to file",
        description: "Adds to the end of a file inside an allowed folder.",
        hints: Hints { destructive: false, ..Hints::CHANGES },
    }
    .with(move |_, more: More, _| {
        let desk = desk.clone();
        async move {
            let path = more.path.clone();
            desk.does(&path, move |files| appended(files, more)).await
        }
    })
}

pub(super) fn written(files: &Files, new: New) -> Result<Written, ToolError> {
    let New { path, content, encoding, overwrite, create_folders, flush } = new;
    let bytes = decoded(content, encoding)?;
    let done = files.write(&path, &Content { bytes: &bytes, overwrite, create_folders, flush })?;
    Ok(Written { path, size: done.size, created: done.created })
}

pub(super) fn appended(files: &Files, more: More) -> Result<Written, ToolError> {
    let More { path, content, encoding, flush } = more;
    let bytes = decoded(content, encoding)?;
    let done = files.append(&path, &bytes, flush)?;
    Ok(Written { path, size: done.size, created: done.created })
}
