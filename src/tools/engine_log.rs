//! `km_engine_log`.

use std::time::Duration;

use jiff::civil::DateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, Tool, ToolError,
    declare::{Hints, Words},
    macros::{aside, bounded},
};
use crate::{
    config::AccessClass,
    library::engine_log::{LogEntry, LogFilter, read_log},
};

/// Entries that are given, unless the caller says otherwise.
const ENTRIES: usize = 100;
/// The most.
const MOST_ENTRIES: usize = 1_000;
/// How long what was noted last may take to get to the disk.
const FLUSH: Duration = Duration::from_secs(1);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Only entries that contain this text; upper and lower case are the same.
    #[serde(default)]
    query: Option<String>,
    /// Only entries that name this macro.
    #[serde(default)]
    r#macro: Option<String>,
    /// Only entries that tell of failures, cancelled macros and time limits.
    #[serde(default)]
    errors_only: bool,
    /// Only entries from this local time on, for example `2026-03-01 09:00:00` or `2026-03-01`.
    #[serde(default)]
    since: Option<String>,
    /// Only entries up to this local time.
    #[serde(default)]
    until: Option<String>,
    /// True gives the oldest first; otherwise the newest.
    #[serde(default)]
    oldest_first: bool,
    /// At most so many; 100 when not given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
    /// `next_cursor` of the page before, with the same other arguments.
    #[serde(default)]
    cursor: Option<String>,
    /// `kmtop`: this server's runs; `keyboard_maestro`: Keyboard Maestro's own. Default: that of the engine that runs the macros.
    #[serde(default)]
    source: Option<Source>,
}

#[derive(Deserialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Source {
    Kmtop,
    KeyboardMaestro,
}

#[derive(Serialize, JsonSchema)]
struct Page {
    /// The entries.
    entries: Vec<Line>,
    /// Give this as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Line {
    /// When, in local time: `2026-03-01 09:00:00`.
    time: String,
    /// What happened.
    message: String,
    /// Whether it tells of a failure.
    error: bool,
}

impl From<LogEntry> for Line {
    fn from(entry: LogEntry) -> Self {
        let error = entry.is_error();
        Self { time: entry.time.strftime("%Y-%m-%d %H:%M:%S").to_string(), message: entry.message, error }
    }
}

/// The page after an entry of a second begins with that second, less those of it that were given.
struct Cursor {
    time: DateTime,
    given: usize,
}

impl Cursor {
    fn read(text: &str) -> Result<Self, ToolError> {
        let parts =
            text.rsplit_once('+').and_then(|(time, given)| Some(Self { time: time.parse().ok()?, given: given.parse().ok()? }));
        parts.ok_or_else(|| ToolError::refused("bad_arguments", "cursor: not one that a page gave"))
    }
}

pub(super) fn tool() -> Tool {
    Words {
        name: "km_engine_log",
        class: AccessClass::Read,
        title: "Engine log",
        description: "Reads the engine's log: which macros ran, from what, what failed or was cancelled. Newest first.",
        hints: Hints::READS,
    }
    .with(async |context, wanted: Wanted, _| aside(move || page(&context, &wanted)).await)
}

fn page(context: &Context, wanted: &Wanted) -> Result<Page, ToolError> {
    let limit = bounded("limit", wanted.limit, ENTRIES, MOST_ENTRIES)?;
    let cursor = wanted.cursor.as_deref().map(Cursor::read).transpose()?;
    let given = cursor.as_ref().map_or(0, |cursor| cursor.given);
    let from = cursor.as_ref().map(|cursor| cursor.time);
    let mut filter = LogFilter {
        since: wanted.since.as_deref().map(|text| time("since", text)).transpose()?,
        until: wanted.until.as_deref().map(|text| time("until", text)).transpose()?,
        contains: wanted.query.clone(),
        macro_name: wanted.r#macro.clone(),
        errors_only: wanted.errors_only,
        limit: limit.saturating_add(given),
        newest_first: !wanted.oldest_first,
    };
    match cursor {
        Some(Cursor { time, .. }) if wanted.oldest_first => filter.since = Some(time),
        Some(Cursor { time, .. }) => filter.until = Some(time),
        None => {}
    }
    let records = &context.records;
    let unreadable = |error: &dyn std::fmt::Display| ToolError::refused("log_unreadable", error.to_string());
    let usual = if context.own_files.is_some() { Source::KeyboardMaestro } else { Source::Kmtop };
    let read = match (wanted.source.unwrap_or(usual), &records.keyboard_maestro) {
        (Source::Kmtop, _) => {
            let _ = records.log.flush(FLUSH);
            read_log(records.log.path(), &filter).map_err(|error| unreadable(&error))?
        }
        (Source::KeyboardMaestro, Some(files)) => files.log_entries(&filter).map_err(|error| unreadable(&error))?,
        (Source::KeyboardMaestro, None) => {
            return Err(ToolError::refused("log_unreadable", "there are no files of Keyboard Maestro here"));
        }
    };
    let entries: Vec<LogEntry> = read.entries.into_iter().skip(given).collect();
    let next_cursor = entries.last().filter(|_| read.more).map(|last| {
        let same = entries.iter().rev().take_while(|entry| entry.time == last.time).count();
        // The second with which this page began goes on, with what was given of it before.
        let before = if from == Some(last.time) { given } else { 0 };
        format!("{}+{}", last.time, same + before)
    });
    Ok(Page { entries: entries.into_iter().map(Line::from).collect(), next_cursor })
}

fn time(name: &str, text: &str) -> Result<DateTime, ToolError> {
    text.trim().parse().map_err(|_| {
        ToolError::refused("bad_arguments", format!("{name}: “{text}” is no local time such as 2026-03-01 09:00:00"))
    })
}
