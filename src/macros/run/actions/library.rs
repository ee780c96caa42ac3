//! Actions on macros and on the engine itself: enable, mark, delays, the debugger.

use super::super::{
    super::{
        data::Action,
        host::Switch,
        place::Place,
        portability::{refused, text},
        profile::Profile,
        table::{ActionType, Mode, nothing, run, simulate},
    },
    Flow, Trouble,
    report::Sink,
    state::Runner,
};

pub(super) const ACTIONS: &[ActionType] = &[
    run("DebuggerAction", "does nothing: there is no debugger", nothing, debugger),
    simulate("MarkMacro", "it is recorded: marks are for Keyboard Maestro's palettes", check_mark, mark),
    simulate("SetActionDelay", "it is recorded: actions that such a delay is for are not done here", check_delay, delay),
    run("SetMacroEnable", "for macros in files that kmtop may change, and for the runs to come", check_enable, enable),
];

fn unnamed(action: &Action) -> Option<String> {
    action.word("MacroUID").is_none_or(str::is_empty).then(|| "it names no macro".into())
}

fn check_mark(action: &Action, _: &Profile) -> Option<(Mode, String)> {
    refused(unnamed(action))
}

fn check_delay(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(text(action, "Value", profile))
}

fn check_enable(action: &Action, _: &Profile) -> Option<(Mode, String)> {
    let word = action.word("Action").unwrap_or("Enable");
    let unknown = Switch::named(word).is_none().then(|| format!("the form {word} is not known"));
    refused(unnamed(action).or(unknown))
}

#[expect(clippy::unnecessary_wraps, reason = "every action has this form")]
fn debugger(_: &mut Runner<'_>, _: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    Ok(Flow::Next)
}

#[expect(clippy::unnecessary_wraps, reason = "every action has this form")]
fn mark(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let how = action.word("MacroAction").unwrap_or("Mark");
    let uid = action.text("MacroUID").unwrap_or_default();
    runner.sinks.record(Sink::System, format!("{how} macro {uid}"));
    Ok(Flow::Next)
}

fn delay(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let value = runner.expanded(action, "Value")?;
    let which = action.word("Preference").unwrap_or("delay");
    runner.sinks.record(Sink::System, format!("{which} set to {value}"));
    Ok(Flow::Next)
}

fn enable(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let word = action.word("Action").unwrap_or("Enable");
    let switch = Switch::named(word).ok_or_else(|| Trouble::Failed(format!("the form {word} is not known")))?;
    runner.host.switch_macro(&action.text("MacroUID").unwrap_or_default(), switch)?;
    Ok(Flow::Next)
}
