//! Expands the tokens of a text.

use super::{
    MAX_TEXT, TokenError, TokenScope, format_date, moved,
    names::{FIXED, SIMPLE, WITH_PARAMETERS},
};
use crate::macros::{
    calculation::{calculate, format_number, parse_number},
    variables::{element, split_element},
};

/// Deepest nesting of tokens in the parameters of tokens; deeper ones are left as they stand.
pub(super) const MAX_NESTING: usize = 8;

/// Whether backslashes in the text mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escapes {
    /// `\n`, `\t`, `\\`, `\%` and the like are replaced.
    Process,
    /// They stay: for scripts, paths and regular expressions.
    Keep,
}

/// Replaces the tokens of a text, once.
///
/// # Errors
/// [`TokenError`] when a calculation in a token fails, a date cannot be reckoned, or the host fails.
pub fn expand(text: &str, escapes: Escapes, scope: &mut dyn TokenScope) -> Result<String, TokenError> {
    if !text.contains(['%', '\\']) {
        return Ok(text.to_owned());
    }
    Expander { text, escapes, scope }.all()
}

struct Expander<'a> {
    text: &'a str,
    escapes: Escapes,
    scope: &'a mut dyn TokenScope,
}

/// A token's text and where in the source it ended.
type Found = Option<(String, usize)>;

impl Expander<'_> {
    fn all(&mut self) -> Result<String, TokenError> {
        let mut output = String::with_capacity(self.text.len());
        let mut at = 0;
        while let Some(start) = self.text[at..].find(['%', '\\']).map(|start| at + start) {
            output.push_str(&self.text[at..start]);
            at = start + 1;
            if self.text.as_bytes()[start] == b'\\' {
                at = self.escape(start, &mut output);
            } else if let Some((value, end)) = self.token(start, 0)? {
                if output.len() + value.len() > MAX_TEXT {
                    return Err(TokenError::TooLong);
                }
                output.push_str(&value);
                at = end;
            } else {
                output.push('%');
            }
        }
        output.push_str(&self.text[at..]);
        Ok(output)
    }

    /// A backslash at `at`; gives where to go on.
    fn escape(&self, at: usize, output: &mut String) -> usize {
        let next = self.text[at + 1..].chars().next();
        let meant = match next {
            Some('%') => Some('%'),
            _ if self.escapes == Escapes::Keep => None,
            Some('n') => Some('\n'),
            Some('t') => Some('\t'),
            Some('r') => Some('\r'),
            Some('\\') => Some('\\'),
            Some('a') => Some('\u{7}'),
            Some('b') => Some('\u{8}'),
            Some('e') => Some('\u{1b}'),
            Some('f') => Some('\u{c}'),
            _ => None,
        };
        output.push(meant.unwrap_or('\\'));
        at + 1 + usize::from(meant.is_some())
    }

    /// The token that starts at the percent sign at `start`, if one does.
    fn token(&mut self, start: usize, depth: usize) -> Result<Found, TokenError> {
        let from = start + 1;
        if self.text[from..].starts_with('%') {
            return Ok(Some(("%".into(), from + 1)));
        }
        let Some(close) = self.text[from..].find('%').map(|close| from + close) else {
            return Ok(None);
        };
        let (name, after) = (&self.text[from..close], close + 1);
        if let Some((_, value)) = FIXED.iter().find(|(known, _)| *known == name) {
            return Ok(Some(((*value).to_owned(), after)));
        }
        if SIMPLE.contains(&name) {
            return Ok(self.scope.simple(name)?.map(|value| (value, after)));
        }
        if let Some((known, parameters)) = WITH_PARAMETERS.iter().find(|(known, _)| *known == name) {
            return if depth < MAX_NESTING { self.with_parameters(known, *parameters, after, depth) } else { Ok(None) };
        }
        if let Some(character) = hexadecimal(name) {
            return Ok(Some((character.to_string(), after)));
        }
        if is_scoped_variable(name) {
            return self.variable(name, "").map(|value| Some((value, after)));
        }
        Ok(None)
    }

    fn with_parameters(&mut self, name: &str, count: usize, mut at: usize, depth: usize) -> Result<Found, TokenError> {
        let mut parameters = Vec::with_capacity(count);
        for _ in 0..count {
            let Some((parameter, end)) = self.parameter(name, at, depth)? else {
                return Ok(None);
            };
            parameters.push(parameter);
            at = end;
        }
        let value = match name {
            "Variable" => {
                let (name, delimiter) = match parameters[0].rfind(']') {
                    Some(close) => parameters[0].split_at(close + 1),
                    None => (parameters[0].as_str(), ""),
                };
                self.variable(name, delimiter)?
            }
            "Calculate" => self.number(&parameters[0]).map(format_number)?,
            _ => self.date(name, &parameters)?,
        };
        Ok(Some((value, at)))
    }

    /// One parameter, up to its closing percent sign; tokens within it are expanded. A variable's name holds a token only at its
    /// start: `%Variable%A%Variable%B%` is the variable A and then text.
    fn parameter(&mut self, name: &str, start: usize, depth: usize) -> Result<Found, TokenError> {
        let mut parameter = String::new();
        let mut at = start;
        loop {
            let Some(close) = self.text[at..].find('%').map(|close| at + close) else {
                return Ok(None);
            };
            parameter.push_str(&self.text[at..close]);
            let may_nest = close == start || name != "Variable";
            let nested = if may_nest && self.opens(close) { self.token(close, depth + 1)? } else { None };
            match nested {
                Some((value, _)) if parameter.len() + value.len() > MAX_TEXT => {
                    return Err(TokenError::TooLong);
                }
                Some((value, end)) => {
                    parameter.push_str(&value);
                    at = end;
                }
                None => return Ok(Some((parameter, close + 1))),
            }
        }
    }

    /// Whether a known token opens at this percent sign, and not the text after a token closes.
    fn opens(&self, at: usize) -> bool {
        let rest = &self.text[at + 1..];
        let Some(name) = rest.find('%').map(|close| &rest[..close]) else {
            return false;
        };
        WITH_PARAMETERS.iter().any(|(known, _)| *known == name) || SIMPLE.contains(&name) || is_scoped_variable(name)
    }

    fn variable(&mut self, name: &str, delimiter: &str) -> Result<String, TokenError> {
        let (base, index) = split_element(name);
        let value = self.scope.variable(base)?.unwrap_or_default();
        let Some(index) = index else { return Ok(value) };
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates; elements beyond the list are empty")]
        let index = self.number(index)? as i64;
        Ok(element(&value, index, delimiter))
    }

    fn number(&mut self, expression: &str) -> Result<f64, TokenError> {
        match parse_number(expression) {
            Some(number) => Ok(number),
            None => Ok(calculate(expression, &mut Narrow(self.scope))?),
        }
    }

    fn date(&mut self, name: &str, parameters: &[String]) -> Result<String, TokenError> {
        let now = self.scope.now();
        let (time, pattern) = match (name, parameters) {
            ("ICUDateTime", [pattern]) => (Some(now), pattern),
            ("ICUDateTimeFor", [seconds, pattern]) => {
                let seconds = self.number(seconds)?;
                let stamp = jiff::SignedDuration::try_from_secs_f64(seconds)
                    .ok()
                    .and_then(|since| jiff::Timestamp::from_duration(since).ok());
                (stamp.map(|stamp| stamp.to_zoned(now.time_zone().clone())), pattern)
            }
            (_, [count, unit, pattern]) => {
                let count = self.number(count)?;
                let count = if name == "ICUDateTimeMinus" { -count } else { count };
                (moved(&now, count, unit), pattern)
            }
            _ => return Ok(String::new()),
        };
        let time = time.ok_or_else(|| TokenError::Date(format!("{} is no time that can be reckoned", parameters.join(" "))))?;
        Ok(format_date(&time, pattern))
    }
}

/// A token scope as the scope of a calculation.
struct Narrow<'a>(&'a mut dyn TokenScope);

impl crate::macros::calculation::Scope for Narrow<'_> {
    fn variable(&mut self, name: &str) -> Result<Option<String>, crate::macros::host::HostError> {
        self.0.variable(name)
    }

    fn now(&mut self) -> jiff::Zoned {
        self.0.now()
    }

    fn random(&mut self) -> f64 {
        self.0.random()
    }

    fn clipboard_seed(&mut self) -> Result<u64, crate::macros::host::HostError> {
        self.0.clipboard_seed()
    }

    fn desktop(&self) -> Option<&crate::macros::desktop::Desktop> {
        self.0.desktop()
    }

    fn count(&self) -> Option<usize> {
        self.0.count()
    }
}

/// `%0A%` and `%2026%` are characters by their number.
pub(super) fn hexadecimal(name: &str) -> Option<char> {
    if !matches!(name.len(), 2 | 4) || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(name, 16).ok().and_then(char::from_u32)
}

/// `%LocalName%` and `%InstanceName%`: variables whose names may stand alone.
pub(super) fn is_scoped_variable(name: &str) -> bool {
    let (base, _) = split_element(name);
    let prefix = ["local", "instance"].iter().any(|prefix| {
        base.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) && base.len() > prefix.len()
    });
    prefix && super::super::variables::is_name(base)
}
