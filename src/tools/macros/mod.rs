//! The macros of the library: listed, searched, shown, judged, switched, deleted, taken out and brought in.

mod change;
mod cursor;
mod get;
mod hotkeys;
mod lint;
mod list;
mod search;
mod statistics;
mod transfer;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Context, Done, ToolError, jobs};
use crate::{
    library::{ChangeError, Entry, FindError, Index, LintedAction},
    model::Certainty,
};

pub(super) use change::{delete, set_enabled};
pub(super) use get::get;
pub(super) use hotkeys::hotkey_conflicts;
pub(super) use lint::lint;
pub(super) use list::list;
pub(super) use search::search;
pub(super) use statistics::statistics;
pub(super) use transfer::{export, import};

/// A macro in few words.
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
    /// `run`, `simulate` or `refuse`: what this engine does with it and the macros that it calls.
    portability: &'static str,
}

impl Row {
    fn of(entry: &Entry, index: &Index) -> Self {
        Self {
            uid: entry.uid.clone(),
            name: entry.name.clone(),
            group: entry.group.clone(),
            enabled: entry.enabled,
            actions: entry.actions,
            portability: index.overall(&entry.uid).unwrap_or(entry.mode).word(),
        }
    }
}

/// A macro by name.
#[derive(Serialize, JsonSchema)]
struct Named {
    /// The macro's UUID.
    uid: String,
    /// Its name.
    name: String,
    /// Its group.
    group: String,
}

impl From<&Entry> for Named {
    fn from(entry: &Entry) -> Self {
        Self { uid: entry.uid.clone(), name: entry.name.clone(), group: entry.group.clone() }
    }
}

/// What becomes of an action.
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

impl From<LintedAction> for Verdict {
    fn from(action: LintedAction) -> Self {
        Self { path: action.path, r#type: action.r#type, mode: action.mode.word(), reason: action.reason }
    }
}

/// The macro of this UUID or exact name; two of one name are an error that lists both.
pub(super) fn find(context: &Context, wanted: &str) -> Result<Arc<Entry>, ToolError> {
    let index = context.library.index();
    index.find(wanted).cloned().map_err(|error| match &error {
        FindError::Missing { .. } => {
            ToolError::refused("macro_not_found", error.to_string()).hint("km_list_macros lists them all")
        }
        FindError::Ambiguous { .. } => ToolError::refused("macro_ambiguous", error.to_string()).hint("use one of the UUIDs"),
    })
}

/// Work that goes through many macros or waits for the disk: not on the listener's thread.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, ToolError> + Send + 'static) -> Done<T> {
    let failed = |_| Err(ToolError::refused("internal", "it failed inside the server; the server's log says more"));
    Done::plain(tokio::task::spawn_blocking(work).await.unwrap_or_else(failed))
}

/// The same about one macro, found by UUID or exact name.
async fn aside_with<T: Send + 'static>(
    context: &Arc<Context>,
    wanted: &str,
    work: impl FnOnce(&Context, &Entry) -> Result<T, ToolError> + Send + 'static,
) -> Done<T> {
    match find(context, wanted) {
        Err(error) => Done::plain(Err(error)),
        Ok(entry) => {
            let subject = jobs::subject(&entry.name);
            let context = Arc::clone(context);
            aside(move || work(&context, &entry)).await.about(subject)
        }
    }
}

/// A number of things asked for, within its bounds.
pub(super) fn bounded(name: &str, asked: Option<usize>, usual: usize, most: usize) -> Result<usize, ToolError> {
    match asked.unwrap_or(usual) {
        number if (1..=most).contains(&number) => Ok(number),
        number => Err(ToolError::refused("bad_arguments", format!("{name}: {number} is not within 1 to {most}"))),
    }
}

/// A change of macro files that was not made, or not wholly.
impl From<ChangeError> for ToolError {
    fn from(error: ChangeError) -> Self {
        let (code, outcome) = match &error {
            ChangeError::NoMacro(_) | ChangeError::NoGroup(_) | ChangeError::Edit(_) => ("macro_not_found", Certainty::NotRun),
            ChangeError::Import(_) => ("bad_arguments", Certainty::NotRun),
            ChangeError::NoFolder | ChangeError::KeyboardMaestros(_) => ("read_only", Certainty::NotRun),
            ChangeError::ChangedMeanwhile(_) | ChangeError::Busy(_) => ("busy", Certainty::NotRun),
            ChangeError::Read { .. } | ChangeError::Write(_) => ("library_unreadable", Certainty::NotRun),
            ChangeError::File { .. } => ("library_unreadable", Certainty::Unknown),
        };
        Self { outcome, ..Self::refused(code, error.to_string()) }
    }
}
