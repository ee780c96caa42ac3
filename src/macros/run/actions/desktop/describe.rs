//! What an action would have done, in words.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    super::super::{
        super::{
            data::{Action, text_of},
            portability::expression_refusal,
            tokens::Escapes,
            variables::{Reach, reach},
        },
        Trouble,
        state::Runner,
    },
    keys,
};

/// Fields that say how an action is kept, not what it does.
const OWN: [&str; 16] = [
    "ActionColor",
    "ActionName",
    "ActionNotes",
    "ActionUID",
    "IsActive",
    "IsDisclosed",
    "MacroActionType",
    "NotifyOnFailure",
    "NotifyOnTimeOut",
    "StopOnFailure",
    "TargetApplication",
    "TargetingType",
    "TimeOutAbortsMacro",
    "TimeOutPeriod",
    "IsDefaultApplication",
    "ReleaseAll",
];
/// Most fields that are told of an action without words of its own, and the longest of them, in characters.
const MOST_FIELDS: usize = 8;
const LONGEST_FIELD: usize = 200;

/// The items of a menu from the bar down.
pub(super) fn menu(action: &Action) -> Vec<String> {
    action.fields.get("Menu").and_then(Value::as_array).into_iter().flatten().filter_map(text_of).collect()
}

/// The name of the application that a field holds.
pub(super) fn application(action: &Action, key: &str) -> Option<String> {
    let application = action.fields.get(key)?.as_object()?;
    let name = ["Name", "BundleIdentifier", "NewFile"].iter().find_map(|key| application.get(*key)?.as_str());
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

fn code(action: &Action, key: &str) -> u64 {
    action.fields.get(key).and_then(Value::as_u64).unwrap_or_default()
}

impl Runner<'_> {
    pub(super) fn describe(&mut self, action: &Action) -> Result<String, Trouble> {
        let named = |key: &str| application(action, key).unwrap_or_else(|| "the application in front".into());
        let inside = application(action, "TargetApplication").map(|name| format!(" in {name}")).unwrap_or_default();
        Ok(match action.kind.as_str() {
            "SimulateKeystroke" | "TypeKeystroke" => {
                format!("press {}{inside}", keys::name(code(action, "KeyCode"), code(action, "Modifiers")))
            }
            "MouseMoveAndClick" | "ClickAtFoundImage" => self.describe_click(action),
            "ManipulateWindow" => self.describe_window(action)? + &inside,
            "SelectMenuItem" | "SelectOrShowMenuItem" => {
                let mut items = Vec::new();
                for item in menu(action) {
                    items.push(self.expand(&item, Escapes::Process)?);
                }
                format!("choose the menu {}{inside}", items.join(" › "))
            }
            "OpenURL" => {
                let with = application(action, "Application").map(|name| format!(" with {name}")).unwrap_or_default();
                format!("open {}{with}", self.expanded(action, "URL")?)
            }
            "Open1File" => {
                let with = application(action, "Application").map(|name| format!(" with {name}")).unwrap_or_default();
                format!("open {}{with}", self.expanded(action, "Path")?)
            }
            "ActivateApplication" => format!("activate {}", named("Application")),
            "HideSpecificApp" => format!("hide {}", named("Application")),
            "ShowSpecificApp" => format!("show {}", named("Application")),
            "QuitSpecificApp" if action.word("Target") == Some("Front") => "quit the application in front".into(),
            "QuitSpecificApp" => format!("{} {}", spaced(action.word("Action").unwrap_or("Quit")), named("Application")),
            "SystemAction" => spaced(action.word("SystemAction").unwrap_or("system action")),
            "UseVariable" => {
                let name = action.word("Variable").unwrap_or_default();
                let value = match reach(name) {
                    Reach::Password => "a password".into(),
                    _ => self.read(name)?.unwrap_or_default(),
                };
                format!("{} to {value}", spaced(action.word("Action").unwrap_or("use the variable")))
            }
            _ => self.describe_fields(action)?,
        })
    }

    /// A length or position: its number, or the expression as it is written where only macOS could reckon it.
    fn length(&mut self, action: &Action, key: &str) -> String {
        let expression = action.text(&format!("{key}Expression")).or_else(|| action.text(key)).unwrap_or_default();
        if expression.is_empty() || expression_refusal(&expression, self.profile).is_some() {
            return expression;
        }
        self.number(&expression).map_or(expression, super::super::super::super::calculation::format_number)
    }

    fn describe_click(&mut self, action: &Action) -> String {
        let what = action.word("Action").unwrap_or("Click");
        let [x, y] = ["HorizontalPosition", "VerticalPosition"].map(|key| self.length(action, key));
        let button = match code(action, "Button") {
            0 => String::new(),
            number => format!(" with button {}", number + 1),
        };
        let times = match code(action, "ClickCount") {
            count @ 2.. if what.contains("Click") => format!(" {count} times"),
            _ => String::new(),
        };
        let held = keys::modifiers(code(action, "Modifiers"));
        let corner = spaced(action.word("RelativeCorner").unwrap_or("TopLeft"));
        let of = spaced(action.word("Relative").unwrap_or("Screen"));
        let held = if held.is_empty() { held } else { format!(" holding {held}") };
        format!("{}{button}{times}{held} at {x}, {y} from the {corner} of the {of}", spaced(what))
    }

    fn describe_window(&mut self, action: &Action) -> Result<String, Trouble> {
        let what = action.word("Action").unwrap_or("MoveWindowTo");
        let name = self.expanded(action, "WindowName")?;
        let which = match action.word("Targeting").unwrap_or("FrontWindow") {
            "NamedWindow" => format!("the window “{name}”"),
            "WindowNameContaining" => format!("the window with “{name}” in its name"),
            "WindowIndex" => format!("window {}", self.length(action, "WindowIndex")),
            _ => "the front window".into(),
        };
        let [x, y] = ["Horizontal", "Vertical"].map(|key| self.length(action, key));
        let [width, height] = ["Width", "Height"].map(|key| self.length(action, key));
        Ok(match what {
            "MoveAndResize" => format!("move and resize {which} to {x}, {y}, {width}, {height}"),
            _ if ["Move", "Resize", "Center", "Scroll"].iter().any(|word| what.contains(word)) => {
                format!("{}, {which}: {x}, {y}", spaced(what))
            }
            _ => format!("{}: {which}", spaced(what)),
        })
    }

    /// An action without words of its own: its type, and its fields as they are.
    fn describe_fields(&mut self, action: &Action) -> Result<String, Trouble> {
        let mut text = spaced(&action.kind);
        let told = action.fields.iter().filter(|(key, _)| !OWN.contains(&key.as_str()));
        let mut separator = ": ";
        for (key, value) in told.take(MOST_FIELDS) {
            let value = match value {
                Value::String(value) if super::TEXTS.contains(&key.as_str()) => self.expand(value, Escapes::Process)?,
                Value::String(value) => value.clone(),
                Value::Number(value) => value.to_string(),
                Value::Bool(value) => value.to_string(),
                _ => continue,
            };
            let value: String = value.chars().take(LONGEST_FIELD).collect();
            let _ = write!(text, "{separator}{key} {value}");
            separator = ", ";
        }
        Ok(text)
    }
}

/// A word of macro files in the words of people: `MoveWindowTo` is `move window to`.
fn spaced(word: &str) -> String {
    let mut text = String::new();
    let mut before = ' ';
    for character in word.chars() {
        if character.is_uppercase() && before.is_lowercase() {
            text.push(' ');
        }
        before = character;
        text.extend(character.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::spaced;

    #[test]
    fn words_are_spaced() {
        assert_eq!(spaced("MoveWindowTo"), "move window to");
        assert_eq!(spaced("SendMIDIMessage"), "send midimessage");
        assert_eq!(spaced("Click"), "click");
    }
}
