//! What of a macro a client sees: its description and its arguments.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{super::ToolError, Given, names};
use crate::{
    macros::{Action, Macro},
    util::text::brief,
};

/// Longest description, in characters.
const DESCRIPTION: usize = 600;
/// What a line of the first comment begins with that declares the fields of the trigger value.
const DECLARES: &str = "%TriggerValue%:";
/// The trigger value, anywhere in an action.
const TOKEN: &str = "%TriggerValue%";

/// A macro's face.
pub(super) struct Face {
    /// What it does.
    pub(super) description: String,
    takes: Takes,
}

/// What a macro takes.
enum Takes {
    /// Nothing.
    Nothing,
    /// A text, as its trigger value.
    Parameter,
    /// Fields, as one JSON object in its trigger value.
    Fields(Vec<Field>),
    /// The parameters of a subroutine: arguments with the variables that they go to.
    Variables(BTreeMap<String, String>),
}

/// A declared field.
struct Field {
    name: String,
    /// `string`, `integer`, `number` or `boolean`.
    kind: &'static str,
    required: bool,
}

impl Face {
    pub(super) fn of(definition: &Macro) -> Self {
        let comment = definition.actions.iter().find(|action| action.kind == "Comment");
        let (words, fields) = comment.map(read_comment).unwrap_or_default();
        let variables: BTreeMap<String, String> = definition
            .subroutine()
            .into_iter()
            .flat_map(crate::macros::Trigger::parameters)
            .map(|variable| (argument(&variable), variable))
            .collect();
        let takes = match () {
            () if !variables.is_empty() => Takes::Variables(variables),
            () if !fields.is_empty() => Takes::Fields(fields),
            () if definition.actions.iter().any(uses_token) => Takes::Parameter,
            () => Takes::Nothing,
        };
        let what = format!("Runs the Keyboard Maestro macro “{}”", definition.name);
        let description = if words.is_empty() { format!("{what}.") } else { format!("{words} ({what}.)") };
        Self { description: brief(&description, DESCRIPTION), takes }
    }

    /// JSON Schema of the arguments.
    pub(super) fn schema(&self) -> Map<String, Value> {
        let text = json!({ "type": "string" });
        let mut required = Vec::new();
        let properties: Map<String, Value> = match &self.takes {
            Takes::Nothing => Map::new(),
            Takes::Parameter => {
                let about = json!({ "type": "string", "description": "What the macro sees as its trigger value" });
                Map::from_iter([("parameter".to_owned(), about)])
            }
            Takes::Fields(fields) => {
                required.extend(fields.iter().filter(|field| field.required).map(|field| field.name.clone()));
                fields.iter().map(|field| (field.name.clone(), json!({ "type": field.kind }))).collect()
            }
            Takes::Variables(variables) => variables.keys().map(|name| (name.clone(), text.clone())).collect(),
        };
        let schema = json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
        if let Value::Object(schema) = schema { schema } else { Map::new() }
    }

    /// What a call gives to the macro.
    ///
    /// # Errors
    /// When an argument is unknown, missing or of another type.
    pub(super) fn read(&self, arguments: Value) -> Result<Given, ToolError> {
        let refused = |message: String| ToolError::refused("bad_arguments", message).hint("see the tool's input schema");
        let Value::Object(arguments) = arguments else { return Err(refused("the arguments are no object".to_owned())) };
        let kind = |name: &str| match &self.takes {
            Takes::Parameter if name == "parameter" => Some("string"),
            Takes::Fields(fields) => fields.iter().find(|field| field.name == name).map(|field| field.kind),
            Takes::Variables(variables) if variables.contains_key(name) => Some("string"),
            _ => None,
        };
        for (name, value) in &arguments {
            let fits = match kind(name) {
                None => return Err(refused(format!("unknown field `{name}`"))),
                Some("integer") => value.is_i64() || value.is_u64(),
                Some("number") => value.is_number(),
                Some("boolean") => value.is_boolean(),
                Some(_) => value.is_string(),
            };
            if !fits {
                return Err(refused(format!("{name}: invalid type, expected {}", kind(name).unwrap_or_default())));
            }
        }
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(match &self.takes {
            Takes::Nothing => Given::default(),
            Takes::Parameter => Given { parameter: text("parameter"), ..Given::default() },
            Takes::Fields(fields) => {
                if let Some(missing) = fields.iter().find(|field| field.required && !arguments.contains_key(&field.name)) {
                    return Err(refused(format!("missing field `{}`", missing.name)));
                }
                Given { parameter: Some(Value::Object(arguments).to_string()), ..Given::default() }
            }
            // A parameter that is not given is empty, as for a macro that calls it.
            Takes::Variables(variables) => Given {
                parameter: None,
                variables: variables.iter().map(|(name, variable)| (variable.clone(), text(name).unwrap_or_default())).collect(),
            },
        })
    }
}

/// The argument for a variable: `Local_File name` is `file_name`.
fn argument(variable: &str) -> String {
    let bare = variable.trim_start_matches("Local").trim_start_matches("Instance").trim_start_matches(['_', ' ']);
    let plain = names::plain(if bare.is_empty() { variable } else { bare });
    if plain.is_empty() { "parameter".to_owned() } else { plain }
}

/// What a comment says, and the fields that it declares: a line `%TriggerValue%: name, count (integer), flag (boolean)?`, where `?`
/// stands for what may be left out.
fn read_comment(action: &Action) -> (String, Vec<Field>) {
    let title = action.text("Title").unwrap_or_default();
    let text = action.text("Text").unwrap_or_default();
    let (declared, said): (Vec<&str>, Vec<&str>) = text.lines().map(str::trim).partition(|line| line.starts_with(DECLARES));
    let said = said.join(" ");
    let words = match (title.trim(), said.trim()) {
        ("", said) => said.to_owned(),
        (title, "") => title.to_owned(),
        (title, said) => format!("{}. {said}", title.trim_end_matches('.')),
    };
    let fields = declared.iter().flat_map(|line| line[DECLARES.len()..].split(',')).filter_map(field).collect();
    (words, fields)
}

fn field(declared: &str) -> Option<Field> {
    let declared = declared.trim();
    let (declared, required) = declared.strip_suffix('?').map_or((declared, true), |declared| (declared, false));
    let (name, kind) = match declared.trim().split_once('(') {
        Some((name, kind)) => (name, kind.trim_end_matches(')').trim()),
        None => (declared, "string"),
    };
    let kind = match kind {
        "integer" => "integer",
        "number" => "number",
        "boolean" => "boolean",
        _ => "string",
    };
    let name: String = name.trim().chars().filter(|character| character.is_ascii_alphanumeric() || *character == '_').collect();
    (!name.is_empty()).then_some(Field { name, kind, required })
}

fn uses_token(action: &Action) -> bool {
    fn holds(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains(TOKEN),
            Value::Array(items) => items.iter().any(holds),
            Value::Object(fields) => fields.values().any(holds),
            _ => false,
        }
    }
    // A condition or an input may be the trigger value without a token.
    action.fields.values().any(|value| holds(value) || value == "TriggerValue")
        || action.blocks.values().flatten().any(uses_token)
}
