//! `run_script`: a script that the client brings along. Its class is off unless the settings say otherwise.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    Caller, Context, Done, Timings, Tool, ToolError,
    commands::{self, Asked, Ran},
    declare::{Hints, Words},
    jobs, run_macro,
};
use crate::{
    config::AccessClass,
    model::{Certainty, Ending, Job},
};

const NAME: &str = "run_script";
/// What `osascript` gets of the server's environment.
const ENVIRONMENT: [&str; 6] = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR"];
/// Most bytes of a script's output.
const OUTPUT: usize = 1 << 20;
/// Most arguments of a script.
const ARGUMENTS: usize = 100;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are the tool's arguments")]
struct Script {
    /// `shell`; on macOS also `applescript` and `jxa` (JavaScript for Automation).
    language: Language,
    /// The script. A shell script may begin with a `#!` line.
    script: String,
    /// Texts for its `run` handler; AppleScript and JXA alone.
    #[serde(default)]
    arguments: Vec<String>,
    /// What a shell script reads on its standard input.
    #[serde(default)]
    input: Option<String>,
    /// How long it may run, in ms; as a macro when not given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400_000))]
    timeout_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Language {
    Shell,
    AppleScript,
    Jxa,
}

pub(super) fn tool() -> Tool {
    let tool = Words {
        name: NAME,
        class: AccessClass::Script,
        title: "Run script",
        description: "Runs a script to its end and returns what it wrote. Values go in as arguments or input, never into the text.",
        hints: Hints::RUNS,
    }
    .with(async |context, script: Script, caller| run(&context, script, &caller).await);
    // It says itself how long it may take.
    Tool { limit: Some(Duration::from_hours(24)), ..tool }
}

async fn run(context: &Arc<Context>, script: Script, caller: &Caller) -> Done<Ran> {
    let limit = match run_macro::run_limit(context, script.timeout_ms).and_then(|limit| sound(&script).map(|()| limit)) {
        Ok(limit) => limit,
        Err(error) => return Done::plain(Err(error)),
    };
    // A warm worker compiles a script once; its handler for arguments has another name, so those go the long way.
    let workers_know = context.own_files.as_ref().is_some_and(super::OwnFiles::workers_know);
    let warm = script.language == Language::AppleScript && workers_know && script.arguments.is_empty();
    if warm {
        return apple_script(context, script, limit, caller).await;
    }
    let (operation, arguments, subject) = match script.language {
        Language::Shell => ("run_script", json!({ "text": script.script, "input": script.input }), "shell"),
        Language::AppleScript | Language::Jxa => {
            if !context.osascript.is_file() {
                let words = format!("AppleScript and JXA are run by {}, which is not here", context.osascript.display());
                return Done::plain(Err(ToolError::refused("not_here", words)));
            }
            let (name, subject) = match script.language {
                Language::Jxa => ("JavaScript", "jxa"),
                _ => ("AppleScript", "applescript"),
            };
            // The script comes by the standard input: an argument that is one could be taken for an option.
            let mut argv = vec![context.osascript.display().to_string(), "-l".to_owned(), name.to_owned(), "-".to_owned()];
            argv.extend(script.arguments);
            let environment: Vec<_> = commands::environment(ENVIRONMENT).into_iter().collect();
            let arguments = json!({ "argv": argv, "environment": environment, "input": script.script, "output_bytes": OUTPUT });
            ("run_program", arguments, subject)
        }
    };
    let asked = Asked { operation, arguments, tool: NAME.into(), subject: subject.to_owned(), limit, ceilings: Vec::new() };
    commands::run(context, asked, caller).await
}

fn sound(script: &Script) -> Result<(), ToolError> {
    let refused = |words: &str| Err(ToolError::refused("bad_arguments", words));
    match script.language {
        _ if script.script.trim().is_empty() => refused("script: it is empty"),
        Language::Shell if !script.arguments.is_empty() => refused("arguments: a shell script has none; give it `input`"),
        Language::AppleScript | Language::Jxa if script.input.is_some() => {
            refused("input: only a shell script has any; give it `arguments`")
        }
        _ if script.arguments.len() > ARGUMENTS => refused("arguments: at most 100"),
        _ if script.arguments.iter().any(|argument| argument.contains('\0')) => refused("arguments: one has a zero byte"),
        _ => Ok(()),
    }
}

/// In a warm worker: compiled once, and without a process of its own.
async fn apple_script(context: &Context, script: Script, limit: Duration, caller: &Caller) -> Done<Ran> {
    let arguments = json!({ "source": script.script });
    let subject = jobs::subject("applescript");
    let job = Job {
        subject: Some(Arc::clone(&subject)),
        ..jobs::of_caller(context, caller, Job::new("run_applescript", arguments, NAME, limit))
    };
    let outcome = context.pool.run(job, caller.cancel.clone()).await;
    let timings = outcome.as_ref().map_or_else(Timings::of_error, Timings::of);
    let result = outcome.map_err(ToolError::from).and_then(|outcome| {
        let output = match &outcome.value["result"] {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        if output.len() > OUTPUT {
            let error = ToolError::refused("too_long", format!("the result has {} bytes; at most {OUTPUT} fit", output.len()));
            return Err(ToolError { outcome: Certainty::Failed, ending: Ending::Failed, ..error });
        }
        let ran_ms = crate::util::clock::millis(outcome.ran);
        Ok(Ran { exit_code: Some(0), signal: None, output, errors: String::new(), truncated: false, ran_ms })
    });
    Done { result, timings, subject: Some(subject) }
}
