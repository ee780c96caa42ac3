//! Looks through a text for tokens that have no value here, before anything runs. It walks as the expander does, so that it finds
//! what the expander would meet and nothing else.

use super::{
    expand::{MAX_NESTING, hexadecimal, is_scoped_variable},
    names::{FIXED, MACOS, NOT_BUILT, SIMPLE, WITH_PARAMETERS},
};
use crate::macros::{calculation::macos_function, desktop::Desktop};

/// What stands for a token in an expression whose tokens are not known yet.
const PLACEHOLDER: &str = "(0)";

/// Why a token has no value here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The token of this name reads what only macOS has.
    MacOs(&'static str),
    /// The token of this name is not built into this engine yet.
    NotBuilt(&'static str),
    /// A calculation in a token has this function, which only macOS has.
    Function(&'static str),
}

/// The first token in a text that has no value here: left standing, it would be wrong without anybody noticing.
#[must_use]
pub fn lack(text: &str, desktop: Option<&Desktop>) -> Option<Lack> {
    scan(text, desktop).0
}

/// An expression with a value in the place of each token; `None` when it has none.
#[must_use]
pub fn without_tokens(expression: &str) -> Option<String> {
    let (_, rest, tokens) = scan(expression, None);
    tokens.then_some(rest)
}

/// What is lacking, the text with placeholders, and whether it has any.
fn scan(text: &str, desktop: Option<&Desktop>) -> (Option<Lack>, String, bool) {
    let mut scan = Scan { text, desktop, lack: None };
    let mut rest = String::with_capacity(text.len());
    let (mut at, mut tokens) = (0, false);
    while let Some(start) = text[at..].find(['%', '\\']).map(|start| at + start) {
        rest.push_str(&text[at..start]);
        at = start + 1;
        if text.as_bytes()[start] == b'\\' {
            // An escaped percent sign opens nothing; nor does an escaped backslash escape one.
            let escaped = text[at..].starts_with(['%', '\\']);
            rest.push_str(&text[start..at + usize::from(escaped)]);
            at += usize::from(escaped);
        } else if text[at..].starts_with('%') {
            rest.push('%');
            at += 1;
        } else if let Some(end) = scan.token(start, 0) {
            rest.push_str(PLACEHOLDER);
            tokens = true;
            at = end;
        } else {
            rest.push('%');
        }
    }
    rest.push_str(&text[at..]);
    (scan.lack, rest, tokens)
}

struct Scan<'a> {
    text: &'a str,
    desktop: Option<&'a Desktop>,
    lack: Option<Lack>,
}

impl Scan<'_> {
    /// Where the token that starts at the percent sign at `start` ends, if one starts there.
    fn token(&mut self, start: usize, depth: usize) -> Option<usize> {
        let from = start + 1;
        let (name, after) = self.name(start)?;
        if name.is_empty() {
            return Some(from + 1);
        }
        if let Some(lack) = lacking(name) {
            self.lack.get_or_insert(lack);
            return Some(after);
        }
        if let Some((known, parameters)) = WITH_PARAMETERS.iter().find(|(known, _)| *known == name) {
            let mut at = after;
            for _ in 0..*parameters {
                at = self.parameter(known, at, depth).filter(|_| depth < MAX_NESTING)?;
            }
            return Some(at);
        }
        let stands = FIXED.iter().any(|(known, _)| *known == name) || SIMPLE.contains(&name);
        (stands || hexadecimal(name).is_some() || is_scoped_variable(name)).then_some(after)
    }

    /// Where a parameter ends, behind its closing percent sign.
    fn parameter(&mut self, name: &str, start: usize, depth: usize) -> Option<usize> {
        let mut parameter = String::new();
        let mut at = start;
        loop {
            let close = at + self.text[at..].find('%')?;
            parameter.push_str(&self.text[at..close]);
            let may_nest = (close == start || name != "Variable") && depth < MAX_NESTING;
            let nested = if may_nest && self.opens(close) { self.token(close, depth + 1) } else { None };
            let Some(end) = nested else {
                if let Some(function) = macos_function(&parameter, self.desktop).filter(|_| name == "Calculate") {
                    self.lack.get_or_insert(Lack::Function(function));
                }
                return Some(close + 1);
            };
            parameter.push_str(PLACEHOLDER);
            at = end;
        }
    }

    /// Whether a token opens at this percent sign of a parameter. Those that have no value here open too: their author meant them.
    fn opens(&self, at: usize) -> bool {
        self.name(at).is_some_and(|(name, _)| {
            let known = WITH_PARAMETERS.iter().any(|(known, _)| *known == name) || SIMPLE.contains(&name);
            known || is_scoped_variable(name) || lacking(name).is_some()
        })
    }

    /// The text up to the next percent sign, and where that sign ends.
    fn name(&self, start: usize) -> Option<(&str, usize)> {
        let rest = &self.text[start + 1..];
        rest.find('%').map(|close| (&rest[..close], start + close + 2))
    }
}

fn lacking(name: &str) -> Option<Lack> {
    if let Some(known) = MACOS.iter().find(|known| **known == name) {
        return Some(Lack::MacOs(known));
    }
    // These name what they read in brackets or in a parameter.
    let word = name.split_once('[').map_or(name, |(word, _)| word);
    NOT_BUILT.iter().find(|known| **known == word).map(|known| Lack::NotBuilt(known))
}

#[cfg(test)]
mod tests {
    use super::{Lack, lack, without_tokens};

    #[test]
    fn finds_tokens_without_a_value() {
        let cases = [
            ("a %Variable%x% %SystemClipboard%", Some(Lack::MacOs("SystemClipboard"))),
            ("%PastClipboard%2%", Some(Lack::MacOs("PastClipboard"))),
            ("%Variable%%SystemClipboard%%", Some(Lack::MacOs("SystemClipboard"))),
            ("%Calculate%1+%FrontWindowFrame%%", Some(Lack::MacOs("FrontWindowFrame"))),
            ("%Nope%Application%", Some(Lack::MacOs("Application"))),
            ("\\\\%Application%", Some(Lack::MacOs("Application"))),
            ("%Variable%x% 50% %TriggerValue%", None),
            ("%Variable%Application%", None),
            ("100%% %%CurrentUser%%", None),
            ("\\%Application%", None),
            ("%Dictionary[a,b]%", Some(Lack::NotBuilt("Dictionary"))),
            ("%JSONValue%a.b%", Some(Lack::NotBuilt("JSONValue"))),
            ("%Variable%Dictionary%", None),
            ("%Calculate%SCREEN(Main,Width)%", Some(Lack::Function("SCREEN"))),
            ("%Calculate%1+%Variable%x%*MOUSEX()%", Some(Lack::Function("MOUSEX"))),
            ("%Calculate%1+%Variable%WINDOW%%", None),
            ("SCREEN(Main,Width)", None),
        ];
        for (text, expected) in cases {
            assert_eq!(lack(text, None), expected, "{text}");
        }
    }

    #[test]
    fn tokens_become_values() {
        assert_eq!(without_tokens("50% + 20"), None);
        assert_eq!(without_tokens("%Variable%WINDOW%*2").as_deref(), Some("(0)*2"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[%\\\\A-Za-z0-9 ä\\[\\]]{0,80}") {
            let _ = (lack(&text, None), without_tokens(&text));
        }

        #[test]
        fn never_panics_on_tokens(parts in proptest::collection::vec(proptest::sample::select(
            &["%Variable%", "%", "Näme", "%Calculate%", "%ICUDateTimePlus%", "1", "%Application%", "\\"][..]), 0..30)) {
            let _ = lack(&parts.concat(), None);
        }
    }
}
