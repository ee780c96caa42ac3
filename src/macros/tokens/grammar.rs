//! Where tokens begin and end. It says nothing of their values: the expander and the scanner before a run both ask here, so that
//! they see the same tokens.

use std::cell::Cell;

use super::names::{Known, known};
use crate::macros::variables::{is_name, split_element, split_field};

/// Deepest nesting of tokens in the parameters of tokens; deeper ones are left as they stand.
const MAX_NESTING: usize = 8;
/// Most tokens that are looked for in the parameters of others, in one text: a bound on the work that a text of nothing but opening
/// tokens can make.
const MOST_NESTED: u32 = 50_000;

/// The tokens of one text.
pub(super) struct Grammar<'a> {
    text: &'a str,
    nested: Cell<u32>,
}

/// A token in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) known: Known,
    /// Its name as it stands; of `%Dictionary[…]%` the word alone.
    pub(super) name: &'a str,
    /// Its parameters as they stand. Every percent sign in them opens a token.
    pub(super) parameters: Vec<&'a str>,
    /// Where it ends, behind its last percent sign.
    pub(super) end: usize,
}

impl<'a> Grammar<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, nested: Cell::new(0) }
    }

    /// Whether the text asked for more nested tokens than are looked for.
    pub(super) fn is_exhausted(&self) -> bool {
        self.nested.get() > MOST_NESTED
    }

    /// The token that begins at the percent sign at `start`, if one does. `%%` is one.
    pub(super) fn token(&self, start: usize) -> Option<Token<'a>> {
        self.at_depth(start, 0)
    }

    fn at_depth(&self, start: usize, depth: usize) -> Option<Token<'a>> {
        let from = start + 1;
        let rest = &self.text[from..];
        if rest.starts_with("Dictionary[") {
            let open = from + "Dictionary[".len();
            let (keys, end) = self.parameter(Known::Dictionary, open, depth)?;
            return Some(Token { known: Known::Dictionary, name: "Dictionary", parameters: vec![keys], end });
        }
        let name = &rest[..rest.find('%')?];
        let mut end = from + name.len() + 1;
        if name.is_empty() {
            return Some(Token { known: Known::Fixed("%"), name, parameters: Vec::new(), end });
        }
        let known = known(name).or_else(|| is_scoped_variable(name).then_some(Known::Scoped))?;
        let mut parameters = Vec::new();
        for _ in 0..known.parameters() {
            let (parameter, after) = self.parameter(known, end, depth)?;
            parameters.push(parameter);
            end = after;
        }
        Some(Token { known, name, parameters, end })
    }

    /// One parameter, and where it ends behind its closing percent sign; of `%Dictionary[…]%` also behind its bracket.
    fn parameter(&self, known: Known, start: usize, depth: usize) -> Option<(&'a str, usize)> {
        if depth >= MAX_NESTING {
            return None;
        }
        let (mut at, mut brackets) = (start, 0_i64);
        loop {
            let close = at + self.text[at..].find('%')?;
            let before = &self.text[start..close];
            brackets += bracket_balance(&self.text[at..close]);
            if known == Known::Dictionary && close > at && before.ends_with(']') {
                return Some((&before[..before.len() - 1], close + 1));
            }
            let nested = may_nest(known, before, brackets).then(|| self.nested_token(close, depth)).flatten();
            match nested {
                Some(end) => at = end,
                None if known == Known::Dictionary => return None,
                None => return Some((before, close + 1)),
            }
        }
    }

    /// Where the token ends that opens at a percent sign of a parameter, and not the text after the whole token.
    fn nested_token(&self, start: usize, depth: usize) -> Option<usize> {
        self.nested.set(self.nested.get().saturating_add(1));
        if self.is_exhausted() {
            return None;
        }
        self.at_depth(start, depth + 1).filter(|token| token.known.nests() && !token.name.is_empty()).map(|token| token.end)
    }
}

/// Whether a token may stand in a parameter behind this text. A variable's name holds one only at its start:
/// `%Variable%A%Variable%B%` is the variable A and then text. A path into JSON holds them where a step is.
fn may_nest(known: Known, before: &str, brackets: i64) -> bool {
    match known {
        Known::Variable => before.is_empty(),
        Known::JsonValue(_) => before.is_empty() || before.ends_with('.') || brackets > 0,
        _ => true,
    }
}

/// How many brackets of paths a text opens, less those that it closes.
fn bracket_balance(text: &str) -> i64 {
    text.bytes().fold(0, |balance, sign| match sign {
        b'[' | b'{' => balance + 1,
        b']' | b'}' => balance - 1,
        _ => balance,
    })
}

/// `%LocalName%` and `%InstanceName%`: variables whose names may stand alone, set or not.
pub(super) fn is_scoped_variable(name: &str) -> bool {
    let (base, _) = split_element(split_field(name).0);
    let prefix = ["local", "instance"].iter().any(|prefix| {
        base.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) && base.len() > prefix.len()
    });
    prefix && is_name(base)
}
