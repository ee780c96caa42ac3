//! What workers ask of the server, answered.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    backend::Questions,
    library::Library,
    macros::{MacroSource, host::Switch},
    pool,
    tools::{self, Runs, Which},
};

/// Answers workers: macros from the library, and what a run wants of other runs.
pub(super) struct Answers {
    library: Library,
    runs: Arc<Runs>,
    /// Where runs that macros start are done. It is there once the pool is, which asks these answers.
    pool: OnceLock<pool::Handle>,
    /// How long such a run may take.
    run_limit: Duration,
}

impl Answers {
    pub(super) fn new(library: Library, runs: Arc<Runs>, run_limit: Duration) -> Arc<Self> {
        Arc::new(Self { library, runs, pool: OnceLock::new(), run_limit })
    }

    /// The pool in which macros start runs from now on.
    pub(super) fn start_in(&self, pool: pool::Handle) {
        let _ = self.pool.set(pool);
    }

    fn start(&self, uid: &str, parameter: Option<&str>, parent: Option<&str>) -> Result<Value, String> {
        let definition = self.library.find_by_uid(uid).ok_or_else(|| format!("the macro {uid} is not in the library"))?;
        let pool = self.pool.get().ok_or("the server is not ready to start runs")?;
        let revision = self.library.index().revision;
        let run = tools::start((&self.runs, pool), &definition, parameter, parent, (revision, self.run_limit))?;
        Ok(json!({ "run": run }))
    }

    fn switch(&self, uid: &str, word: &str) -> Result<Value, String> {
        let switch = Switch::named(word).ok_or_else(|| format!("a macro cannot be switched by “{word}”"))?;
        let definition = self.library.find_by_uid(uid).ok_or_else(|| format!("the macro {uid} is not in the library"))?;
        let _ = (switch, definition);
        Err("macros cannot be switched on or off from here yet".into())
    }
}

impl Questions for Answers {
    fn answer(&self, about: &str, arguments: &Value) -> Value {
        let text = |key: &str| arguments.get(key).and_then(Value::as_str);
        let run = text("run");
        let uid = text("uid");
        let answered = match (about, uid) {
            ("macro", Some(uid)) => return self.library.find_by_uid(uid).map_or(Value::Null, |found| json!(*found)),
            ("began", _) => {
                run.into_iter().for_each(|run| self.runs.began(run));
                return Value::Null;
            }
            ("start", Some(uid)) => self.start(uid, text("parameter"), run),
            ("cancel", _) => {
                let cancelled = self.runs.cancel(text("macro").map_or(Which::All, Which::Macro), run);
                Ok(json!({ "cancelled": cancelled.len() }))
            }
            ("executing", Some(uid)) => Ok(json!({ "executing": self.runs.is_executing(uid, run) })),
            ("enable", Some(uid)) => self.switch(uid, text("switch").unwrap_or_default()),
            _ => return Value::Null,
        };
        answered.unwrap_or_else(|error| json!({ "error": error }))
    }
}
