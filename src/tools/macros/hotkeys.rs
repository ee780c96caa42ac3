//! `km_hotkey_conflicts`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Tool,
        declare::{Hints, Words},
    },
    Named, aside,
};
use crate::config::AccessClass;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Serialize, JsonSchema)]
struct Conflicts {
    /// Hot keys that several enabled macros share.
    conflicts: Vec<Conflict>,
}

#[derive(Serialize, JsonSchema)]
struct Conflict {
    /// The key as macOS shows it, for example `⌃⌥K`.
    hotkey: String,
    /// When it fires: `Pressed`, `Released`, `WhileDown` and so on.
    fires: String,
    /// The macros, in groups that can be active in one application at the same time.
    macros: Vec<Named>,
}

pub(in crate::tools) fn hotkey_conflicts() -> Tool {
    Words {
        name: "km_hotkey_conflicts",
        class: AccessClass::Read,
        title: "Hot key conflicts",
        description: "Lists hot keys that several enabled macros share in groups that can be active together.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, _| {
        aside(move || {
            let conflicts = context.library.index().hotkey_conflicts().into_iter().map(|conflict| Conflict {
                hotkey: conflict.hotkey.name(),
                fires: conflict.hotkey.fires,
                macros: conflict.macros.iter().map(|entry| Named::from(&**entry)).collect(),
            });
            Ok(Conflicts { conflicts: conflicts.collect() })
        })
        .await
    })
}
