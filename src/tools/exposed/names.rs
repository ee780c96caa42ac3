//! Names of tools from names of macros: valid for every client, and the same as long as the macro's own name is.

use std::collections::HashMap;

/// Longest name, without what tells two of one name apart.
const LONGEST: usize = 50;
/// Characters of a UUID that tell two of one name apart.
const APART: usize = 8;

/// The tools' names of macros, given by UUID and name, in their order.
pub(super) fn of<'a>(macros: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Vec<String> {
    let mut count: HashMap<String, usize> = HashMap::new();
    for (_, name) in macros.clone() {
        *count.entry(plain(name)).or_default() += 1;
    }
    let name = |(uid, name): (&str, &str)| match plain(name) {
        plain if plain.is_empty() => format!("macro_{}", apart(uid)),
        // Each of them, so that none depends on which stands first.
        plain if count[&plain] > 1 => format!("{plain}_{}", apart(uid)),
        plain => plain,
    };
    macros.map(name).collect()
}

fn apart(uid: &str) -> String {
    uid.chars().filter(char::is_ascii_alphanumeric).take(APART).collect::<String>().to_ascii_lowercase()
}

/// A name of lower-case letters, digits and underscores; empty when nothing of it is left.
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            plain.push(character);
        } else if !plain.is_empty() && !plain.ends_with('_') {
            plain.push('_');
        }
        if plain.len() >= LONGEST {
            break;
        }
    }
    plain.trim_end_matches('_').to_owned()
}
