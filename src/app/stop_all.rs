//! `kmtop stop-all`: the red stop from a shell, on the running server.

use std::process::ExitCode;

use serde_json::json;

use super::{Failure, Setup, block_on};
use crate::{
    cli,
    control::{self, ControlError},
};

/// Stops everything, or lifts that; exit code 1 when there is no server to stop.
pub(super) fn run(setup: &Setup, lift: bool) -> Result<ExitCode, Failure> {
    let called = block_on(async {
        control::call(&setup.home.socket(), "stop_all", json!({ "lift": lift })).await.map_err(|error| match error {
            ControlError::Absent { .. } => Failure::gone(format!("there is nothing to stop: {error}")),
            error => Failure::wrong(error.to_string()),
        })
    })?;
    let text = called.map_err(|(_, text)| Failure::gone(text))?;
    let words = text["text"].as_str().unwrap_or_default();
    cli::line(words).map_err(|error| Failure::wrong(format!("stdout: {error}")))?;
    Ok(ExitCode::SUCCESS)
}
