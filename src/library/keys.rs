//! Names of keys: `⌃⌥K` for key code 40 with two modifiers.
//!
//! The codes are those of an American keyboard in `Events.h` of macOS (`kVK_ANSI_A` …), the modifiers Carbon's (`cmdKey` …).

/// A key code that stands for no key.
const NO_KEY: u64 = 32_767;

/// Modifiers in the order in which macOS shows them.
const MODIFIERS: [(u64, char); 4] = [(0x1000, '⌃'), (0x0800, '⌥'), (0x0200, '⇧'), (0x0100, '⌘')];
/// All modifiers that tell one hot key from another.
pub(super) const TELLING: u64 = 0x1b00;

/// The name of a key with its modifiers; `None` when the code stands for no key.
#[must_use]
pub fn key_name(code: u64, modifiers: u64) -> Option<String> {
    if code == NO_KEY {
        return None;
    }
    let mut name: String = MODIFIERS.iter().filter(|(bit, _)| modifiers & bit != 0).map(|(_, sign)| *sign).collect();
    match key(code) {
        Some(key) => name.push_str(key),
        None => name.extend(["key ", &code.to_string()]),
    }
    Some(name)
}

/// The rows of a keyboard: first code and the names of it and its followers; an empty name is a code without a key.
const ROWS: [(u64, &[&str]); 12] = [
    (0, &["A", "S", "D", "F", "H", "G", "Z", "X", "C", "V", "§", "B", "Q", "W", "E", "R", "Y", "T"]),
    (18, &["1", "2", "3", "4", "6", "5", "=", "9", "7", "-", "8", "0", "]", "O", "U", "[", "I", "P"]),
    (36, &["Return", "L", "J", "'", "K", ";", "\\", ",", "/", "N", "M", ".", "Tab", "Space", "`", "Delete", "", "Escape"]),
    (64, &["F17", "Keypad .", "", "Keypad *", "", "Keypad +", "", "Clear"]),
    (75, &["Keypad /", "Enter", "", "Keypad -", "F18", "F19", "Keypad ="]),
    (82, &["Keypad 0", "Keypad 1", "Keypad 2", "Keypad 3", "Keypad 4", "Keypad 5", "Keypad 6", "Keypad 7"]),
    (90, &["F20", "Keypad 8", "Keypad 9"]),
    (96, &["F5", "F6", "F7", "F3", "F8", "F9", "", "F11"]),
    (105, &["F13", "F16", "F14", "", "F10", "", "F12"]),
    (113, &["F15", "Help", "Home", "Page Up", "Forward Delete"]),
    (118, &["F4", "End", "F2", "Page Down", "F1"]),
    (123, &["←", "→", "↓", "↑"]),
];

fn key(code: u64) -> Option<&'static str> {
    let in_row = |(first, names): &(u64, &'static [&'static str])| {
        let position = usize::try_from(code.checked_sub(*first)?).ok()?;
        names.get(position).copied()
    };
    ROWS.iter().find_map(in_row).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::key_name;

    #[test]
    fn keys_are_named_as_macos_shows_them() {
        let names = [
            (40, 0x1800, "⌃⌥K"),
            (49, 0x0100, "⌘Space"),
            (0, 0x1b00, "⌃⌥⇧⌘A"),
            (53, 0, "Escape"),
            (122, 0, "F1"),
            (111, 0, "F12"),
            (92, 0, "Keypad 9"),
            (126, 0x0200, "⇧↑"),
            (50, 0, "`"),
            (200, 0x0100, "⌘key 200"),
            (52, 0, "key 52"),
        ];
        for (code, modifiers, name) in names {
            assert_eq!(key_name(code, modifiers).as_deref(), Some(name));
        }
        assert_eq!(key_name(32_767, 0), None);
    }
}
