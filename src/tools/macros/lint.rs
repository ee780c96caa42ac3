//! `km_lint_macro`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Context, Tool, ToolError,
        declare::{Hints, Words},
        page::Page,
    },
    Verdict, aside_with,
};
use crate::{
    config::AccessClass,
    library::{Entry, LintedMacro},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// The macro's UUID or exact name.
    r#macro: String,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Actions on a page, 1 to 5000; 500 when not given.
    #[serde(default)]
    limit: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
struct Linted {
    /// The macro's UUID.
    uid: String,
    /// Its name.
    name: String,
    /// Its group.
    group: String,
    /// `run`, `simulate` or `refuse`: the worst of its actions, with all that the macros it calls do.
    mode: &'static str,
    /// Its actions that are switched on, nested ones included.
    actions: Vec<Verdict>,
    /// Give this as `cursor` for the next page of actions; null on the last.
    next_cursor: Option<String>,
    /// The macros that it calls itself.
    calls: Vec<Called>,
}

#[derive(Serialize, JsonSchema)]
struct Called {
    /// The UUID that is called.
    uid: String,
    /// The macro's name; null when the library has none of this UUID.
    name: Option<String>,
    /// `run`, `simulate` or `refuse`; null when the library has none of this UUID.
    mode: Option<&'static str>,
}

pub(in crate::tools) fn lint() -> Tool {
    Words {
        name: "km_lint_macro",
        class: AccessClass::Read,
        title: "Lint macro",
        description: "Tells for each action of a macro whether it runs here, is simulated (recorded instead of done) or refused, \
                      and why. A call is as good as the macro that it calls.",
        hints: Hints::READS,
    }
    .with(async |context, One { r#macro, cursor, limit }: One, _| {
        aside_with(&context, &r#macro, move |context, entry| {
            let start = match cursor.as_deref().map(str::parse::<usize>).transpose() {
                Ok(start) => start.unwrap_or_default(),
                Err(_) => return Err(ToolError::refused("bad_arguments", "cursor: not one that a page gave")),
            };
            let length = Page { cursor: None, limit }.length()?;
            Ok(linted(context, entry, (start, length)))
        })
        .await
    })
}

/// `length` actions from `start` on; the rest is as without pages.
fn linted(context: &Context, entry: &Entry, (start, length): (usize, usize)) -> Linted {
    let index = context.library.index();
    let LintedMacro { uid, name, group, mode, actions } = LintedMacro::of(entry, &index, &context.profile);
    let called = |call: crate::library::Call| Called {
        mode: index.overall(&call.uid).map(crate::macros::Mode::word),
        name: call.entry.map(|called| called.name.clone()),
        uid: call.uid,
    };
    let calls = index.calls(&entry.uid).into_iter().map(called).collect();
    let end = start.saturating_add(length);
    let next_cursor = (end < actions.len()).then(|| end.to_string());
    let actions = actions.into_iter().skip(start).take(length).map(Verdict::from).collect();
    Linted { uid, name, group, mode: mode.word(), actions, next_cursor, calls }
}
