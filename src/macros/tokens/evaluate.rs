//! Calculates an expression that may hold tokens.

use super::{
    TokenError, TokenScope,
    expand::{Escapes, expand, token_at},
    grammar::Grammar,
};
use crate::macros::calculation::{self, Value, parse_number, text_function};

/// Calculates an expression, its tokens first.
///
/// A token's text becomes part of the expression, with one exception: in the text of a function such as `CHARACTERS(…)` it stays
/// text, whatever signs it has.
///
/// # Errors
/// [`TokenError`] when a token cannot be expanded or the expression has no result.
pub fn evaluate(expression: &str, scope: &mut dyn TokenScope) -> Result<Value, TokenError> {
    if let Some(number) = parse_number(expression) {
        return Ok(number.into());
    }
    if !expression.contains('%') {
        return Ok(calculation::evaluate(expression, scope)?);
    }
    let expression = without_tokens(expression, scope)?;
    Ok(calculation::evaluate(&expression, scope)?)
}

/// The expression with texts in the place of tokens, and numbers in the place of functions whose text has tokens.
fn without_tokens(expression: &str, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    let grammar = Grammar::new(expression);
    let mut output = String::with_capacity(expression.len());
    let mut at = 0;
    while let Some(sign) = expression[at..].chars().next() {
        if sign.is_alphabetic() || sign == '_' {
            let word = word(&expression[at..]);
            output.push_str(word);
            at += word.len();
            let Some(function) = text_function(word).filter(|_| expression[at..].starts_with('(')) else {
                continue;
            };
            let close = closing(expression, at + 1, &grammar);
            let text = &expression[at + 1..close];
            if text.contains('%') {
                output.truncate(output.len() - word.len());
                let text = expand(text, Escapes::Keep, scope)?;
                let nesting = scope.nesting();
                push_value(&function.of(&text, scope, true, nesting)?, &mut output);
                at = (close + 1).min(expression.len());
            } else {
                output.push_str(&expression[at..close]);
                at = close;
            }
        } else if sign == '%' {
            let found = token_at(expression, &grammar, at, scope)?;
            let (value, end) = found.unwrap_or_else(|| ("%".to_owned(), at + 1));
            output.push_str(&value);
            at = end;
        } else if expression[at..].starts_with("\\%") {
            output.push('%');
            at += 2;
        } else {
            output.push(sign);
            at += sign.len_utf8();
        }
        if output.len() > super::MAX_TEXT {
            return Err(TokenError::TooLong);
        }
    }
    Ok(output)
}

/// A value with all its digits, as a part of an expression.
fn push_value(value: &Value, output: &mut String) {
    let numbers: Vec<String> = value.numbers().iter().map(f64::to_string).collect();
    output.push('(');
    output.push_str(&numbers.join(","));
    output.push(')');
}

fn word(text: &str) -> &str {
    let end = text.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(text.len());
    &text[..end]
}

/// Where the parenthesis closes that was opened before `start`; parentheses in tokens do not count. The end when none does.
fn closing(text: &str, start: usize, grammar: &Grammar<'_>) -> usize {
    let mut at = start;
    let mut depth = 0_usize;
    while let Some(sign) = text[at..].find(['(', ')', '%']).map(|sign| at + sign) {
        at = sign + 1;
        match text.as_bytes()[sign] {
            b'(' => depth += 1,
            b')' if depth == 0 => return sign,
            b')' => depth -= 1,
            _ => at = grammar.token(sign).map_or(at, |token| token.end),
        }
    }
    text.len()
}
