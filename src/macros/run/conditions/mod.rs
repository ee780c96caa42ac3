//! Conditions: those of If Then Else, of loops, of Pause Until and Assert.

pub(super) mod compare;
mod desktop;
mod world;

use serde_json::Value;

use super::{
    super::{
        data::Action,
        portability::{expression_refusal, text_refusal},
        profile::Profile,
        tokens::Escapes,
    },
    error::Trouble,
    source::{Fields, text, word},
    state::Runner,
};

/// Whether the variable is set at all; only variables have these.
const EXISTENCE: [&str; 2] = ["Exists", "DoesNotExist"];

/// The conditions of an action and how they are joined.
fn conditions(action: &Action) -> (&[Value], &str) {
    let joined = action.fields.get("Conditions").and_then(Value::as_object);
    let list = joined.and_then(|joined| joined.get("ConditionList")?.as_array()).map_or(&[][..], Vec::as_slice);
    let join = joined.and_then(|joined| joined.get("ConditionListMatch")?.as_str()).unwrap_or("All");
    (list, join)
}

/// Why the conditions of an action cannot be decided here; `None` when they can.
pub(super) fn refusal(action: &Action, profile: &Profile) -> Option<String> {
    let (list, join) = conditions(action);
    if !matches!(join, "All" | "Any" | "None" | "NotAll") {
        return Some(format!("conditions joined by “{join}” are not known"));
    }
    list.iter().enumerate().find_map(|(index, condition)| {
        let reason = match condition.as_object() {
            Some(condition) => condition_refusal(condition, profile)?,
            None => "is no condition".into(),
        };
        Some(format!("condition {} {reason}", index + 1))
    })
}

fn condition_refusal(condition: &Fields, profile: &Profile) -> Option<String> {
    match word(condition, "ConditionType") {
        "Calculation" => {
            expression_refusal(&text(condition, "Text"), profile).map(|reason| format!("cannot be calculated: {reason}"))
        }
        "Variable" if EXISTENCE.contains(&word(condition, "VariableConditionType")) => None,
        "Variable" => compare::refusal(word(condition, "VariableConditionType"), &text(condition, "VariableValue"), profile),
        "Text" => {
            let left = text_refusal(&text(condition, "Text"), profile).map(|reason| format!("cannot be decided: {reason}"));
            left.or_else(|| compare::refusal(word(condition, "TextConditionType"), &text(condition, "TextValue"), profile))
        }
        "ActionResult" => match word(condition, "ActionResultConditionType") {
            "IsOK" | "IsNotOK" => None,
            operator => compare::refusal(operator, &text(condition, "ActionResultText"), profile),
        },
        kind if world::KINDS.contains(&kind) => world::refusal(kind, condition, profile),
        kind => desktop::refusal(kind, condition, profile),
    }
}

impl Runner<'_> {
    /// Whether the conditions of an action hold; `None` when it has no conditions, and then neither side runs.
    pub(super) fn conditions_hold(&mut self, action: &Action) -> Result<Option<bool>, Trouble> {
        let (list, join) = conditions(action);
        if list.is_empty() {
            return Ok(None);
        }
        let decides = matches!(join, "Any" | "None");
        for condition in list {
            let condition = condition.as_object().ok_or_else(|| Trouble::Failed("a condition is no dictionary".into()))?;
            if self.holds(condition)? == decides {
                return Ok(Some(matches!(join, "Any" | "NotAll")));
            }
        }
        Ok(Some(matches!(join, "All" | "None")))
    }

    fn holds(&mut self, condition: &Fields) -> Result<bool, Trouble> {
        match word(condition, "ConditionType") {
            "Calculation" => Ok(self.number(&text(condition, "Text"))? != 0.0),
            "Variable" => {
                let name = text(condition, "Variable");
                let operator = word(condition, "VariableConditionType");
                let value = self.read(&name)?;
                if EXISTENCE.contains(&operator) {
                    return Ok(value.is_some() == (operator == "Exists"));
                }
                self.compare(&value.unwrap_or_default(), operator, &text(condition, "VariableValue"))
            }
            "Text" => {
                let left = self.expand(&text(condition, "Text"), Escapes::Process)?;
                self.compare(&left, word(condition, "TextConditionType"), &text(condition, "TextValue"))
            }
            "ActionResult" => match word(condition, "ActionResultConditionType") {
                "IsOK" => Ok(self.action_result == "OK"),
                "IsNotOK" => Ok(self.action_result != "OK"),
                operator => {
                    let result = self.action_result.clone();
                    self.compare(&result, operator, &text(condition, "ActionResultText"))
                }
            },
            "Clipboard" => self.clipboard_holds(condition),
            "Path" => self.path_holds(condition),
            "Script" => self.script_holds(condition),
            "Macro" => self.macro_holds(condition),
            "Application" => self.application_holds(condition),
            "FrontWindow" => self.front_window_holds(condition),
            "AnyWindow" => self.any_window_holds(condition),
            other => Err(Trouble::Failed(format!("a condition on {other} is not decided here"))),
        }
    }
}
