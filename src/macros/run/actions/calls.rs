//! Macros that call macros.

use super::super::{
    super::{
        data::Action,
        place::Place,
        portability::{expression, refused, text},
        profile::Profile,
        table::{ActionType, Mode, run},
        tokens::Escapes,
    },
    Flow, Trouble,
    state::Runner,
};

pub(super) const ACTIONS: &[ActionType] =
    &[run("ExecuteMacro", "the called macro is checked too; asynchronous calls are refused", check, execute_macro)];

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    if action.flag("Asynchronously") == Some(true) {
        return refused(Some("it calls a macro without waiting for it, and a run here ends with its worker's job".into()));
    }
    if action.word("MacroUID").is_none_or(str::is_empty) {
        return refused(Some("it names no macro to call".into()));
    }
    let parameter = text(action, "Parameter", profile).filter(|_| action.flag("UseParameter") == Some(true));
    refused(parameter.or_else(|| expression(action, "Count", profile)))
}

fn execute_macro(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let uid = action.text("MacroUID").unwrap_or_default();
    let called = runner.host.macro_by_uid(&uid)?;
    let called = called.ok_or_else(|| Trouble::Failed(format!("the macro {uid} is not in the library")))?;
    if !called.enabled {
        return Err(Trouble::Failed(format!("the macro “{}” is disabled", called.name)));
    }
    let parameter = match action.text("Parameter").filter(|_| action.flag("UseParameter") == Some(true)) {
        Some(text) => Some(runner.expand(&text, Escapes::Process)?),
        None => None,
    };
    let mut left = match action.text("Count") {
        Some(expression) => runner.number(&expression)?,
        None => 1.0,
    };
    while left >= 1.0 {
        runner.count_step()?;
        if runner.call(&called, parameter.as_deref())? == Flow::CancelAll {
            return Ok(Flow::CancelAll);
        }
        left -= 1.0;
    }
    Ok(Flow::Next)
}
