//! `km_set_macro_enabled`, `km_delete_macro`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    super::{
        Caller, Context, Done, OwnFiles, Tool,
        declare::{Hints, Words},
        jobs,
    },
    aside_with, find,
};
use crate::{
    config::AccessClass,
    library::{Changed, Entry},
};

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
    .with(async |context, Switch { r#macro, enabled }: Switch, caller| {
        let done = aside_with(&context, &r#macro, move |context, entry| {
            let Changed { uid, name, files } = context.library.set_macro_enabled(&entry.uid, enabled)?;
            let enabled = context.library.index().get(&uid).map_or(enabled, |entry| entry.enabled);
            Ok(Switched { uid, name, enabled, changed: !files.is_empty() })
        })
        .await;
        let Some(entry) = theirs(&context, &r#macro, &done) else { return done };
        let arguments = json!({ "uid": entry.uid, "enabled": enabled });
        let switched = |_| Switched { uid: entry.uid.clone(), name: entry.name.clone(), enabled, changed: true };
        by_worker(&context, ("km_set_macro_enabled", "set_macro_enabled"), arguments, &entry, &caller).await.map(switched)
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
    .with(async |context, One { r#macro }: One, caller| {
        let done = aside_with(&context, &r#macro, |context, entry| {
            let Changed { uid, name, .. } = context.library.delete_macro(&entry.uid)?;
            Ok(Deleted { uid, name, group: entry.group.clone() })
        })
        .await;
        let Some(entry) = theirs(&context, &r#macro, &done) else { return done };
        let deleted = |_| Deleted { uid: entry.uid.clone(), name: entry.name.clone(), group: entry.group.clone() };
        let arguments = json!({ "uid": entry.uid });
        by_worker(&context, ("km_delete_macro", "delete_macro"), arguments, &entry, &caller).await.map(deleted)
    })
}

/// The macro, when the change was not made because its file is Keyboard Maestro's own, and a worker can have Keyboard Maestro make it.
fn theirs<T>(context: &Context, wanted: &str, done: &Done<T>) -> Option<Arc<Entry>> {
    let workers_know = context.own_files.as_ref().is_some_and(OwnFiles::workers_know);
    let is_theirs = done.result.as_ref().is_err_and(|error| error.code == "read_only");
    find(context, wanted).ok().filter(|_| workers_know && is_theirs)
}

async fn by_worker(
    context: &Context,
    operation: (&'static str, &'static str),
    arguments: Value,
    entry: &Entry,
    caller: &Caller,
) -> Done<Value> {
    jobs::run::<Value>(context, operation, arguments, Some(jobs::subject(&entry.name)), caller).await
}
