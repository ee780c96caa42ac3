//! Collects the expanded text, and changes its case as `\U \L \E \u \l` say.

use super::{MAX_TEXT, TokenError};

/// A case that letters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
}

#[derive(Default)]
pub(super) struct Writer {
    text: String,
    /// Until `\E`.
    all: Option<Case>,
    /// Of the next character alone.
    next: Option<Case>,
}

impl Writer {
    pub(super) fn push(&mut self, text: &str) -> Result<(), TokenError> {
        if self.all.is_none() && self.next.is_none() {
            self.text.push_str(text);
        } else {
            for character in text.chars() {
                match self.next.take().or(self.all) {
                    Some(Case::Upper) => self.text.extend(character.to_uppercase()),
                    Some(Case::Lower) => self.text.extend(character.to_lowercase()),
                    None => self.text.push(character),
                }
            }
        }
        if self.text.len() > MAX_TEXT { Err(TokenError::TooLong) } else { Ok(()) }
    }

    /// What a letter behind a backslash does to the case; whether it does anything.
    pub(super) fn switch(&mut self, letter: char) -> bool {
        match letter {
            'U' => self.all = Some(Case::Upper),
            'L' => self.all = Some(Case::Lower),
            'E' => (self.all, self.next) = (None, None),
            'u' => self.next = Some(Case::Upper),
            'l' => self.next = Some(Case::Lower),
            _ => return false,
        }
        true
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
