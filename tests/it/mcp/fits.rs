//! As much of JSON Schema as the tools' schemas use.

use serde_json::{Value, json};

/// Where a value does not fit its schema.
pub(super) fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, value, "", &mut found);
    found
}

fn check(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if schema.as_bool().is_some() {
        return;
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    if !types.is_empty() && !types.iter().any(|wanted| is(wanted.as_str().unwrap(), value)) {
        found.push(format!("{path}: {value} is none of {types:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{path}: {value} is none of {words:?}"));
    }
    let choices = ["anyOf", "oneOf"].iter().filter_map(|word| schema[*word].as_array());
    for choices in choices {
        if choices.iter().all(|choice| !misfits(choice, value).is_empty()) {
            found.push(format!("{path}: {value} fits no choice"));
        }
    }
    if let Value::Object(members) = value {
        let required = schema["required"].as_array().into_iter().flatten();
        let missing = required.filter(|name| !members.contains_key(name.as_str().unwrap()));
        found.extend(missing.map(|name| format!("{path}: {name} is missing")));
        for (name, member) in members {
            match schema["properties"].get(name) {
                Some(inner) => check(inner, member, &format!("{path}/{name}"), found),
                None if schema["properties"].is_object() && !types.is_empty() => {
                    found.push(format!("{path}: {name} is in no schema"));
                }
                None => {}
            }
        }
    }
    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
        check(schema.get("items").unwrap_or(&json!(true)), item, &format!("{path}/{at}"), found);
    }
}

fn is(wanted: &str, value: &Value) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("{other} is no type"),
    }
}

#[test]
fn what_does_not_fit_is_found() {
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": ["string", "null"] },
            "rows": { "type": "array", "items": { "anyOf": [{ "type": "integer" }, { "enum": ["-"] }] } },
        },
    });
    assert_eq!(misfits(&schema, &json!({ "name": null, "rows": [1, "-"] })), Vec::<String>::new());
    for bad in [json!([]), json!({}), json!({ "name": 1 }), json!({ "name": "", "rows": ["x"] }), json!({ "name": "", "x": 1 })] {
        assert_eq!(misfits(&schema, &bad).len(), 1, "{bad}: {:?}", misfits(&schema, &bad));
    }
}
