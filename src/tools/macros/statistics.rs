//! `km_macro_stats`.

use std::{cmp::Reverse, collections::BTreeMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Context, Tool, ToolError,
        declare::{Hints, Words},
    },
    aside, bounded,
    cursor::{Cursor, page},
    find,
};
use crate::{config::AccessClass, library::statistics::Statistic};

/// Macros that are given, unless the caller says otherwise.
const MACROS: usize = 50;
/// The most.
const MOST_MACROS: usize = 1_000;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Only this macro, by UUID or exact name.
    #[serde(default)]
    r#macro: Option<String>,
    /// Which come first: `runs` (default) the most frequent, `last_run` the latest, `time_saved` the most useful.
    #[serde(default)]
    sort: Order,
    /// At most so many; 50 when not given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Deserialize, JsonSchema, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Order {
    #[default]
    Runs,
    LastRun,
    TimeSaved,
}

#[derive(Serialize, JsonSchema)]
struct Counted {
    /// Macros that ever ran.
    macros: Vec<Row>,
    /// How many there are in all.
    total: usize,
    /// Give this as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Row {
    /// The macro's UUID.
    uid: String,
    /// Its name; null when it is not in the library any more.
    name: Option<String>,
    /// Its group; null when it is not in the library any more.
    group: Option<String>,
    /// How often it ran, by kmtop and by Keyboard Maestro.
    runs: u64,
    /// When it ran last, in UTC; null when that is not known.
    last_run: Option<String>,
    /// The time that it saved, in seconds, as Keyboard Maestro reckons it.
    time_saved_s: f64,
}

pub(in crate::tools) fn statistics() -> Tool {
    Words {
        name: "km_macro_stats",
        class: AccessClass::Read,
        title: "Macro statistics",
        description: "Tells how often macros ran, when last, and how much time they saved.",
        hints: Hints::READS,
    }
    .with(async |context, wanted: Wanted, _| aside(move || counted(&context, &wanted)).await)
}

fn counted(context: &Context, wanted: &Wanted) -> Result<Counted, ToolError> {
    let limit = bounded("limit", wanted.limit, MACROS, MOST_MACROS)?;
    let cursor = Cursor::read(wanted.cursor.as_deref())?;
    let only = wanted.r#macro.as_deref().map(|name| find(context, name)).transpose()?;
    let mut rows: Vec<(String, Statistic)> = table(context).into_iter().collect();
    if let Some(entry) = only {
        rows.retain(|(uid, _)| *uid == entry.uid);
        // A macro that is there and never ran is no mistake of the caller's.
        if rows.is_empty() {
            rows.push((entry.uid.clone(), Statistic::default()));
        }
    }
    match wanted.sort {
        Order::Runs => rows.sort_by_key(|(_, statistic)| Reverse(statistic.runs)),
        Order::LastRun => rows.sort_by(|(_, one), (_, other)| other.last_run.total_cmp(&one.last_run)),
        Order::TimeSaved => rows.sort_by(|(_, one), (_, other)| other.seconds_saved.total_cmp(&one.seconds_saved)),
    }
    let index = context.library.index();
    let total = rows.len();
    let row = |(uid, statistic): (String, Statistic)| {
        let entry = index.get(&uid);
        Row {
            name: entry.map(|entry| entry.name.clone()),
            group: entry.map(|entry| entry.group.clone()),
            runs: statistic.runs,
            last_run: statistic.last_run_at().and_then(|time| jiff::Timestamp::try_from(time).ok()).map(|time| time.to_string()),
            time_saved_s: statistic.seconds_saved,
            uid,
        }
    };
    let (shown, next_cursor) = page(rows, cursor.as_ref(), limit, |(uid, _)| uid);
    Ok(Counted { macros: shown.into_iter().map(row).collect(), total, next_cursor })
}

/// kmtop's own runs and those of Keyboard Maestro together.
fn table(context: &Context) -> BTreeMap<String, Statistic> {
    // Where Keyboard Maestro runs the macros, its own count has kmtop's runs in it.
    let mut table = if context.own_files.is_some() { BTreeMap::new() } else { context.records.statistics.all().macros };
    let Some(files) = &context.records.keyboard_maestro else { return table };
    match files.statistics() {
        Err(error) => tracing::warn!("Keyboard Maestro's statistics are left out: {error}"),
        Ok(theirs) => {
            for (uid, more) in theirs.macros {
                let statistic = table.entry(uid).or_default();
                statistic.runs = statistic.runs.saturating_add(more.runs);
                statistic.last_run = statistic.last_run.max(more.last_run);
                statistic.seconds_saved += more.seconds_saved;
            }
        }
    }
    table
}
