//! JSON Schemas for clients: as schemars makes them, less what makes clients warn or costs tokens for nothing.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

/// The schema of a type that is a JSON object.
pub(super) fn of<T: JsonSchema>() -> Map<String, Value> {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    strip(&mut schema);
    let Value::Object(mut object) = schema else { return Map::new() };
    object.remove("$schema");
    object.remove("title");
    object.remove("description");
    // Clients take arguments and structured answers for objects only, and say so of a schema without the word.
    object.entry("type").or_insert_with(|| "object".into());
    object.entry("properties").or_insert_with(|| Map::new().into());
    object
}

/// Takes out number formats such as `uint64`, which are no part of the standard.
fn strip(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // Only next to a type is it a keyword: a property may be called so too.
            if object.contains_key("type") && object.get("format").is_some_and(Value::is_string) {
                object.remove("format");
            }
            object.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
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
        let schema = of::<Example>();
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["properties"]["count"]["description"], "How many.");
        assert!(schema["properties"]["count"].get("format").is_none());
        assert!(schema["properties"]["share"].get("format").is_none());
        assert!(schema["properties"].get("format").is_some());
        assert!(!schema.contains_key("$schema"));
    }
}
