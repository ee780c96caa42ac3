//! `km_run_macro`.

mod follow;
mod report;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    Caller, Context, Done, Timings, Tool, ToolError,
    declare::{Hints, Words},
    jobs, macros, own_files,
    own_files::OwnFiles,
    records::Recording,
    runs::Started,
    targets,
};
use crate::{
    config::AccessClass,
    library::Entry,
    model::{Certainty, Ending, Job, Lane},
};

use follow::{Leave, follow};
pub use follow::{Starting, start};
pub use report::came_to;
pub(super) use report::{Report, blank};

const NAME: &str = "km_run_macro";
/// The longest that a caller may let a macro run, in ms: a day.
const LONGEST_RUN_MS: u64 = 86_400_000;
/// How long a macro may take to be stopped in Keyboard Maestro.
const STOP: Duration = Duration::from_secs(5);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The macro's UUID or exact name.
    r#macro: String,
    /// What the macro sees as its trigger value.
    #[serde(default)]
    parameter: Option<String>,
    /// How long the macro may run, in milliseconds; 55,000 unless the server is set up otherwise.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400_000))]
    timeout_ms: Option<u64>,
    /// False answers at once with `started` and lets the macro run on.
    #[serde(default = "yes")]
    wait: bool,
    /// True checks the macro and shows what would run, and runs nothing.
    #[serde(default)]
    dry_run: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn tool() -> Tool {
    Words {
        name: NAME,
        class: AccessClass::Run,
        title: "Run macro",
        description: "Runs a macro by UUID or exact name and returns the text of its Return action. One that outlasts the call goes on, \
                      and the answer says `started`; km_run_status tells the rest, km_cancel stops it.",
        hints: Hints::RUNS,
    }
    .with(run)
}

async fn run(context: Arc<Context>, asked: Asked, caller: Caller) -> Done<Report> {
    let entry = match macros::find(&context, &asked.r#macro) {
        Ok(entry) => entry,
        Err(error) => return Done::plain(Err(error)),
    };
    let limit = match run_limit(&context, asked.timeout_ms) {
        Ok(limit) => limit,
        Err(error) => return Done::plain(Err(error)).about(jobs::subject(&entry.name)),
    };
    let given = Given { parameter: asked.parameter, variables: BTreeMap::new() };
    let wish = Wish { limit, wait: asked.wait, dry_run: asked.dry_run };
    run_entry(context, &entry, given, wish, caller).await
}

/// How long a run may take.
pub(super) fn run_limit(context: &Context, timeout_ms: Option<u64>) -> Result<Duration, ToolError> {
    match timeout_ms {
        None => Ok(context.run_limit),
        Some(limit @ 1..=LONGEST_RUN_MS) => Ok(Duration::from_millis(limit)),
        Some(limit) => {
            let message = format!("timeout_ms: {limit} is not within 1 to {LONGEST_RUN_MS}");
            Err(ToolError::refused("bad_arguments", message))
        }
    }
}

/// What a macro is run with.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    /// What it sees as its trigger value.
    pub(super) parameter: Option<String>,
    /// Variables that are set before it begins: the parameters of a subroutine.
    pub(super) variables: BTreeMap<String, String>,
}

/// How a macro is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) limit: Duration,
    /// False answers at once.
    pub(super) wait: bool,
    pub(super) dry_run: bool,
}

/// Runs a macro of the library.
pub(super) async fn run_entry(context: Arc<Context>, entry: &Entry, given: Given, wish: Wish, caller: Caller) -> Done<Report> {
    let name = jobs::subject(&entry.name);
    let started = match context.runs.begin((&entry.uid, &entry.name), &caller.name, None) {
        Ok(started) => started,
        Err(message) => return Done::plain(Err(ToolError::refused("too_deep", message))).about(name),
    };
    let report = blank(&entry.uid, &started.id);
    let mut arguments = json!({
        "uid": entry.uid,
        "run_id": started.id,
        "parameter": given.parameter,
        "dry_run": wish.dry_run,
        "revision": context.library.index().revision,
    });
    if !given.variables.is_empty() {
        arguments["variables"] = json!(given.variables);
    }
    if let Some(follower) = &caller.follower {
        arguments["progress"] = json!(true);
        context.runs.follow(&started.id, follower.clone());
    }
    let job = jobs::of_caller(&context, &caller, follow::job(entry, arguments, wish.limit));
    let job = Job {
        // Nobody waits for a run that is to go on by itself.
        lane: if wish.wait { job.lane } else { job.lane.max(Lane::Bulk) },
        targets: targets::of(entry, &context.targets),
        ..job
    };
    let recording = (!wish.dry_run).then(|| context.records.begin(entry, &trigger(&caller)));
    carry(&context, Run { job, started, recording, report, wait: wish.wait }, &caller).await.about(name)
}

/// A run that is to be done.
pub(super) struct Run {
    pub(super) job: Job,
    pub(super) started: Started,
    pub(super) recording: Option<Recording>,
    pub(super) report: Report,
    /// False answers at once.
    pub(super) wait: bool,
}

/// Has a run done, and answers when it has ended or the call's time is up.
pub(super) async fn carry(context: &Arc<Context>, run: Run, caller: &Caller) -> Done<Report> {
    let Run { job, started, recording, report, wait } = run;
    let uid = report.macro_uid.clone();
    // The run is a task of its own: it goes on when the call's time is up.
    let answered = CancellationToken::new();
    let leave = Leave { gone: caller.cancel.clone(), answered: answered.clone() };
    let changing = own_files::changing(context);
    let shared = Arc::clone(context);
    let following = follow(context.pool.clone(), job, (started, recording), report.clone(), Some(leave));
    let mut running = tokio::spawn(async move {
        let done = following.await;
        if let Err(error) = &done.result {
            stop_in_engine(&shared, &uid, error).await;
        }
        drop(changing);
        done
    });
    let wait = if wait { context.call_limit } else { Duration::ZERO };
    match tokio::time::timeout(wait, &mut running).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => {
            let error = ToolError::refused("internal", "the run failed inside the server; its log says more");
            Done::plain(Err(ToolError { outcome: Certainty::Unknown, ..error }))
        }
        Err(_) => {
            answered.cancel();
            // Its time is the macro's own as far as anybody knows, and none that kmtop added.
            let timings = Timings { ran: Some(wait), ..Timings::default() };
            Done { result: Ok(Report { status: "started", outcome: "unknown", ..report }), timings, subject: None }
        }
    }
}

/// A worker that is killed leaves its macro running in Keyboard Maestro: another one has it stopped there, unless a run that goes on
/// is of the same macro.
async fn stop_in_engine(context: &Context, uid: &str, error: &ToolError) {
    let given_up = matches!(error.ending, Ending::Timeout | Ending::Cancelled) && error.outcome == Certainty::Unknown;
    let workers_know = context.own_files.as_ref().is_some_and(OwnFiles::workers_know);
    if !given_up || !workers_know || context.runs.is_executing(uid, None) {
        return;
    }
    let job = Job { lane: Lane::Control, ..Job::new("cancel_macro", json!({ "uid": uid }), "km_cancel", STOP) };
    if let Err(error) = context.pool.run(job, CancellationToken::new()).await {
        tracing::warn!("the macro {uid} may go on in Keyboard Maestro: {error}");
    }
}

/// Who asks for a run, as the engine's log has it.
fn trigger(caller: &Caller) -> String {
    format!("{NAME} of {} over {}", caller.name, caller.transport.word())
}
