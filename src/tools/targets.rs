//! Which macros use what the settings limit: an application that does one thing at a time, a group, a macro.

use std::sync::Arc;

use serde_json::Value;

use crate::{library::Entry, macros::Action};

/// Those of the names that are limited under which a macro falls.
pub(super) fn of(entry: &Entry, limited: &[Arc<str>]) -> Vec<Arc<str>> {
    limited.iter().filter(|target| uses(entry, target)).cloned().collect()
}

/// Whether a macro falls under the limit of this name: its own name or UUID, its group's name, or an application that one of its
/// actions names or scripts. Upper and lower case are the same.
fn uses(entry: &Entry, target: &str) -> bool {
    let is = |name: &str| name.eq_ignore_ascii_case(target);
    is(&entry.name) || is(&entry.uid) || is(&entry.group) || any_names(&entry.definition.actions, target)
}

fn any_names(actions: &[Action], target: &str) -> bool {
    actions.iter().filter(|action| action.enabled).any(|action| {
        action.fields.iter().any(|(key, value)| names(key, value, target))
            || action.blocks.values().any(|block| any_names(block, target))
    })
}

fn names(key: &str, value: &Value, target: &str) -> bool {
    match value {
        Value::String(text) if matches!(key, "Name" | "BundleIdentifier" | "TargetApplication") => {
            text.eq_ignore_ascii_case(target)
        }
        Value::String(text) => scripts(text, target),
        Value::Object(fields) if key.contains("Application") => fields.iter().any(|(key, value)| names(key, value, target)),
        Value::Object(fields) => fields.iter().any(|(key, value)| key != "Name" && names(key, value, target)),
        Value::Array(items) => items.iter().any(|item| names("", item, target)),
        _ => false,
    }
}

/// Whether a script speaks to the application, in AppleScript or JavaScript.
fn scripts(text: &str, target: &str) -> bool {
    let text = text.to_lowercase();
    let target = target.to_lowercase();
    [format!("application \"{target}\""), format!("application(\"{target}\")"), format!("application('{target}')")]
        .iter()
        .any(|call| text.contains(call))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use serde_json::json;

    use super::*;
    use crate::{
        library::GroupHead,
        macros::{Group, Macro, Profile, Targeting},
    };

    fn entry(fields: &Value) -> Entry {
        let fields = fields.as_object().expect("an object").clone();
        let inner = Action { kind: "Any".into(), name: None, enabled: true, fields, blocks: BTreeMap::new() };
        let blocks = BTreeMap::from([("ThenActions".to_owned(), vec![inner])]);
        let outer = Action { kind: "If".into(), name: None, enabled: true, fields: serde_json::Map::new(), blocks };
        let group = Group {
            uid: "5A3B1C00-6B6D-4F70-8000-000000000002".into(),
            name: "Files".into(),
            enabled: true,
            targeting: Targeting::default(),
            activation: None,
            macros: Vec::new(),
        };
        let tidy = Macro {
            uid: "5A3B1C00-6B6D-4F70-8000-000000000001".into(),
            name: "Tidy".into(),
            group: "Files".into(),
            enabled: true,
            actions: vec![outer],
            triggers: Vec::new(),
        };
        Entry::new(tidy, &Arc::new(GroupHead::new(&group, &Arc::from(Path::new("files.kmmacros")))), &Profile::default())
    }

    #[test]
    fn by_name_group_application_and_script() {
        let plain = entry(&json!({}));
        assert!(uses(&plain, "tidy") && uses(&plain, "FILES") && uses(&plain, "5a3b1c00-6b6d-4f70-8000-000000000001"));
        assert!(!uses(&plain, "Finder"));
        for fields in [
            json!({ "Application": { "Name": "Finder", "BundleIdentifier": "com.apple.finder" } }),
            json!({ "Text": "tell application \"Finder\" to beep" }),
            json!({ "Source": "Application('Finder').activate()" }),
        ] {
            assert!(uses(&entry(&fields), "finder"), "{fields}");
        }
        for fields in [json!({ "Text": "Finder" }), json!({ "Variable": { "Name": "Finder" } })] {
            assert!(!uses(&entry(&fields), "Finder"), "{fields}");
        }
    }
}
