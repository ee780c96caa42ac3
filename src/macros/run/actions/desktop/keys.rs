//! Names of keys: macro files have the key codes and modifier masks of macOS (Carbon's `Events.h`).

/// Key codes and the names of their keys on an American keyboard.
const KEYS: [(u64, &str); 112] = [
    (0, "A"),
    (1, "S"),
    (2, "D"),
    (3, "F"),
    (4, "H"),
    (5, "G"),
    (6, "Z"),
    (7, "X"),
    (8, "C"),
    (9, "V"),
    (10, "§"),
    (11, "B"),
    (12, "Q"),
    (13, "W"),
    (14, "E"),
    (15, "R"),
    (16, "Y"),
    (17, "T"),
    (18, "1"),
    (19, "2"),
    (20, "3"),
    (21, "4"),
    (22, "6"),
    (23, "5"),
    (24, "="),
    (25, "9"),
    (26, "7"),
    (27, "-"),
    (28, "8"),
    (29, "0"),
    (30, "]"),
    (31, "O"),
    (32, "U"),
    (33, "["),
    (34, "I"),
    (35, "P"),
    (36, "Return"),
    (37, "L"),
    (38, "J"),
    (39, "'"),
    (40, "K"),
    (41, ";"),
    (42, "\\"),
    (43, ","),
    (44, "/"),
    (45, "N"),
    (46, "M"),
    (47, "."),
    (48, "Tab"),
    (49, "Space"),
    (50, "`"),
    (51, "Delete"),
    (53, "Escape"),
    (54, "Right Command"),
    (55, "Command"),
    (56, "Shift"),
    (57, "Caps Lock"),
    (58, "Option"),
    (59, "Control"),
    (60, "Right Shift"),
    (61, "Right Option"),
    (62, "Right Control"),
    (63, "Fn"),
    (64, "F17"),
    (65, "Keypad ."),
    (67, "Keypad *"),
    (69, "Keypad +"),
    (71, "Clear"),
    (75, "Keypad /"),
    (76, "Enter"),
    (78, "Keypad -"),
    (79, "F18"),
    (80, "F19"),
    (81, "Keypad ="),
    (82, "Keypad 0"),
    (83, "Keypad 1"),
    (84, "Keypad 2"),
    (85, "Keypad 3"),
    (86, "Keypad 4"),
    (87, "Keypad 5"),
    (88, "Keypad 6"),
    (89, "Keypad 7"),
    (90, "F20"),
    (91, "Keypad 8"),
    (92, "Keypad 9"),
    (96, "F5"),
    (97, "F6"),
    (98, "F7"),
    (99, "F3"),
    (100, "F8"),
    (101, "F9"),
    (103, "F11"),
    (105, "F13"),
    (106, "F16"),
    (107, "F14"),
    (109, "F10"),
    (111, "F12"),
    (113, "F15"),
    (114, "Help"),
    (115, "Home"),
    (116, "Page Up"),
    (117, "Forward Delete"),
    (118, "F4"),
    (119, "End"),
    (120, "F2"),
    (121, "Page Down"),
    (122, "F1"),
    (123, "←"),
    (124, "→"),
    (125, "↓"),
    (126, "↑"),
    (160, "Mission Control"),
];

/// Modifier masks in the order in which macOS writes them.
const MODIFIERS: [(u64, &str); 4] = [(4096, "⌃"), (2048, "⌥"), (512, "⇧"), (256, "⌘")];

/// The modifiers of a mask: `⌃⌥⇧⌘`.
pub(super) fn modifiers(mask: u64) -> String {
    MODIFIERS.iter().filter(|(bit, _)| mask & bit != 0).map(|(_, sign)| *sign).collect()
}

/// A key with its modifiers: `⇧⌘V`.
pub(super) fn name(code: u64, mask: u64) -> String {
    let key = KEYS.iter().find(|(known, _)| *known == code).map_or_else(|| format!("key {code}"), |(_, name)| (*name).to_owned());
    modifiers(mask) + &key
}

#[cfg(test)]
mod tests {
    use super::{KEYS, name};

    #[test]
    fn keys_have_names() {
        assert_eq!(name(9, 256), "⌘V");
        assert_eq!(name(8, 4096 + 2048 + 512 + 256), "⌃⌥⇧⌘C");
        assert_eq!(name(36, 0), "Return");
        assert_eq!(name(118, 0), "F4");
        assert_eq!(name(200, 256), "⌘key 200");
        assert!(KEYS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
