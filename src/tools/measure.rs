//! The one place where a call is timed.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::FutureExt;
use serde_json::Value;
use tracing::Instrument as _;

use super::{Caller, Done, Timings, ToolError};
use crate::{
    metrics::{Counter, Recorder},
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

fn panicked(tool: &str, panic: &(dyn Any + Send)) -> Done<Value> {
    let why = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    // Its words may hold anything; they are for the log, not for the caller.
    tracing::error!(tool, "a tool panicked: {}", why.unwrap_or("no message"));
    let message = format!("{tool} failed inside the server; the server goes on, and its log says more");
    let error = ToolError { outcome: Certainty::Unknown, ..ToolError::refused("internal", message) };
    Done::plain(Err(error))
}
