//! `config.example.toml`, made from the table of keys and the defaults.

use toml::Value;

use super::{
    key::Key,
    keys::{KEYS, SECTIONS},
    settings::Settings,
};

/// Longest line of prose, in characters.
const WIDTH: usize = 110;

const HEAD: &str = "\
# Settings of kmtop. Copy this file to ~/.config/kmtop/config.toml, or to the folder that KMTOP_HOME names.
# A key that is commented out shows its default. A flag goes before an environment variable, a variable before this file.
";

/// The text of `config.example.toml`: every key with what it does, what it may hold and its default. As it stands it sets
/// nothing; with the mark of each `#key` line taken away it sets every default.
#[must_use]
pub fn example() -> String {
    let defaults = Value::try_from(Settings::default()).unwrap_or(Value::Boolean(false));
    let mut lines: Vec<String> = HEAD.lines().map(str::to_owned).collect();
    for (section, about) in SECTIONS {
        if !section.is_empty() {
            lines.push(String::new());
            lines.extend(folded(about).iter().map(|line| format!("# {line}")));
            lines.push(format!("[{section}]"));
        }
        for key in KEYS.iter().filter(|key| key.section == *section) {
            lines.push(String::new());
            lines.extend(entry(key, &defaults));
        }
    }
    lines.join("\n") + "\n"
}

fn entry(key: &Key, defaults: &Value) -> Vec<String> {
    let path = key.path();
    let default = path.split('.').try_fold(defaults, |value, name| value.get(name)).map(shown).unwrap_or_default();
    let prose = folded(&format!("{} Write {}.", key.about, key.kind.wanted()));
    let mut lines: Vec<String> = prose.iter().map(|line| format!("# {line}")).collect();
    lines.push(format!("#{} = {default}", key.name));
    lines
}

/// A value as one would write it: limits without a needless `.0`.
fn shown(value: &Value) -> String {
    match value {
        Value::Float(number) => number.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn folded(prose: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in prose.split_whitespace() {
        let full = lines.last().is_some_and(|line| !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field of the settings is in the table and the other way round.
    #[test]
    fn the_table_and_the_settings_hold_the_same_keys() {
        let defaults = toml::Table::try_from(Settings::default()).expect("settings are a table");
        let mut of_settings: Vec<String> = Vec::new();
        paths("", &defaults, &mut of_settings);
        let mut of_table: Vec<String> = KEYS.iter().map(Key::path).collect();
        of_settings.sort();
        of_table.sort();
        assert_eq!(of_table, of_settings);
    }

    fn paths(section: &str, table: &toml::Table, found: &mut Vec<String>) {
        for (name, value) in table {
            let path = super::super::key::path(section, name);
            match value {
                Value::Table(inner) if SECTIONS.iter().any(|(section, _)| *section == path) => paths(&path, inner, found),
                _ => found.push(path),
            }
        }
    }

    /// The words of the table and the words that serde takes are the same.
    #[test]
    fn access_classes_agree() {
        let words: Vec<&str> = super::super::AccessClass::ALL.iter().map(|class| class.word()).collect();
        let key = super::super::keys::find("", "allow").expect("allow is a key");
        assert!(matches!(key.kind, super::super::kind::Kind::Words(known) if known == words));
    }
}
