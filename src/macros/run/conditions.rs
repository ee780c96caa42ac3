//! The conditions of If Then Else.

use fancy_regex::Regex;
use serde_json::{Map, Value};

use super::{
    super::{
        calculation::parse_number,
        data::{Action, text_of},
        portability::{expression_refusal, function_refusal, text_refusal},
        profile::Profile,
        tokens::Escapes,
    },
    error::Trouble,
    state::Runner,
};

type Condition = Map<String, Value>;

/// Every comparison that is known.
const OPERATORS: [&str; 20] = [
    "Is",
    "IsNot",
    "Contains",
    "DoesNotContain",
    "StartsWith",
    "DoesNotStartWith",
    "EndsWith",
    "DoesNotEndWith",
    "IsEmpty",
    "IsNotEmpty",
    "Equal",
    "NotEqual",
    "LessThan",
    "LessThanOrEqual",
    "GreaterThan",
    "GreaterThanOrEqual",
    "IsBefore",
    "IsAfter",
    "Matches",
    "DoesNotMatch",
];

/// Comparisons of numbers.
const NUMERIC: [&str; 6] = ["Equal", "NotEqual", "LessThan", "LessThanOrEqual", "GreaterThan", "GreaterThanOrEqual"];

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

fn condition_refusal(condition: &Condition, profile: &Profile) -> Option<String> {
    let kind = word(condition, "ConditionType");
    let operator = match kind {
        "Calculation" => {
            return expression_refusal(&text(condition, "Text"), profile).map(|reason| format!("cannot be calculated: {reason}"));
        }
        "Variable" => word(condition, "VariableConditionType"),
        "Text" => word(condition, "TextConditionType"),
        "Path" | "Script" | "ActionResult" | "Macro" => {
            return Some(format!("on {kind} is not built into this engine yet"));
        }
        other => return Some(format!("on {other} needs macOS")),
    };
    let known = OPERATORS.contains(&operator) || (kind == "Variable" && EXISTENCE.contains(&operator));
    if !known {
        return Some(format!("compares {kind} by “{operator}”, which kmtop does not know"));
    }
    let texts = [text(condition, "Text"), text(condition, "TextValue"), text(condition, "VariableValue")];
    let reason = texts.iter().find_map(|text| text_refusal(text, profile));
    // The right side of numbers is an expression, unless the left one turns out to be no number.
    let right = if kind == "Variable" { &texts[2] } else { &texts[1] };
    let reason = reason.or_else(|| function_refusal(right, profile).filter(|_| NUMERIC.contains(&operator)));
    reason.map(|reason| format!("cannot be decided: {reason}"))
}

fn word<'a>(condition: &'a Condition, key: &str) -> &'a str {
    condition.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn text(condition: &Condition, key: &str) -> String {
    condition.get(key).and_then(text_of).unwrap_or_default()
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

    fn holds(&mut self, condition: &Condition) -> Result<bool, Trouble> {
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
            other => Err(Trouble::Failed(format!("a condition on {other} is not decided here"))),
        }
    }

    /// Compares; `right` comes with its tokens still in it. Texts are compared without regard to case, as Keyboard Maestro does.
    fn compare(&mut self, left: &str, operator: &str, right: &str) -> Result<bool, Trouble> {
        let opposite = match operator {
            "IsNot" => Some("Is"),
            "DoesNotContain" => Some("Contains"),
            "DoesNotStartWith" => Some("StartsWith"),
            "DoesNotEndWith" => Some("EndsWith"),
            "IsNotEmpty" => Some("IsEmpty"),
            "NotEqual" => Some("Equal"),
            "LessThanOrEqual" => Some("GreaterThan"),
            "GreaterThanOrEqual" => Some("LessThan"),
            "DoesNotMatch" => Some("Matches"),
            _ => None,
        };
        if let Some(opposite) = opposite {
            return self.compare(left, opposite, right).map(|holds| !holds);
        }
        match operator {
            "IsEmpty" => Ok(left.is_empty()),
            "Matches" => self.matches(left, right),
            "Equal" | "LessThan" | "GreaterThan" => self.compare_numbers(left, operator, right),
            _ => {
                let (left, right) = (left.to_lowercase(), self.expand(right, Escapes::Process)?.to_lowercase());
                match operator {
                    "Is" => Ok(left == right),
                    "Contains" => Ok(left.contains(&right)),
                    "StartsWith" => Ok(left.starts_with(&right)),
                    "EndsWith" => Ok(left.ends_with(&right)),
                    "IsBefore" => Ok(left < right),
                    "IsAfter" => Ok(left > right),
                    other => Err(Trouble::Failed(format!("the comparison “{other}” is not done here"))),
                }
            }
        }
    }

    fn matches(&mut self, left: &str, pattern: &str) -> Result<bool, Trouble> {
        let pattern = self.expand(pattern, Escapes::Keep)?;
        let regex = Regex::new(&pattern)
            .map_err(|error| Trouble::Failed(format!("the regular expression “{pattern}” is wrong: {error}")))?;
        regex.is_match(left).map_err(|error| Trouble::Failed(format!("the regular expression “{pattern}” gave up: {error}")))
    }

    /// The left side is a number or no number; the right one is an expression. Texts that are no numbers compare as texts.
    fn compare_numbers(&mut self, left: &str, operator: &str, right: &str) -> Result<bool, Trouble> {
        let left_number = if left.trim().is_empty() { Some(0.0) } else { parse_number(left) };
        let Some(left_number) = left_number else {
            let right = self.expand(right, Escapes::Process)?.to_lowercase();
            let order = left.to_lowercase().cmp(&right);
            return Ok(match operator {
                "Equal" => order.is_eq(),
                "LessThan" => order.is_lt(),
                _ => order.is_gt(),
            });
        };
        let right = self.number(right)?;
        Ok(match operator {
            "Equal" => (left_number - right).abs() <= f64::EPSILON * 4.0 * left_number.abs().max(right.abs()),
            "LessThan" => left_number < right,
            _ => left_number > right,
        })
    }
}
