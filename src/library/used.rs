//! The variables that a macro uses, as far as its text tells.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{entry::Entry, index::Index};
use crate::macros::{
    Action, Macro,
    variables::{is_name, split_element},
};

impl Index {
    /// The macros that use a variable, whatever its case.
    #[must_use]
    pub fn users_of_variable(&self, name: &str) -> Vec<Arc<Entry>> {
        let wanted = name.trim().to_lowercase();
        let uses = |entry: &&Arc<Entry>| variables_used(&entry.definition).iter().any(|used| used.to_lowercase() == wanted);
        self.macros.iter().filter(uses).cloned().collect()
    }
}

/// The variables that a macro's actions name: in fields for variables, in tokens, in calculations, and in scripts by `KMVAR_…` and
/// `getvariable`/`setvariable`. By name without regard to case, each once, as it is written first. Names that are put together
/// while the macro runs cannot be known.
#[must_use]
pub fn variables_used(definition: &Macro) -> Vec<String> {
    let mut used = Used::default();
    used.actions(&definition.actions);
    used.names.into_values().collect()
}

/// Fields that hold a calculation, whatever the action.
const CALCULATIONS: [&str; 6] = ["Time", "Seconds", "CountExpression", "StartExpression", "EndExpression", "Count"];
/// Words of calculations that are no variables.
const WORDS: [&str; 10] = ["MOD", "AND", "OR", "NOT", "XOR", "TRUE", "FALSE", "PI", "NOW", "SCREENCOUNT"];

#[derive(Default)]
struct Used {
    /// By the name in lower case.
    names: BTreeMap<String, String>,
}

impl Used {
    fn actions(&mut self, actions: &[Action]) {
        for action in actions {
            for (key, value) in &action.fields {
                let calculation =
                    CALCULATIONS.contains(&key.as_str()) || (action.kind == "SetVariableToCalculation" && key == "Text");
                self.value(key, value, calculation);
            }
            action.blocks.values().for_each(|block| self.actions(block));
        }
    }

    fn value(&mut self, key: &str, value: &Value, calculation: bool) {
        match value {
            Value::String(text) => {
                if key.ends_with("Variable") {
                    self.name(text);
                }
                self.text(text);
                if calculation {
                    self.calculation(text);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.value(key, item, false)),
            Value::Object(fields) if !fields.contains_key("base64") => {
                let condition = fields.get("ConditionType").and_then(Value::as_str) == Some("Calculation");
                for (key, value) in fields {
                    self.value(key, value, (condition && key == "Text") || CALCULATIONS.contains(&key.as_str()));
                }
            }
            _ => {}
        }
    }

    fn name(&mut self, text: &str) {
        let (name, _) = split_element(text.trim());
        if is_name(name) {
            self.names.entry(name.to_lowercase()).or_insert_with(|| name.to_owned());
        }
    }

    /// Names in tokens and scripts.
    fn text(&mut self, text: &str) {
        if text.contains('%') {
            let parts: Vec<&str> = text.split('%').collect();
            for (position, part) in parts.iter().enumerate().skip(1) {
                let named = parts[position - 1].eq_ignore_ascii_case("Variable");
                if named || (position + 1 < parts.len() && is_short_form(part)) {
                    self.name(part);
                }
            }
        }
        for (_, rest) in text.match_indices("KMVAR_").map(|(at, mark)| (at, &text[at + mark.len()..])) {
            let end = rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len());
            self.name(&rest[..end]);
        }
        for call in ["getvariable", "setvariable"] {
            for (at, mark) in text.match_indices(call) {
                let rest = text[at + mark.len()..].trim_start_matches([' ', '(']);
                let name = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
                if let Some((name, _)) = name {
                    self.name(name);
                }
            }
        }
    }

    /// Names in a calculation: words of letters, digits, underscores and spaces that no bracket makes a function.
    fn calculation(&mut self, text: &str) {
        let is_word = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | ' ');
        let mut rest = text;
        while let Some(start) = rest.find(char::is_alphabetic) {
            let word = &rest[start..];
            let end = word.find(|sign| !is_word(sign)).unwrap_or(word.len());
            let (name, after) = word.split_at(end);
            // In `%Variable%Name%` and the like, tokens are looked at elsewhere.
            let token = rest[..start].ends_with('%') || after.starts_with('%');
            let function = after.starts_with('(');
            for name in parted(name, function) {
                if !token {
                    self.name(name);
                }
            }
            rest = after;
        }
    }
}

/// A run of words without the operators between them, and without the function at its end.
fn parted(words: &str, function: bool) -> Vec<&str> {
    let mut parts = vec![words];
    for word in WORDS {
        parts = parts.into_iter().flat_map(|part| split_at_word(part, word)).collect();
    }
    if function && let Some(last) = parts.last_mut() {
        *last = last.trim_end().rsplit_once(' ').map_or("", |(before, _)| before);
    }
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn split_at_word<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(found) = text[from..].find(word) {
        let (at, end) = (from + found, from + found + word.len());
        let free = |sign: Option<char>| sign.is_none_or(|sign| sign == ' ');
        if free(text[..at].chars().next_back()) && free(text[end..].chars().next()) {
            parts.push(&text[start..at]);
            start = end;
        }
        from = end;
    }
    parts.push(&text[start..]);
    parts
}

/// Whether a token may be the short form of a variable: `%LocalName%`.
fn is_short_form(token: &str) -> bool {
    let lower = token.to_lowercase();
    (lower.starts_with("local") || lower.starts_with("instance")) && is_name(split_element(token).0)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::variables_used;
    use crate::macros::{Action, Macro};

    fn used(kind: &str, fields: Value) -> String {
        let Value::Object(fields) = fields else { return String::new() };
        let inner = Action { kind: kind.into(), name: None, enabled: true, fields, blocks: std::collections::BTreeMap::new() };
        let blocks = [("Actions".to_owned(), vec![inner])].into();
        let group = Action { kind: "Group".into(), name: None, enabled: true, fields: Map::new(), blocks };
        let definition = Macro {
            uid: "U".into(),
            name: "N".into(),
            group: "G".into(),
            enabled: true,
            actions: vec![group],
            triggers: Vec::new(),
        };
        variables_used(&definition).join(", ")
    }

    #[test]
    fn variables_are_found_wherever_they_are_named() {
        let cases = [
            (
                "SetVariableToText",
                json!({"Variable": "Name", "Text": "%Variable%First Name[2]% %ICUDateTime%HH:mm% 5%"}),
                "First Name, Name",
            ),
            ("SetVariableToText", json!({"Variable": "A", "Text": "%LocalPath% %variable%a%"}), "a, LocalPath"),
            (
                "SetVariableToCalculation",
                json!({"Variable": "N", "Text": "Time in Minutes * 60 + MAX(B, C2) MOD D_e"}),
                "B, C2, D_e, N, Time in Minutes",
            ),
            ("SetVariableToCalculation", json!({"Text": "A MOD FLOOR(2) + %Variable%Z% AND MODE"}), "A, MODE, Z"),
            ("Repeat", json!({"CountExpression": "Rounds + 1"}), "Rounds"),
            ("ExecuteShellScript", json!({"Text": "echo \"$KMVAR_My_Name\" $KMVAR_x;", "Variable": "Out"}), "My_Name, Out, x"),
            ("ExecuteAppleScript", json!({"Text": "getvariable \"Some Name\"\nsetvariable(\"Other\") to 1"}), "Other, Some Name"),
            (
                "PromptForUserInput",
                json!({"Variables": [{"Variable": "Asked"}], "ResultButtonVariable": "Button"}),
                "Asked, Button",
            ),
            (
                "IfThenElse",
                json!({"Conditions": {"ConditionList": [{"ConditionType": "Calculation", "Text": "Size > 3"}, {"Variable": "V"}]}}),
                "Size, V",
            ),
            ("InsertText", json!({"Text": "100% sure, %Return%", "StyledText": {"base64": "S01WQVJf"}}), ""),
        ];
        for (kind, fields, expected) in cases {
            assert_eq!(used(kind, fields.clone()), expected, "{kind} {fields}");
        }
    }
}
