//! Keys of the user's own: a TOML file of actions and the keys that do them.

use std::fmt;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{BINDINGS, Binding, Key, Keymap};

/// What is wrong with a file of keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct KeysError {
    /// The file.
    pub file: String,
    /// Each fault with its line, from 1.
    pub faults: Vec<(usize, String)>,
}

impl fmt::Display for KeysError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> = self.faults.iter().map(|(line, text)| format!("{}:{line}: {text}", self.file)).collect();
        formatter.write_str(&faults.join("\n"))
    }
}

impl Keymap {
    /// The keys of the table with those of this text instead: one line for each action, `zoom = "f"` or `quit = ["q", "F10"]`; an empty
    /// list leaves an action without a key.
    ///
    /// # Errors
    /// [`KeysError`] when an action or a key is not known, or two actions want the same key. Nothing of such a text is taken.
    pub fn read(file: &str, text: &str) -> Result<Self, KeysError> {
        let refused = |faults: Vec<(usize, String)>| KeysError { file: file.to_owned(), faults };
        let document = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            refused(vec![(line, error.message().to_owned())])
        })?;
        let mut map = Self::default();
        let mut faults = Vec::new();
        for (name, value) in document.get_ref() {
            let line = line_of(text, name.span().start);
            match (find(name.get_ref()), keys(value)) {
                (Err(fault), _) | (_, Err(fault)) => faults.push((line, fault)),
                (Ok(at), Ok(keys)) => {
                    map.bound[at].keys = keys;
                    map.bound[at].line = Some(line);
                }
            }
        }
        faults.extend(conflicts(&map));
        faults.sort();
        if faults.is_empty() { Ok(map) } else { Err(refused(faults)) }
    }
}

/// The place of an action in the table.
fn find(name: &str) -> Result<usize, String> {
    if let Some(at) = BINDINGS.iter().position(|binding| binding.name == name) {
        return Ok(at);
    }
    let near = |binding: &&Binding| strsim::jaro_winkler(binding.name, name);
    let nearest = BINDINGS.iter().max_by(|one, other| near(one).total_cmp(&near(other)));
    let hint = nearest.map(|binding| format!("; the nearest is `{}`", binding.name)).unwrap_or_default();
    Err(format!("there is no action `{name}`{hint}"))
}

fn keys(value: &Spanned<DeValue<'_>>) -> Result<Vec<Key>, String> {
    let one = |value: &DeValue<'_>| {
        let text = value.as_str().ok_or("keys are texts, like \"q\" or \"Ctrl-P\"")?;
        Key::parse(text).ok_or_else(|| format!("`{text}` is no key; write a letter, Ctrl-P, F5, Enter, PgUp and the like"))
    };
    match value.get_ref() {
        DeValue::Array(list) => list.iter().map(|value| one(value.get_ref())).collect(),
        single => Ok(vec![one(single)?]),
    }
}

/// Keys that two actions want, told at the line of the later one.
fn conflicts(map: &Keymap) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    for (at, bound) in map.bound.iter().enumerate() {
        for key in &bound.keys {
            let earlier = map.bound[..at].iter().find(|other| other.keys.contains(key));
            let Some(other) = earlier else { continue };
            // The file's own line is told; where both stand in it, that of the second.
            let (told, against) = if bound.line >= other.line { (bound, other) } else { (other, bound) };
            let whose = against.line.map_or_else(|| "by default".to_owned(), |line| format!("in line {line}"));
            let (name, against) = (told.binding.name, against.binding.name);
            let text = format!("`{name}` wants {}, which is the key of `{against}` {whose}; give that one another", key.name());
            faults.push((told.line.unwrap_or(1), text));
        }
    }
    faults
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;
    use crate::tui::keymap::Action;

    fn faults(text: &str) -> String {
        Keymap::read("keys.toml", text).expect_err("refused").to_string()
    }

    #[test]
    fn a_file_gives_actions_other_keys() {
        let map = Keymap::read("keys.toml", "zoom = \"f\"\nfollow = []\nquit = [\"F10\", \"ctrl-q\"]\n").expect("taken");
        let does = |code, modifiers| map.find(&KeyEvent::new(code, modifiers)).map(|binding| binding.action);
        assert_eq!(does(KeyCode::Char('f'), KeyModifiers::NONE), Some(Action::Zoom));
        assert_eq!(does(KeyCode::Char('z'), KeyModifiers::NONE), None, "the old key is free");
        assert_eq!(does(KeyCode::F(10), KeyModifiers::NONE), Some(Action::Quit));
        assert_eq!(does(KeyCode::Char('q'), KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(map.key_of(Action::Zoom).as_deref(), Some("f"));
        assert_eq!(map.key_of(Action::Follow), None);
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_line() {
        assert_eq!(
            faults("# mine\nzoom = \"q\"\n"),
            "keys.toml:2: `zoom` wants q, which is the key of `quit` by default; give that one another"
        );
        let both = faults("zoom = \"F5\"\nview = \"F5\"\n");
        assert_eq!(both, "keys.toml:2: `view` wants F5, which is the key of `zoom` in line 1; give that one another");
        assert!(faults("zom = \"f\"\n").starts_with("keys.toml:1: there is no action `zom`; the nearest is `zoom`"));
        assert!(faults("zoom = \"hyper-x\"").contains("is no key"));
        assert!(faults("zoom = 3").contains("keys are texts"));
        assert!(faults("zoom = ").starts_with("keys.toml:1: "));
        assert_eq!(faults("zom = \"f\"\nvue = \"g\"\n").lines().count(), 2, "all faults at once");
    }
}
