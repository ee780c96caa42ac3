//! What sets kmtop up: a first home, entries at clients, a service.
//!
//! Each shows what it is about to do, asks, and writes whole files with a copy of what was there.

mod connect;
mod init;
mod program;
mod prometheus;
mod service;
mod steward;

use std::io::{self, IsTerminal as _, Write as _};

use super::Failure;
use crate::{
    cli,
    install::{Change, InstallError},
};

pub(super) use connect::run as connect;
pub(super) use init::run as init;
pub(super) use service::run as service;

impl From<InstallError> for Failure {
    fn from(error: InstallError) -> Self {
        Self::wrong(error.to_string())
    }
}

fn say(text: &str) -> Result<(), Failure> {
    cli::line(text).map_err(|error| Failure::wrong(format!("stdout: {error}")))
}

/// Asks whether to go on, unless it was said already. Without a terminal nobody can answer.
fn agreed(yes: bool, question: &str) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::wrong("nothing was done: there is no terminal to ask on; say --yes to do it without asking"));
    }
    let failed = |error: io::Error| Failure::wrong(format!("the terminal: {error}"));
    let mut out = io::stderr().lock();
    write!(out, "{question} [y/N] ").and_then(|()| out.flush()).map_err(failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Writes a change and says where the copy of what was there is.
fn write(change: &Change) -> Result<(), Failure> {
    let backup = change.write()?;
    say(&format!("written: {}", change.path().display()))?;
    match backup {
        Some(backup) => say(&format!("what was there: {}", backup.display())),
        None => Ok(()),
    }
}
