//! Macros that call macros.

use std::sync::Arc;

use serde_json::Value;

use super::super::{
    super::{
        data::{Action, Macro, named_text},
        place::Place,
        portability::{expression, refused, text, text_refusal, variable_refusal},
        profile::Profile,
        table::{ActionType, Mode, run},
        tokens::Escapes,
    },
    Flow, Trouble,
    call::Call,
    state::Runner,
};

pub(super) const ACTIONS: &[ActionType] = &[
    run(
        "ExecuteMacro",
        "the called macro is checked too; an asynchronous one becomes a run of its own",
        check_macro,
        execute_macro,
    ),
    run(
        "ExecuteSubroutine",
        "with parameters and result; the called macro is checked too, and must have a Subroutine trigger",
        check_subroutine,
        execute_subroutine,
    ),
];

/// Most runs that one asynchronous call starts.
const MOST_STARTED: f64 = 100.0;

fn unnamed(action: &Action) -> Option<String> {
    action.call().is_none().then(|| "it names no macro to call".into())
}

fn check_macro(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let parameter = || text(action, "Parameter", profile).filter(|_| action.flag("UseParameter") == Some(true));
    refused(unnamed(action).or_else(parameter).or_else(|| expression(action, "Count", profile)))
}

fn check_subroutine(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let parameters = || values(action).find_map(|value| text_refusal(&value, profile));
    let result = || variable_refusal(action.word("ResultVariable").filter(|name| !name.trim().is_empty())?, profile);
    refused(unnamed(action).or_else(parameters).or_else(result))
}

/// The texts that are given for a subroutine's parameters.
fn values(action: &Action) -> impl Iterator<Item = String> {
    let list = action.fields.get("Parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().map(|value| named_text(value, &["Value", "Text", "Parameter"]))
}

impl Runner<'_> {
    fn called_macro(&mut self, action: &Action) -> Result<Arc<Macro>, Trouble> {
        let uid = action.call().ok_or_else(|| Trouble::Failed("it names no macro to call".into()))?.uid;
        let called = self.host.macro_by_uid(&uid)?;
        let called = called.ok_or_else(|| Trouble::Failed(format!("the macro {uid} is not in the library")))?;
        if called.enabled {
            return Ok(called);
        }
        Err(Trouble::Failed(format!("the macro “{}” is disabled", called.name)))
    }
}

fn execute_macro(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let called = runner.called_macro(action)?;
    let parameter = match action.text("Parameter").filter(|_| action.flag("UseParameter") == Some(true)) {
        Some(text) => Some(runner.expand(&text, Escapes::Process)?),
        None => None,
    };
    let mut left = match action.text("Count") {
        Some(expression) => runner.number(&expression)?,
        None => 1.0,
    };
    let parameter = parameter.as_deref();
    let alone = action.flag("Asynchronously") == Some(true);
    if alone && left > MOST_STARTED {
        return Err(Trouble::Failed(format!("it would start {left} runs; at most {MOST_STARTED} are started at once")));
    }
    while left >= 1.0 {
        runner.count_step()?;
        if alone {
            runner.host.start_macro(&called.uid, parameter)?;
        } else if runner.call(&called, &Call { parameter, ..Call::default() })?.0 == Flow::CancelAll {
            return Ok(Flow::CancelAll);
        }
        left -= 1.0;
    }
    Ok(Flow::Next)
}

fn execute_subroutine(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let called = runner.called_macro(action)?;
    let trigger =
        called.subroutine().ok_or_else(|| Trouble::Failed(format!("the macro “{}” has no Subroutine trigger", called.name)))?;
    let mut given = values(action);
    let mut variables = Vec::new();
    for name in trigger.parameters() {
        // A parameter that is not given is empty.
        let value = given.next().unwrap_or_default();
        variables.push((name, runner.expand(&value, Escapes::Process)?));
    }
    runner.count_step()?;
    let (flow, returned) = runner.call(&called, &Call { subroutine: true, variables, ..Call::default() })?;
    if flow == Flow::CancelAll {
        return Ok(flow);
    }
    if let Some(name) = action.word("ResultVariable").map(str::trim).filter(|name| !name.is_empty()) {
        runner.set(name, &returned.unwrap_or_default())?;
    }
    Ok(Flow::Next)
}
