//! Searching the text of macros: names, groups, triggers, and whatever text their actions hold.

use std::sync::Arc;

use serde_json::Value;

use super::{entry::Entry, index::Index};
use crate::macros::{Action, Macro, place::Place};

/// Most places given of one macro.
const MOST_PLACES: usize = 3;
/// Characters shown before and after what was found.
const AROUND: usize = 30;

/// A place where a text was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The macro.
    pub entry: Arc<Entry>,
    /// Where in it: `name`, `group`, `triggers[0].TypedString`, or an action's path and field, `actions[2].ThenActions[0].Text`.
    pub place: String,
    /// The text around it, on one line.
    pub snippet: String,
}

impl Index {
    /// Finds a text without regard to case, in names, groups, triggers, and every text that actions hold (scripts, variables,
    /// conditions). At most `limit` places in all and three of one macro, in the order of the index; nothing for an empty text.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<Match> {
        let wanted = Wanted::new(text);
        let mut matches = Vec::new();
        if wanted.folded.is_empty() {
            return matches;
        }
        for entry in &self.macros {
            if matches.len() >= limit {
                break;
            }
            let mut search = Search { wanted: &wanted, found: Vec::new() };
            search.text(&entry.name, &|| "name".into());
            search.text(&entry.group, &|| "group".into());
            search.triggers(&entry.definition);
            search.actions(&entry.definition.actions, "actions", None);
            let left = limit - matches.len();
            matches.extend(search.found.into_iter().take(left).map(|(place, snippet)| Match {
                entry: Arc::clone(entry),
                place,
                snippet,
            }));
        }
        matches
    }
}

/// What is looked for.
struct Wanted {
    folded: String,
}

impl Wanted {
    fn new(text: &str) -> Self {
        Self { folded: text.to_lowercase() }
    }

    /// Where a text holds it, in bytes of the text in lower case.
    fn position(&self, text: &str) -> Option<usize> {
        if text.len() < self.folded.len() && text.is_ascii() {
            return None;
        }
        if !self.folded.is_ascii() {
            // A text without other letters cannot hold them.
            return if text.is_ascii() { None } else { text.to_lowercase().find(&self.folded) };
        }
        // Letters of other scripts are never part of what is found; they only count when they are lowered to ASCII ones, which
        // is so for two signs that nobody types.
        let wanted = self.folded.as_bytes();
        let (first, rest) = wanted.split_first()?;
        let upper = first.to_ascii_uppercase();
        let bytes = text.as_bytes();
        let mut from = 0;
        while let Some(at) = bytes[from..].iter().position(|byte| *byte == *first || *byte == upper) {
            let after = from + at + 1;
            if bytes.get(after..after + rest.len())?.eq_ignore_ascii_case(rest) {
                return Some(from + at);
            }
            from = after;
        }
        None
    }

    /// The text around the first place that holds it, on one line.
    fn snippet(&self, text: &str) -> Option<String> {
        let at = self.position(text)?;
        let before = if self.folded.is_ascii() { text[..at].chars().count() } else { text.to_lowercase()[..at].chars().count() };
        let length = self.folded.chars().count() + AROUND + before.min(AROUND);
        let around: String = text.chars().skip(before.saturating_sub(AROUND)).take(length).collect();
        Some(around.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// The search of one macro.
struct Search<'a> {
    wanted: &'a Wanted,
    found: Vec<(String, String)>,
}

impl Search<'_> {
    fn triggers(&mut self, definition: &Macro) {
        for (number, trigger) in definition.triggers.iter().enumerate() {
            self.text(&trigger.kind, &|| format!("triggers[{number}]"));
            for (key, value) in &trigger.fields {
                self.value(value, &|| format!("triggers[{number}].{key}"));
            }
        }
    }

    fn actions(&mut self, actions: &[Action], block: &str, parent: Option<&Place<'_>>) {
        for (index, action) in actions.iter().enumerate() {
            if self.found.len() >= MOST_PLACES {
                return;
            }
            let place = Place::new(parent, block, index, action);
            if let Some(name) = &action.name {
                self.text(name, &|| format!("{}.ActionName", place.path()));
            }
            for (key, value) in &action.fields {
                self.value(value, &|| format!("{}.{key}", place.path()));
            }
            for (name, nested) in &action.blocks {
                self.actions(nested, name, Some(&place));
            }
        }
    }

    fn value(&mut self, value: &Value, place: &dyn Fn() -> String) {
        match value {
            Value::String(text) => self.text(text, place),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, place)),
            // Data, such as the rich form of a text, is no text.
            Value::Object(fields) if !fields.contains_key("base64") => fields.values().for_each(|field| self.value(field, place)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, place: &dyn Fn() -> String) {
        if self.found.len() < MOST_PLACES
            && let Some(snippet) = self.wanted.snippet(text)
        {
            self.found.push((place(), snippet));
        }
    }
}
