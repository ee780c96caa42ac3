//! JSON Schemas for clients: as schemars makes them, less what makes clients warn or costs tokens for nothing.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The schema of arguments. An optional one may be left out; that it may be null as well is not worth a word.
pub(super) fn input<T: JsonSchema>() -> Map<String, Value> {
    of::<T>(|object| {
        if let Some(kind) = nullable(object) {
            object.insert("type".into(), kind);
        }
    })
}

/// The schema of an answer, in which null is what stands for an unknown number. `type` is never a list: clients that map schemas
/// onto a dialect with single types refuse one. That a count is not negative and fits its integer type is not worth a word either.
pub(super) fn output<T: JsonSchema>() -> Map<String, Value> {
    let mut schema = of::<T>(|object| {
        let is_count = object.get("type").is_some_and(|kind| kind == "integer" || nullable_is(kind, "integer"));
        if is_count && object.get("minimum") == Some(&json!(0)) {
            object.remove("minimum");
            object.remove("maximum");
        }
        let Some(kind) = nullable(object) else { return };
        let description = object.remove("description");
        let mut known = std::mem::take(object);
        known.insert("type".into(), kind);
        object.extend(description.map(|words| ("description".to_owned(), words)));
        object.insert("anyOf".into(), json!([known, { "type": "null" }]));
    });
    // Models read the list of tools; docs/tools.md has all the words.
    for (long, deepest) in [(LONG, 1), (VERY_LONG, 0)] {
        if serde_json::to_string(&schema).map_or(0, |text| text.len()) > long {
            let mut whole = Value::Object(schema);
            forget_words(&mut whole, 0, deepest);
            schema = if let Value::Object(schema) = whole { schema } else { Map::new() };
        }
    }
    schema
}

/// The schema of an answer of more bytes has words for the answer's own members only.
const LONG: usize = 600;
/// One that is longer even then has none.
const VERY_LONG: usize = 1_200;

/// Takes the words of all parts that stand deeper than this: 1 is where the answer's own members are.
fn forget_words(part: &mut Value, depth: usize, deepest: usize) {
    match part {
        Value::Object(object) => {
            if depth > deepest {
                object.remove("description");
            }
            for (name, inner) in object.iter_mut() {
                match inner {
                    Value::Object(members) if name == "properties" => {
                        members.values_mut().for_each(|member| forget_words(member, depth + 1, deepest));
                    }
                    inner => forget_words(inner, depth, deepest),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| forget_words(item, depth, deepest)),
        _ => {}
    }
}

/// The single type of a schema whose `type` is that or null.
fn nullable(object: &Map<String, Value>) -> Option<Value> {
    let kinds = object.get("type")?.as_array()?;
    match kinds.as_slice() {
        [kind, null] | [null, kind] if null == "null" => Some(kind.clone()),
        _ => None,
    }
}

/// Whether a list of types is this one or null.
fn nullable_is(kinds: &Value, wanted: &str) -> bool {
    kinds.as_array().is_some_and(|kinds| kinds.len() == 2 && kinds.contains(&wanted.into()) && kinds.contains(&"null".into()))
}

/// The schema of a type that is a JSON object, each part of it changed by `polish`.
fn of<T: JsonSchema>(polish: impl Fn(&mut Map<String, Value>)) -> Map<String, Value> {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    walk(&mut schema, &polish);
    let Value::Object(mut object) = schema else { return Map::new() };
    object.remove("$schema");
    object.remove("title");
    object.remove("description");
    // Clients take arguments and structured answers for objects only, and say so of a schema without the word.
    object.entry("type").or_insert_with(|| "object".into());
    object.entry("properties").or_insert_with(|| Map::new().into());
    object
}

/// Takes out number formats such as `uint64`, which are no part of the standard, and polishes every part.
fn walk(value: &mut Value, polish: &impl Fn(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|part| walk(part, polish));
            // Only next to a type is it a keyword: a property may be called so too.
            if object.contains_key("type") && object.get("format").is_some_and(Value::is_string) {
                object.remove("format");
            }
            polish(object);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, polish)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Example {
        /// How many.
        count: u64,
        format: Option<String>,
        share: f64,
    }

    #[test]
    fn formats_go_and_a_property_of_that_name_stays() {
        let schema = input::<Example>();
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["properties"]["count"]["description"], "How many.");
        assert!(schema["properties"]["count"].get("format").is_none());
        assert!(schema["properties"]["share"].get("format").is_none());
        assert!(!schema.contains_key("$schema"));
    }

    #[test]
    fn a_count_of_an_answer_has_no_bounds_and_that_of_an_argument_has() {
        assert_eq!(output::<Example>()["properties"]["count"], json!({ "type": "integer", "description": "How many." }));
        assert_eq!(input::<Example>()["properties"]["count"]["minimum"], 0);
    }

    #[test]
    fn an_optional_argument_has_one_type_and_an_unknown_answer_is_null() {
        assert_eq!(input::<Example>()["properties"]["format"], json!({ "type": "string" }));
        assert_eq!(output::<Example>()["properties"]["format"], json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }));
    }
}
