//! What of a macro runs here, action by action, before anything runs.

use serde::{Deserialize, Serialize};

use super::{
    calculation::{self, CalculationError},
    data::{Action, Macro},
    place::Place,
    run::{conditions, shell},
    table::{Mode, action_type},
    tokens::{lack, without_tokens},
    variables::{is_name, split_element},
};

/// What becomes of one action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Where it stands, for programs: `actions[2].ThenActions[0]`.
    pub path: String,
    /// Where it stands, for people: `3 › Then › 1 "Type it" (InsertText)`.
    pub readable: String,
    /// Its `MacroActionType`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What becomes of it.
    pub mode: Mode,
    /// Why it is not run, or what to know about how it runs; empty when there is nothing to say.
    pub reason: String,
}

/// What becomes of a macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Portability {
    /// The worst mode of its actions; [`Mode::Run`] for an empty macro.
    pub mode: Mode,
    /// Every action that is switched on, nested ones included, in order.
    pub actions: Vec<Finding>,
}

/// What of a macro runs here. Macros that it calls are not looked at: the interpreter does that when it is asked to run.
#[must_use]
pub fn portability(definition: &Macro) -> Portability {
    let mut actions = Vec::new();
    walk(&definition.actions, &mut |action, place| {
        let (mode, reason) = verdict(action);
        actions.push(Finding { path: place.path(), readable: place.readable(), kind: action.kind.clone(), mode, reason });
    });
    let mode = actions.iter().map(|finding| finding.mode).max().unwrap_or(Mode::Run);
    Portability { mode, actions }
}

/// The worst mode of a macro's actions, without the list.
#[must_use]
pub fn mode(definition: &Macro) -> Mode {
    let mut worst = Mode::Run;
    walk(&definition.actions, &mut |action, _| worst = worst.max(verdict(action).0));
    worst
}

/// Calls `see` for every action that is switched on, outer ones first.
pub(super) fn walk(actions: &[Action], see: &mut dyn FnMut(&Action, &Place<'_>)) {
    walk_block(None, "actions", actions, see);
}

fn walk_block(parent: Option<&Place<'_>>, block: &str, actions: &[Action], see: &mut dyn FnMut(&Action, &Place<'_>)) {
    for (index, action) in actions.iter().enumerate().filter(|(_, action)| action.enabled) {
        let place = Place::new(parent, block, index, action);
        see(action, &place);
        for (name, nested) in &action.blocks {
            walk_block(Some(&place), name, nested, see);
        }
    }
}

/// What becomes of one action, without those inside it.
pub(super) fn verdict(action: &Action) -> (Mode, String) {
    let Some(known) = action_type(&action.kind) else {
        return (Mode::Refuse, "an action type that kmtop does not know".into());
    };
    if known.mode == Mode::Refuse {
        return (Mode::Refuse, known.reason.into());
    }
    match details(action) {
        Some((mode, reason)) => (mode, reason),
        None => (known.mode, String::new()),
    }
}

/// What the fields of an action change about its verdict.
fn details(action: &Action) -> Option<(Mode, String)> {
    let refusal = match action.kind.as_str() {
        "SetVariableToText" => text(action, "Text").or_else(|| target(action)),
        "Return" | "Log" => text(action, "Text"),
        "SetVariableToCalculation" => list(action, "Text").or_else(|| format(action)).or_else(|| target(action)),
        // Older files have the time under another key.
        "Pause" if action.text("Time").is_none() => expression(action, "Seconds"),
        "Pause" => expression(action, "Time"),
        "IfThenElse" => conditions::refusal(action),
        "ExecuteMacro" => call(action),
        "ExecuteShellScript" => shell::refusal(action),
        "Cancel" => cancel(action),
        _ => None,
    };
    match refusal {
        Some(reason) => Some((Mode::Refuse, reason)),
        None if action.kind == "ExecuteShellScript" => shell::simulated(action).map(|reason| (Mode::Simulate, reason)),
        None => None,
    }
}

/// Why a text cannot be expanded here.
pub(super) fn text(action: &Action, key: &str) -> Option<String> {
    action.word(key).and_then(text_refusal)
}

pub(super) fn text_refusal(text: &str) -> Option<String> {
    lack(text, None).map(|lack| lack.to_string())
}

fn needs_macos(function: &str) -> String {
    format!("its calculation has the function {function}, which needs macOS")
}

/// Why an expression cannot be calculated here. One with tokens is known in full only when they are expanded.
pub(super) fn expression(action: &Action, key: &str) -> Option<String> {
    action.text(key).and_then(|text| expression_refusal(&text))
}

/// Like [`expression`], where a list of numbers will do.
fn list(action: &Action, key: &str) -> Option<String> {
    action.text(key).and_then(|text| refusal_by(&text, calculation::check_list(&text, None)))
}

pub(super) fn expression_refusal(text: &str) -> Option<String> {
    refusal_by(text, calculation::check(text, None))
}

fn refusal_by(text: &str, checked: Result<(), CalculationError>) -> Option<String> {
    if let Some(reason) = text_refusal(text) {
        return Some(reason);
    }
    if without_tokens(text).is_some() {
        return function_refusal(text);
    }
    match checked {
        Ok(()) => None,
        Err(CalculationError::NeedsMacOs(name) | CalculationError::NeedsDesktop(name)) => Some(needs_macos(name)),
        // Signs that only look like tokens may be escaped ones.
        Err(_) if text.matches('%').count() > 1 => function_refusal(text),
        Err(error) => Some(error.to_string()),
    }
}

/// Why a text that may be an expression cannot be calculated here: a function that only macOS has.
pub(super) fn function_refusal(text: &str) -> Option<String> {
    // A variable in a token may have the name of a function.
    let bare = without_tokens(text);
    calculation::macos_function(bare.as_deref().unwrap_or(text), None).map(needs_macos)
}

/// Why the variable that an action sets cannot have its name. One that names none fails when it runs.
pub(super) fn target(action: &Action) -> Option<String> {
    let name = action.word("Variable").map(str::trim).filter(|name| !name.is_empty())?;
    let (base, index) = split_element(name);
    if !is_name(base) {
        return Some(format!("“{base}” is no name for a variable (a letter, then letters, digits, spaces, underscores)"));
    }
    index.and_then(expression_refusal)
}

fn format(action: &Action) -> Option<String> {
    let pattern = action.word("Format").filter(|_| action.flag("UseFormat") == Some(true))?;
    let unknown = calculation::with_pattern(0.0, pattern).is_none();
    unknown.then(|| format!("its number format “{pattern}” is no pattern, or has a currency sign"))
}

fn call(action: &Action) -> Option<String> {
    if action.flag("Asynchronously") == Some(true) {
        return Some("it calls a macro without waiting for it, and a run here ends with its worker's job".into());
    }
    if action.word("MacroUID").is_none_or(str::is_empty) {
        return Some("it names no macro to call".into());
    }
    text(action, "Parameter").filter(|_| action.flag("UseParameter") == Some(true)).or_else(|| expression(action, "Count"))
}

fn cancel(action: &Action) -> Option<String> {
    match action.word("Action").unwrap_or("CancelThisMacro") {
        "CancelThisMacro" | "CancelJustThisMacro" | "CancelAllMacros" => None,
        "BreakFromLoop" | "ContinueLoop" | "RetryThisLoop" => {
            Some("it steers a loop, and loops are not built into this engine yet".into())
        }
        other => Some(format!("the form {other} reaches into other runs")),
    }
}
