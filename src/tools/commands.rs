//! Where programs run that are asked for beside macros: in the pool of the embedded engine, or in a pool of such workers of their own
//! when something else runs the macros.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Caller, Context, Done, Timings, ToolError, jobs};
use crate::{model::Job, pool};

/// Starts a pool that can run programs.
type Start = Box<dyn Fn() -> Result<pool::Handle, String> + Send + Sync>;

/// The pool for programs; it is started when it is first needed.
pub struct Commands {
    pool: OnceLock<pool::Handle>,
    start: Start,
}

impl Commands {
    /// A pool that runs already.
    pub fn within(pool: pool::Handle) -> Self {
        let running = OnceLock::new();
        let _ = running.set(pool);
        Self { pool: running, start: Box::new(|| Err("the server is shutting down".to_owned())) }
    }

    /// A pool that `start` starts, on whatever thread the first call comes.
    pub fn starting(start: impl Fn() -> Result<pool::Handle, String> + Send + Sync + 'static) -> Self {
        Self { pool: OnceLock::new(), start: Box::new(start) }
    }

    /// The pool, if it has been started.
    pub fn started(&self) -> Option<&pool::Handle> {
        self.pool.get()
    }

    fn pool(&self) -> Result<&pool::Handle, ToolError> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let fresh = (self.start)().map_err(|problem| ToolError::refused("no_worker", problem))?;
        // Of two that came at once one is dropped, and ends.
        Ok(self.pool.get_or_init(|| fresh))
    }
}

/// What a program gave.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the answer")]
pub(super) struct Ran {
    /// Its exit code; null when a signal ended it.
    pub(super) exit_code: Option<i32>,
    /// The signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) signal: Option<i32>,
    /// What it wrote.
    pub(super) output: String,
    /// The start of its error output.
    pub(super) errors: String,
    /// Whether output beyond the limit was thrown away.
    pub(super) truncated: bool,
    /// Milliseconds that it took.
    pub(super) ran_ms: u64,
}

/// A program to be run.
pub(super) struct Asked {
    /// `run_program` or `run_script`.
    pub(super) operation: &'static str,
    pub(super) arguments: Value,
    pub(super) tool: Arc<str>,
    /// What is shown of it.
    pub(super) subject: String,
    pub(super) limit: Duration,
    /// How many may run at once under each of these names.
    pub(super) ceilings: Vec<(Arc<str>, u16)>,
}

/// Has a program run by a worker.
pub(super) async fn run(context: &Context, asked: Asked, caller: &Caller) -> Done<Ran> {
    let Asked { operation, mut arguments, tool, subject, limit, ceilings } = asked;
    let subject = jobs::subject(&subject);
    let pool = match context.commands.pool() {
        Ok(pool) => pool,
        Err(error) => return Done::plain(Err(error)).about(subject),
    };
    let hearing = caller.follower.clone().map(|follower| context.runs.hear(follower));
    if let Some(hearing) = &hearing {
        arguments["progress"] = Value::from(hearing.name.as_str());
    }
    let job = Job {
        subject: Some(Arc::clone(&subject)),
        key: format!("tool {tool}").into(),
        ceilings,
        ..jobs::of_caller(context, caller, Job::new(operation, arguments, &tool, limit))
    };
    let outcome = pool.run(job, caller.cancel.clone()).await;
    let timings = outcome.as_ref().map_or_else(Timings::of_error, Timings::of);
    let result = outcome.map_err(ToolError::from).and_then(|outcome| jobs::read(operation, outcome.value));
    Done { result, timings, subject: Some(subject) }
}

/// The variables that scripts of clients get of the server's own.
pub(super) fn environment<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    names.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
}
