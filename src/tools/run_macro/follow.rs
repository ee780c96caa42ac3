//! Has workers run macros, and tells the table of runs and the engine's log what came of it.

use std::{pin::pin, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    NAME,
    report::{Report, blank, finished, outcome_of, status_of},
};
use crate::{
    library::Entry,
    model::{Job, Lane, Outcome, RunError},
    pool,
    tools::{
        Done, Records, ToolError, jobs,
        records::Recording,
        runs::{Ended, Runs, Started},
        targets,
    },
};

/// What runs need that macros start.
pub struct Starting<'a> {
    /// The runs that go on.
    pub runs: &'a Arc<Runs>,
    /// Where they are done.
    pub pool: &'a pool::Handle,
    /// Where they are recorded.
    pub records: &'a Records,
    /// The names that the settings limit.
    pub targets: &'a [Arc<str>],
    /// The library's revision.
    pub revision: u64,
    /// How long a run may take.
    pub limit: Duration,
}

/// Starts a macro as a run of its own, which nobody waits for: what comes of it is told by the table of runs. `parent` is the run
/// whose macro starts it. Gives the run's number.
///
/// # Errors
/// In words, when runs have started one another too deep.
pub fn start(with: &Starting<'_>, entry: &Entry, parameter: Option<&str>, parent: Option<&str>) -> Result<String, String> {
    let Starting { runs, pool, records, targets, revision, limit } = *with;
    let by = parent.and_then(|parent| runs.find(parent));
    let client = by.map_or_else(|| "a macro".to_owned(), |by| format!("macro {}", by.r#macro));
    let started = runs.begin((&entry.uid, &entry.name), &client, parent)?;
    let id = started.id.clone();
    let arguments = json!({
        "uid": entry.uid,
        "run_id": id,
        "parameter": parameter,
        "dry_run": false,
        "revision": revision,
    });
    // Nobody waits for it, so it waits behind those for whom somebody does.
    let job = Job {
        lane: Lane::Bulk,
        client: client.as_str().into(),
        targets: targets::of(entry, targets),
        ..job(entry, arguments, limit)
    };
    let report = blank(&entry.uid, &id);
    let recording = records.begin(entry, &client);
    tokio::spawn(follow(pool.clone(), job, (started, Some(recording)), report, None));
    Ok(id)
}

/// A run of a macro as a job in the interactive lane, under no limit of a target.
pub(super) fn job(entry: &Entry, arguments: Value, limit: Duration) -> Job {
    Job {
        subject: Some(jobs::subject(&entry.name)),
        key: format!("run_macro {}", entry.uid).into(),
        ..Job::new("run_macro", arguments, NAME, limit)
    }
}

/// A caller who may go away.
pub(super) struct Leave {
    /// Fires when it does.
    pub(super) gone: CancellationToken,
    /// Fires when its call is answered.
    pub(super) answered: CancellationToken,
}

/// Has a worker run the macro, and notes what came of it: every run passes here once.
pub(super) async fn follow(
    pool: pool::Handle,
    job: Job,
    (started, recording): (Started, Option<Recording>),
    report: Report,
    leave: Option<Leave>,
) -> Done<Report> {
    let outcome = work(&pool, job, &started.cancel, leave).await;
    if let Some(recording) = recording {
        recording.end(&outcome);
    }
    let done = finished(report, outcome);
    started.ends(ended(&done.result));
    done
}

/// The caller's going away cancels a run only until its call is answered: in the newest protocol the end of an answered call looks
/// the same.
async fn work(pool: &pool::Handle, job: Job, cancel: &CancellationToken, leave: Option<Leave>) -> Result<Outcome, RunError> {
    let mut run = pin!(pool.run(job, cancel.clone()));
    let Some(Leave { gone, answered }) = leave else { return run.await };
    tokio::select! {
        biased;
        outcome = &mut run => return outcome,
        () = answered.cancelled() => {}
        () = gone.cancelled() => cancel.cancel(),
    }
    run.await
}

/// What the table of runs keeps of how a run came out.
fn ended(result: &Result<Report, ToolError>) -> Ended {
    let (status, outcome, text, error, sinks) = match result {
        Ok(report) => (report.status, report.outcome, report.result.clone(), None, serde_json::to_value(&report.sinks).ok()),
        Err(error) => {
            let sinks = error.details.as_ref().and_then(|details| details.get("sinks")).cloned();
            (status_of(error), outcome_of(error), None, Some(error.message.clone()), sinks)
        }
    };
    let bytes = text.as_ref().map_or(0, String::len) + sinks.as_ref().map_or(0, |sinks| sinks.to_string().len());
    Ended { status, outcome, result: text, error, sinks, bytes }
}
