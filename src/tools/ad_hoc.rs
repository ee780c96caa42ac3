//! `km_run_actions`: actions that the client brings along. Its class is off unless the settings say otherwise.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Caller, Context, Done, Tool, ToolError,
    clipboard::own_engine,
    declare::{Hints, Words},
    jobs,
    run_macro::{Run, blank, carry, run_limit},
};
use crate::{
    config::AccessClass,
    macros::{Macro, Mode, portability, read},
    model::Job,
};

const NAME: &str = "km_run_actions";
/// What the actions are called where a macro would be named.
const CALLED: &str = "ad-hoc actions";
/// Longest text of actions, in bytes.
const LONGEST: usize = 1 << 20;
/// Most actions that an error names.
const NAMED: usize = 5;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Actions {
    /// The actions as Keyboard Maestro copies them: an XML property list of one action or of several.
    xml: String,
    /// What they see as the trigger value.
    #[serde(default)]
    parameter: Option<String>,
    /// How long they may run, in ms; as a macro when not given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400_000))]
    timeout_ms: Option<u64>,
    /// True checks them and shows what would run.
    #[serde(default)]
    dry_run: bool,
}

/// The answer of `km_run_macro` in fewer words.
#[derive(serde::Serialize, Deserialize, JsonSchema)]
struct Report {
    /// The run's number.
    run_id: String,
    macro_uid: String,
    /// As in `km_run_macro`, as all that follows.
    status: String,
    result: Option<String>,
    outcome: String,
    queued_ms: Option<f64>,
    ran_ms: Option<f64>,
    sinks: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outline: Option<String>,
}

pub(super) fn tool() -> Tool {
    Words {
        name: NAME,
        class: AccessClass::Script,
        title: "Run actions",
        description: "Runs Keyboard Maestro actions given as XML. Nothing runs unless every one of them can run here.",
        hints: Hints::RUNS,
    }
    .with(run)
}

async fn run(context: Arc<Context>, actions: Actions, caller: Caller) -> Done<Report> {
    let prepared = own_engine(&context, "ad-hoc actions run")
        .and_then(|()| run_limit(&context, actions.timeout_ms))
        .and_then(|limit| Ok((limit, checked(&context, &actions.xml)?)));
    let (limit, definition) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Done::plain(Err(error)).about(CALLED),
    };
    let started = match context.runs.begin((&definition.uid, CALLED), &caller.name, None) {
        Ok(started) => started,
        Err(message) => return Done::plain(Err(ToolError::refused("too_deep", message))).about(CALLED),
    };
    let mut arguments = json!({
        "macro": definition,
        "run_id": started.id,
        "parameter": actions.parameter,
        "dry_run": actions.dry_run,
        "revision": context.library.index().revision,
    });
    if let Some(follower) = &caller.follower {
        arguments["progress"] = json!(true);
        context.runs.follow(&started.id, follower.clone());
    }
    let job = Job {
        subject: Some(jobs::subject(CALLED)),
        ..jobs::of_caller(&context, &caller, Job::new("run_actions", arguments, NAME, limit))
    };
    let report = blank(&definition.uid, &started.id);
    let done = carry(&context, Run { job, started, recording: None, report, wait: true }, &caller).await;
    let Done { result, timings, .. } = done;
    let shorter = |report| serde_json::to_value(report).and_then(serde_json::from_value::<Report>);
    let result = result.and_then(|report| {
        shorter(report).map_err(|error| ToolError::refused("internal", format!("the answer does not fit: {error}")))
    });
    Done { result, timings, subject: Some(jobs::subject(CALLED)) }
}

/// The actions, held against the table. The worker looks again, with the macros that they call.
fn checked(context: &Context, xml: &str) -> Result<Macro, ToolError> {
    if xml.len() > LONGEST {
        return Err(ToolError::refused("too_long", format!("xml: it has {} bytes; at most {LONGEST} are taken", xml.len())));
    }
    let definition = read::loose_actions(xml.as_bytes(), CALLED);
    let definition = definition.map_err(|error| ToolError::refused("bad_arguments", format!("xml: {error}")))?;
    let findings = portability(&definition, &context.profile).actions;
    let refused: Vec<String> = findings
        .iter()
        .filter(|finding| finding.mode == Mode::Refuse)
        .map(|finding| format!("{} {}: {}", finding.path, finding.kind, finding.reason))
        .collect();
    if refused.is_empty() {
        return Ok(definition);
    }
    let more = if refused.len() > NAMED { format!("; and {} more", refused.len() - NAMED) } else { String::new() };
    let named = refused.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    Err(ToolError::refused("refused", format!("nothing was run: {named}{more}")))
}
