//! Fields that many actions have, read while they run.

use super::super::{
    super::{data::Action, tokens::Escapes},
    error::Trouble,
    state::{DELETE, Runner},
};

impl Runner<'_> {
    /// A field's text, expanded; empty when the action has none.
    pub(in crate::macros::run) fn expanded(&mut self, action: &Action, key: &str) -> Result<String, Trouble> {
        let text = action.text(key).unwrap_or_default();
        Ok(self.expand(&text, Escapes::Process)?)
    }
}

/// The name of the variable that an action sets.
pub(in crate::macros::run) fn variable_name(action: &Action) -> Result<&str, Trouble> {
    let name = action.word("Variable").map(str::trim).filter(|name| !name.is_empty() && *name != DELETE);
    name.ok_or_else(|| Trouble::Failed("it names no variable".into()))
}
