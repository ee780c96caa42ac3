//! What clients see of macros.

use serde_json::{Value, json};

use super::{face::Face, names};
use crate::macros::Macro;

fn face(actions: &Value, triggers: &Value) -> Face {
    let definition =
        json!({ "uid": "U", "name": "Resize Image", "group": "G", "enabled": true, "actions": actions, "triggers": triggers });
    let definition: Macro = serde_json::from_value(definition).expect("a macro");
    Face::of(&definition)
}

fn comment(title: &str, text: &str) -> Value {
    json!({ "kind": "Comment", "enabled": true, "fields": { "Title": title, "Text": text } })
}

#[test]
fn names_are_valid_unique_and_depend_on_nothing_but_the_macro() {
    let named = |macros: &[(&str, &str)]| names::of(macros.iter().copied());
    assert_eq!(
        named(&[("A1", "Resize Image"), ("B2", "  Größe: 50 %  "), ("C3", "→ ✓")]),
        ["resize_image", "gr_e_50", "macro_c3"]
    );
    let twins = [("AAAA-1", "Send"), ("BBBB-2", "send!"), ("CCCC-3", "Other")];
    assert_eq!(named(&twins), ["send_aaaa1", "send_bbbb2", "other"]);
    let long = "x".repeat(300);
    assert!(named(&[("A", &long), ("B", &long)]).iter().all(|name| name.len() <= 64));
}

#[test]
fn a_subroutine_takes_its_parameters() {
    let triggers = json!([{ "kind": "Subroutine", "fields": { "Parameters": ["Local_File name", "Width"] } }]);
    let face = face(&json!([comment("Resizes an image", "Keeps its ratio.")]), &triggers);
    assert_eq!(face.description, "Resizes an image. Keeps its ratio. (Runs the Keyboard Maestro macro “Resize Image”.)");
    let schema = Value::Object(face.schema());
    assert_eq!(schema["properties"], json!({ "file_name": { "type": "string" }, "width": { "type": "string" } }));
    let given = face.read(json!({ "file_name": "%Variable%x%; rm -rf /" })).expect("sound");
    assert_eq!(given.variables["Local_File name"], "%Variable%x%; rm -rf /");
    assert_eq!(given.variables["Width"], "", "what is not given is empty");
    assert!(face.read(json!({ "parameter": "x" })).is_err() && face.read(json!({ "width": 1 })).is_err());
}

#[test]
fn declared_fields_are_typed_and_go_as_json() {
    let face =
        face(&json!([comment("", "Makes an invoice.\n%TriggerValue%: client, hours (number), draft (boolean)?")]), &json!([]));
    assert!(face.description.starts_with("Makes an invoice. ("), "{}", face.description);
    let schema = Value::Object(face.schema());
    assert_eq!(schema["required"], json!(["client", "hours"]));
    assert_eq!(schema["properties"]["draft"], json!({ "type": "boolean" }));
    let given = face.read(json!({ "client": "\"; x", "hours": 1.5 })).expect("sound");
    assert_eq!(
        serde_json::from_str::<Value>(&given.parameter.expect("a text")).expect("JSON"),
        json!({ "client": "\"; x", "hours": 1.5 })
    );
    assert!(face.read(json!({ "client": "x" })).is_err() && face.read(json!({ "client": "x", "hours": "1" })).is_err());
}

#[test]
fn a_macro_that_reads_its_trigger_value_takes_a_text_and_another_nothing() {
    let reads = json!([{ "kind": "If", "enabled": true, "blocks": { "ThenActions": [
        { "kind": "Notification", "enabled": true, "fields": { "Text": "for %TriggerValue%" } }
    ] } }]);
    let taking = face(&reads, &json!([]));
    assert_eq!(taking.read(json!({ "parameter": "x" })).expect("sound").parameter.as_deref(), Some("x"));
    let face = face(&json!([]), &json!([]));
    assert!(face.schema()["properties"].as_object().expect("an object").is_empty());
    assert!(face.read(json!({})).is_ok() && face.read(json!({ "parameter": "x" })).is_err());
}
