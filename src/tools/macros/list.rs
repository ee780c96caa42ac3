//! `km_list_macros`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Context, Tool, ToolError,
        declare::{Hints, Words},
    },
    Row, aside, bounded,
    cursor::{Cursor, page as page_of},
};
use crate::{config::AccessClass, library::Filter};

/// Macros in a page, unless the caller says otherwise.
const PAGE: usize = 100;
/// The largest page.
const LARGEST_PAGE: usize = 1_000;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Only macros of this group.
    #[serde(default)]
    group: Option<String>,
    /// Only enabled macros, or only disabled ones.
    #[serde(default)]
    enabled: Option<bool>,
    /// Only macros whose name or group contains this text.
    #[serde(default)]
    query: Option<String>,
    /// At most so many; 100 when not given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Page {
    /// The macros.
    macros: Vec<Row>,
    /// How many there are in all that fit.
    total: usize,
    /// Give this as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

pub(in crate::tools) fn list() -> Tool {
    Words {
        name: "km_list_macros",
        class: AccessClass::Read,
        title: "List macros",
        description: "Lists the macros of the library, page by page, with what this engine would do with each.",
        hints: Hints::READS,
    }
    .with(async |context, wanted: Wanted, _| aside(move || page(&context, wanted)).await)
}

fn page(context: &Context, wanted: Wanted) -> Result<Page, ToolError> {
    let limit = bounded("limit", wanted.limit, PAGE, LARGEST_PAGE)?;
    let cursor = Cursor::read(wanted.cursor.as_deref())?;
    let index = context.library.index();
    let filter = Filter { group: wanted.group, enabled: wanted.enabled, query: wanted.query, ..Filter::default() };
    let fitting = index.list(&filter).macros;
    let total = fitting.len();
    let (shown, next_cursor) = page_of(fitting, cursor.as_ref(), limit, |entry| &entry.uid);
    Ok(Page { macros: shown.iter().map(|entry| Row::of(entry, &index)).collect(), total, next_cursor })
}
