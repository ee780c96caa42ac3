//! A key as it is typed, and how its name is written.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key.
    pub code: KeyCode,
    /// Whether Control is held.
    pub control: bool,
}

/// Keys that have a name instead of a letter, as they are shown and as they are written.
const NAMED: [(&str, KeyCode); 16] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
];

impl Key {
    pub(super) const fn char(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), control: false }
    }

    pub(super) const fn control(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), control: true }
    }

    pub(super) const fn code(code: KeyCode) -> Self {
        Self { code, control: false }
    }

    /// Whether this event is this key. Shift is part of the letter that it makes; Alt makes another key of it.
    pub(super) fn matches(self, event: &KeyEvent) -> bool {
        let modifiers = event.modifiers;
        self.code == event.code
            && self.control == modifiers.contains(KeyModifiers::CONTROL)
            && !modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META)
    }

    /// The key's name.
    #[must_use]
    pub fn name(self) -> String {
        let named = NAMED.iter().find(|(_, code)| *code == self.code).map(|(name, _)| (*name).to_owned());
        let name = named.unwrap_or_else(|| match self.code {
            KeyCode::Char(letter) if self.control => letter.to_ascii_uppercase().to_string(),
            KeyCode::Char(letter) => letter.to_string(),
            KeyCode::F(number) => format!("F{number}"),
            other => format!("{other:?}"),
        });
        if self.control { format!("Ctrl-{name}") } else { name }
    }

    /// The key with this name: a letter, `Ctrl-` and a letter, `F1` to `F12`, or a word like `Enter` or `PgUp`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = text.chars();
        if let (Some(letter), None) = (letters.next(), letters.next()) {
            return (letter != ' ' && !letter.is_control()).then_some(Self::char(letter));
        }
        if let Some((_, code)) = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Some(Self::code(*code));
        }
        let (prefix, rest) = text.split_once('-').unwrap_or_default();
        if ["ctrl", "control", "c"].iter().any(|word| prefix.eq_ignore_ascii_case(word)) {
            // Ctrl-I is Tab and Ctrl-M is Enter in every terminal.
            let inner = Self::parse(&rest.to_lowercase()).filter(|key| !matches!(key.code, KeyCode::Char('i' | 'm' | '[')))?;
            return Some(Self { control: true, ..inner });
        }
        let number: u8 = text.strip_prefix(['F', 'f'])?.parse().ok()?;
        (1..=12).contains(&number).then_some(Self::code(KeyCode::F(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_written() {
        for (name, code) in NAMED {
            assert_eq!(Key::parse(name), Some(Key::code(code)), "{name}");
            assert_eq!(Key::code(code).name(), name);
        }
        for (text, key) in [
            ("q", Key::char('q')),
            ("Q", Key::char('Q')),
            ("-", Key::char('-')),
            ("ctrl-P", Key::control('p')),
            ("f5", Key::code(KeyCode::F(5))),
            ("pgup", Key::code(KeyCode::PageUp)),
        ] {
            assert_eq!(Key::parse(text), Some(key), "{text}");
        }
        for wrong in ["", " ", "qq", "Ctrl-", "ctrl-i", "F13", "Alt-x", "\u{7}"] {
            assert_eq!(Key::parse(wrong), None, "{wrong:?}");
        }
    }
}
