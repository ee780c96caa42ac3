//! What an action could do to the machine if it were run: whether bringing it in is bringing in code.

use serde_json::Value;

use super::{
    data::{Action, Macro},
    place::Place,
    table::action_type,
};

const CODE: &str = "runs code";
const ADDRESS: &str = "opens an address or sends something out";
const FILES: &str = "touches files";

/// Types that run code, reach out, or touch files. What is no known type may do anything.
const DANGEROUS: &[(&str, &[&str])] = &[
    (
        CODE,
        &[
            "AppleScript",
            "ApplyBBEditTextFactory",
            "ApplyTextFactory",
            "CustomPrompt",
            "ExecuteAppleScript",
            "ExecuteAutomatorWorkflow",
            "ExecuteJavaScript",
            "ExecuteJavaScriptForAutomation",
            "ExecuteJavaScriptForCustomPrompt",
            "ExecuteShellScript",
            "ExecuteShortcut",
            "ExecuteSwift",
            "ExecuteSwiftScript",
            "ExecuteWorkflow",
            "PlugIn",
        ],
    ),
    (ADDRESS, &["GetURL", "MailSendMessage", "OpenURL", "RemoteTrigger", "SafariControl", "Search", "SendSMS"]),
    (
        FILES,
        &[
            "AppendToFile",
            "CopyFile",
            "File",
            "GetFileAttribute",
            "NewFolder",
            "Open1File",
            "OpenFinderSelection",
            "ReadFile",
            "ResolveAlias",
            "ScreenCapture",
            "SetClipboardToFileReference",
            "SetFileAttribute",
            "SetFileAttributes",
            "SetFileIcon",
            "WriteFile",
        ],
    ),
];

/// An action that could do harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Danger {
    /// Where it stands, for programs.
    pub path: String,
    /// Its `MacroActionType`.
    pub kind: String,
    /// What it could do.
    pub what: &'static str,
}

/// The actions of a macro that run code, open addresses or touch files: switched off or not, since a switch is soon turned.
#[must_use]
pub fn dangers(definition: &Macro) -> Vec<Danger> {
    let mut found = Vec::new();
    walk(None, "actions", &definition.actions, &mut found);
    found
}

fn walk(parent: Option<&Place<'_>>, block: &str, actions: &[Action], found: &mut Vec<Danger>) {
    for (index, action) in actions.iter().enumerate() {
        let place = Place::new(parent, block, index, action);
        if let Some(what) = danger(action) {
            found.push(Danger { path: place.path(), kind: action.kind.clone(), what });
        }
        for (name, nested) in &action.blocks {
            walk(Some(&place), name, nested, found);
        }
    }
}

fn danger(action: &Action) -> Option<&'static str> {
    if action_type(&action.kind).is_none() {
        return Some("is of a type that nobody here knows");
    }
    let listed = DANGEROUS.iter().find(|(_, kinds)| kinds.contains(&action.kind.as_str())).map(|(what, _)| *what);
    // A condition or a collection may be a script, or look at files, in whatever action it stands.
    let reads = || (action.word("Source") == Some("File")).then_some(FILES);
    listed.or_else(reads).or_else(|| action.fields.values().find_map(within))
}

/// Conditions that run scripts or look at files, and collections of files or of what is in one, at any depth of a field.
fn within(value: &Value) -> Option<&'static str> {
    match value {
        Value::Array(items) => items.iter().find_map(within),
        Value::Object(fields) => {
            let word = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
            match (word("ConditionType"), word("CollectionType"), word("Source")) {
                ("Script", ..) => Some(CODE),
                ("Path", ..) | (_, "Files", _) | (_, _, "File") => Some(FILES),
                _ => fields.values().find_map(within),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{DANGEROUS, dangers};
    use crate::macros::{Macro, table::action_type};

    fn found(actions: &serde_json::Value) -> Vec<(String, &'static str)> {
        let definition = json!({"uid": "A", "name": "A", "group": "G", "enabled": true, "actions": actions});
        let definition: Macro = serde_json::from_value(definition).expect("a macro");
        dangers(&definition).into_iter().map(|danger| (danger.path, danger.what)).collect()
    }

    #[test]
    fn every_dangerous_type_is_one_of_the_table() {
        for kind in DANGEROUS.iter().flat_map(|(_, kinds)| *kinds) {
            assert!(action_type(kind).is_some(), "{kind}");
        }
    }

    #[test]
    fn harm_is_found_wherever_it_hides() {
        let script = json!({"kind": "ExecuteShellScript", "enabled": false, "fields": {"Text": "id"}});
        assert_eq!(found(&json!([script])), [("actions[0]".to_owned(), "runs code")], "also when it is switched off");
        let nested = json!([{"kind": "Group", "enabled": true, "blocks": {"Actions": [script]}}]);
        assert_eq!(found(&nested)[0].0, "actions[0].Actions[0]");
        let condition = json!({"ConditionList": [{"ConditionType": "Script", "Text": "id"}]});
        let asks = json!([{"kind": "IfThenElse", "enabled": true, "fields": {"Conditions": condition}}]);
        assert_eq!(found(&asks), [("actions[0]".to_owned(), "runs code")]);
        let files = json!([{"kind": "For", "enabled": true, "fields": {"Collections": [{"CollectionType": "Files"}]}}]);
        assert_eq!(found(&files)[0].1, "touches files");
        let lines = json!({"CollectionList": [{"CollectionType": "LinesIn", "Source": "File", "Path": "x"}]});
        let reads = json!([{"kind": "For", "enabled": true, "fields": {"Collections": lines}},
            {"kind": "Switch", "enabled": true, "fields": {"Source": "File", "Path": "x"}}]);
        assert_eq!(found(&reads).len(), 2);
        assert_eq!(found(&json!([{"kind": "Novelty", "enabled": true}])).len(), 1);
        assert_eq!(found(&json!([{"kind": "SetVariableToText", "enabled": true, "fields": {"Text": "x"}}])), []);
    }
}
