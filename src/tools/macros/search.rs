//! `km_search_macros`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Tool, ToolError,
        declare::{Hints, Words},
    },
    aside, bounded,
    cursor::{Cursor, page},
};
use crate::{config::AccessClass, library::Match};

/// Places that are given, unless the caller says otherwise.
const PLACES: usize = 50;
/// The most.
const MOST_PLACES: usize = 500;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The text; upper and lower case are the same.
    text: String,
    /// At most so many places; 50 when not given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Found {
    /// Places where the text stands, at most three of one macro.
    matches: Vec<Place>,
    /// Whether there may be more than were asked for.
    more: bool,
    /// Give this as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Place {
    /// The macro's UUID.
    uid: String,
    /// Its name.
    name: String,
    /// Its group.
    group: String,
    /// Where in it: `name`, `group`, or an action and its field, for example `actions[2].ThenActions[0].Text`.
    r#where: String,
    /// The text around it, on one line.
    snippet: String,
}

impl From<Match> for Place {
    fn from(found: Match) -> Self {
        let Match { entry, place, snippet } = found;
        Self { uid: entry.uid.clone(), name: entry.name.clone(), group: entry.group.clone(), r#where: place, snippet }
    }
}

pub(in crate::tools) fn search() -> Tool {
    Words {
        name: "km_search_macros",
        class: AccessClass::Read,
        title: "Search macros",
        description: "Finds a text in names and groups of macros and in every text of their actions: scripts, typed text, conditions, variables.",
        hints: Hints::READS,
    }
    .with(async |context, wanted: Wanted, _| {
        aside(move || {
            let limit = bounded("limit", wanted.limit, PLACES, MOST_PLACES)?;
            if wanted.text.trim().is_empty() {
                return Err(ToolError::refused("bad_arguments", "text: is empty"));
            }
            let cursor = Cursor::read(wanted.cursor.as_deref())?;
            let before = cursor.as_ref().map_or(0, |cursor| cursor.number);
            // One more than is shown tells whether there is another page; macros that came before may have shifted it.
            let enough = before.saturating_add(2 * limit + 1);
            let found = context.library.index().search(&wanted.text, enough);
            let (shown, next_cursor) = page(found, cursor.as_ref(), limit, |found| &found.entry.uid);
            let more = next_cursor.is_some();
            Ok(Found { matches: shown.into_iter().map(Place::from).collect(), more, next_cursor })
        })
        .await
    })
}
