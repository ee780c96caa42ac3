//! What a run gives back, as the tool and the table of runs have it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    model::{Certainty, Ending, Outcome, RunError},
    tools::{Done, RunView, Timings, ToolError, jobs},
    util::clock::millis,
};

/// What a run gave. A failed one gives the same with `error` beside it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(in crate::tools) struct Report {
    /// The run's number on this server.
    pub(super) run_id: String,
    /// The macro's UUID.
    pub(in crate::tools) macro_uid: String,
    /// `finished`, `failed`, `cancelled`, `timeout`, or `started` when it runs on.
    pub(super) status: &'static str,
    /// The text of its Return action.
    pub(super) result: Option<String>,
    /// `done`, or what is known of it: `not-run`, `unknown`, `failed`.
    pub(super) outcome: &'static str,
    /// Milliseconds waited for a worker.
    pub(super) queued_ms: Option<f64>,
    /// Milliseconds at the worker.
    pub(super) ran_ms: Option<f64>,
    /// What was recorded instead of being typed, shown or played.
    pub(super) sinks: Sinks,
    /// Only with `dry_run`: what would run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outline: Option<String>,
}

/// What a macro did that has no place on this machine but in the answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Sinks {
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
    /// All of these in the order in which they happened.
    events: Vec<Event>,
}

/// Something that was recorded.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Event {
    /// `typed`, `notification`, `clipboard`, `log`, `keystroke`, `mouse`, `window`, `control`, `application`, `opened`, `sound`, `system`.
    kind: String,
    /// What would have been typed, shown, done.
    text: String,
    /// The UUID of the macro whose action did it.
    pub(super) macro_uid: String,
    /// Where the action stands in it: `actions[2].ThenActions[0]`.
    path: String,
}

/// A worker's answer to `run_macro`.
#[derive(Deserialize)]
pub(super) struct Worked {
    status: String,
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    sinks: Sinks,
    #[serde(default)]
    outline: Option<String>,
}

/// How a run that has no good answer ended.
pub(super) fn status_of(error: &ToolError) -> &'static str {
    match error.ending {
        Ending::Timeout => "timeout",
        Ending::Cancelled => "cancelled",
        Ending::Ok | Ending::Failed | Ending::Shed | Ending::Crashed => "failed",
    }
}

/// What is known of the work of a run that has no good answer.
pub(super) fn outcome_of(error: &ToolError) -> &'static str {
    match error.outcome {
        Certainty::NotRun => "not-run",
        Certainty::Unknown => "unknown",
        Certainty::Failed => "failed",
    }
}

pub(in crate::tools) fn blank(uid: &str, run: &str) -> Report {
    Report {
        run_id: run.to_owned(),
        macro_uid: uid.to_owned(),
        status: "failed",
        result: None,
        outcome: "not-run",
        queued_ms: None,
        ran_ms: None,
        sinks: Sinks::default(),
        outline: None,
    }
}

pub(super) fn finished(report: Report, outcome: Result<Outcome, RunError>) -> Done<Report> {
    let timings = outcome.as_ref().map_or_else(Timings::of_error, Timings::of);
    let fractional = |span: Duration| millis(span) as f64 + f64::from(span.subsec_micros() % 1_000) / 1_000.0;
    let report = Report { queued_ms: timings.queued.map(fractional), ran_ms: timings.ran.map(fractional), ..report };
    let result = match outcome {
        Ok(outcome) => jobs::read::<Worked>("run_macro", outcome.value).map(|worked| worked.onto(report)),
        Err(error) => Err(failed(&Report { sinks: recorded(&error), ..report }, error.into())),
    };
    Done { result, timings, subject: None }
}

/// What a run came to that outlasted its call, as its call would have answered: from what the table of runs knows.
///
/// # Errors
/// The run's own error, when it did not end well.
pub fn came_to(run: RunView) -> Result<Value, ToolError> {
    let sinks = run.sinks.and_then(|sinks| serde_json::from_value(sinks).ok()).unwrap_or_default();
    let report = Report {
        status: run.status,
        outcome: run.outcome.unwrap_or("unknown"),
        result: run.result,
        ran_ms: Some(run.took_ms as f64),
        sinks,
        ..blank(&run.macro_uid, &run.run_id)
    };
    let Some(message) = run.error else {
        return serde_json::to_value(report).map_err(|error| ToolError::refused("internal", error.to_string()));
    };
    let (code, ending) = match run.status {
        "timeout" => ("timeout", Ending::Timeout),
        "cancelled" => ("cancelled", Ending::Cancelled),
        _ => ("macro_failed", Ending::Failed),
    };
    let outcome = match run.outcome {
        Some("not-run") => Certainty::NotRun,
        Some("failed") => Certainty::Failed,
        _ => Certainty::Unknown,
    };
    Err(failed(&report, ToolError { outcome, ending, ..ToolError::refused(code, message) }))
}

/// What a failed run recorded until it failed.
pub(super) fn recorded(error: &RunError) -> Sinks {
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
pub(super) fn failed(report: &Report, error: ToolError) -> ToolError {
    let (status, outcome) = (status_of(&error), outcome_of(&error));
    let report = Report { status, outcome, ..report.clone() };
    ToolError { details: serde_json::to_value(report).ok().filter(Value::is_object), ..error }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
