//! The arguments of a tool of the user's own: their schema, and from JSON to the texts that fill its command.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use fancy_regex::Regex;
use serde_json::{Map, Value, json};

use super::{super::ToolError, Given, Text};
use crate::config::{Argument, ArgumentType};

/// All arguments of a tool, with their patterns made.
pub(super) struct Arguments(BTreeMap<String, (Argument, Option<Regex>)>);

fn refused(message: String) -> ToolError {
    ToolError::refused("bad_arguments", message).hint("see the tool's input schema")
}

impl Arguments {
    /// Those of the settings.
    ///
    /// # Errors
    /// In words, when a pattern is wrong, or a default is none that the argument could be.
    pub(super) fn of(settings: &BTreeMap<String, Argument>) -> Result<Self, String> {
        let mut arguments = BTreeMap::new();
        for (name, argument) in settings {
            let pattern = argument.pattern.as_ref().map(|pattern| Regex::new(&format!(r"\A(?:{pattern})\z")));
            let pattern = pattern.transpose().map_err(|error| format!("the pattern of \"{name}\": {error}"))?;
            arguments.insert(name.clone(), (argument.clone(), pattern));
        }
        let arguments = Self(arguments);
        for (name, (argument, pattern)) in &arguments.0 {
            // Whether a path is there is known only when it is asked for.
            if let Some(default) = argument.default.as_ref().filter(|_| argument.r#type != ArgumentType::Path) {
                text(name, argument, pattern.as_ref(), default).map_err(|error| format!("the default: {error}"))?;
            }
        }
        Ok(arguments)
    }

    /// Their JSON Schema.
    pub(super) fn schema(&self) -> Map<String, Value> {
        let properties: Map<String, Value> =
            self.0.iter().map(|(name, (argument, _))| (name.clone(), property(argument))).collect();
        let required: Vec<&String> = self.0.iter().filter(|(_, (argument, _))| argument.required).map(|(name, _)| name).collect();
        let schema = json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
        if let Value::Object(schema) = schema { schema } else { Map::new() }
    }

    /// The texts of a call's arguments.
    ///
    /// # Errors
    /// When one is missing, unknown, or not as its settings want it.
    pub(super) fn read(&self, arguments: Value) -> Result<Given, ToolError> {
        let Value::Object(mut arguments) = arguments else { return Err(refused("the arguments are no object".to_owned())) };
        let mut given = Given::new();
        for (name, (argument, pattern)) in &self.0 {
            let value = arguments.remove(name).filter(|value| !value.is_null());
            let Some(value) = value.as_ref().or(argument.default.as_ref()) else {
                if argument.required {
                    return Err(refused(format!("missing field `{name}`")));
                }
                continue;
            };
            if let Some(text) = text(name, argument, pattern.as_ref(), value)? {
                given.insert(name.clone(), text);
            }
        }
        match arguments.keys().next() {
            Some(unknown) => Err(refused(format!("unknown field `{unknown}`"))),
            None => Ok(given),
        }
    }
}

fn property(argument: &Argument) -> Value {
    let Argument { min, max, .. } = argument;
    let number = |value: f64| if value.fract() == 0.0 { json!(whole(value)) } else { json!(value) };
    let bounds = |schema: &mut Value, least: &str, most: &str| {
        if let Some(min) = min {
            schema[least] = number(*min);
        }
        if let Some(max) = max {
            schema[most] = number(*max);
        }
    };
    let mut schema = match argument.r#type {
        ArgumentType::String | ArgumentType::Path => json!({ "type": "string" }),
        ArgumentType::Integer => json!({ "type": "integer" }),
        ArgumentType::Number => json!({ "type": "number" }),
        ArgumentType::Boolean => json!({ "type": "boolean" }),
        ArgumentType::Enum => json!({ "type": "string", "enum": argument.values }),
        ArgumentType::Array => json!({ "type": "array", "items": { "type": word(argument.items) } }),
    };
    match argument.r#type {
        ArgumentType::String => bounds(&mut schema, "minLength", "maxLength"),
        ArgumentType::Integer | ArgumentType::Number => bounds(&mut schema, "minimum", "maximum"),
        ArgumentType::Array => bounds(&mut schema, "minItems", "maxItems"),
        _ => {}
    }
    if !argument.description.is_empty() {
        schema["description"] = json!(argument.description);
    }
    if let Some(pattern) = argument.pattern.as_ref() {
        let pattern = json!(format!("^(?:{pattern})$"));
        if argument.r#type == ArgumentType::Array { schema["items"]["pattern"] = pattern } else { schema["pattern"] = pattern }
    }
    if let Some(default) = &argument.default {
        schema["default"] = default.clone();
    }
    schema
}

/// A bound without a fraction, as the whole number that it is.
#[expect(clippy::cast_possible_truncation, reason = "a cast of floats saturates, and nobody counts so far")]
fn whole(value: f64) -> i64 {
    value as i64
}

fn word(items: ArgumentType) -> &'static str {
    match items {
        ArgumentType::Integer => "integer",
        ArgumentType::Number => "number",
        _ => "string",
    }
}

/// What a value fills in; nothing for an empty array and for a boolean that leaves its element out.
fn text(name: &str, argument: &Argument, pattern: Option<&Regex>, value: &Value) -> Result<Option<Text>, ToolError> {
    let bounded = |what: &str, number: f64| {
        let low = argument.min.is_some_and(|min| number < min);
        let high = argument.max.is_some_and(|max| number > max);
        let range = match (argument.min, argument.max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("{min} or more"),
            (None, max) => format!("{} or less", max.unwrap_or_default()),
        };
        if low || high { Err(refused(format!("{name}: {what} {number}; it must be {range}"))) } else { Ok(()) }
    };
    let own = |text: String| Some(Text { text, may_begin_with_dash: argument.may_begin_with_dash });
    Ok(match argument.r#type {
        ArgumentType::String => {
            let text = scalar(name, ArgumentType::String, value)?;
            bounded("its length is", text.chars().count() as f64)?;
            matches(name, pattern, &text)?;
            own(text)
        }
        kind @ (ArgumentType::Integer | ArgumentType::Number) => {
            let text = scalar(name, kind, value)?;
            bounded("it is", value.as_f64().unwrap_or_default())?;
            own(text)
        }
        ArgumentType::Boolean => {
            let yes = value.as_bool().ok_or_else(|| wrong(name, "true or false"))?;
            match &argument.when_true {
                // Its words are the settings' own.
                Some(words) => yes.then(|| Text { text: words.clone(), may_begin_with_dash: true }),
                None => own(yes.to_string()),
            }
        }
        ArgumentType::Enum => {
            let text = scalar(name, ArgumentType::String, value)?;
            if !argument.values.contains(&text) {
                return Err(refused(format!("{name}: it is none of {}", argument.values.join(", "))));
            }
            // Neither these.
            Some(Text { text, may_begin_with_dash: true })
        }
        ArgumentType::Array => {
            let items = value.as_array().ok_or_else(|| wrong(name, "a list"))?;
            bounded("the number of its items is", items.len() as f64)?;
            let mut texts = Vec::with_capacity(items.len());
            for item in items {
                let text = scalar(name, argument.items, item)?;
                matches(name, pattern, &text)?;
                if !argument.separator.is_empty() && text.contains(&argument.separator) {
                    return Err(refused(format!("{name}: an item holds \"{}\", which stands between items", argument.separator)));
                }
                texts.push(text);
            }
            if texts.is_empty() { None } else { own(texts.join(&argument.separator)) }
        }
        ArgumentType::Path => {
            let path = scalar(name, ArgumentType::String, value)?;
            matches(name, pattern, &path)?;
            let root = argument.root.as_ref().ok_or_else(|| wrong(name, "a path, and its settings name no root"))?;
            own(inside(root, &path).map_err(|problem| refused(format!("{name}: {problem}")))?)
        }
    })
}

fn wrong(name: &str, wanted: &str) -> ToolError {
    refused(format!("{name}: invalid type, expected {wanted}"))
}

fn scalar(name: &str, kind: ArgumentType, value: &Value) -> Result<String, ToolError> {
    match (kind, value) {
        (ArgumentType::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        (ArgumentType::Integer, _) => Err(wrong(name, "a whole number")),
        (ArgumentType::Number, Value::Number(number)) => Ok(number.to_string()),
        (ArgumentType::Number, _) => Err(wrong(name, "a number")),
        (_, Value::String(text)) if text.contains('\0') => Err(refused(format!("{name}: it has a zero byte"))),
        (_, Value::String(text)) => Ok(text.clone()),
        _ => Err(wrong(name, "a text")),
    }
}

fn matches(name: &str, pattern: Option<&Regex>, text: &str) -> Result<(), ToolError> {
    match pattern.map(|pattern| pattern.is_match(text)) {
        None | Some(Ok(true)) => Ok(()),
        Some(_) => Err(refused(format!("{name}: it does not match the pattern of the schema"))),
    }
}

/// A path inside a root, all links of what is there followed. The program opens it itself, later: who may swap folders in the root
/// meanwhile may lead it elsewhere.
fn inside(root: &Path, path: &str) -> Result<String, String> {
    let outside = || "it leads out of its folder".to_owned();
    let real = root.canonicalize().map_err(|error| format!("its folder cannot be opened: {error}"))?;
    let path = Path::new(path);
    let path = if path.is_absolute() {
        path.strip_prefix(root).or_else(|_| path.strip_prefix(&real)).map_err(|_| outside())?
    } else {
        path
    };
    if path.components().any(|component| !matches!(component, Component::Normal(_) | Component::CurDir)) {
        return Err(outside());
    }
    let whole: PathBuf = real.join(path).components().collect();
    let mut there = whole.as_path();
    loop {
        // A link that leads nowhere is there, too.
        if there.symlink_metadata().is_ok() {
            let followed = there.canonicalize().map_err(|_| outside())?;
            return if followed.starts_with(&real) { shown(&whole) } else { Err(outside()) };
        }
        there = there.parent().ok_or_else(outside)?;
    }
}

fn shown(path: &Path) -> Result<String, String> {
    path.to_str().map(str::to_owned).ok_or_else(|| "it is not UTF-8".to_owned())
}
