//! `km_lint_macro`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Context, Tool,
        declare::{Hints, Words},
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
    .with(async |context, One { r#macro }: One, _| {
        aside_with(&context, &r#macro, |context, entry| Ok(linted(context, entry))).await
    })
}

fn linted(context: &Context, entry: &Entry) -> Linted {
    let index = context.library.index();
    let LintedMacro { uid, name, group, mode, actions } = LintedMacro::of(entry, &index, &context.profile);
    let called = |call: crate::library::Call| Called {
        mode: index.overall(&call.uid).map(crate::macros::Mode::word),
        name: call.entry.map(|called| called.name.clone()),
        uid: call.uid,
    };
    let calls = index.calls(&entry.uid).into_iter().map(called).collect();
    Linted { uid, name, group, mode: mode.word(), actions: actions.into_iter().map(Verdict::from).collect(), calls }
}
