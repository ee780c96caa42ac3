//! `file_list`, `file_info`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Tool, ToolError,
        declare::{Hints, Words},
        page::Page,
    },
    Desk,
};
use crate::{
    config::AccessClass,
    files::{About, Files},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// A folder; without one the allowed folders are listed.
    #[serde(default)]
    path: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Names on a page, 1 to 5000; 500 when not given.
    #[serde(default)]
    limit: Option<usize>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    /// A file or folder.
    pub(super) path: String,
}

#[derive(Serialize, JsonSchema)]
struct Listed {
    /// By name.
    entries: Vec<Entry>,
    /// How many there are in all.
    total: usize,
    /// Give this as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Entry {
    /// Its name; of an allowed folder its path.
    name: String,
    /// `file`, `folder`, `link` (one that leads nowhere, or out), `other`.
    kind: &'static str,
    /// Bytes.
    size: u64,
    /// When its content changed, in milliseconds since 1970.
    modified_ms: Option<u64>,
    /// Permissions, like `644`.
    mode: String,
    /// Hard links.
    links: u64,
    /// Whether the name is a link.
    is_link: bool,
}

impl From<About> for Entry {
    fn from(about: About) -> Self {
        let About { name, kind, size, modified_ms, mode, links, is_link } = about;
        Self { name, kind: kind.word(), size, modified_ms, mode: format!("{mode:o}"), links, is_link }
    }
}

pub(super) fn list(desk: Desk) -> Tool {
    Words {
        name: "file_list",
        class: AccessClass::Read,
        title: "List files",
        description: "Lists a folder, or the allowed folders, page by page.",
        hints: Hints::READS,
    }
    .with(move |_, wanted: Wanted, _| {
        let desk = desk.clone();
        async move {
            let path = wanted.path.clone().unwrap_or_default();
            desk.does(&path, move |files| listed(files, wanted)).await
        }
    })
}

fn listed(files: &Files, wanted: Wanted) -> Result<Listed, ToolError> {
    let page = Page { cursor: wanted.cursor, limit: wanted.limit };
    let length = page.length()?;
    let found = if let Some(path) = &wanted.path {
        files.list(path)?
    } else {
        let root = |path: String| Ok(About { name: path.clone(), ..files.about(&path)? });
        files.roots().map(|root| root.to_string_lossy().into_owned()).map(root).collect::<Result<_, ToolError>>()?
    };
    let total = found.len();
    let (entries, next_cursor) = page.of(found, length, |about| &about.name);
    Ok(Listed { entries: entries.into_iter().map(Entry::from).collect(), total, next_cursor })
}

pub(super) fn info(desk: Desk) -> Tool {
    Words {
        name: "file_info",
        class: AccessClass::Read,
        title: "File info",
        description: "Kind, size, time and permissions of a file or folder inside an allowed folder.",
        hints: Hints::READS,
    }
    .with(move |_, One { path }: One, _| {
        let desk = desk.clone();
        async move {
            let subject = path.clone();
            desk.does(&subject, move |files| known(files, &path)).await
        }
    })
}

pub(super) fn known(files: &Files, path: &str) -> Result<Entry, ToolError> {
    Ok(files.about(path)?.into())
}
