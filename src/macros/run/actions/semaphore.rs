//! Semaphore: named locks that all runs share.

use super::super::{
    super::{
        data::Action,
        place::Place,
        portability::{refused, text},
        profile::Profile,
        table::{ActionType, Mode, run},
    },
    Flow, Trouble,
    report::Sink,
    state::Runner,
};

pub(super) const ACTIONS: &[ActionType] =
    &[run("Semaphore", "lock, unlock, reset, for all runs of this home; given back at the end of the run", check, semaphore)];

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let known = match action.word("SemaphoreAction").unwrap_or("Lock") {
        "Lock" | "TryLock" | "Unlock" | "Reset" => None,
        other => Some(format!("the form {other} is not known")),
    };
    let named = || {
        let name = action.text("SemaphoreName").unwrap_or_default();
        name.trim().is_empty().then(|| "it names no semaphore".to_owned())
    };
    refused(known.or_else(named).or_else(|| text(action, "SemaphoreName", profile)))
}

fn semaphore(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let name = runner.expanded(action, "SemaphoreName")?;
    match action.word("SemaphoreAction").unwrap_or("Lock") {
        "Lock" => {
            let limit = runner.time_left();
            if !runner.host.lock(&name, limit)? {
                runner.check_time()?;
                return Err(Trouble::Failed(format!("the semaphore “{name}” is held by another run")));
            }
        }
        "TryLock" => {
            if !runner.host.lock(&name, Some(std::time::Duration::ZERO))? {
                return Err(Trouble::Failed(format!("the semaphore “{name}” is held by another run")));
            }
        }
        "Unlock" => {
            if !runner.host.unlock(&name)? {
                runner.sinks.record(Sink::Log, format!("the semaphore “{name}” was not held by this run"));
            }
        }
        _ => runner.host.reset(&name)?,
    }
    Ok(Flow::Next)
}
