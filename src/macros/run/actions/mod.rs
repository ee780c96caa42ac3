//! What each action does. A file is a family of actions: its lines of the [`table`](super::super::table), their checks, and the
//! functions that do them. A new action is a line and a function here, and nothing elsewhere.

pub(super) mod calls;
mod clipboard;
mod control;
mod desktop;
mod dictionaries;
mod fetch;
pub(super) mod fields;
mod files;
mod filters;
mod insert;
mod json;
mod library;
mod loops;
mod macos;
mod refused;
mod results;
mod search;
mod semaphore;
mod shell;
mod show;
mod substring;
mod switch;
mod texts;
mod trying;
mod variables;

use super::super::table::ActionType;

/// Every family's lines of the table.
pub(in crate::macros) const FAMILIES: &[&[ActionType]] = &[
    calls::ACTIONS,
    clipboard::ACTIONS,
    control::ACTIONS,
    desktop::ACTIONS,
    dictionaries::ACTIONS,
    fetch::ACTIONS,
    files::ACTIONS,
    filters::ACTIONS,
    insert::ACTIONS,
    json::ACTIONS,
    library::ACTIONS,
    loops::ACTIONS,
    macos::ACTIONS,
    refused::ACTIONS,
    search::ACTIONS,
    semaphore::ACTIONS,
    shell::ACTIONS,
    show::ACTIONS,
    substring::ACTIONS,
    switch::ACTIONS,
    trying::ACTIONS,
    variables::ACTIONS,
];

#[cfg(test)]
mod clipboard_tests;
