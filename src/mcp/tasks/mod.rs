//! Runs of macros as tasks: a client that can do with it gets a handle, and asks for the result when it likes.
//!
//! A task has the number of its run, so that `km_run_status` and `km_cancel` know it, too. In the protocol of 2026-07-28 tasks are an
//! extension, and the server makes a task of a run that takes long; in sessions of 2025-11-25 the client asks for one ([`older`]).

mod begun;
pub(super) mod older;
mod task;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rmcp::{
    ErrorData, Peer, RoleServer,
    model::{ErrorCode, PaginatedRequestParams, ProgressToken},
};
use serde_json::Value;

use super::{calls::Meter, cursor};
use crate::{
    tools::{Caller, ToolError},
    util::text::brief,
};

pub(super) use begun::{Begun, Rest};
pub(super) use task::Task;

/// The tool whose calls may become tasks.
pub(super) const TOOL: &str = "km_run_macro";
/// The extension by which clients of the newest protocol say that they take tasks.
pub(super) const EXTENSION: &str = rmcp::model::TASKS_EXTENSION_ID;
/// A run that takes longer becomes a task, when its client takes tasks.
pub(super) const AFTER: Duration = Duration::from_secs(2);

/// Most tasks that are kept, ended ones included.
const MOST: usize = 256;
/// Most tasks of one client that go on.
const MOST_OF_ONE: usize = 32;
/// Tasks on a page.
const PAGE: usize = 50;
/// How long a task is kept from its beginning on, unless its client says otherwise.
const USUAL: Duration = Duration::from_mins(5);
/// The longest that a client may have it kept.
const LONGEST: Duration = Duration::from_hours(24);
/// A task is kept at least so much longer than its run may take.
const SLACK: Duration = Duration::from_mins(1);

/// All tasks of one way in, the oldest first.
#[derive(Default)]
pub(super) struct Tasks {
    all: Mutex<Vec<Arc<Task>>>,
}

/// Whom a client's tasks belong to.
fn owner(caller: &Caller) -> String {
    format!("{} {} {}", caller.transport.word(), caller.principal.key(), caller.name)
}

/// Whether a call of the tool is one that may take long.
pub(super) fn fits(arguments: &Value) -> bool {
    arguments["wait"] != false && arguments["dry_run"] != true
}

/// How long a task is kept: as long as its client asks for, but longer than its run can take.
fn kept_for(asked: Option<u64>, run_limit: Duration) -> Duration {
    let least = run_limit + SLACK;
    asked.map_or(USUAL, Duration::from_millis).clamp(least, least.max(LONGEST))
}

impl Tasks {
    /// The tasks that are kept still.
    fn table(&self) -> MutexGuard<'_, Vec<Arc<Task>>> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|task| !task.is_old());
        all
    }

    /// Makes a task of a run that has begun. `ttl` is how long its client wants it kept, in milliseconds; `token` is what progress is
    /// told under from now on.
    ///
    /// # Errors
    /// When there are too many; the run is cancelled then.
    pub(super) fn adopt(
        &self,
        begun: Begun,
        rest: Rest,
        ttl: Option<u64>,
        token: Option<(Peer<RoleServer>, ProgressToken)>,
    ) -> Result<Arc<Task>, ErrorData> {
        let mut all = self.table();
        let task = Task::new(&begun, &rest, kept_for(ttl, begun.run_limit));
        make_room(&mut all, &task)?;
        all.push(Arc::clone(&task));
        drop(all);
        tokio::spawn(begun.finish(Arc::clone(&task), rest, token));
        Ok(task)
    }

    /// A task of a call that ended before it could become one.
    ///
    /// # Errors
    /// When there are too many.
    fn ended(&self, begun: &Begun, answer: Result<Value, ToolError>, ttl: Option<u64>) -> Result<Arc<Task>, ErrorData> {
        let task = Task::new(begun, &Rest::fresh(None), kept_for(ttl, begun.run_limit));
        let mut all = self.table();
        make_room(&mut all, &task)?;
        all.push(Arc::clone(&task));
        drop(all);
        task.ends(answer, begun.form);
        Ok(task)
    }

    /// A client's own task.
    ///
    /// # Errors
    /// -32602 when it has none of this number, or had one long ago.
    pub(super) fn find(&self, id: &str, caller: &Caller) -> Result<Arc<Task>, ErrorData> {
        let owner = owner(caller);
        let found = self.table().iter().find(|task| task.id == id && task.owner == owner).cloned();
        let words = || format!("there is no task {:?} of this client, or it was over long ago", brief(id, 80));
        found.ok_or_else(|| ErrorData::invalid_params(words(), None))
    }

    /// One page of a client's tasks, the oldest first.
    fn page(&self, page: Option<PaginatedRequestParams>, caller: &Caller) -> Result<(Vec<Arc<Task>>, Option<String>), ErrorData> {
        let owner = owner(caller);
        let own: Vec<Arc<Task>> = self.table().iter().filter(|task| task.owner == owner).cloned().collect();
        cursor::page("tasks", &own, page, PAGE, |task| &task.id)
    }
}

/// Forgets the oldest task that is over, if there are too many.
fn make_room(all: &mut Vec<Arc<Task>>, task: &Task) -> Result<(), ErrorData> {
    let going_on = all.iter().filter(|other| other.owner == task.owner && !other.is_over()).count();
    if all.len() >= MOST
        && let Some(oldest) = all.iter().position(|task| task.is_over())
    {
        all.remove(oldest);
    }
    if going_on >= MOST_OF_ONE || all.len() >= MOST {
        let words = format!("{going_on} tasks of this client go on, {} are kept in all; wait for some to end", all.len());
        return Err(ErrorData::new(ErrorCode(-32000), words, None));
    }
    Ok(())
}

impl Rest {
    /// What is left of a run of which nothing was heard yet.
    pub(super) fn fresh(heard: begun::Heard) -> Self {
        Self { heard, run: None, meter: Meter::new(true) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_task_outlives_its_run() {
        let second = Duration::from_secs(1);
        assert_eq!(kept_for(None, second), USUAL);
        assert_eq!(kept_for(Some(0), second), second + SLACK);
        assert_eq!(kept_for(Some(u64::MAX), second), LONGEST);
        assert_eq!(kept_for(Some(1), 2 * LONGEST), 2 * LONGEST + SLACK);
    }

    #[test]
    fn only_what_is_waited_for_becomes_a_task() {
        assert!(fits(&json!({ "macro": "m" })) && fits(&json!({ "macro": "m", "wait": true, "dry_run": false })));
        assert!(!fits(&json!({ "macro": "m", "wait": false })) && !fits(&json!({ "macro": "m", "dry_run": true })));
    }
}
