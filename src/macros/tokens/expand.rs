//! Expands the tokens of a text.

use super::{
    Clipboard, TokenError, TokenScope, desktop, documents, evaluate, format_date,
    grammar::{Grammar, Token},
    moved,
    names::Known,
    writer::Writer,
};
use crate::macros::{
    calculation::with_pattern,
    variables::{element, field, is_name, split_field},
};

/// Whether backslashes in the text mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escapes {
    /// `\n`, `\t`, `\\`, `\%`, `\U` and the like are replaced.
    Process,
    /// They stay: for scripts, paths and regular expressions.
    Keep,
    /// They stay, and those that tokens bring in are escaped, dollar signs too: for what replaces the matches of a regular expression.
    Quote,
}

/// Replaces the tokens of a text, once.
///
/// # Errors
/// [`TokenError`] when a calculation in a token fails, a date cannot be reckoned, or the host fails.
pub fn expand(text: &str, escapes: Escapes, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    if !text.contains(['%', '\\']) {
        return Ok(text.to_owned());
    }
    let grammar = Grammar::new(text);
    let mut output = Writer::default();
    let mut at = 0;
    while let Some(start) = text[at..].find(['%', '\\']).map(|start| at + start) {
        output.push(&text[at..start])?;
        if text.as_bytes()[start] == b'\\' {
            at = escape(text, start, escapes, &mut output)?;
        } else if let Some((value, end)) = token_at(text, &grammar, start, scope)? {
            match escapes {
                Escapes::Quote => output.push(&value.replace('\\', r"\\").replace('$', r"\$"))?,
                Escapes::Process | Escapes::Keep => output.push(&value)?,
            }
            at = end;
        } else {
            output.push("%")?;
            at = start + 1;
        }
    }
    output.push(&text[at..])?;
    Ok(output.finish())
}

/// A backslash at `at`; gives where to go on.
fn escape(text: &str, at: usize, escapes: Escapes, output: &mut Writer) -> Result<usize, TokenError> {
    let next = text[at + 1..].chars().next();
    let meant = match next {
        Some('%') => "%",
        Some(letter) if escapes == Escapes::Process => match letter {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            '\\' => "\\",
            '$' => "$",
            'a' => "\u{7}",
            'b' => "\u{8}",
            'e' => "\u{1b}",
            'f' => "\u{c}",
            _ if output.switch(letter) => "",
            _ => {
                output.push("\\")?;
                return Ok(at + 1);
            }
        },
        _ => {
            output.push("\\")?;
            return Ok(at + 1);
        }
    };
    output.push(meant)?;
    Ok(at + 2)
}

/// The text of the token that begins at a percent sign and where it ends; `None` when none begins there, or it has no value here.
pub(super) fn token_at(
    text: &str,
    grammar: &Grammar<'_>,
    start: usize,
    scope: &mut dyn TokenScope,
) -> Result<Option<(String, usize)>, TokenError> {
    let token = grammar.token(start);
    if grammar.is_exhausted() {
        return Err(TokenError::TooManyTokens);
    }
    let Some(token) = token else {
        return short_variable(&text[start + 1..], scope).map(|found| found.map(|(value, length)| (value, start + 1 + length)));
    };
    Ok(value(&token, scope)?.map(|value| (value, token.end)))
}

/// `%Name%`: a variable that is set and not empty, whose name is no token's.
fn short_variable(rest: &str, scope: &mut dyn TokenScope) -> Result<Option<(String, usize)>, TokenError> {
    let Some(close) = rest.find('%').filter(|close| *close <= 300) else {
        return Ok(None);
    };
    let (base, part) = rest[..close].split_at(rest[..close].find(['[', '.']).unwrap_or(close));
    let whole = !part.starts_with('[') || part.contains(']');
    if !is_name(base) || !whole || scope.variable(base)?.is_none_or(|value| value.is_empty()) {
        return Ok(None);
    }
    Ok(Some((variable(&rest[..close], scope)?, close + 1)))
}

/// A parameter with the tokens in it expanded.
fn parameter(text: &str, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    let mut output = Writer::default();
    let grammar = Grammar::new(text);
    let mut at = 0;
    while let Some(start) = text[at..].find('%').map(|start| at + start) {
        output.push(&text[at..start])?;
        let token = grammar.token(start);
        if grammar.is_exhausted() {
            return Err(TokenError::TooManyTokens);
        }
        let found = match token {
            Some(token) => value(&token, scope)?.map(|value| (value, token.end)),
            None => None,
        };
        let (value, end) = found.unwrap_or_else(|| ("%".to_owned(), start + 1));
        output.push(&value)?;
        at = end;
    }
    output.push(&text[at..])?;
    Ok(output.finish())
}

/// What a token stands for; `None` when it has no value here and stays.
fn value(token: &Token<'_>, scope: &mut dyn TokenScope) -> Result<Option<String>, TokenError> {
    let raw = |index: usize| token.parameters.get(index).copied().unwrap_or_default();
    let number = |index: usize, scope: &mut dyn TokenScope| single(raw(index), scope);
    Ok(Some(match token.known {
        Known::Fixed(text) => text.to_owned(),
        Known::Character(character) => character.to_string(),
        Known::Simple(name) => return Ok(scope.simple(name)?),
        Known::MacOs(_) => return Ok(None),
        Known::Scoped => variable(token.name, scope)?,
        Known::Variable => variable(&parameter(raw(0), scope)?, scope)?,
        Known::Calculate => evaluate(raw(0), scope)?.to_string(),
        Known::CalculateFormat => {
            let pattern = parameter(raw(1), scope)?;
            with_pattern(number(0, scope)?, &pattern).ok_or(TokenError::Format(pattern))?
        }
        Known::InBase(base, digits) => in_base(number(0, scope)?, base, digits),
        Known::Date | Known::DatePlus | Known::DateMinus | Known::DateFor => date(token, scope)?,
        Known::SystemClipboard => scope.clipboard(Clipboard::System)?.unwrap_or_default(),
        Known::TriggerClipboard => scope.clipboard(Clipboard::Trigger)?.unwrap_or_default(),
        Known::PastClipboard => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the cast saturates; no history is as long"
            )]
            let place = number(0, scope)?.max(0.0) as usize;
            scope.clipboard(Clipboard::Past(place))?.unwrap_or_default()
        }
        Known::NamedClipboard => {
            let name = parameter(raw(0), scope)?;
            scope.clipboard(Clipboard::Named(&name))?.unwrap_or_default()
        }
        Known::Dictionary => {
            let (dictionary, key) = documents::dictionary_key(raw(0));
            let (dictionary, key) = (parameter(dictionary, scope)?, parameter(key, scope)?);
            scope.dictionary_value(dictionary.trim(), key.trim())?.unwrap_or_default()
        }
        Known::JsonValue(form) => documents::value_at(&parameter(raw(0), scope)?, form, scope)?,
        Known::JsonFromDictionary(form) => documents::of_dictionary(&parameter(raw(0), scope)?, form, scope)?,
        Known::JsonFromVariables(form) => documents::of_variables(&parameter(raw(0), scope)?, form, scope)?,
        Known::Desktop(known) => {
            let which = if known.chooses { parameter(raw(0), scope)? } else { "Front".to_owned() };
            let read = desktop::read(known, &which, scope)?;
            // Left standing, it would be wrong without anybody noticing.
            return if read.is_none() && scope.desktop().is_some() {
                Err(TokenError::Untold(token.name.to_owned()))
            } else {
                Ok(read)
            };
        }
    }))
}

/// A variable by its name, which may have an element and a delimiter behind it, or a field: `Size`, `Path[1]:`, `Size.width`.
fn variable(name: &str, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    if let (base, Some(part)) = split_field(name) {
        let text = scope.variable(base)?.unwrap_or_default();
        return Ok(field(&text, part).unwrap_or_default());
    }
    let Some((base, rest)) = name.split_once('[') else {
        return Ok(scope.variable(name)?.unwrap_or_default());
    };
    let text = scope.variable(base.trim_end())?.unwrap_or_default();
    let close = closing_bracket(rest);
    let delimiter = rest.get(close + 1..).unwrap_or_default();
    let index = single(&rest[..close], scope)?;
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates; elements beyond the list are empty")]
    let index = index as i64;
    Ok(element(&text, index, delimiter))
}

/// Where the bracket closes that was opened before the text; its end when none does.
fn closing_bracket(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, sign) in text.bytes().enumerate() {
        match sign {
            b'[' => depth += 1,
            b']' if depth == 0 => return at,
            b']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// A calculation that must give one number.
pub(super) fn single(expression: &str, scope: &mut dyn TokenScope) -> Result<f64, TokenError> {
    let value = evaluate(expression, scope)?;
    value.number().ok_or_else(|| TokenError::List(expression.chars().take(60).collect(), value.to_string()))
}

/// A whole number in a base, with zeros before it up to so many digits.
fn in_base(number: f64, base: u32, width: usize) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, as whole numbers of calculations do")]
    let whole = number.round() as i64;
    let sign = if whole < 0 { "-" } else { "" };
    let digits = match base {
        2 => format!("{:0width$b}", whole.unsigned_abs()),
        8 => format!("{:0width$o}", whole.unsigned_abs()),
        16 => format!("{:0width$X}", whole.unsigned_abs()),
        _ => format!("{:0width$}", whole.unsigned_abs()),
    };
    [sign, &digits].concat()
}

fn date(token: &Token<'_>, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    let now = scope.now();
    let (time, pattern) = match token.parameters[..] {
        [pattern] => (Some(now), pattern),
        [seconds, pattern] => {
            let seconds = single(seconds, scope)?;
            let since = jiff::SignedDuration::try_from_secs_f64(seconds).ok();
            let stamp = since.and_then(|since| jiff::Timestamp::from_duration(since).ok());
            (stamp.map(|stamp| stamp.to_zoned(now.time_zone().clone())), pattern)
        }
        [count, unit, pattern] => {
            let count = single(count, scope)?;
            let count = if token.known == Known::DateMinus { -count } else { count };
            (moved(&now, count, &parameter(unit, scope)?), pattern)
        }
        _ => return Ok(String::new()),
    };
    let time = time.ok_or_else(|| TokenError::Date(format!("{} is no time that can be reckoned", token.parameters.join(" "))))?;
    Ok(format_date(&time, &parameter(pattern, scope)?))
}
