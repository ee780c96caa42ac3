//! Actions that steer: If Then Else, Group, Pause, Return, Cancel; and those that only say something: Comment, Log.

use std::time::Duration;

use super::super::{
    super::{
        data::{Action, Macro},
        host::Others,
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

/// The forms of Cancel that need nothing more.
const FORMS: [&str; 7] = [
    "CancelThisMacro",
    "CancelJustThisMacro",
    "CancelAllMacros",
    "CancelAllOtherMacros",
    "BreakFromLoop",
    "ContinueLoop",
    "RetryThisLoop",
];

pub(super) const ACTIONS: &[ActionType] = &[
    run(
        "Cancel",
        "this macro, just this macro, all macros, all others, a specific one; break, continue and retry of loops",
        check_cancel,
        cancel,
    ),
    run("Comment", "does nothing", nothing, comment),
    run("Group", "runs its actions", nothing, group),
    run("IfThenElse", "on any condition that can be decided here", check_conditions, if_then_else),
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

fn check_cancel(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let form = form(action);
    refused(match form {
        "CancelSpecificMacro" if action.text("Instance").is_none_or(|which| which.trim().is_empty()) => {
            Some("it does not say which macro to cancel".into())
        }
        "CancelSpecificMacro" => text(action, "Instance", profile),
        _ if FORMS.contains(&form) => None,
        other => Some(format!("the form {other} is not known")),
    })
}

/// Which form of Cancel it is.
fn form(action: &Action) -> &str {
    action.word("Action").unwrap_or("CancelThisMacro")
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
    runner.wait(Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_PAUSE)))?;
    Ok(Flow::Next)
}

fn log(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let mut line = runner.expanded(action, "Text")?;
    runner.secrets.hide(&mut line);
    runner.host.log(&line);
    runner.sinks.record(Sink::Log, line);
    Ok(Flow::Next)
}

fn give_back(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.expanded(action, "Text")?;
    if text.len() > MAX_RESULT {
        return Err(Trouble::Failed(format!("the result would be longer than {MAX_RESULT} bytes; set a variable instead")));
    }
    runner.give_back(text);
    Ok(Flow::Return)
}

fn cancel(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let form = form(action);
    let steers = match form {
        "BreakFromLoop" => Some(Flow::Break),
        "ContinueLoop" => Some(Flow::Continue),
        "RetryThisLoop" => Some(Flow::Retry),
        _ => None,
    };
    if let Some(flow) = steers {
        let lost = || Trouble::Failed("there is no loop around it in this macro".into());
        return if runner.in_loop() { Ok(flow) } else { Err(lost()) };
    }
    match form {
        "CancelThisMacro" => Ok(Flow::CancelAll),
        "CancelJustThisMacro" => Ok(Flow::CancelJustThis),
        "CancelAllMacros" => {
            runner.host.cancel_others(&Others::All)?;
            Ok(Flow::CancelAll)
        }
        "CancelAllOtherMacros" => {
            runner.host.cancel_others(&Others::All)?;
            Ok(Flow::Next)
        }
        "CancelSpecificMacro" => {
            let which = runner.expanded(action, "Instance")?.trim().to_owned();
            let is_it = |definition: &Macro| definition.uid.eq_ignore_ascii_case(&which) || definition.name == which;
            let own = runner.frames.iter().any(|frame| is_it(&frame.definition));
            runner.host.cancel_others(&Others::Of(which))?;
            Ok(if own { Flow::CancelAll } else { Flow::Next })
        }
        other => Err(Trouble::Failed(format!("Cancel in the form {other} is not done here"))),
    }
}
