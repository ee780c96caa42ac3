//! `file_read`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Tool, ToolError,
        declare::{Hints, Words},
    },
    Desk, Encoding, MOST_READ,
};
use crate::{
    config::AccessClass,
    files::{FileError, Files, Problem},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Inside an allowed folder; a relative path starts at the first of them.
    pub(super) path: String,
    /// The byte to begin with.
    #[serde(default)]
    pub(super) offset: u64,
    /// Most bytes, up to 1 MiB.
    #[serde(default)]
    pub(super) length: Option<usize>,
    /// `text` (default) or `base64`.
    #[serde(default)]
    pub(super) encoding: Encoding,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Read {
    /// The path as it was asked for.
    path: String,
    /// What was read.
    content: String,
    /// Bytes of the whole file.
    size: u64,
    /// Give this as `offset` for the next part; null at the end.
    next_offset: Option<u64>,
}

pub(super) fn tool(desk: Desk) -> Tool {
    Words {
        name: "file_read",
        class: AccessClass::Read,
        title: "Read file",
        description: "Reads a file inside an allowed folder, or a part of it.",
        hints: Hints::READS,
    }
    .with(move |_, wanted: Wanted, _| {
        let desk = desk.clone();
        async move {
            let path = wanted.path.clone();
            desk.does(&path, move |files| read(files, wanted)).await
        }
    })
}

pub(super) fn read(files: &Files, wanted: Wanted) -> Result<Read, ToolError> {
    let Wanted { path, offset, length, encoding } = wanted;
    let length = length.unwrap_or(MOST_READ);
    if !(1..=MOST_READ).contains(&length) {
        return Err(ToolError::refused("bad_arguments", format!("length: {length} is not within 1 to {MOST_READ}")));
    }
    let part = files.read(&path, offset, length)?;
    let mut bytes = part.bytes;
    let end = |bytes: &[u8]| offset.saturating_add(bytes.len() as u64);
    if encoding == Encoding::Text && end(&bytes) < part.size {
        whole_characters(&mut bytes);
    }
    let next_offset = Some(end(&bytes)).filter(|end| *end < part.size);
    let content = match encoding {
        Encoding::Base64 => STANDARD.encode(&bytes),
        Encoding::Text => {
            String::from_utf8(bytes).map_err(|_| ToolError::from(FileError { problem: Problem::NotText, path: path.clone() }))?
        }
    };
    Ok(Read { path, content, size: part.size, next_offset })
}

/// Takes a character off the end that was cut in the middle: the next part begins with it.
fn whole_characters(bytes: &mut Vec<u8>) {
    if let Err(error) = std::str::from_utf8(bytes)
        && error.error_len().is_none()
        && error.valid_up_to() > 0
    {
        bytes.truncate(error.valid_up_to());
    }
}
