//! `km_set_macro_enabled`, `km_delete_macro`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Tool,
        declare::{Hints, Words},
    },
    aside_with,
};
use crate::{config::AccessClass, library::Changed};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Switch {
    /// The macro's UUID or exact name.
    r#macro: String,
    /// Whether it shall be enabled.
    enabled: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// The macro's UUID or exact name.
    r#macro: String,
}

#[derive(Serialize, JsonSchema)]
struct Switched {
    /// The macro's UUID.
    uid: String,
    /// Its name.
    name: String,
    /// Whether it may be run now: a macro of a disabled group may not, whatever its own switch says.
    enabled: bool,
    /// Whether anything had to be changed.
    changed: bool,
}

#[derive(Serialize, JsonSchema)]
struct Deleted {
    /// The macro's UUID.
    uid: String,
    /// Its name.
    name: String,
    /// Its group.
    group: String,
}

pub(in crate::tools) fn set_enabled() -> Tool {
    Words {
        name: "km_set_macro_enabled",
        class: AccessClass::Write,
        title: "Enable or disable macro",
        description: "Enables or disables a macro in its file. A disabled macro is not run.",
        hints: Hints::SETS,
    }
    .with(async |context, Switch { r#macro, enabled }: Switch, _| {
        aside_with(&context, &r#macro, move |context, entry| {
            let Changed { uid, name, files } = context.library.set_macro_enabled(&entry.uid, enabled)?;
            let enabled = context.library.index().get(&uid).map_or(enabled, |entry| entry.enabled);
            Ok(Switched { uid, name, enabled, changed: !files.is_empty() })
        })
        .await
    })
}

pub(in crate::tools) fn delete() -> Tool {
    Words {
        name: "km_delete_macro",
        class: AccessClass::Delete,
        title: "Delete macro",
        description: "Deletes a macro from its file. km_get_macro with format xml before that gives what km_import_macros brings back.",
        hints: Hints::CHANGES,
    }
    .with(async |context, One { r#macro }: One, _| {
        aside_with(&context, &r#macro, |context, entry| {
            let Changed { uid, name, .. } = context.library.delete_macro(&entry.uid)?;
            Ok(Deleted { uid, name, group: entry.group.clone() })
        })
        .await
    })
}
