//! `kmtop call`: one tool, on the running server or on one of its own.

use std::process::ExitCode;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Failure, Setup, block_on, serve, stack::Stack};
use crate::{
    cli,
    control::{self, ControlError},
    model::Transport,
    tools::Caller,
};

/// What a call came to: its structured content, or its structured error with the words for people.
type Called = Result<Value, (Value, String)>;

/// Prints the structured answer; exit code 1 when the call failed.
pub(super) fn run(setup: &Setup, tool: &str, arguments: &str) -> Result<ExitCode, Failure> {
    let arguments: Value = serde_json::from_str(arguments).map_err(|error| {
        Failure::wrong(format!("the arguments are not JSON: {error}; give an object such as '{{\"name\":\"Total\"}}'"))
    })?;
    if !arguments.is_object() {
        return Err(Failure::wrong("the arguments must be a JSON object such as '{\"name\":\"Total\"}'"));
    }
    let called = block_on(async {
        match control::call(&setup.home.socket(), tool, arguments.clone()).await {
            Ok(called) => Ok(called),
            Err(ControlError::Absent { .. }) => alone(setup, tool, arguments).await,
            Err(error) => Err(Failure::wrong(error.to_string())),
        }
    })?;
    show(called)
}

#[expect(clippy::print_stderr, reason = "stdout carries the structured answer alone")]
fn show(called: Called) -> Result<ExitCode, Failure> {
    let (value, code) = match called {
        Ok(value) => (value, ExitCode::SUCCESS),
        Err((value, text)) => {
            eprintln!("kmtop: {text}");
            (value, ExitCode::from(1))
        }
    };
    cli::value(&value).map_err(|error| Failure::wrong(format!("stdout: {error}")))?;
    Ok(code)
}

/// On a server that lives for this call and opens no door.
async fn alone(setup: &Setup, tool: &str, arguments: Value) -> Result<Called, Failure> {
    let signals = serve::take_signals()?;
    let stack = Stack::start(&setup.home, &setup.settings, None)?;
    serve::ready(&stack).await;
    let caller = Caller::new("kmtop call", Transport::Control, CancellationToken::new());
    let answer = stack.toolbox.call(tool, arguments, &caller).await;
    let names = stack.toolbox.tools().iter().map(|tool| &*tool.name).collect::<Vec<_>>().join(", ");
    serve::end(stack, signals).await;
    let answer = answer.ok_or_else(|| Failure::wrong(format!("there is no tool {tool}; tools: {names}")))?;
    Ok(answer.result.map_err(|error| (error.structured(), error.text())))
}
