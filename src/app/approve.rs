//! `kmtop approve`: the owner's yes or no to calls that wait.

use std::process::ExitCode;

use serde_json::json;

use super::{Failure, Setup, block_on};
use crate::{
    cli::{self, Approve},
    control,
    model::{Command, Decision},
    util::clock::unix_ms,
};

/// Answers, or lists; exit code 1 when there is nothing to answer.
pub(super) fn run(setup: &Setup, asked: &Approve) -> Result<ExitCode, Failure> {
    let socket = setup.home.socket();
    if asked.list {
        return list(setup, asked.json);
    }
    let command = match asked {
        Approve { forget: Some(id), .. } => Command::ForgetApproval { id: *id },
        Approve { id, always, no, .. } => {
            let decision = match (always, no) {
                (true, _) => Decision::Always,
                (_, true) => Decision::No,
                _ => Decision::Once,
            };
            Command::AnswerCall { id: *id, decision }
        }
    };
    let answered = block_on(async {
        let answered = control::command(&socket, command, "kmtop approve").await;
        answered.map_err(|error| Failure::wrong(error.to_string()))
    })?;
    let reply = answered.map_err(|error| Failure::gone(error.to_string()))?;
    cli::line(&reply.text).map_err(|error| Failure::wrong(format!("stdout: {error}")))?;
    Ok(ExitCode::SUCCESS)
}

fn list(setup: &Setup, json: bool) -> Result<ExitCode, Failure> {
    let frame =
        block_on(async { control::frame(&setup.home.socket()).await.map_err(|error| Failure::wrong(error.to_string())) })?;
    let (held, approvals) = (frame.held.unwrap_or_default(), frame.approvals.unwrap_or_default());
    let printed = if json {
        cli::value(&json!({ "held": held, "approvals": approvals }))
    } else {
        cli::line(&cli::held_text(&held, &approvals, unix_ms()))
    };
    printed.map_err(|error| Failure::wrong(format!("stdout: {error}")))?;
    Ok(ExitCode::SUCCESS)
}
