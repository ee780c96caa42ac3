//! What each action does. A file is a family of actions: its lines of the [`table`](super::super::table), their checks, and the
//! functions that do them. A new action is a line and a function here, and nothing elsewhere.

mod calls;
mod control;
pub(super) mod fields;
mod refused;
mod shell;
mod variables;

use super::super::table::ActionType;

/// Every family's lines of the table.
pub(in crate::macros) const FAMILIES: &[&[ActionType]] =
    &[calls::ACTIONS, control::ACTIONS, refused::ACTIONS, shell::ACTIONS, variables::ACTIONS];
