//! A macro as an outline that people and models can read.

use std::fmt::Write as _;

use super::data::{Action, Macro};

/// Longest excerpt of an action's text, in characters.
const EXCERPT: usize = 80;

/// The macro's actions as indented lines: number, type, name, what it is about.
#[must_use]
pub fn outline(definition: &Macro) -> String {
    let mut text = format!("{} [{}] {}\n", title(definition), definition.group, definition.uid);
    if !definition.enabled {
        text.push_str("(disabled)\n");
    }
    for trigger in &definition.triggers {
        let _ = writeln!(text, "trigger: {}", trigger.kind);
    }
    lines(&definition.actions, 0, &mut text);
    text
}

fn title(definition: &Macro) -> &str {
    if definition.name.is_empty() { "(no name)" } else { &definition.name }
}

fn lines(actions: &[Action], depth: usize, text: &mut String) {
    for (index, action) in actions.iter().enumerate() {
        let _ = write!(text, "{:indent$}{}. {}", "", index + 1, action.kind, indent = depth * 2);
        if let Some(name) = &action.name {
            let _ = write!(text, " \"{name}\"");
        }
        if let Some(about) = about(action) {
            let _ = write!(text, ": {about}");
        }
        text.push_str(if action.enabled { "\n" } else { " (off)\n" });
        for (block, nested) in &action.blocks {
            if action.blocks.len() > 1 || block != "Actions" {
                let _ = writeln!(text, "{:indent$}{}:", "", block.trim_end_matches("Actions"), indent = depth * 2 + 1);
            }
            lines(nested, depth + 1, text);
        }
    }
}

fn about(action: &Action) -> Option<String> {
    let variable = action.word("Variable").filter(|name| !name.is_empty());
    let body = ["Text", "Time", "Title", "MacroUID", "Application", "URL", "Action"].iter().find_map(|key| action.text(key));
    let about = match (variable, body) {
        (Some(variable), Some(body)) => format!("{variable} = {body}"),
        (Some(variable), None) => variable.to_owned(),
        (None, body) => body?,
    };
    Some(excerpt(&about))
}

/// One line, shortened.
fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= EXCERPT { line } else { line.chars().take(EXCERPT - 1).chain(['…']).collect() }
}
