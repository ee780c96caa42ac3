//! The worker from its hello to its end.

use std::{
    io::{Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
    sync::mpsc,
    thread,
    time::Instant,
};

use serde::Deserialize as _;
use serde_json::Value;

use super::{
    files,
    host::WorkerHost,
    inbox::{Inbox, Run, read_requests},
    jobs,
    output::Output,
    semaphores::Locks,
};
use crate::{
    backend::protocol::VERSION,
    macros::{Profile, host::Semaphores as _},
    model::{Certainty, JobError},
    util::clock::micros,
};

/// The operations that this worker takes.
pub const OPERATIONS: [&str; 18] = [
    "ping",
    "run_macro",
    "run_actions",
    "run_program",
    "run_script",
    "get_variable",
    "get_variables",
    "set_variable",
    "set_variables",
    "list_variables",
    "get_dictionary",
    "set_dictionary_value",
    "list_dictionaries",
    "get_clipboard",
    "set_clipboard",
    "search_replace",
    "calculate",
    "process_tokens",
];

/// Macros nest and call each other as deep as their limits allow; this holds them with room to spare, and is only address space
/// until it is used.
const STACK: usize = 64 * 1024 * 1024;

/// The body of a worker process: reads requests from `input` and writes messages to `output` until the server closes its end.
/// Scripts that still run then are killed. Failure means that the server spoke no protocol that this build knows, or stopped
/// reading.
#[must_use]
pub fn run_worker(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> ExitCode {
    let (sender, events) = mpsc::channel();
    let reading = sender.clone();
    thread::spawn(move || read_requests(input, &reading));
    let inbox = Inbox::new(events, sender);
    let jobs = thread::Builder::new().name("jobs".into()).stack_size(STACK);
    let done = jobs.spawn(move || serve(inbox, Box::new(output)));
    let served = done.is_ok_and(|done| done.join().unwrap_or(false));
    if served { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Does jobs until the server is gone; false when the two do not understand each other.
fn serve(mut inbox: Inbox, output: Box<dyn Write + Send>) -> bool {
    let Some((nonce, version, settings)) = inbox.hello() else { return false };
    let mut output = Output::new(output, nonce);
    output.hello(&OPERATIONS);
    if version != VERSION {
        return false;
    }
    let store = settings.get("variables").and_then(Value::as_str).unwrap_or_default();
    let profile = settings.get("profile").and_then(|profile| Profile::deserialize(profile).ok()).unwrap_or_default();
    let semaphores = settings.get("semaphores").and_then(Value::as_str).map(PathBuf::from);
    let own: Vec<PathBuf> = settings.get("own").and_then(|own| Vec::deserialize(own).ok()).unwrap_or_default();
    let mut host = WorkerHost::new(inbox, output, store.into(), Locks::new(semaphores), profile);
    host.own = files::Own::new(&own);
    while let Some(run) = host.inbox.next_job() {
        one_job(run, &mut host);
        if host.output.broken {
            return false;
        }
    }
    true
}

fn one_job(run: Run, host: &mut WorkerHost) {
    host.output.begin(run.id);
    host.trace = run.trace;
    let started = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| jobs::perform(&run.operation, run.arguments, run.limit, host)));
    let outcome = outcome.unwrap_or_else(|_| {
        Err(JobError {
            code: "internal".into(),
            message: format!("the worker's operation {} failed by a fault in kmtop", run.operation),
            hint: Some("the worker's error output has the details; please report it".into()),
            outcome: Certainty::Unknown,
            partial: None,
        })
    });
    // Also a run that ended by a fault in kmtop gives back what it holds.
    host.unlock_all();
    host.tell_variables();
    host.output.answer(outcome, micros(started.elapsed()));
}
