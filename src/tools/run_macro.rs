//! `km_run_macro`.

use std::{pin::pin, sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Caller, Context, Done, Timings, Tool, ToolError,
    declare::{Hints, Words},
    jobs, macros,
};
use crate::{
    config::AccessClass,
    library::Entry,
    model::{Certainty, Ending, Job, Lane, Outcome, RunError},
    util::clock::millis,
};

const NAME: &str = "km_run_macro";
/// The longest that a caller may let a macro run, in ms: a day.
const LONGEST_RUN_MS: u64 = 86_400_000;

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

/// What a run gave. A failed one gives the same with `error` beside it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Report {
    /// The run's number on this server.
    run_id: String,
    /// The macro's UUID.
    macro_uid: String,
    /// `finished`, `failed`, `cancelled`, `timeout`, or `started` when it runs on.
    status: &'static str,
    /// The text of its Return action.
    result: Option<String>,
    /// `done`, or what is known of it: `not-run`, `unknown`, `failed`.
    outcome: &'static str,
    /// Milliseconds waited for a worker.
    queued_ms: Option<f64>,
    /// Milliseconds at the worker.
    ran_ms: Option<f64>,
    /// What was recorded instead of being typed, shown or played.
    sinks: Sinks,
    /// Only with `dry_run`: what would run.
    #[serde(skip_serializing_if = "Option::is_none")]
    outline: Option<String>,
}

/// What a macro did that has no place on this machine but in the answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Sinks {
    /// Text that would have been typed.
    typed: Vec<String>,
    /// What would have been shown.
    notifications: Vec<String>,
    /// The last text put on the clipboard.
    clipboard: Option<String>,
    /// Log lines.
    log: Vec<String>,
    /// Other things that would have been done.
    simulated: Vec<String>,
}

/// A worker's answer to `run_macro`.
#[derive(Deserialize)]
struct Worked {
    status: String,
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    sinks: Sinks,
    #[serde(default)]
    outline: Option<String>,
}

pub(super) fn tool() -> Tool {
    Words {
        name: NAME,
        class: AccessClass::Run,
        title: "Run macro",
        description: "Runs a macro by UUID or exact name and returns what its Return action gives. A macro that runs for longer than \
                      the call may take goes on, and the answer says `started`.",
        hints: Hints::RUNS,
    }
    .with(run)
}

async fn run(context: Arc<Context>, asked: Run, caller: Caller) -> Done<Report> {
    let entry = match macros::find(&context, &asked.r#macro) {
        Ok(entry) => entry,
        Err(error) => return Done::plain(Err(error)),
    };
    let name: Arc<str> = crate::util::text::brief(&entry.name, 60).into();
    let limit = match asked.timeout_ms {
        None => context.run_limit,
        Some(limit @ 1..=LONGEST_RUN_MS) => Duration::from_millis(limit),
        Some(limit) => {
            let message = format!("timeout_ms: {limit} is not within 1 to {LONGEST_RUN_MS}");
            return Done::plain(Err(ToolError::refused("bad_arguments", message))).about(name);
        }
    };
    let report = blank(&entry);
    let arguments = json!({
        "uid": entry.uid,
        "parameter": asked.parameter,
        "dry_run": asked.dry_run,
        "revision": context.library.index().revision,
    });
    let job = Job {
        subject: Some(Arc::clone(&name)),
        key: format!("run_macro {}", entry.uid).into(),
        // Nobody waits for a run that is to go on by itself.
        lane: if asked.wait { context.lane(&caller) } else { context.lane(&caller).max(Lane::Bulk) },
        client: Arc::clone(&caller.name),
        targets: context.targets(&entry),
        ..Job::new("run_macro", arguments, NAME, limit)
    };
    // The run is a task of its own: it goes on when the call's time is up.
    let answered = CancellationToken::new();
    let mut running = tokio::spawn(work(Arc::clone(&context), job, caller.cancel, answered.clone()));
    let wait = if asked.wait { context.call_limit } else { Duration::ZERO };
    match tokio::time::timeout(wait, &mut running).await {
        Ok(Ok(outcome)) => finished(report, outcome).about(name),
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

/// Has a worker run the macro. The caller's going away cancels it only until its call is answered: in the newest protocol the end
/// of an answered call looks the same.
async fn work(
    context: Arc<Context>,
    job: Job,
    gone: CancellationToken,
    answered: CancellationToken,
) -> Result<Outcome, RunError> {
    let cancel = CancellationToken::new();
    let mut run = pin!(context.pool.run(job, cancel.clone()));
    tokio::select! {
        biased;
        outcome = &mut run => return outcome,
        () = answered.cancelled() => {}
        () = gone.cancelled() => cancel.cancel(),
    }
    run.await
}

fn blank(entry: &Entry) -> Report {
    Report {
        run_id: uuid::Uuid::new_v4().to_string(),
        macro_uid: entry.uid.clone(),
        status: "failed",
        result: None,
        outcome: "not-run",
        queued_ms: None,
        ran_ms: None,
        sinks: Sinks::default(),
        outline: None,
    }
}

fn finished(report: Report, outcome: Result<Outcome, RunError>) -> Done<Report> {
    let timings = outcome.as_ref().map_or_else(Timings::of_error, Timings::of);
    let fractional = |span: Duration| millis(span) as f64 + f64::from(span.subsec_micros() % 1_000) / 1_000.0;
    let report = Report { queued_ms: timings.queued.map(fractional), ran_ms: timings.ran.map(fractional), ..report };
    let result = match outcome {
        Ok(outcome) => jobs::read::<Worked>("run_macro", outcome.value).map(|worked| worked.onto(report)),
        Err(error) => Err(failed(&Report { sinks: recorded(&error), ..report }, error.into())),
    };
    Done { result, timings, subject: None }
}

/// What a failed run recorded until it failed.
fn recorded(error: &RunError) -> Sinks {
    let RunError::Job { error, .. } = error else { return Sinks::default() };
    let sinks = error.partial.as_ref().and_then(|partial| partial.get("sinks"));
    sinks.and_then(|sinks| serde_json::from_value(sinks.clone()).ok()).unwrap_or_default()
}

impl Worked {
    fn onto(self, report: Report) -> Report {
        let cancelled = self.status == "cancelled";
        Report {
            status: if cancelled { "cancelled" } else { "finished" },
            outcome: if self.outline.is_some() { "not-run" } else { "done" },
            result: self.result,
            sinks: self.sinks,
            outline: self.outline,
            ..report
        }
    }
}

/// A run's error carries the report too, so that a program finds its run's number and times in one place.
fn failed(report: &Report, error: ToolError) -> ToolError {
    let status = match error.ending {
        Ending::Timeout => "timeout",
        Ending::Cancelled => "cancelled",
        Ending::Ok | Ending::Failed | Ending::Shed | Ending::Crashed => "failed",
    };
    let outcome = match error.outcome {
        Certainty::NotRun => "not-run",
        Certainty::Unknown => "unknown",
        Certainty::Failed => "failed",
    };
    let report = Report { status, outcome, ..report.clone() };
    ToolError { details: serde_json::to_value(report).ok().filter(Value::is_object), ..error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JobError;

    #[test]
    fn a_failed_run_keeps_what_it_recorded() {
        let error = RunError::Job {
            error: JobError {
                code: "macro_failed".into(),
                message: "exit 7".into(),
                hint: None,
                outcome: Certainty::Failed,
                partial: Some(json!({ "sinks": { "log": ["first line"] } })),
            },
            slot: 1,
            queued: Duration::ZERO,
            ran: Duration::ZERO,
            own: Duration::ZERO,
        };
        assert_eq!(recorded(&error).log, ["first line"]);
        assert!(recorded(&RunError::Closed).log.is_empty());
    }
}
