//! The world as the interpreter sees it from inside a worker.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    environment,
    inbox::{Event, Inbox},
    output::Output,
    shell,
    variables::{Variables, VariablesError},
};
use crate::{
    backend::protocol::Request,
    macros::{
        Macro, Profile,
        host::{Host, HostError, Scripts, ShellOutput, ShellRequest, Store, User},
        run::MAX_CALLS,
    },
};

/// Most macros kept; beyond it the cache starts anew.
const MOST_MACROS: usize = 5000;

/// What a worker keeps between jobs, and how it reaches the world.
pub(super) struct WorkerHost {
    pub(super) inbox: Inbox,
    pub(super) output: Output,
    path: PathBuf,
    /// What macros may count on here.
    pub(super) profile: Arc<Profile>,
    variables: Option<Variables>,
    macros: HashMap<String, Option<Arc<Macro>>>,
    /// Macros that were checked whole and may run, as of the revision.
    pub(super) checked: HashSet<String>,
    revision: Option<u64>,
    asks: u64,
    scripts: u64,
    user: Option<User>,
}

impl WorkerHost {
    pub(super) fn new(inbox: Inbox, output: Output, path: PathBuf, profile: Profile) -> Self {
        Self {
            inbox,
            output,
            path,
            profile: Arc::new(profile),
            variables: None,
            macros: HashMap::with_capacity(MAX_CALLS),
            checked: HashSet::new(),
            revision: None,
            asks: 0,
            scripts: 0,
            user: None,
        }
    }

    /// Forgets what was learnt of another state of the library. Without a revision nothing is known to be current.
    pub(super) fn at_revision(&mut self, revision: Option<u64>) {
        if revision.is_none() || self.revision != revision || self.macros.len() > MOST_MACROS {
            self.macros.clear();
            self.checked.clear();
            self.revision = revision;
        }
    }

    /// The store of variables, opened when it is first needed, and again after a failure.
    pub(super) fn store(&mut self) -> Result<&Variables, VariablesError> {
        let variables = match self.variables.take() {
            Some(variables) => variables,
            None => Variables::open(&self.path)?,
        };
        Ok(self.variables.insert(variables))
    }

    fn ask_for_macro(&mut self, uid: &str) -> Result<Option<Arc<Macro>>, HostError> {
        // A cancellation that came before the question would never be seen while waiting for the answer.
        if self.inbox.stopping() {
            return Err(HostError::Cancelled);
        }
        self.asks += 1;
        self.output.ask(self.asks, "macro", json!({ "uid": uid }));
        loop {
            match self.inbox.wait(None) {
                Some(Event::Request(Request::Answer { ask, answer })) if ask == self.asks => return read_macro(uid, answer),
                // An answer to a question of an earlier job that did not wait for it.
                Some(_) => {}
                None => return Err(HostError::Cancelled),
            }
        }
    }
}

fn read_macro(uid: &str, answer: Value) -> Result<Option<Arc<Macro>>, HostError> {
    match answer {
        Value::Null => Ok(None),
        answer => {
            let definition: Macro = serde_json::from_value(answer).map_err(|error| {
                HostError::Failed(format!("the server's answer about the macro {uid} cannot be read: {error}"))
            })?;
            Ok(Some(Arc::new(definition)))
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn unavailable(error: VariablesError) -> HostError {
    HostError::Failed(error.to_string())
}

impl Store for WorkerHost {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        self.store().and_then(|variables| variables.get(name)).map_err(unavailable)
    }

    fn set_variable(&mut self, name: &str, value: Option<&str>) -> Result<(), HostError> {
        let variables = self.store().map_err(unavailable)?;
        match value {
            Some(value) => variables.set(name, value),
            None => variables.delete(name).map(|_| ()),
        }
        .map_err(unavailable)
    }

    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError> {
        self.store().and_then(Variables::all).map_err(unavailable)
    }
}

impl Scripts for WorkerHost {
    fn shell(&mut self, request: &ShellRequest) -> Result<ShellOutput, HostError> {
        self.scripts += 1;
        shell::run(request, self.scripts, &mut self.inbox, &mut self.output)
    }
}

impl Host for WorkerHost {
    fn sleep(&mut self, span: Duration) -> Result<(), HostError> {
        if self.inbox.sleep(span) { Ok(()) } else { Err(HostError::Cancelled) }
    }

    fn now(&mut self) -> jiff::Zoned {
        jiff::Zoned::now()
    }

    fn random(&mut self) -> f64 {
        // 53 bits, as many as a float holds. A system without randomness gives the middle.
        getrandom::u64().map_or(0.5, |bits| (bits >> 11) as f64 / (1_u64 << 53) as f64)
    }

    fn user(&mut self) -> User {
        self.user.get_or_insert_with(environment::user).clone()
    }

    fn log(&mut self, line: &str) {
        self.output.log(line);
    }

    fn macro_by_uid(&mut self, uid: &str) -> Result<Option<Arc<Macro>>, HostError> {
        let uid = uid.to_uppercase();
        if let Some(known) = self.macros.get(&uid) {
            return Ok(known.clone());
        }
        let found = self.ask_for_macro(&uid)?;
        self.macros.insert(uid, found.clone());
        Ok(found)
    }

    fn cancelled(&mut self) -> bool {
        self.inbox.stopping()
    }
}
