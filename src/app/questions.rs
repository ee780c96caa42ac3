//! What workers ask of the server, answered.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    backend::Questions,
    library::Library,
    macros::{MacroSource, host::Switch, outline},
    pool,
    tools::{self, News, Records, RunNews, Runs, Share, Starting, Which},
};

/// Most changes of the library that wait to be asked about.
const MOST_CHANGES: usize = 1000;

/// What answers come from, and what is told goes to.
pub(super) struct Work {
    /// Macros.
    pub(super) library: Library,
    /// The runs that go on.
    pub(super) runs: Arc<Runs>,
    /// Where runs are recorded.
    pub(super) records: Records,
    /// Who wants to hear of variables.
    pub(super) news: News,
    /// Where answers about variables are kept.
    pub(super) share: Arc<Share>,
}

/// Answers workers: macros from the library, and what a run wants of other runs.
pub(super) struct Answers {
    work: Work,
    /// Where runs that macros start are done. It is there once the pool is, which asks these answers.
    pool: OnceLock<pool::Handle>,
    /// How long such a run may take.
    run_limit: Duration,
    /// The names that the settings limit.
    targets: Vec<Arc<str>>,
    changes: Arc<Changes>,
}

/// Changes of the library: they take a thread of their own, and the worker asks again until they are done.
#[derive(Default)]
struct Changes(Mutex<HashMap<String, Option<Result<(), String>>>>);

impl Changes {
    fn table(&self) -> MutexGuard<'_, HashMap<String, Option<Result<(), String>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a change stands, which is forgotten once it is done and told.
    fn tell(&self, ticket: &str) -> Result<Value, String> {
        let mut table = self.table();
        if matches!(table.get(ticket), Some(None)) {
            return Ok(json!({ "pending": true }));
        }
        match table.remove(ticket).flatten() {
            Some(done) => done.map(|()| json!({})),
            None => Err("the server knows no such change".into()),
        }
    }
}

impl Answers {
    pub(super) fn new(work: Work, run_limit: Duration, targets: Vec<Arc<str>>) -> Arc<Self> {
        Arc::new(Self { work, pool: OnceLock::new(), run_limit, targets, changes: Arc::default() })
    }

    /// The pool in which macros start runs from now on.
    pub(super) fn start_in(&self, pool: pool::Handle) {
        let _ = self.pool.set(pool);
    }

    fn start(&self, uid: &str, parameter: Option<&str>, parent: Option<&str>) -> Result<Value, String> {
        let index = self.work.library.index();
        let entry = index.get(uid).ok_or_else(|| format!("the macro {uid} is not in the library"))?;
        let pool = self.pool.get().ok_or("the server is not ready to start runs")?;
        let with = Starting {
            runs: &self.work.runs,
            pool,
            records: &self.work.records,
            targets: &self.targets,
            revision: index.revision,
            limit: self.run_limit,
        };
        let run = tools::start(&with, entry, parameter, parent)?;
        Ok(json!({ "run": run }))
    }

    /// Begins to switch a macro or group, and gives the ticket to ask with how that goes: it waits for the disk.
    fn switch(&self, uid: &str, word: &str) -> Result<Value, String> {
        let switch = Switch::named(word).ok_or_else(|| format!("a macro cannot be switched by “{word}”"))?;
        let index = self.work.library.index();
        let wanted = uid.to_uppercase();
        let is_macro = index.get(&wanted).map(|entry| entry.enabled);
        let is_group = || index.groups.iter().find(|head| head.uid == wanted).map(|head| head.enabled);
        let enabled = is_macro.or_else(is_group).ok_or_else(|| format!("no macro or group {uid} is in the library"))?;
        let enable = match switch {
            Switch::Enable => true,
            Switch::Disable => false,
            Switch::Toggle => !enabled,
        };
        let ticket = uuid::Uuid::new_v4().to_string();
        let mut table = self.changes.table();
        if table.len() >= MOST_CHANGES {
            return Err("too many changes of the library wait".into());
        }
        table.insert(ticket.clone(), None);
        drop(table);
        let (library, changes, told) = (self.work.library.clone(), Arc::clone(&self.changes), ticket.clone());
        let is_macro = is_macro.is_some();
        tokio::task::spawn_blocking(move || {
            let done =
                if is_macro { library.set_macro_enabled(&wanted, enable) } else { library.set_group_enabled(&wanted, enable) };
            let done = done.map(|_| ()).map_err(|error| error.to_string());
            changes.table().insert(told, Some(done));
        });
        Ok(json!({ "ticket": ticket }))
    }
}

impl Questions for Answers {
    fn answer(&self, about: &str, arguments: &Value) -> Value {
        let text = |key: &str| arguments.get(key).and_then(Value::as_str);
        let run = text("run");
        let uid = text("uid");
        let answered = match (about, uid) {
            ("macro", Some(uid)) => return self.work.library.find_by_uid(uid).map_or(Value::Null, |found| json!(*found)),
            ("outline", Some(uid)) => {
                return self.work.library.find_by_uid(uid).map_or(Value::Null, |found| json!({ "outline": outline(&found) }));
            }
            ("began", _) => {
                if let Some(run) = run {
                    self.work.runs.began(run);
                }
                return Value::Null;
            }
            ("start", Some(uid)) => self.start(uid, text("parameter"), run),
            ("cancel", _) => {
                let cancelled = self.work.runs.cancel(text("macro").map_or(Which::All, Which::Macro), run);
                Ok(json!({ "cancelled": cancelled.len() }))
            }
            ("executing", Some(uid)) => Ok(json!({ "executing": self.work.runs.is_executing(uid, run) })),
            ("enable", Some(uid)) => self.switch(uid, text("switch").unwrap_or_default()),
            ("changed", _) => self.changes.tell(text("ticket").unwrap_or_default()),
            _ => return Value::Null,
        };
        answered.unwrap_or_else(|error| json!({ "error": error }))
    }

    fn note(&self, about: &str, arguments: &Value) {
        let text = |key: &str| arguments.get(key).and_then(Value::as_str);
        let number = |key: &str| arguments.get(key).and_then(Value::as_u64).unwrap_or_default();
        match (about, text("run")) {
            ("progress", Some(run)) => {
                let action = text("action").unwrap_or_default().to_owned();
                self.work.runs.tell(run, RunNews::Reached { done: number("done"), total: number("total"), action });
            }
            ("output", Some(run)) => {
                self.work.runs.tell(run, RunNews::Wrote { lines: number("lines"), bytes: number("bytes") });
            }
            ("log", Some(run)) => {
                if let Some(text) = text("text") {
                    self.work.runs.tell(run, RunNews::Said(text.to_owned()));
                }
            }
            ("variables", _) => {
                self.work.share.changed_variables();
                let names = arguments.get("names").and_then(Value::as_array);
                names.into_iter().flatten().filter_map(Value::as_str).for_each(|name| self.work.news.variable(name));
            }
            _ => {}
        }
    }
}
