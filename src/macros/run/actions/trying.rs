//! Try Catch, Throw, Assert.

use super::super::{
    super::{
        data::Action,
        place::Place,
        portability::{refused, text},
        profile::Profile,
        table::{ActionType, Mode, nothing, run},
    },
    Flow, Trouble, conditions,
    state::Runner,
};

pub(super) const ACTIONS: &[ActionType] = &[
    run("Assert", "fails when its conditions do not hold", check_conditions, assert),
    run("Throw", "fails with its text", check_text, throw),
    run("TryCatch", "a failure in the first list is done with in the second, where %ActionResult% tells it", nothing, try_catch),
];

fn check_conditions(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(conditions::refusal(action, profile))
}

fn check_text(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(text(action, "Text", profile))
}

fn assert(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    match runner.conditions_hold(action)? {
        Some(false) => Err(Trouble::Failed("what it asserts does not hold".into())),
        _ => Ok(Flow::Next),
    }
}

fn throw(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = runner.expanded(action, "Text")?;
    Err(Trouble::Failed(if text.trim().is_empty() { "it was thrown without a text".into() } else { text }))
}

fn try_catch(runner: &mut Runner<'_>, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
    let nesting = runner.nesting;
    runner.tries += 1;
    let tried = runner.block(Some(place), "TryActions", action.block("TryActions"));
    runner.tries -= 1;
    let message = match tried {
        Err(Trouble::Inner(failure)) => failure.message,
        Err(Trouble::Failed(message)) => message,
        done => return done,
    };
    runner.nesting = nesting;
    runner.set_result(&message);
    runner.block(Some(place), "CatchActions", action.block("CatchActions"))
}
