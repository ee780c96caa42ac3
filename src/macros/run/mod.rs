//! Running a macro.
//!
//! A macro is checked whole before anything runs, together with every macro that it calls: one action that this engine does not
//! run, and nothing happens. A run that stops half-way because of a missing piece would be worse than none.

pub(super) mod actions;
mod call;
pub(super) mod clipboards;
mod conditions;
mod error;
mod execute;
mod items;
mod limits;
mod loops;
mod paths;
mod patterns;
mod preflight;
mod report;
mod secrets;
mod source;
mod state;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    data::Macro,
    host::Host,
    profile::Profile,
    tokens::{self, Escapes, TokenError},
};

use call::Call;

pub(super) use error::Trouble;
pub(super) use execute::Flow;
pub(super) use state::Runner;

pub use error::NotRun;
pub use preflight::{Reach, Refused, check, reach};
pub use report::{Event, Failure, RunReport, Sink, Sinks, Status};

/// Most actions in one run, those of called macros included.
pub const MAX_STEPS: u64 = 1_000_000;
/// Deepest chain of macros that call each other.
pub const MAX_CALLS: usize = 50;
/// Deepest nesting of action lists, over all macros of the chain.
pub const MAX_NESTING: usize = 250;
/// Longest text that a variable may become, in bytes.
pub const MAX_TEXT: usize = tokens::MAX_TEXT;

/// Longest result of a run, in bytes.
pub const MAX_RESULT: usize = 1024 * 1024;

/// What a macro is run with.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// What it sees as its trigger value.
    pub parameter: Option<&'a str>,
    /// Variables that are set in it before it begins: what a subroutine is called with.
    pub variables: &'a BTreeMap<String, String>,
}

/// Checks a macro and runs it. `parameter` becomes `%TriggerValue%`.
///
/// # Errors
/// [`NotRun`] when nothing was run. A run that began always gives a report, which may say that it failed.
pub fn run(
    definition: &Arc<Macro>,
    parameter: Option<&str>,
    profile: &Profile,
    host: &mut dyn Host,
) -> Result<RunReport, NotRun> {
    check(definition, profile, host)?;
    Ok(run_checked(definition, Given { parameter, variables: &BTreeMap::new() }, None, profile, host))
}

/// Runs a macro that [`check`] has passed already. What it would have refused fails when it is reached. The run ends when `limit`
/// is over, naming the action that it had come to.
pub fn run_checked(
    definition: &Arc<Macro>,
    given: Given<'_>,
    limit: Option<Duration>,
    profile: &Profile,
    host: &mut dyn Host,
) -> RunReport {
    let mut runner = Runner::new(profile, host);
    runner.limit_run(limit);
    let variables = given.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let call = Call { parameter: given.parameter, variables, ..Call::default() };
    let ended = runner.call(definition, &call).map(|(flow, _)| flow);
    let kept = runner.keep_clipboard();
    runner.host.unlock_all();
    let ended = ended.and_then(|flow| kept.map(|()| flow));
    let (status, mut failed_action) = match ended {
        Ok(flow) if flow.is_cancelling() => (Status::Cancelled, None),
        Ok(_) => (Status::Finished, None),
        Err(Trouble::Cancelled) => (Status::Cancelled, None),
        Err(Trouble::OutOfTime(failure)) => (Status::TimedOut, Some(*failure)),
        Err(Trouble::Inner(failure) | Trouble::Fatal(failure)) => (Status::Failed, Some(*failure)),
        Err(Trouble::Failed(message) | Trouble::Limit(message) | Trouble::Late(message)) => {
            (Status::Failed, Some(Failure::of_macro(definition, message)))
        }
        Err(Trouble::TimeUp(_)) => (Status::TimedOut, Some(Failure::of_macro(definition, "the run's time was up".into()))),
    };
    runner.secrets.hide_all(&mut runner.sinks, failed_action.as_mut());
    RunReport { status, result: runner.result, sinks: runner.sinks, failed_action, steps: runner.steps }
}

/// Expands the tokens of a text outside of any macro.
///
/// # Errors
/// [`TokenError`] when a token cannot be expanded.
pub fn process_tokens(text: &str, profile: &Profile, host: &mut dyn Host) -> Result<String, TokenError> {
    tokens::expand(text, Escapes::Process, &mut Runner::new(profile, host))
}

/// Calculates an expression outside of any macro, its tokens first.
///
/// # Errors
/// [`TokenError`] when a token cannot be expanded or the expression has no result.
pub fn calculate(expression: &str, profile: &Profile, host: &mut dyn Host) -> Result<String, TokenError> {
    Ok(Runner::new(profile, host).value(expression)?.to_string())
}

#[cfg(test)]
mod checks;
#[cfg(test)]
mod condition_tests;
#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tests;
