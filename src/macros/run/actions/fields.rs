//! Fields that many actions have, read while they run.

use super::super::{
    super::{data::Action, tokens::Escapes},
    error::Trouble,
    state::{DELETE, Runner},
};

impl Runner<'_> {
    /// A field's text, expanded; empty when the action has none. What is done with `Text` the action may say itself.
    pub(in crate::macros::run) fn expanded(&mut self, action: &Action, key: &str) -> Result<String, Trouble> {
        let text = action.text(key).unwrap_or_default();
        match action.word("ProcessingMode").filter(|_| key == "Text") {
            Some("Nothing") => Ok(text),
            Some("TextTokensOnly") => Ok(self.expand(&text, Escapes::Keep)?),
            _ => Ok(self.expand(&text, Escapes::Process)?),
        }
    }
}

/// A field of an action that is none of `known` nor of those that every action may have: nobody knows here what it asks for, so the
/// action is refused.
pub(in crate::macros::run) fn unknown_field(action: &Action, known: &[&str]) -> Option<String> {
    const EVERY: [&str; 6] = ["Action", "IsActive", "IsDisclosed", "StopOnFailure", "Notify", "TimeOut"];
    let is_known = |key: &str| known.contains(&key) || EVERY.iter().any(|start| key.starts_with(start));
    let key = action.fields.keys().find(|key| !is_known(key))?;
    Some(format!("it has the field {key}, which kmtop does not know"))
}

/// The name of the variable that an action sets.
pub(in crate::macros::run) fn variable_name(action: &Action) -> Result<&str, Trouble> {
    let name = action.word("Variable").map(str::trim).filter(|name| !name.is_empty() && *name != DELETE);
    name.ok_or_else(|| Trouble::Failed("it names no variable".into()))
}
