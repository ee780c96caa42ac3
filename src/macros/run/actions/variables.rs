//! Set Variable to Text, Set Variable to Calculation.

use super::{
    super::{
        super::{
            calculation::with_pattern,
            data::Action,
            place::Place,
            portability::{list, refused, target, text},
            profile::Profile,
            table::{ActionType, Mode, run},
        },
        Flow, Trouble,
        state::Runner,
    },
    fields::variable_name,
};

pub(super) const ACTIONS: &[ActionType] = &[
    run("SetVariableToText", "also appending and prepending", check_text, set_to_text),
    run(
        "SetVariableToCalculation",
        "a number or a list, in any number pattern but those with a currency",
        check_calculation,
        set_to_calculation,
    ),
];

fn check_text(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let place = action.word("Where").filter(|place| !["", "Set", "Append", "Prepend"].contains(place));
    let unknown = place.map(|place| format!("it puts its text at “{place}”, which kmtop does not know"));
    refused(unknown.or_else(|| text(action, "Text", profile)).or_else(|| target(action, profile)))
}

fn check_calculation(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(list(action, "Text", profile).or_else(|| format(action)).or_else(|| target(action, profile)))
}

fn format(action: &Action) -> Option<String> {
    let pattern = action.word("Format").filter(|_| action.flag("UseFormat") == Some(true))?;
    let unknown = with_pattern(0.0, pattern).is_none();
    unknown.then(|| format!("its number format “{pattern}” is no pattern, or has a currency sign"))
}

fn set_to_text(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let name = variable_name(action)?;
    let text = runner.expanded(action, "Text")?;
    let value = match action.word("Where") {
        Some("Append") => runner.read(name)?.unwrap_or_default() + &text,
        Some("Prepend") => text + &runner.read(name)?.unwrap_or_default(),
        _ => text,
    };
    runner.set(name, &value)?;
    Ok(Flow::Next)
}

fn set_to_calculation(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let name = variable_name(action)?;
    let value = runner.value(&action.text("Text").unwrap_or_default())?;
    let pattern = action.word("Format").filter(|_| action.flag("UseFormat") == Some(true));
    let text = match pattern {
        None => value.to_string(),
        Some(pattern) => {
            value.in_pattern(pattern).ok_or_else(|| Trouble::Failed(format!("the number format “{pattern}” is not done here")))?
        }
    };
    runner.set(name, &text)?;
    Ok(Flow::Next)
}
