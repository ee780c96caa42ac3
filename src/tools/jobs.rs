//! Tools that hand one job to a worker.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Caller, Context, Done, Timings, ToolError};
use crate::model::{Certainty, Job};

/// Longest subject that is shown, in characters.
const SUBJECT: usize = 60;

/// The name of what a call is about, cut to what is shown of it.
pub(super) fn subject(name: &str) -> Arc<str> {
    crate::util::text::brief(name, SUBJECT).into()
}

/// A job as its caller's: in the caller's lane and turn, and a part of its trace.
pub(super) fn of_caller(context: &Context, caller: &Caller, job: Job) -> Job {
    Job { lane: context.lane(caller), client: Arc::clone(&caller.name), trace: caller.trace.clone(), ..job }
}

/// Operations that only read: one whose worker dies is done once more.
const READS: [&str; 7] =
    ["get_variable", "get_clipboard", "search_replace", "get_variables", "list_variables", "calculate", "process_tokens"];

/// Has a worker do `operation`, and reads its answer as `R`.
pub(super) async fn run<R: DeserializeOwned>(
    context: &Context,
    (tool, operation): (&'static str, &'static str),
    arguments: Value,
    subject: Option<Arc<str>>,
    caller: &Caller,
) -> Done<R> {
    let job = Job {
        subject: subject.clone(),
        repeatable: READS.contains(&operation),
        ..of_caller(context, caller, Job::new(operation, arguments, tool, context.call_limit))
    };
    let outcome = context.pool.run(job, caller.cancel.clone()).await;
    let timings = outcome.as_ref().map_or_else(Timings::of_error, Timings::of);
    let result = outcome.map_err(ToolError::from).and_then(|outcome| read(operation, outcome.value));
    Done { result, timings, subject }
}

/// A worker's answer as the type that its operation promises.
pub(super) fn read<R: DeserializeOwned>(operation: &str, value: Value) -> Result<R, ToolError> {
    serde_json::from_value(value).map_err(|error| {
        let words = format!("the worker's answer to {operation} does not fit: {error}");
        let error = ToolError { outcome: Certainty::Unknown, ..ToolError::refused("bad_worker", words) };
        error.hint("docs/worker-protocol.md says what each operation returns")
    })
}
