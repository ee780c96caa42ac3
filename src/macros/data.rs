//! A macro library as plain data: groups, macros, actions, triggers.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A macro group and what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The group's UUID, uppercase; made from its name when the file has none, and the same at every reading.
    pub uid: String,
    /// The group's name.
    pub name: String,
    /// Whether the group is enabled.
    pub enabled: bool,
    /// In which applications its macros are active.
    #[serde(default)]
    pub targeting: Targeting,
    /// Keyboard Maestro's `Activate`: `Normal`, or how the group is switched on for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<String>,
    /// The macros, in file order.
    pub macros: Vec<Macro>,
}

/// In which applications the macros of a group are active. Applications stand here by bundle identifier, or by name where the
/// file has none, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Targeting {
    /// In all of them.
    #[default]
    All,
    /// Only in these.
    Included(Vec<String>),
    /// In all but these.
    Excluded(Vec<String>),
}

impl Targeting {
    /// Whether there is an application in which groups of both are active.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Included(apps), Self::Included(others)) => apps.iter().any(|app| others.contains(app)),
            (Self::Included(apps), Self::Excluded(without)) | (Self::Excluded(without), Self::Included(apps)) => {
                apps.iter().any(|app| !without.contains(app))
            }
            (Self::Included(apps), Self::All) | (Self::All, Self::Included(apps)) => !apps.is_empty(),
            (Self::All | Self::Excluded(_), Self::All | Self::Excluded(_)) => true,
        }
    }
}

/// A macro.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Macro {
    /// The macro's UUID, uppercase; made from group, name and its number among those of that name when the file has none, and the
    /// same at every reading.
    pub uid: String,
    /// The macro's name; empty when the file has none.
    pub name: String,
    /// The name of the group that holds it.
    pub group: String,
    /// Whether the macro *and* its group are enabled: only then may it be run.
    pub enabled: bool,
    /// What it does.
    pub actions: Vec<Action>,
    /// What starts it.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
}

impl Macro {
    /// How many actions it holds, nested ones included.
    #[must_use]
    pub fn action_count(&self) -> usize {
        count(&self.actions)
    }

    /// The trigger that makes it a subroutine, if it is one.
    #[must_use]
    pub fn subroutine(&self) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.kind == "Subroutine")
    }
}

/// A text, alone or in a dictionary under one of these keys.
pub(super) fn named_text(value: &Value, keys: &[&str]) -> String {
    let inner = || keys.iter().find_map(|key| text_of(value.get(key)?));
    text_of(value).or_else(inner).unwrap_or_default()
}

fn count(actions: &[Action]) -> usize {
    actions.iter().map(|action| 1 + action.blocks.values().map(|block| count(block)).sum::<usize>()).sum()
}

/// One action of a macro.
///
/// Lists of actions inside it are taken out of `fields` into `blocks`, so that a walk over actions needs to know no action type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Keyboard Maestro's `MacroActionType`.
    pub kind: String,
    /// The user's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// False when the user switched it off; it is then skipped.
    pub enabled: bool,
    /// Every other key of the action. Data is `{"base64": …}`, a date `{"date": …}` (see [`kinds`](super::kinds)).
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Nested action lists by the place where they stood, for example `ThenActions` or `CaseEntries[1].Actions`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blocks: BTreeMap<String, Vec<Action>>,
}

impl Action {
    /// A field's text; numbers are given as text, anything else as `None`.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        text_of(self.fields.get(key)?)
    }

    /// A field's text without a copy; `None` when it is absent or no text.
    #[must_use]
    pub fn word(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.as_str()
    }

    /// A switch. Files write true and false, 1 and 0, or nothing at all.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        flag_of(self.fields.get(key)?)
    }

    /// The macro that it calls; `None` for actions that call none, or do not name it.
    #[must_use]
    pub fn call(&self) -> Option<CalledMacro> {
        let as_subroutine = match self.kind.as_str() {
            "ExecuteMacro" => false,
            "ExecuteSubroutine" => true,
            _ => return None,
        };
        let uid = self.text("MacroUID")?.trim().to_uppercase();
        (!uid.is_empty()).then_some(CalledMacro { uid, as_subroutine })
    }

    /// A nested action list; empty when there is none.
    #[must_use]
    pub fn block(&self, name: &str) -> &[Action] {
        self.blocks.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A macro as an action calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalledMacro {
    /// The macro's UUID, uppercase.
    pub uid: String,
    /// Whether it has to be a subroutine.
    pub as_subroutine: bool,
}

/// What starts a macro. kmtop starts none by itself; triggers are kept to be shown and searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Keyboard Maestro's `MacroTriggerType`.
    pub kind: String,
    /// Every other key of the trigger.
    #[serde(default)]
    pub fields: Map<String, Value>,
}

impl Trigger {
    /// The variables that a subroutine takes its parameters in, in their order.
    pub fn parameters(&self) -> impl Iterator<Item = String> {
        let list = self.fields.get("Parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().map(|value| named_text(value, &["Variable", "Name", "Parameter"]))
    }
}

/// Where an interpreter finds the macros that a macro calls.
pub trait MacroSource: Send + Sync {
    /// The macro with this UUID (case does not matter), if there is one.
    fn find_by_uid(&self, uid: &str) -> Option<Arc<Macro>>;
}

pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn flag_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => number.as_f64().map(|number| number != 0.0),
        _ => None,
    }
}
