//! Functions of a text. What stands between their parentheses is no expression but the text itself, tokens included; whoever has
//! tokens to expand does so before, and asks [`TextFunction::of`].

use super::super::{
    CalculationError, MAX_NESTING, Nested, Scope, Value,
    lexer::Kind,
    parse_number,
    parser::{Outcome, Parser},
};
use crate::macros::json;

/// A function that takes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::macros) enum TextFunction {
    Characters,
    Words,
    Lines,
    /// A number in this base.
    Digits(u32),
    Calculate,
    JsonValue,
}

/// The text function of this name.
pub(in crate::macros) fn text_function(name: &str) -> Option<TextFunction> {
    Some(match name {
        "CHARACTERS" => TextFunction::Characters,
        "WORDS" => TextFunction::Words,
        "LINES" => TextFunction::Lines,
        "BIN" => TextFunction::Digits(2),
        "OCT" => TextFunction::Digits(8),
        "HEX" => TextFunction::Digits(16),
        "CALCULATE" => TextFunction::Calculate,
        "JSONVALUE" => TextFunction::JsonValue,
        _ => return None,
    })
}

/// A call whose opening parenthesis has been taken. The text goes up to the parenthesis that closes it.
pub(super) fn call(parser: &mut Parser<'_>, function: TextFunction) -> Outcome {
    let piece = parser.next();
    if piece.kind != Kind::Text {
        return Err(parser.problem("the text of the function expected right behind its name", piece.start));
    }
    parser.expect(")")?;
    let text = &parser.text[piece.start..piece.end];
    let (live, nesting) = (parser.live, parser.nesting);
    function.of(text, parser.scope, live, nesting)
}

impl TextFunction {
    /// What the function makes of a text whose tokens are expanded.
    pub(in crate::macros) fn of(self, text: &str, scope: &mut dyn Scope, live: bool, nesting: usize) -> Outcome {
        let problem = |problem: String| CalculationError::Value { expression: text.chars().take(60).collect(), problem };
        if nesting + 10 > MAX_NESTING {
            return Err(problem("functions of texts call each other too often".into()));
        }
        let count = match self {
            Self::Calculate => return calculated(text, scope, live, nesting),
            _ if !live => 0,
            Self::Characters => text.chars().count(),
            Self::Words => text.split_whitespace().count(),
            Self::Lines => text.lines().count(),
            Self::Digits(base) => {
                let digits = |text: &str| number_in(text, base);
                let number = match digits(text) {
                    Some(number) => Some(number),
                    None => scope.variable(text.trim())?.as_deref().and_then(digits),
                };
                return number.map(Value::from).ok_or_else(|| problem(format!("these are no digits in base {base}")));
            }
            Self::JsonValue => {
                let (variable, path) = json::split(text);
                let document = scope.variable(variable)?.unwrap_or_default();
                let mut scope = Nested { scope, count: None, nesting: nesting + 10 };
                let found = json::get(&document, path, &mut scope).map_err(|error| problem(error.to_string()))?;
                let number = found.and_then(|value| parse_number(&value.text(json::Form::default())));
                return Ok(number.unwrap_or(0.0).into());
            }
        };
        Ok((count as f64).into())
    }
}

/// A whole number in a base, with or without the prefix of the base: `1010_1010`, `0x12AB`.
fn number_in(text: &str, base: u32) -> Option<f64> {
    let text = text.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let prefix = match base {
        2 => "0b",
        8 => "0o",
        _ => "0x",
    };
    let digits = if digits.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) { &digits[2..] } else { digits };
    let value = u64::from_str_radix(&digits.replace('_', ""), base).ok()? as f64;
    Some(if negative { -value } else { value })
}

/// CALCULATE: a text as an expression of its own, within the same bound on nesting. A variable's name stands for its text.
fn calculated(text: &str, scope: &mut dyn Scope, live: bool, nesting: usize) -> Outcome {
    let expression = if live { scope.variable(text.trim())? } else { None };
    let expression = expression.as_deref().unwrap_or(text);
    if let Some(number) = parse_number(expression) {
        return Ok(number.into());
    }
    Parser::new(expression, scope, live, nesting + 10)?.whole()
}
