//! From a property list's values to a macro, its triggers and actions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    super::data::{Action, Group, Macro, Trigger, flag_of, text_of},
    MAX_ACTION_DEPTH, MAX_DEPTH,
};

pub(super) type Dict = Map<String, Value>;

/// Why something is left out.
pub(super) type Problem = String;

/// Reads a macro of a group. Triggers that are none are noted with their number, from 1: they cost themselves only.
pub(super) fn read_macro(
    mut dict: Dict,
    uid: String,
    group: &Group,
    strange: &mut Vec<(usize, Problem)>,
) -> Result<Macro, Problem> {
    take_text(&mut dict, "UID")?;
    let name = take_text(&mut dict, "Name")?.unwrap_or_default();
    let enabled = group.enabled && take_flag(&mut dict, "IsActive")?.unwrap_or(true);
    let actions = match dict.remove("Actions") {
        Some(Value::Array(actions)) => read_actions("action", actions, 1)?,
        None => Vec::new(),
        Some(other) => return Err(format!("its Actions are {}, not a list", word(&other))),
    };
    let triggers = match dict.remove("Triggers") {
        Some(Value::Array(triggers)) => triggers,
        None => Vec::new(),
        Some(other) => return Err(format!("its Triggers are {}, not a list", word(&other))),
    };
    let mut read = Vec::with_capacity(triggers.len());
    for (position, value) in triggers.into_iter().enumerate() {
        match trigger(value) {
            Ok(trigger) => read.push(trigger),
            Err(problem) => strange.push((position + 1, problem)),
        }
    }
    Ok(Macro { uid, name, group: group.name.clone(), enabled, actions, triggers: read })
}

fn trigger(value: Value) -> Result<Trigger, Problem> {
    let mut fields = match value {
        Value::Object(fields) => fields,
        other => return Err(format!("it is {}, not a dictionary", word(&other))),
    };
    let kind = take_text(&mut fields, "MacroTriggerType")?.ok_or("it has no MacroTriggerType")?;
    if fields.values().any(|value| height(value) > DEEPEST) {
        return Err("it is nested too deep".into());
    }
    Ok(Trigger { kind, fields })
}

/// Reads a list of actions; `list` is what an action of it is called in an error.
fn read_actions(list: &str, actions: Vec<Value>, depth: usize) -> Result<Vec<Action>, Problem> {
    if depth > MAX_ACTION_DEPTH {
        return Err(format!("its actions are nested too deep (limit {MAX_ACTION_DEPTH})"));
    }
    let read = |(position, value)| {
        let here = |problem: Problem| {
            // An inner problem has named the whole way already.
            if problem.starts_with("at ") { problem } else { format!("at {list} {}: {problem}", position + 1) }
        };
        match value {
            Value::Object(dict) => read_action(list, position, dict, depth).map_err(here),
            other => Err(here(format!("it is {}, not a dictionary", word(&other)))),
        }
    };
    actions.into_iter().enumerate().map(read).collect()
}

fn read_action(list: &str, position: usize, mut fields: Dict, depth: usize) -> Result<Action, Problem> {
    let kind = take_text(&mut fields, "MacroActionType")?.unwrap_or_default();
    let name = take_text(&mut fields, "ActionName")?.filter(|name| !name.is_empty());
    let enabled = take_flag(&mut fields, "IsActive")?.unwrap_or(true);
    let mut action = Action { kind, name, enabled, fields: Dict::new(), blocks: BTreeMap::new() };
    let inner = |block: &str, actions| read_actions(&format!("{list} {} › {block}", position + 1), actions, depth + 1);
    for (key, value) in fields {
        match value {
            Value::Array(actions) if is_block(&key, &actions) => {
                let actions = inner(&key, actions)?;
                action.blocks.insert(key, actions);
            }
            Value::Array(mut entries) => {
                // The cases of a Switch: a list of dictionaries that hold the lists.
                for (position, entry) in entries.iter_mut().enumerate() {
                    let Some(actions) = entry.as_object_mut().and_then(|entry| entry.remove("Actions")) else { continue };
                    let block = format!("{key}[{position}].Actions");
                    let Value::Array(actions) = actions else {
                        return Err(format!("its {block} are {}, not a list", word(&actions)));
                    };
                    let actions = inner(&block, actions)?;
                    action.blocks.insert(block, actions);
                }
                action.fields.insert(key, Value::Array(entries));
            }
            value if key.ends_with("Actions") => return Err(format!("its {key} are {}, not a list", word(&value))),
            value => {
                action.fields.insert(key, value);
            }
        }
    }
    // On its way to a worker each list of actions costs three levels of JSON.
    let room = DEEPEST - 3 * depth;
    if let Some((key, _)) = action.fields.iter().find(|(_, value)| height(value) > room) {
        return Err(format!("its {key} is nested too deep"));
    }
    Ok(action)
}

/// Levels of JSON that an action may take: as many as a file at the bounds on nesting needs. A dictionary that is wrapped because
/// it looks like another kind counts twice, which those bounds do not know.
const DEEPEST: usize = 3 * MAX_ACTION_DEPTH + (MAX_DEPTH - 2 * MAX_ACTION_DEPTH);

/// Levels of lists and dictionaries.
fn height(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(height).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(height).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Whether a list is one of actions: by its name, or because something in it has an action's type.
fn is_block(key: &str, items: &[Value]) -> bool {
    key.ends_with("Actions") || items.iter().any(|item| item.get("MacroActionType").is_some())
}

/// A text under a key; numbers count as text.
pub(super) fn take_text(dict: &mut Dict, key: &str) -> Result<Option<String>, Problem> {
    match dict.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => text_of(&other).map(Some).ok_or_else(|| format!("its {key} is {}, not a text", word(&other))),
    }
}

/// A switch under a key.
pub(super) fn take_flag(dict: &mut Dict, key: &str) -> Result<Option<bool>, Problem> {
    let Some(value) = dict.remove(key) else { return Ok(None) };
    flag_of(&value).map(Some).ok_or_else(|| format!("its {key} is {}, neither true nor false", word(&value)))
}

/// What a value is, in words.
pub(super) fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("base64") => "data",
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("date") => "a date",
        Value::Object(_) => "a dictionary",
    }
}
