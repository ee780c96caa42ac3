//! What of a macro runs here, action by action, before anything runs.

use serde::{Deserialize, Serialize};

use super::{
    calculation::{self, CalculationError},
    data::{Action, Macro},
    place::Place,
    profile::Profile,
    shapes,
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
pub fn portability(definition: &Macro, profile: &Profile) -> Portability {
    let mut actions = Vec::new();
    walk(&definition.actions, &mut |action, place| {
        let (mode, reason) = verdict(action, profile);
        actions.push(Finding { path: place.path(), readable: place.readable(), kind: action.kind.clone(), mode, reason });
    });
    let mode = actions.iter().map(|finding| finding.mode).max().unwrap_or(Mode::Run);
    Portability { mode, actions }
}

/// The worst mode of a macro's actions, without the list.
#[must_use]
pub fn mode(definition: &Macro, profile: &Profile) -> Mode {
    let mut worst = Mode::Run;
    walk(&definition.actions, &mut |action, _| worst = worst.max(verdict(action, profile).0));
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
pub(super) fn verdict(action: &Action, profile: &Profile) -> (Mode, String) {
    let Some(known) = action_type(&action.kind) else {
        return (Mode::Refuse, "an action type that kmtop does not know".into());
    };
    if known.mode == Mode::Refuse {
        return (Mode::Refuse, known.reason.into());
    }
    if let Some(reason) = shapes::wrong(action) {
        return (Mode::Refuse, reason);
    }
    match (known.check)(action, profile) {
        Some((mode, reason)) => (mode, reason),
        None => (known.mode, String::new()),
    }
}

/// The answer of a check whose only question is whether the action is refused.
pub(super) fn refused(reason: Option<String>) -> Option<(Mode, String)> {
    reason.map(|reason| (Mode::Refuse, reason))
}

/// Why a text cannot be expanded here. What is done with `Text` the action may say itself.
pub(super) fn text(action: &Action, key: &str, profile: &Profile) -> Option<String> {
    match action.word("ProcessingMode").filter(|_| key == "Text") {
        Some("Nothing") => return None,
        None | Some("" | "TextTokensOnly") => {}
        Some(mode) => return Some(format!("it processes its text by “{mode}”, which kmtop does not know")),
    }
    action.word(key).and_then(|text| text_refusal(text, profile))
}

pub(super) fn text_refusal(text: &str, profile: &Profile) -> Option<String> {
    lack(text, profile.desktop.as_ref()).map(|lack| lack.to_string())
}

fn needs_macos(function: &str) -> String {
    format!("its calculation has the function {function}, which needs {}", calculation::needed_by(function))
}

/// Why an expression cannot be calculated here. One with tokens is known in full only when they are expanded.
pub(super) fn expression(action: &Action, key: &str, profile: &Profile) -> Option<String> {
    action.text(key).and_then(|text| expression_refusal(&text, profile))
}

/// Like [`expression`], where a list of numbers will do.
pub(super) fn list(action: &Action, key: &str, profile: &Profile) -> Option<String> {
    let check = |text: &str| calculation::check_list(text, profile.desktop.as_ref());
    action.text(key).and_then(|text| refusal_by(&text, profile, check(&text)))
}

pub(super) fn expression_refusal(text: &str, profile: &Profile) -> Option<String> {
    refusal_by(text, profile, calculation::check(text, profile.desktop.as_ref()))
}

fn refusal_by(text: &str, profile: &Profile, checked: Result<(), CalculationError>) -> Option<String> {
    if let Some(reason) = text_refusal(text, profile) {
        return Some(reason);
    }
    if without_tokens(text).is_some() {
        return function_refusal(text, profile);
    }
    match checked {
        Ok(()) => None,
        Err(CalculationError::NeedsMacOs(name) | CalculationError::NeedsDesktop(name)) => Some(needs_macos(name)),
        // Signs that only look like tokens may be escaped ones.
        Err(_) if text.matches('%').count() > 1 => function_refusal(text, profile),
        Err(error) => Some(error.to_string()),
    }
}

/// Why a text that may be an expression cannot be calculated here: a function that only macOS has.
pub(super) fn function_refusal(text: &str, profile: &Profile) -> Option<String> {
    // A variable in a token may have the name of a function.
    let bare = without_tokens(text);
    calculation::macos_function(bare.as_deref().unwrap_or(text), profile.desktop.as_ref()).map(needs_macos)
}

/// Why the variable that an action sets cannot have its name. One that names none fails when it runs.
pub(super) fn target(action: &Action, profile: &Profile) -> Option<String> {
    let name = action.word("Variable").map(str::trim).filter(|name| !name.is_empty())?;
    variable_refusal(name, profile)
}

/// Why a variable of this name, or the element that it names, cannot be set.
pub(super) fn variable_refusal(name: &str, profile: &Profile) -> Option<String> {
    let (base, index) = split_element(name.trim());
    if !is_name(base) {
        return Some(format!("“{base}” is no name for a variable (a letter, then letters, digits, spaces, underscores)"));
    }
    index.and_then(|index| expression_refusal(index, profile))
}
