//! From a property list's values to groups of macros.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    super::data::{Action, Group, Macro, Trigger, flag_of, text_of},
    MAX_ACTION_DEPTH, ReadError,
};

type Dict = Map<String, Value>;

/// Namespace of the identifiers made for macros that have none; fixed for ever, or saved references break.
const NAMESPACE: Uuid = Uuid::from_u128(0x9d1c_6f2e_54b7_4c39_8a10_3e77_b2d4_c561);

/// All groups of a file, whatever shape it has.
pub(super) fn groups(value: Value) -> Result<Vec<Group>, ReadError> {
    let items = match value {
        Value::Array(items) => items,
        Value::Object(mut top) => match (top.remove("MacroGroups"), top.remove("Items")) {
            (Some(Value::Array(groups)), _) => groups,
            (_, Some(Value::Array(items))) => items,
            _ if top.contains_key("Macros") || top.contains_key("Actions") => {
                vec![Value::Object(top)]
            }
            _ => {
                return Err(shape("a dictionary without MacroGroups, Items, Macros or Actions"));
            }
        },
        _ => return Err(shape("neither a list nor a dictionary")),
    };
    let mut groups = Vec::new();
    let mut loose = Vec::new();
    for (position, item) in items.into_iter().enumerate() {
        let Value::Object(dict) = item else {
            return Err(shape(&format!("entry {position} is no dictionary")));
        };
        if dict.contains_key("Actions") && !dict.contains_key("Macros") {
            loose.push(Value::Object(dict));
        } else {
            groups.push(group(dict)?);
        }
    }
    if !loose.is_empty() {
        let mut dict = Dict::new();
        dict.insert("Name".into(), "Macros".into());
        dict.insert("Macros".into(), Value::Array(loose));
        groups.push(group(dict)?);
    }
    Ok(groups)
}

fn shape(found: &str) -> ReadError {
    ReadError::Shape(format!("a property list, but no macro library: {found}"))
}

fn group(mut dict: Dict) -> Result<Group, ReadError> {
    let name = take_text(&mut dict, "Name").unwrap_or_default();
    let uid = take_uid(&mut dict).unwrap_or_else(|| made_uid(&["group", &name]));
    let enabled = take_flag(&mut dict, "IsActive").unwrap_or(true);
    // A smart group has search strings instead of macros.
    let macros = match dict.remove("Macros") {
        Some(Value::Array(macros)) => macros,
        None => Vec::new(),
        Some(_) => return Err(shape(&format!("the macros of group “{name}” are no list"))),
    };
    let read = |(position, value)| match value {
        Value::Object(dict) => read_macro(dict, &name, enabled, position),
        _ => Err(shape(&format!("macro {position} of group “{name}” is no dictionary"))),
    };
    let macros = macros.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(Group { uid, name, enabled, macros })
}

fn read_macro(mut dict: Dict, group: &str, group_enabled: bool, position: usize) -> Result<Macro, ReadError> {
    let name = take_text(&mut dict, "Name").unwrap_or_default();
    let uid = take_uid(&mut dict).unwrap_or_else(|| made_uid(&["macro", group, &name, &position.to_string()]));
    let enabled = group_enabled && take_flag(&mut dict, "IsActive").unwrap_or(true);
    let actions = match dict.remove("Actions") {
        Some(Value::Array(actions)) => read_actions(actions, 1)?,
        None => Vec::new(),
        Some(_) => return Err(shape(&format!("the actions of macro “{name}” are no list"))),
    };
    let triggers = match dict.remove("Triggers") {
        Some(Value::Array(triggers)) => triggers.into_iter().filter_map(trigger).collect(),
        _ => Vec::new(),
    };
    Ok(Macro { uid, name, group: group.to_owned(), enabled, actions, triggers })
}

fn trigger(value: Value) -> Option<Trigger> {
    let Value::Object(mut fields) = value else {
        return None;
    };
    let kind = take_text(&mut fields, "MacroTriggerType")?;
    Some(Trigger { kind, fields })
}

fn read_actions(actions: Vec<Value>, depth: usize) -> Result<Vec<Action>, ReadError> {
    if depth > MAX_ACTION_DEPTH {
        return Err(ReadError::Limit { what: "actions are nested too deep", limit: MAX_ACTION_DEPTH });
    }
    let read = |value| match value {
        Value::Object(dict) => read_action(dict, depth),
        _ => Err(shape("an action is no dictionary")),
    };
    actions.into_iter().map(read).collect()
}

fn read_action(mut fields: Dict, depth: usize) -> Result<Action, ReadError> {
    let kind = take_text(&mut fields, "MacroActionType").unwrap_or_default();
    let name = take_text(&mut fields, "ActionName").filter(|name| !name.is_empty());
    let enabled = take_flag(&mut fields, "IsActive").unwrap_or(true);
    let mut action = Action { kind, name, enabled, fields: Dict::new(), blocks: std::collections::BTreeMap::new() };
    for (key, mut value) in fields {
        if is_block(&key, &value) {
            let Value::Array(actions) = value else {
                continue;
            };
            action.blocks.insert(key, read_actions(actions, depth + 1)?);
            continue;
        }
        if let Value::Array(entries) = &mut value {
            // The cases of a Switch: a list of dictionaries that hold the lists.
            for (position, entry) in entries.iter_mut().enumerate() {
                if let Some(Value::Array(actions)) = entry.as_object_mut().and_then(|entry| entry.remove("Actions")) {
                    action.blocks.insert(format!("{key}[{position}].Actions"), read_actions(actions, depth + 1)?);
                }
            }
        }
        action.fields.insert(key, value);
    }
    Ok(action)
}

/// Whether a field is a list of actions. An empty list is one by its name.
fn is_block(key: &str, value: &Value) -> bool {
    let Value::Array(items) = value else {
        return false;
    };
    match items.first() {
        Some(Value::Object(first)) => first.contains_key("MacroActionType"),
        Some(_) => false,
        None => key.ends_with("Actions"),
    }
}

fn take_text(dict: &mut Dict, key: &str) -> Option<String> {
    dict.remove(key).and_then(|value| match value {
        Value::String(text) => Some(text),
        value => text_of(&value),
    })
}

fn take_flag(dict: &mut Dict, key: &str) -> Option<bool> {
    dict.remove(key).and_then(|value| flag_of(&value))
}

fn take_uid(dict: &mut Dict) -> Option<String> {
    take_text(dict, "UID").map(|uid| uid.trim().to_uppercase()).filter(|uid| !uid.is_empty())
}

fn made_uid(parts: &[&str]) -> String {
    // A separator that no name holds keeps ("a", "bc") and ("ab", "c") apart.
    Uuid::new_v5(&NAMESPACE, parts.join("\u{0}").as_bytes()).to_string().to_uppercase()
}
