//! Searching the text of macros: names, groups, and whatever text their actions hold.

use std::sync::Arc;

use serde_json::Value;

use super::index::{Entry, Index};
use crate::macros::{Action, place::Place};

/// Most places given of one macro.
const MOST_PLACES: usize = 3;
/// Characters shown before and after what was found.
const AROUND: usize = 30;

/// A place where a text was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The macro.
    pub entry: Arc<Entry>,
    /// Where in it: `name`, `group`, or an action's path and field, `actions[2].ThenActions[0].Text`.
    pub place: String,
    /// The text around it, on one line.
    pub snippet: String,
}

impl Index {
    /// Finds a text without regard to case, in names, groups, and every text that actions hold (scripts, variables, conditions).
    /// At most `limit` places in all and three of one macro, in the order of the index; nothing for an empty text.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<Match> {
        let wanted = text.to_lowercase();
        let mut matches = Vec::new();
        if wanted.is_empty() {
            return matches;
        }
        for entry in &self.macros {
            if matches.len() >= limit {
                break;
            }
            let mut search = Search { wanted: &wanted, found: Vec::new() };
            search.text(&entry.name, || "name".into());
            search.text(&entry.group, || "group".into());
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

/// The search of one macro.
struct Search<'a> {
    wanted: &'a str,
    found: Vec<(String, String)>,
}

impl Search<'_> {
    fn actions(&mut self, actions: &[Action], block: &str, parent: Option<&Place<'_>>) {
        for (index, action) in actions.iter().enumerate() {
            if self.found.len() >= MOST_PLACES {
                return;
            }
            let place = Place::new(parent, block, index, action);
            if let Some(name) = &action.name {
                self.text(name, || format!("{}.ActionName", place.path()));
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

    fn text(&mut self, text: &str, place: impl Fn() -> String) {
        let lower = text.to_lowercase();
        if self.found.len() >= MOST_PLACES {
            return;
        }
        if let Some(at) = lower.find(self.wanted) {
            let before = lower[..at].chars().count();
            let length = self.wanted.chars().count() + AROUND + before.min(AROUND);
            let around: String = text.chars().skip(before.saturating_sub(AROUND)).take(length).collect();
            self.found.push((place(), around.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
}
