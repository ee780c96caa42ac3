//! `km_list_macros`, `km_get_macro`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, Done, Tool, ToolError,
    declare::{Hints, Words},
};
use crate::{
    config::AccessClass,
    library::{Entry, Filter, FindError},
    macros::{Finding, Profile, outline, portability},
};

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

#[derive(Serialize, JsonSchema)]
struct Row {
    /// The macro's UUID.
    uid: String,
    /// Its name.
    name: String,
    /// Its group.
    group: String,
    /// Whether it and its group are enabled.
    enabled: bool,
    /// Number of actions, nested ones included.
    actions: usize,
    /// `run`, `simulate` or `refuse`: what this engine does with it.
    portability: &'static str,
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        Self {
            uid: entry.uid.clone(),
            name: entry.name.clone(),
            group: entry.group.clone(),
            enabled: entry.enabled,
            actions: entry.actions,
            portability: entry.mode.word(),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// The macro's UUID or exact name.
    r#macro: String,
    /// `json` (default) adds the verdict on every action; `outline` gives only the text.
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize, JsonSchema, Default, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Outline,
}

#[derive(Serialize, JsonSchema)]
struct Whole {
    #[serde(flatten)]
    row: Row,
    /// The actions as indented text.
    outline: String,
    /// The verdict on every action; left out with `format: outline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<Vec<Verdict>>,
}

#[derive(Serialize, JsonSchema)]
struct Verdict {
    /// Where the action stands, for example `actions[2].ThenActions[0]`.
    path: String,
    /// Its type.
    r#type: String,
    /// `run`, `simulate` or `refuse`.
    mode: &'static str,
    /// Why.
    reason: String,
}

impl From<Finding> for Verdict {
    fn from(finding: Finding) -> Self {
        Self { path: finding.path, r#type: finding.kind, mode: finding.mode.word(), reason: finding.reason }
    }
}

pub(super) fn list() -> Tool {
    Words {
        name: "km_list_macros",
        class: AccessClass::Read,
        title: "List macros",
        description: "Lists the macros of the library, page by page, with what this engine would do with each.",
        hints: Hints::READS,
    }
    .with(async |context, wanted: Wanted, _| {
        // A search goes through every macro: not on the listener's thread.
        let page = tokio::task::spawn_blocking(move || page(&context, wanted)).await;
        let failed = |_| Err(ToolError::refused("internal", "the macros could not be listed; the server's log says more"));
        Done::plain(page.unwrap_or_else(failed))
    })
}

pub(super) fn get() -> Tool {
    Words {
        name: "km_get_macro",
        class: AccessClass::Read,
        title: "Get macro",
        description: "Shows one macro: its actions as an outline, and whether each of them runs here.",
        hints: Hints::READS,
    }
    .with(async |context, One { r#macro, format }: One, _| match find(&context, &r#macro) {
        Err(error) => Done::plain(Err(error)),
        Ok(entry) => {
            let name = entry.name.clone();
            // A macro can hold tens of thousands of actions: their verdicts are not reckoned on the listener's thread.
            let whole = tokio::task::spawn_blocking(move || whole(&entry, &format, &context.profile)).await;
            let failed = |_| ToolError::refused("internal", "the macro could not be shown; the server's log says more");
            Done::plain(whole.map_err(failed)).about(name)
        }
    })
}

fn page(context: &Context, wanted: Wanted) -> Result<Page, ToolError> {
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(ToolError::refused("bad_arguments", format!("limit: {limit} is not within 1 to {LARGEST_PAGE}")));
    }
    let offset = wanted.cursor.map_or(Ok(0), |cursor| cursor.parse());
    let offset = offset.map_err(|_| ToolError::refused("bad_arguments", "cursor: not one that a page gave"))?;
    let filter = Filter { group: wanted.group, enabled: wanted.enabled, query: wanted.query, limit, offset };
    let page = context.library.index().list(&filter);
    Ok(Page {
        macros: page.macros.iter().map(|entry| Row::from(&**entry)).collect(),
        total: page.total,
        next_cursor: page.next_offset.map(|offset| offset.to_string()),
    })
}

fn whole(entry: &Entry, format: &Format, profile: &Profile) -> Whole {
    let verdicts = (*format == Format::Json)
        .then(|| portability(&entry.definition, profile).actions.into_iter().map(Verdict::from).collect());
    Whole { row: Row::from(entry), outline: outline(&entry.definition), verdicts }
}

/// The macro of this UUID or exact name; two of one name are an error that lists both.
pub(super) fn find(context: &Context, wanted: &str) -> Result<std::sync::Arc<Entry>, ToolError> {
    let index = context.library.index();
    index.find(wanted).cloned().map_err(|error| match &error {
        FindError::Missing { .. } => {
            ToolError::refused("macro_not_found", error.to_string()).hint("km_list_macros lists them all")
        }
        FindError::Ambiguous { .. } => ToolError::refused("macro_ambiguous", error.to_string()).hint("use one of the UUIDs"),
    })
}
