//! The world as the interpreter sees it from inside a worker.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    background::Background,
    environment,
    files::Own,
    inbox::{Event, Inbox},
    output::Output,
    semaphores::Locks,
    shell,
    told::Told,
    variables::{Variables, VariablesError},
};
use crate::{
    backend::protocol::Request,
    macros::{
        Macro, Profile,
        host::{Host, HostError, Reached, Scripts, ShellOutput, ShellRequest, Store, User},
        run::MAX_CALLS,
    },
    model::Trace,
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
    pub(super) macros: HashMap<String, Option<Arc<Macro>>>,
    /// The number of the run that goes on.
    pub(super) run: String,
    pub(super) locks: Locks,
    pub(super) told: Told,
    /// What actions on files leave alone.
    pub(super) own: Own,
    /// What elapsed time counts from.
    began: Instant,
    /// Macros that were checked whole and may run, as of the revision.
    pub(super) checked: HashSet<String>,
    revision: Option<u64>,
    asks: u64,
    pub(super) scripts: u64,
    background: Background,
    user: Option<User>,
    /// The trace that the job belongs to: programs and scripts get it in their environment.
    pub(super) trace: Option<Trace>,
}

impl WorkerHost {
    pub(super) fn new(inbox: Inbox, output: Output, path: PathBuf, locks: Locks, profile: Profile) -> Self {
        Self {
            inbox,
            output,
            path,
            profile: Arc::new(profile),
            variables: None,
            macros: HashMap::with_capacity(MAX_CALLS),
            run: String::new(),
            locks,
            told: Told::default(),
            own: Own::default(),
            began: Instant::now(),
            checked: HashSet::new(),
            revision: None,
            asks: 0,
            scripts: 0,
            background: Background::default(),
            user: None,
            trace: None,
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

    /// A run begins, which the server knows by this number; one that it does not number gets one here.
    pub(super) fn begin_run(&mut self, run: Option<&str>) {
        self.run = run.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        if run.is_some() {
            // Nothing is to be learnt from the answer, so nobody waits for it.
            self.asks += 1;
            self.output.ask(self.asks, "began", json!({ "run": self.run }));
        }
    }

    /// What a script is to be, with the trace of the job in its environment.
    fn traced(&self, request: &ShellRequest) -> ShellRequest {
        let mut request = request.clone();
        let trace = self.trace.iter().flat_map(Trace::environment);
        request.environment.extend(trace.map(|(name, value)| (name.to_owned(), value.to_owned())));
        request
    }

    /// Tells which variables were set since the last time.
    pub(super) fn tell_variables(&mut self) {
        if let Some(names) = self.told.take_variables() {
            self.output.tell("variables", names);
        }
    }

    /// Asks the server, and waits for the answer.
    pub(super) fn ask(&mut self, about: &str, arguments: Value) -> Result<Value, HostError> {
        // A cancellation that came before the question would never be seen while waiting for the answer.
        if self.inbox.stopping() {
            return Err(HostError::Cancelled);
        }
        self.asks += 1;
        self.output.ask(self.asks, about, arguments);
        loop {
            match self.inbox.wait(None) {
                Some(Event::Request(Request::Answer { ask, answer })) if ask == self.asks => return Ok(answer),
                // An answer that nobody waits for.
                Some(_) => {}
                None => return Err(HostError::Cancelled),
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(super) fn unavailable(error: VariablesError) -> HostError {
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
        .map_err(unavailable)?;
        if self.told.set(name) {
            self.tell_variables();
        }
        Ok(())
    }

    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError> {
        self.store().and_then(Variables::all).map_err(unavailable)
    }
}

impl Scripts for WorkerHost {
    fn shell(&mut self, request: &ShellRequest) -> Result<ShellOutput, HostError> {
        self.scripts += 1;
        let mut request = self.traced(request);
        request.environment.push(("KMINSTANCE".into(), self.run.clone()));
        shell::run(&request, self.scripts, &mut self.inbox, &mut self.output)
    }

    fn start_shell(&mut self, request: &ShellRequest) -> Result<(), HostError> {
        self.background.start(&self.traced(request), &mut self.output)
    }
}

impl Host for WorkerHost {
    fn sleep(&mut self, span: Duration) -> Result<(), HostError> {
        if self.inbox.sleep(span) { Ok(()) } else { Err(HostError::Cancelled) }
    }

    fn elapsed(&mut self) -> Duration {
        self.began.elapsed()
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

    fn cancelled(&mut self) -> bool {
        self.inbox.stopping()
    }

    fn reached(&mut self, place: Reached<'_>) {
        if let Some(told) = self.told.reached(&self.run, place) {
            self.output.tell("progress", told);
        }
    }
}
