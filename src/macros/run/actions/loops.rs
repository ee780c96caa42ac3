//! For Each, While, Until, Repeat, Pause Until.

use std::time::Duration;

use super::{
    super::{
        super::{
            data::Action,
            place::Place,
            portability::{expression, refused, target},
            profile::Profile,
            table::{ActionType, Mode, refuse, run},
        },
        Flow, Trouble, conditions, items,
        state::Runner,
    },
    fields::variable_name,
};

pub(super) const ACTIONS: &[ActionType] = &[
    run(
        "For",
        "over numbers, lines, substrings, files, variables, dictionaries, JSON, past clipboards; one collection after the other",
        check_for,
        for_each,
    ),
    run("PauseUntil", "waits until its conditions hold", check_conditions, pause_until),
    refuse("PauseUntilChange", "waits for a change that only macOS could make during a run"),
    run("Repeat", "as often as its calculation says", check_repeat, repeat),
    run("Until", "its actions come first, its conditions after them", check_conditions, until),
    run("While", "as long as its conditions hold", check_conditions, r#while),
];

/// Between two looks at the conditions of Pause Until: the first wait, and the longest.
const LOOKS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

fn check_conditions(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(conditions::refusal(action, profile))
}

fn check_for(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let unnamed = variable_name(action).is_err().then(|| "it names no variable for the items".to_owned());
    refused(unnamed.or_else(|| items::refusal(action, profile)).or_else(|| target(action, profile)))
}

fn check_repeat(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    refused(expression(action, "CountExpression", profile))
}

fn for_each(runner: &mut Runner<'_>, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
    let name = variable_name(action)?;
    runner.looping(|runner| {
        for collection in items::collections(action) {
            let collection = collection.as_object().ok_or_else(|| Trouble::Failed("a collection is no dictionary".into()))?;
            for item in runner.items(collection)? {
                runner.set(name, &item)?;
                if let Some(flow) = runner.turn(action, place)? {
                    return Ok(flow);
                }
            }
        }
        Ok(Flow::Next)
    })
}

fn r#while(runner: &mut Runner<'_>, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
    runner.looping(|runner| {
        // Without any condition nothing is done.
        while runner.conditions_hold(action)? == Some(true) {
            if let Some(flow) = runner.turn(action, place)? {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    })
}

fn until(runner: &mut Runner<'_>, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
    runner.looping(|runner| {
        loop {
            if let Some(flow) = runner.turn(action, place)? {
                return Ok(flow);
            }
            // Without any condition once is enough.
            if runner.conditions_hold(action)? != Some(false) {
                return Ok(Flow::Next);
            }
        }
    })
}

fn repeat(runner: &mut Runner<'_>, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
    let mut left = match action.text("CountExpression") {
        Some(expression) => runner.number(&expression)?,
        None => return Err(Trouble::Failed("it does not say how often".into())),
    };
    runner.looping(|runner| {
        while left >= 1.0 {
            if let Some(flow) = runner.turn(action, place)? {
                return Ok(flow);
            }
            left -= 1.0;
        }
        Ok(Flow::Next)
    })
}

fn pause_until(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let (mut span, longest) = LOOKS;
    while runner.conditions_hold(action)? == Some(false) {
        runner.count_step()?;
        runner.wait(span)?;
        span = (span * 2).min(longest);
    }
    Ok(Flow::Next)
}
