//! `km_calculate`, `km_process_tokens`, `km_engine_status`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Caller, Context, Done, Tool, ToolError,
    declare::{Hints, Words},
    jobs,
};
use crate::{
    config::AccessClass,
    model::{Job, Lane, RunError},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Expression {
    /// A Keyboard Maestro calculation, for example `ROUND(Total * 1.19)`. Bare words are variables.
    expression: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Text {
    /// Text with Keyboard Maestro tokens, for example `%ICUDateTime%yyyy-MM-dd%`.
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// True asks a worker, too. When all are busy, one more is started for the question.
    #[serde(default)]
    probe: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Outcome {
    /// The result.
    result: String,
}

#[derive(Serialize, JsonSchema)]
struct Engine {
    /// Where macros run: `embedded`, `osascript`, `web` or `command`.
    backend: String,
    /// `running`, `starting` or `down`.
    status: String,
    /// Macros in the library; null before it has been read.
    macros: Option<usize>,
    /// Files of the library that could not be read.
    unreadable: Vec<Unreadable>,
    /// What could not be understood; the rest of its file is served. At most 100.
    left_out: Vec<LeftOut>,
    /// Macros left out because another file has one of the same UUID. At most 100.
    duplicates: Vec<Duplicate>,
    /// Names that several macros have: these are to be called by UUID. At most 100.
    duplicate_names: Vec<SameName>,
    /// What is wrong with the file of the statistics; null when nothing is.
    statistics_problem: Option<String>,
    /// Live workers.
    workers: u16,
    /// Milliseconds until a worker answered the probe; null without one, and when none answered.
    answered_ms: Option<f64>,
    /// Why no worker answered the probe.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// How long a worker has to answer a probe.
const PROBE: Duration = Duration::from_secs(5);

/// Asks a worker whether it is there, in the lane that never waits for others' work.
async fn probe(context: &Context, caller: &Caller) -> Result<f64, RunError> {
    let began = Instant::now();
    let client = Arc::clone(&caller.name);
    let job = Job { lane: Lane::Control, client, ..Job::new("ping", json!({}), "km_engine_status", PROBE) };
    context.pool.run(job, caller.cancel.clone()).await?;
    Ok(began.elapsed().as_secs_f64() * 1_000.0)
}

#[derive(Serialize, JsonSchema)]
struct LeftOut {
    /// The file's name, without its folder.
    file: String,
    /// Where in it.
    place: String,
    /// What is wrong.
    problem: String,
}

#[derive(Serialize, JsonSchema)]
struct Duplicate {
    /// The UUID that both have.
    uid: String,
    /// The name of the macro that is left out.
    name: String,
    /// The name of its file, without its folder.
    file: String,
}

#[derive(Serialize, JsonSchema)]
struct SameName {
    /// The name.
    name: String,
    /// The macros' UUIDs.
    uids: Vec<String>,
}

/// Most entries of a list of what is odd in the library.
const MOST_ODD: usize = 100;

#[derive(Serialize, JsonSchema)]
struct Unreadable {
    /// The file's name, without its folder.
    file: String,
    /// Why it could not be read.
    reason: String,
}

pub(super) fn calculate() -> Tool {
    const NAME: &str = "km_calculate";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "Calculate",
        description: "Evaluates a Keyboard Maestro calculation: arithmetic, comparisons, logic, functions, variables.",
        hints: Hints::READS,
    }
    .with(async |context, Expression { expression }: Expression, caller| {
        jobs::run::<Outcome>(&context, (NAME, "calculate"), json!({ "expression": expression }), None, &caller).await
    })
}

pub(super) fn process_tokens() -> Tool {
    const NAME: &str = "km_process_tokens";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "Process tokens",
        description: "Expands Keyboard Maestro text tokens: variables, dates, calculations.",
        hints: Hints::READS,
    }
    .with(async |context, Text { text }: Text, caller| {
        jobs::run::<Outcome>(&context, (NAME, "process_tokens"), json!({ "text": text }), None, &caller).await
    })
}

pub(super) fn status() -> Tool {
    Words {
        name: "km_engine_status",
        class: AccessClass::Read,
        title: "Engine status",
        description: "Tells which engine runs macros, whether it is up, and what its macro library holds.",
        hints: Hints::READS,
    }
    .with(async |context, asked: Asked, caller| {
        let probed = if asked.probe { Some(probe(&context, &caller).await) } else { None };
        let Some(pool) = context.pool.status().await else {
            return Done::plain(Err(ToolError::refused("shutting_down", "the server is shutting down")));
        };
        let index = context.library.index();
        let name = |path: &std::path::Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let unreadable =
            index.files_unreadable.iter().map(|(path, reason)| Unreadable { file: name(path), reason: reason.clone() });
        let left_out = index.left_out.iter().map(|place| LeftOut {
            file: name(&place.file),
            place: place.place.clone(),
            problem: place.problem.clone(),
        });
        let duplicates = index.duplicates.iter().map(|duplicate| Duplicate {
            uid: duplicate.uid.clone(),
            name: duplicate.name.clone(),
            file: name(&duplicate.file),
        });
        let same = index.duplicate_names().into_iter().filter_map(|entries| {
            let uids = entries.iter().map(|entry| entry.uid.clone()).collect();
            Some(SameName { name: entries.first()?.name.clone(), uids })
        });
        Done::plain(Ok(Engine {
            backend: context.hub.info().backend.clone(),
            status: pool.engine_word().to_owned(),
            macros: (index.revision > 0).then_some(index.macros.len()),
            unreadable: unreadable.collect(),
            left_out: left_out.take(MOST_ODD).collect(),
            duplicates: duplicates.take(MOST_ODD).collect(),
            duplicate_names: same.take(MOST_ODD).collect(),
            statistics_problem: context.records.statistics.problem().map(str::to_owned),
            workers: pool.live,
            answered_ms: probed.as_ref().and_then(|probed| probed.as_ref().ok()).copied(),
            problem: probed.and_then(Result::err).map(|error| error.to_string()),
        }))
    })
}
