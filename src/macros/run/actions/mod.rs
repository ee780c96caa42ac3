//! What each action does. A file is a family of actions: its lines of the [`table`](super::super::table), their checks, and the
//! functions that do them. A new action is a line and a function here, and nothing elsewhere.

pub(super) mod calls;
mod control;
pub(super) mod fields;
mod library;
mod loops;
mod macos;
mod refused;
mod semaphore;
mod shell;
mod switch;
mod trying;
mod variables;

use super::super::table::ActionType;

/// Every family's lines of the table.
pub(in crate::macros) const FAMILIES: &[&[ActionType]] = &[
    calls::ACTIONS,
    control::ACTIONS,
    library::ACTIONS,
    loops::ACTIONS,
    macos::ACTIONS,
    refused::ACTIONS,
    semaphore::ACTIONS,
    shell::ACTIONS,
    switch::ACTIONS,
    trying::ACTIONS,
    variables::ACTIONS,
];
