//! The one place where a call is timed.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::FutureExt;
use serde_json::Value;
use tracing::Instrument as _;

use super::{Caller, Done, Timings, ToolError};
use crate::{
    metrics::{AnswerSize, Counter, Recorder},
    model::{CallRecord, Certainty, Ending, Transport},
    util::clock::{Anchor, micros},
};

/// Runs one call of a tool, times it whole, and leaves its record. A panic becomes an error at once. Gives the call's number, what it
/// gave, and what it was about.
pub(super) async fn timed(
    recorder: &Arc<Recorder>,
    (counter, name): (&Arc<Counter>, &Arc<str>),
    caller: &Caller,
    work: impl Future<Output = Done<Value>>,
) -> (u64, Result<Value, ToolError>, Option<Arc<str>>) {
    let anchor = Anchor::now();
    let began = Instant::now();
    let id = recorder.next_id();
    let in_flight = counter.begin();
    let work = async {
        let done = AssertUnwindSafe(work).catch_unwind().await;
        done.unwrap_or_else(|panic| panicked(name, &*panic))
    };
    // What is logged on the way is found again by the trace. A call without one costs no span.
    let done = match &caller.trace {
        Some(trace) => work.instrument(tracing::info_span!("call", id, tool = %name, trace_id = trace.trace_id())).await,
        None => work.await,
    };
    drop(in_flight);
    let ended = Instant::now();
    let Done { result, timings, subject } = done;
    let Timings { worker, queued, ran, own } = timings;
    if let Ok(value) = &result {
        let (bytes, rows) = size(value);
        recorder.note_answer(AnswerSize { tool: Arc::clone(name), client: Arc::clone(&caller.name), bytes, rows });
    }
    let error = result.as_ref().err();
    recorder.record(CallRecord {
        id,
        time_ms: anchor.unix_ms(ended),
        tool: Arc::clone(name),
        client: Arc::clone(&caller.name),
        token: caller.principal.token().filter(|_| caller.transport != Transport::Control).cloned(),
        subject: subject.clone(),
        transport: caller.transport,
        worker,
        queued_us: queued.map(micros),
        ran_us: ran.map(micros),
        own_us: own.map(micros),
        total_us: micros(ended - began),
        ending: error.map_or(Ending::Ok, |error| error.ending),
        code: error.map(|error| Arc::from(&*error.code)),
        trace: caller.trace.clone(),
    });
    (id, result, subject)
}

/// About how many bytes a value has as JSON, and how many rows its longest list: walked, because writing it only to count would cost a copy.
fn size(value: &Value) -> (u64, u64) {
    let length = |text: &str| text.len() as u64 + 3;
    let add = |(bytes, rows): (u64, u64), (more, longest): (u64, u64)| (bytes + more, rows.max(longest));
    match value {
        Value::Null | Value::Bool(_) => (5, 0),
        Value::Number(_) => (6, 0),
        Value::String(text) => (length(text), 0),
        Value::Array(items) => items.iter().map(size).fold((2, items.len() as u64), add),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| add((length(name), 0), size(value));
            fields.iter().map(field).fold((2, 0), add)
        }
    }
}

fn panicked(tool: &str, panic: &(dyn Any + Send)) -> Done<Value> {
    let why = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    // Its words may hold anything; they are for the log, not for the caller.
    tracing::error!(tool, "a tool panicked: {}", why.unwrap_or("no message"));
    let message = format!("{tool} failed inside the server; the server goes on, and its log says more");
    let error = ToolError { outcome: Certainty::Unknown, ..ToolError::refused("internal", message) };
    Done::plain(Err(error))
}
