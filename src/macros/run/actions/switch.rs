//! Switch.

use serde_json::Value;

use super::super::{
    super::{
        data::Action,
        place::Place,
        portability::refused,
        profile::Profile,
        table::{ActionType, Mode, run},
    },
    Flow, Trouble,
    conditions::compare,
    source::{self, Fields, text, word},
    state::Runner,
};

pub(super) const ACTIONS: &[ActionType] =
    &[run("Switch", "on a variable, text, calculation, clipboard or file; the first case that fits is done", check, switch)];

/// The case that always fits.
const OTHERWISE: &str = "Otherwise";

fn cases(action: &Action) -> impl Iterator<Item = (usize, &Fields)> {
    let cases = action.fields.get("CaseEntries").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    cases.iter().enumerate().filter_map(|(index, case)| Some((index, case.as_object()?)))
}

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let of_cases = || {
        cases(action).filter(|(_, case)| word(case, "ConditionType") != OTHERWISE).find_map(|(index, case)| {
            let reason = compare::refusal(word(case, "ConditionType"), &text(case, "TestValue"), profile)?;
            Some(format!("case {} {reason}", index + 1))
        })
    };
    refused(source::refusal(&action.fields, profile).or_else(of_cases))
}

fn switch(runner: &mut Runner<'_>, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
    let value = runner.text_from(&action.fields)?;
    for (index, case) in cases(action) {
        let operator = word(case, "ConditionType");
        if operator == OTHERWISE || runner.compare(&value, operator, &text(case, "TestValue"))? {
            let block = format!("CaseEntries[{index}].Actions");
            return runner.block(Some(place), &block, action.block(&block));
        }
    }
    Ok(Flow::Next)
}
