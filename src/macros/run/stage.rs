//! What tests of actions stand on: macros written as JSON, run in memory.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{NotRun, RunReport};
use crate::macros::{
    Profile,
    data::{Action, Macro},
    memory::MemoryHost,
};

/// A host in memory on a fixed day.
pub(super) fn host() -> MemoryHost {
    MemoryHost::at("2024-03-05T14:07:09[UTC]".parse().expect("a time"))
}

/// An action from the JSON of its property list, where `kind` stands for `MacroActionType` and `off` switches it off. Lists of
/// actions inside it become blocks, as the reader does it.
pub(super) fn action(value: Value) -> Action {
    let Value::Object(mut fields) = value else { panic!("an action is an object") };
    let kind = fields.remove("kind").and_then(|kind| kind.as_str().map(str::to_owned)).expect("a kind");
    let enabled = fields.remove("off").is_none();
    let mut blocks = BTreeMap::new();
    for (key, value) in &mut fields {
        let Value::Array(items) = value else { continue };
        if items.iter().all(|item| item.get("kind").is_some()) && (key.ends_with("Actions") || !items.is_empty()) {
            blocks.insert(key.clone(), std::mem::take(items).into_iter().map(action).collect());
            continue;
        }
        for (position, item) in items.iter_mut().enumerate() {
            if let Some(Value::Array(inner)) = item.as_object_mut().and_then(|item| item.remove("Actions")) {
                blocks.insert(format!("{key}[{position}].Actions"), inner.into_iter().map(action).collect());
            }
        }
    }
    fields.retain(|key, _| !blocks.contains_key(key));
    Action { kind, name: None, enabled, fields, blocks }
}

/// A macro of these actions.
pub(super) fn definition(uid: &str, actions: Value) -> Arc<Macro> {
    let Value::Array(actions) = actions else { panic!("actions are a list") };
    let actions = actions.into_iter().map(action).collect();
    Arc::new(Macro {
        uid: uid.into(),
        name: format!("Macro {uid}"),
        group: "G".into(),
        enabled: true,
        actions,
        triggers: Vec::new(),
    })
}

/// Runs a macro where nothing is granted or pretended.
pub(super) fn run(definition: &Arc<Macro>, parameter: Option<&str>, host: &mut MemoryHost) -> Result<RunReport, NotRun> {
    super::run(definition, parameter, &Profile::default(), host)
}

/// The report of a macro of these actions, run with the parameter `given`.
pub(super) fn done(actions: Value, host: &mut MemoryHost) -> RunReport {
    run(&definition("A", actions), Some("given"), host).expect("it is run")
}

/// Set Variable to Text.
pub(super) fn set(name: &str, text: &str) -> Value {
    json!({"kind": "SetVariableToText", "Variable": name, "Text": text})
}

/// Return.
pub(super) fn give(text: &str) -> Value {
    json!({"kind": "Return", "Text": text})
}
