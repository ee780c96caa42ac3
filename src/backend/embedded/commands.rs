//! Programs and scripts that a client asks for, beside those of macros: run by their arguments, never by a line of text.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    host::WorkerHost,
    jobs::{bad_arguments, cancelled, error},
    shell::{self, MOST_OUTPUT, Task},
};
use crate::{
    macros::host::{HostError, Script, ShellEnd, ShellOutput, ShellRequest},
    model::{Certainty, JobError, Trace},
    util::clock::millis,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    /// The program and its arguments.
    argv: Vec<String>,
    /// Where it runs; the home folder if nowhere else.
    directory: Option<PathBuf>,
    /// All of its environment.
    environment: Vec<(String, String)>,
    /// What it reads on its standard input.
    #[serde(default)]
    input: Option<String>,
    /// Most bytes of its output that are kept.
    output_bytes: usize,
    /// The name under which somebody wants to hear how much it has written.
    #[serde(default)]
    progress: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShellScript {
    /// The script: for `/bin/sh`, or for what its `#!` line names.
    text: String,
    /// What it reads on its standard input.
    #[serde(default)]
    input: Option<String>,
    /// The name under which somebody wants to hear how much it has written.
    #[serde(default)]
    progress: Option<String>,
}

/// Runs a program in a process group of its own, to its end or until `limit` is over.
pub(super) fn program(asked: Program, limit: Option<Duration>, host: &mut WorkerHost) -> Result<Value, JobError> {
    let Program { argv, directory, environment, input, output_bytes, progress } = asked;
    let Some((program, arguments)) = argv.split_first() else { return Err(bad_arguments("the command is empty".into())) };
    if argv.iter().chain(environment.iter().flat_map(|(name, value)| [name, value])).any(|text| text.contains('\0')) {
        return Err(bad_arguments("no argument and no variable of a program can hold a zero byte".into()));
    }
    if let Some(missing) = directory.as_ref().filter(|directory| !directory.is_dir()) {
        let message = format!("{program} cannot be started: there is no folder {}", missing.display());
        return Err(error("not_started", message, Certainty::NotRun));
    }
    let mut command = Command::new(program);
    // The trace of its call, unless the settings say something of their own there.
    command.args(arguments).env_clear().envs(host.trace.iter().flat_map(Trace::environment)).envs(environment);
    let task = Task { directory, most_output: output_bytes.min(MOST_OUTPUT), progress, ..Task::new(input, limit) };
    run(command, task, limit, host)
}

/// Runs a script of a shell with the environment that every script gets.
pub(super) fn script(asked: ShellScript, limit: Option<Duration>, host: &mut WorkerHost) -> Result<Value, JobError> {
    let request = ShellRequest {
        script: Script::Text(asked.text),
        environment: Vec::new(),
        input: asked.input,
        include_errors: false,
        time_limit: limit,
    };
    let (mut command, _file) = shell::script_command(&request).map_err(not_started)?;
    command.envs(host.trace.iter().flat_map(Trace::environment));
    run(command, Task { progress: asked.progress, ..Task::new(request.input, limit) }, limit, host)
}

fn run(command: Command, task: Task, limit: Option<Duration>, host: &mut WorkerHost) -> Result<Value, JobError> {
    host.scripts += 1;
    let began = Instant::now();
    let done = shell::run_command(command, task, host.scripts, &mut host.inbox, &mut host.output).map_err(not_started)?;
    let ShellOutput { output, errors, end, truncated } = done;
    let (code, signal) = match end {
        ShellEnd::Exited(code) => (Some(code), None),
        ShellEnd::Signalled(signal) => (None, Some(signal)),
        ShellEnd::TimedOut => {
            let message = format!("it took longer than {:?} and was stopped", limit.unwrap_or_default());
            return Err(error("timeout", message, Certainty::Unknown));
        }
    };
    let ran_ms = millis(began.elapsed());
    Ok(
        json!({ "exit_code": code, "signal": signal, "output": output, "errors": errors, "truncated": truncated, "ran_ms": ran_ms }),
    )
}

fn not_started(problem: HostError) -> JobError {
    match problem {
        HostError::Cancelled => cancelled(Certainty::Unknown),
        HostError::Failed(message) => error("not_started", message, Certainty::NotRun),
    }
}
