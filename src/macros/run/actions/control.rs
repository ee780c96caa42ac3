//! Actions that steer: If Then Else, Group, Pause, Return, Cancel; and those that only say something: Comment, Log.

use std::time::Duration;

use super::super::{
    super::{
        data::Action,
        place::Place,
        portability::{expression, refused, text},
        profile::Profile,
        table::{ActionType, Mode, nothing, run},
    },
    Flow, MAX_RESULT, Trouble, conditions,
    report::Sink,
    state::Runner,
};

/// Longest pause, in seconds: a year.
const LONGEST_PAUSE: f64 = 365.0 * 86_400.0;

pub(super) const ACTIONS: &[ActionType] = &[
    run(
        "Cancel",
        "this macro, just this macro, all macros (of this run); loops and other macros are refused",
        check_cancel,
        cancel,
    ),
    run("Comment", "does nothing", nothing, comment),
    run("Group", "runs its actions", nothing, group),
    run(
        "IfThenElse",
        "on conditions of variables, texts and calculations; other conditions are refused",
        check_conditions,
        if_then_else,
    ),
    run("Log", "the line is recorded and returned", check_body, log),
    run("Pause", "waits; the time is a calculation in seconds", check_pause, pause),
    run("Return", "ends the macro; its text is the result", check_body, give_back),
];

fn check_body(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(text(action, "Text", profile))
}

fn check_conditions(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(conditions::refusal(action, profile))
}

fn check_pause(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    // Older files have the time under another key.
    let key = if action.text("Time").is_none() { "Seconds" } else { "Time" };
    refused(expression(action, key, profile))
}

fn check_cancel(action: &Action, _: &Profile) -> Option<(Mode, String)> {
    refused(match action.word("Action").unwrap_or("CancelThisMacro") {
        "CancelThisMacro" | "CancelJustThisMacro" | "CancelAllMacros" => None,
        "BreakFromLoop" | "ContinueLoop" | "RetryThisLoop" => {
            Some("it steers a loop, and loops are not built into this engine yet".into())
        }
        other => Some(format!("the form {other} reaches into other runs")),
    })
}

#[expect(clippy::unnecessary_wraps, reason = "every action has this form")]
fn comment(_: &mut Runner<'_>, _: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    Ok(Flow::Next)
}

fn group(runner: &mut Runner<'_>, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
    runner.block(Some(place), "Actions", action.block("Actions"))
}

fn if_then_else(runner: &mut Runner<'_>, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
    let Some(hold) = runner.conditions_hold(action)? else {
        return Ok(Flow::Next);
    };
    let block = if hold { "ThenActions" } else { "ElseActions" };
    runner.block(Some(place), block, action.block(block))
}

fn pause(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let seconds = match action.text("Time").or_else(|| action.text("Seconds")) {
        Some(expression) => runner.number(&expression)?,
        None => return Err(Trouble::Failed("it names no time".into())),
    };
    runner.host.sleep(Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_PAUSE)))?;
    Ok(Flow::Next)
}

fn log(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let line = runner.expanded(action, "Text")?;
    runner.host.log(&line);
    runner.sinks.record(Sink::Log, line);
    Ok(Flow::Next)
}

fn give_back(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.expanded(action, "Text")?;
    // Only what the outermost macro returns is the result of the run.
    if runner.frames.len() == 1 {
        if text.len() > MAX_RESULT {
            return Err(Trouble::Failed(format!("the result would be longer than {MAX_RESULT} bytes; set a variable instead")));
        }
        runner.result = Some(text);
    }
    Ok(Flow::Return)
}

fn cancel(_: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    match action.word("Action").unwrap_or("CancelThisMacro") {
        "CancelThisMacro" | "CancelAllMacros" => Ok(Flow::CancelAll),
        "CancelJustThisMacro" => Ok(Flow::CancelJustThis),
        other => Err(Trouble::Failed(format!("Cancel in the form {other} is not done here"))),
    }
}
