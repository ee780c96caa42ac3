//! `km_run_macro`.

mod follow;
mod report;

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    Caller, Context, Done, Timings, Tool, ToolError,
    declare::{Hints, Words},
    jobs, macros, own_files,
    own_files::OwnFiles,
    targets,
};
use crate::{
    config::AccessClass,
    model::{Certainty, Ending, Job, Lane},
};

use follow::{Leave, follow};
pub use follow::{Starting, start};
pub use report::came_to;
use report::{Report, blank};

const NAME: &str = "km_run_macro";
/// The longest that a caller may let a macro run, in ms: a day.
const LONGEST_RUN_MS: u64 = 86_400_000;
/// How long a macro may take to be stopped in Keyboard Maestro.
const STOP: Duration = Duration::from_secs(5);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are the tool's arguments")]
struct Run {
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

async fn run(context: Arc<Context>, asked: Run, caller: Caller) -> Done<Report> {
    let entry = match macros::find(&context, &asked.r#macro) {
        Ok(entry) => entry,
        Err(error) => return Done::plain(Err(error)),
    };
    let name = jobs::subject(&entry.name);
    let limit = match asked.timeout_ms {
        None => context.run_limit,
        Some(limit @ 1..=LONGEST_RUN_MS) => Duration::from_millis(limit),
        Some(limit) => {
            let message = format!("timeout_ms: {limit} is not within 1 to {LONGEST_RUN_MS}");
            return Done::plain(Err(ToolError::refused("bad_arguments", message))).about(name);
        }
    };
    let started = match context.runs.begin((&entry.uid, &entry.name), &caller.name, None) {
        Ok(started) => started,
        Err(message) => return Done::plain(Err(ToolError::refused("too_deep", message))).about(name),
    };
    let report = blank(&entry.uid, &started.id);
    let mut arguments = json!({
        "uid": entry.uid,
        "run_id": started.id,
        "parameter": asked.parameter,
        "dry_run": asked.dry_run,
        "revision": context.library.index().revision,
    });
    if let Some(follower) = &caller.follower {
        arguments["progress"] = json!(true);
        context.runs.follow(&started.id, follower.clone());
    }
    let lane = context.lane(&caller);
    let job = Job {
        // Nobody waits for a run that is to go on by itself.
        lane: if asked.wait { lane } else { lane.max(Lane::Bulk) },
        client: Arc::clone(&caller.name),
        targets: targets::of(&entry, &context.targets),
        ..follow::job(&entry, arguments, limit)
    };
    // The run is a task of its own: it goes on when the call's time is up.
    let answered = CancellationToken::new();
    let leave = Leave { gone: caller.cancel.clone(), answered: answered.clone() };
    let recording = (!asked.dry_run).then(|| context.records.begin(&entry, &trigger(&caller)));
    let changing = own_files::changing(&context);
    let (shared, uid) = (Arc::clone(&context), entry.uid.clone());
    let following = follow(context.pool.clone(), job, (started, recording), report.clone(), Some(leave));
    let mut running = tokio::spawn(async move {
        let done = following.await;
        if let Err(error) = &done.result {
            stop_in_engine(&shared, &uid, error).await;
        }
        drop(changing);
        done
    });
    let wait = if asked.wait { context.call_limit } else { Duration::ZERO };
    match tokio::time::timeout(wait, &mut running).await {
        Ok(Ok(done)) => done.about(name),
        Ok(Err(_)) => {
            let error = ToolError::refused("internal", "the run failed inside the server; its log says more");
            Done::plain(Err(ToolError { outcome: Certainty::Unknown, ..error })).about(name)
        }
        Err(_) => {
            answered.cancel();
            // Its time is the macro's own as far as anybody knows, and none that kmtop added.
            let timings = Timings { ran: Some(wait), ..Timings::default() };
            Done { result: Ok(Report { status: "started", outcome: "unknown", ..report }), timings, subject: Some(name) }
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
