//! Looks through a text for tokens that have no value here, before anything runs. It sees the tokens that the expander would meet
//! and nothing else.

use std::fmt;

use super::{
    desktop::is_told,
    grammar::{Grammar, Token},
    names::{Known, known},
};
use crate::macros::{
    calculation::{macos_function, needed_by},
    desktop::Desktop,
};

/// What stands for a token in an expression whose tokens are not known yet.
const PLACEHOLDER: &str = "(0)";

/// Why a token has no value here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The token of this name reads what only macOS has.
    MacOs(&'static str),
    /// The token of this name reads the desktop, and nothing is known of that part of it.
    Desktop(&'static str),
    /// A calculation in a token has this function, which only macOS has, or which reads an unknown part of the desktop.
    Function(&'static str),
}

/// Said of a text: “its text has …”.
impl fmt::Display for Lack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MacOs(token) => write!(formatter, "its text has the token %{token}%, which only macOS can give"),
            Self::Desktop(token) => {
                write!(
                    formatter,
                    "its text has the token %{token}%, which only macOS can give, or a desktop in [engine.simulate]"
                )
            }
            Self::Function(name) => {
                write!(formatter, "its calculation has the function {name}, which needs {}", needed_by(name))
            }
        }
    }
}

/// The first token in a text that has no value here: left standing, it would be wrong without anybody noticing.
#[must_use]
pub fn lack(text: &str, desktop: Option<&Desktop>) -> Option<Lack> {
    if text.contains('%') { scan(text, desktop).0 } else { None }
}

/// An expression with a value in the place of each token; `None` when it has none.
#[must_use]
pub fn without_tokens(expression: &str) -> Option<String> {
    let (_, rest, tokens) = scan(expression, None);
    tokens.then_some(rest)
}

/// What is lacking, the text with placeholders, and whether it has any.
fn scan(text: &str, desktop: Option<&Desktop>) -> (Option<Lack>, String, bool) {
    let grammar = Grammar::new(text);
    let mut rest = String::with_capacity(text.len());
    let (mut at, mut tokens, mut lack) = (0, false, None);
    while let Some(start) = text[at..].find(['%', '\\']).map(|start| at + start) {
        rest.push_str(&text[at..start]);
        at = start + 1;
        if text.as_bytes()[start] == b'\\' {
            // An escaped percent sign opens nothing; nor does an escaped backslash escape one.
            let escaped = text[at..].starts_with(['%', '\\']);
            rest.push_str(&text[start..at + usize::from(escaped)]);
            at += usize::from(escaped);
        } else if let Some(token) = grammar.token(start) {
            lack = lack.or_else(|| lacking(&token, desktop));
            if token.name.is_empty() {
                rest.push('%');
            } else {
                rest.push_str(PLACEHOLDER);
                tokens = true;
            }
            at = token.end;
        } else {
            lack = lack.or_else(|| unfinished(&text[at..], desktop));
            rest.push('%');
        }
    }
    rest.push_str(&text[at..]);
    (lack, rest, tokens)
}

/// What a token lacks, or a token in its parameters.
fn lacking(token: &Token<'_>, desktop: Option<&Desktop>) -> Option<Lack> {
    match token.known {
        Known::MacOs(name) => return Some(Lack::MacOs(name)),
        Known::Desktop(reads) if !is_told(reads, desktop) => return Some(Lack::Desktop(reads.name)),
        _ => {}
    }
    token.parameters.iter().enumerate().find_map(|(index, parameter)| {
        let (lack, rest, _) = scan(parameter, desktop);
        let function = || macos_function(&rest, desktop).map(Lack::Function).filter(|_| is_calculation(token.known, index));
        lack.or_else(function)
    })
}

/// Whether a parameter of a token is a calculation.
fn is_calculation(known: Known, index: usize) -> bool {
    let calculates = matches!(
        known,
        Known::Calculate
            | Known::CalculateFormat
            | Known::InBase(..)
            | Known::DatePlus
            | Known::DateMinus
            | Known::DateFor
            | Known::PastClipboard
    );
    calculates && index == 0
}

/// A name of the desktop's tokens without the parameter that it needs: its author meant the token.
fn unfinished(rest: &str, desktop: Option<&Desktop>) -> Option<Lack> {
    match known(&rest[..rest.find('%')?])? {
        Known::Desktop(token) if !is_told(token, desktop) => Some(Lack::Desktop(token.name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lack, lack, without_tokens};
    use crate::macros::desktop::Desktop;

    #[test]
    fn finds_tokens_without_a_value() {
        let cases = [
            ("a %Variable%x% %SystemClipboard%", None),
            ("%PastClipboard%2%", None),
            ("%PastClipboard%SCREENCOUNT%", Some(Lack::Function("SCREENCOUNT"))),
            ("%Variable%%MailSender%%", Some(Lack::MacOs("MailSender"))),
            ("a %Variable%x% %SafariURL%", Some(Lack::MacOs("SafariURL"))),
            ("%Calculate%1+%FrontWindowFrame%%", Some(Lack::Desktop("FrontWindowFrame"))),
            ("%Nope%Application%", Some(Lack::Desktop("Application"))),
            ("\\\\%Application%", Some(Lack::Desktop("Application"))),
            ("%Variable%x% 50% %TriggerValue%", None),
            ("%Variable%Application%", None),
            ("100%% %%CurrentUser%%", None),
            ("\\%Application%", None),
            ("%Dictionary[a,b]%", None),
            ("%Dictionary[a,%MailSender%]%", Some(Lack::MacOs("MailSender"))),
            ("%JSONValue%a.b%", None),
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
    fn a_pretended_desktop_answers() {
        let desktop = Desktop { mouse: Some([1.0, 2.0]), windows: Some(Vec::new()), ..Desktop::default() };
        let cases = [
            ("%CurrentMouse% %WindowName%1%", None),
            ("%Calculate%MOUSEX()%", None),
            ("%Screen%Main%", Some(Lack::Desktop("Screen"))),
            ("%Calculate%SCREENCOUNT%", Some(Lack::Function("SCREENCOUNT"))),
            ("%SafariURL%", Some(Lack::MacOs("SafariURL"))),
        ];
        for (text, expected) in cases {
            assert_eq!(lack(text, Some(&desktop)), expected, "{text}");
        }
        assert!(lack("%Screen%Main%", None).expect("a lack").to_string().contains("[engine.simulate]"));
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
