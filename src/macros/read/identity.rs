//! The identifiers of groups and macros: those that the file gives, else made ones that stay the same from reading to reading.

use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::data::text_of;

/// Namespace of the identifiers made for macros that have none; fixed for ever, or saved references break.
const NAMESPACE: Uuid = Uuid::from_u128(0x9d1c_6f2e_54b7_4c39_8a10_3e77_b2d4_c561);
/// The name of the group that holds the macros of a file without groups.
pub(in crate::macros) const LOOSE: &str = "Macros";

/// The identifier that a file gives, in upper case.
pub(in crate::macros) fn given(dict: &Map<String, Value>) -> Option<String> {
    let uid = dict.get("UID").and_then(text_of)?;
    Some(uid.trim().to_uppercase()).filter(|uid| !uid.is_empty())
}

/// The identifier of a group: the given one, else one made from its name.
pub(in crate::macros) fn of_group(dict: &Map<String, Value>) -> String {
    given(dict).unwrap_or_else(|| made(&["group", &name(dict)]))
}

/// The identifier of the group that holds the macros of a file without groups.
pub(in crate::macros) fn of_loose() -> String {
    made(&["group", LOOSE])
}

/// Gives the macros of one group their identifiers, in order: the given one, else one made from the group, the name and how many
/// of that name came before it. So it stays when macros of other names come and go.
pub(in crate::macros) struct Macros {
    group: String,
    /// How often each name came without an identifier.
    names: HashMap<String, usize>,
}

impl Macros {
    /// For the group with this identifier.
    pub(in crate::macros) fn of(group: String) -> Self {
        Self { group, names: HashMap::new() }
    }

    /// The identifier of the next macro.
    pub(in crate::macros) fn next(&mut self, dict: &Map<String, Value>) -> String {
        if let Some(uid) = given(dict) {
            return uid;
        }
        let name = name(dict);
        let count = self.names.entry(name.clone()).or_default();
        *count += 1;
        made(&["macro", &self.group, &name, &count.to_string()])
    }
}

fn name(dict: &Map<String, Value>) -> String {
    dict.get("Name").and_then(text_of).unwrap_or_default()
}

fn made(parts: &[&str]) -> String {
    // A separator that no name holds keeps ("a", "bc") and ("ab", "c") apart.
    Uuid::new_v5(&NAMESPACE, parts.join("\u{0}").as_bytes()).to_string().to_uppercase()
}
