//! Comparisons of texts and numbers.

use super::super::{
    super::{
        calculation::parse_number,
        portability::{function_refusal, text_refusal},
        profile::Profile,
        tokens::Escapes,
    },
    error::Trouble,
    state::Runner,
};

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

/// Why a comparison with this right side cannot be made here.
pub(in crate::macros::run) fn refusal(operator: &str, right: &str, profile: &Profile) -> Option<String> {
    if !OPERATORS.contains(&operator) {
        return Some(format!("compares by “{operator}”, which kmtop does not know"));
    }
    // The right side of numbers is an expression, unless the left one turns out to be no number.
    let reason = text_refusal(right, profile);
    let reason = reason.or_else(|| function_refusal(right, profile).filter(|_| NUMERIC.contains(&operator)));
    reason.map(|reason| format!("cannot be decided: {reason}"))
}

impl Runner<'_> {
    /// Compares; `right` comes with its tokens still in it. Texts are compared without regard to case, as Keyboard Maestro does.
    pub(in crate::macros::run) fn compare(&mut self, left: &str, operator: &str, right: &str) -> Result<bool, Trouble> {
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
        let regex = self.regex(&pattern, false).map_err(|error| Trouble::Failed(error.to_string()))?;
        regex.is_match(left).map_err(|error| Trouble::Failed(error.to_string()))
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
