//! The one table of action types: what runs here, what is recorded instead, what is refused, and how. The interpreter, the verdicts,
//! the documentation and `macros lint` derive from it. The lines stand with the code that does them, in `run::actions`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{
    data::Action,
    place::Place,
    profile::Profile,
    run::{Flow, Runner, Trouble, actions::FAMILIES},
};

/// What becomes of an action here; a macro is as good as its worst action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is done.
    Run,
    /// What it would do is recorded and returned with the result.
    Simulate,
    /// A macro that holds it does not start.
    Refuse,
}

impl Mode {
    /// The mode as a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Simulate => "simulate",
            Self::Refuse => "refuse",
        }
    }
}

/// What an action's fields change about its verdict: mode and reason; `None` when they change nothing.
pub(super) type Check = fn(&Action, &Profile) -> Option<(Mode, String)>;

/// Does an action.
pub(super) type Perform = fn(&mut Runner<'_>, &Action, &Place<'_>) -> Result<Flow, Trouble>;

/// An action type and what becomes of it.
#[derive(Clone, Copy)]
pub struct ActionType {
    /// Keyboard Maestro's `MacroActionType`.
    pub name: &'static str,
    /// What becomes of it, before its fields are looked at.
    pub mode: Mode,
    /// Why it is not run, or what to know about how it runs.
    pub reason: &'static str,
    pub(super) check: Check,
    pub(super) perform: Perform,
}

/// A type that is done here.
pub(super) const fn run(name: &'static str, reason: &'static str, check: Check, perform: Perform) -> ActionType {
    ActionType { name, mode: Mode::Run, reason, check, perform }
}

/// A type that is recorded instead of done.
pub(super) const fn simulate(name: &'static str, reason: &'static str, check: Check, perform: Perform) -> ActionType {
    ActionType { name, mode: Mode::Simulate, reason, check, perform }
}

/// A type that is not done here.
pub(super) const fn refuse(name: &'static str, reason: &'static str) -> ActionType {
    ActionType { name, mode: Mode::Refuse, reason, check: nothing, perform: refused }
}

/// The check of actions whose fields change nothing.
pub(super) fn nothing(_: &Action, _: &Profile) -> Option<(Mode, String)> {
    None
}

/// Only a run that was not checked before it began comes here.
fn refused(_: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    Err(Trouble::Failed(format!("actions of type {} are not done here", action.kind)))
}

/// Every action type that is known, in the order of the alphabet.
pub static TABLE: LazyLock<Vec<&'static ActionType>> = LazyLock::new(|| {
    let mut table: Vec<&'static ActionType> = FAMILIES.iter().copied().flatten().collect();
    table.sort_by_key(|known| known.name);
    table
});

/// The table's line for an action type; `None` for a type that nobody knows.
#[must_use]
pub fn action_type(name: &str) -> Option<&'static ActionType> {
    TABLE.binary_search_by_key(&name, |known| known.name).ok().map(|position| TABLE[position])
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn every_type_stands_once() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].name < pair[1].name, "{} before {}", pair[0].name, pair[1].name);
        }
    }
}
