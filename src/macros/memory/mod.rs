//! A host that touches nothing: variables in memory, a clock that moves only by sleeping, scripts answered from a list.

mod clipboards;
mod dictionaries;
mod fetch;
mod files;
mod runs;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    data::Macro,
    host::{Host, HostError, Script, Scripts, ShellEnd, ShellOutput, ShellRequest, Store, Switch, User},
};

pub use files::{HOME, MemoryFile, MemoryFiles, TRASH};

/// Texts by lowercase name: the name as first written, and the text.
pub type Values = BTreeMap<String, (String, String)>;

/// A host in memory, for tests and for trying a macro without effects.
#[derive(Debug, Clone)]
pub struct MemoryHost {
    /// Global variables.
    pub values: Values,
    /// Dictionaries by lowercase name: the name as first written, and the values by key.
    pub dictionaries: BTreeMap<String, (String, Values)>,
    /// The clock; [`Host::sleep`] moves it.
    pub clock: jiff::Zoned,
    /// What [`Host::random`] gives.
    pub chance: f64,
    /// Macros that can be called.
    pub macros: Vec<Arc<Macro>>,
    /// Answers for the scripts to come; when none is left a script answers with its own text.
    pub answers: VecDeque<ShellOutput>,
    /// The scripts that were asked for.
    pub requests: Vec<ShellRequest>,
    /// Files and folders.
    pub files: MemoryFiles,
    /// Clipboards by lowercase name, the system's under the empty one.
    pub clipboards: BTreeMap<String, String>,
    /// Runs that were started: the macro's UUID and the parameter.
    pub begun: Vec<(String, Option<String>)>,
    /// Runs beside this one: UUIDs of their macros.
    pub executing: Vec<String>,
    /// Semaphores by name: whether this run holds it, or another one.
    pub semaphores: BTreeMap<String, bool>,
    /// Macros that were switched on or off.
    pub switched: Vec<(String, Switch)>,
    /// What stands at addresses of the network.
    pub pages: BTreeMap<String, String>,
    /// The scripts that were started and not waited for.
    pub started: Vec<ShellRequest>,
    /// Log lines.
    pub lines: Vec<String>,
    /// Asked-for moments until the run counts as cancelled; never when `None`.
    pub cancel_after: Option<u32>,
}

impl MemoryHost {
    /// An empty host whose clock stands at `clock`.
    #[must_use]
    pub fn at(clock: jiff::Zoned) -> Self {
        Self {
            values: Values::new(),
            dictionaries: BTreeMap::new(),
            clock,
            chance: 0.5,
            macros: Vec::new(),
            answers: VecDeque::new(),
            requests: Vec::new(),
            files: MemoryFiles::new(),
            clipboards: BTreeMap::new(),
            begun: Vec::new(),
            executing: Vec::new(),
            semaphores: BTreeMap::new(),
            switched: Vec::new(),
            pages: BTreeMap::new(),
            started: Vec::new(),
            lines: Vec::new(),
            cancel_after: None,
        }
    }

    /// A variable's text.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(&name.to_lowercase()).map(|(_, value)| value.as_str())
    }
}

impl Store for MemoryHost {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        Ok(self.value(name).map(str::to_owned))
    }

    fn set_variable(&mut self, name: &str, value: Option<&str>) -> Result<(), HostError> {
        match value {
            Some(value) => {
                let entry = self.values.entry(name.to_lowercase()).or_insert_with(|| (name.to_owned(), String::new()));
                value.clone_into(&mut entry.1);
            }
            None => {
                self.values.remove(&name.to_lowercase());
            }
        }
        Ok(())
    }

    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError> {
        Ok(self.values.values().cloned().collect())
    }
}

impl Scripts for MemoryHost {
    fn shell(&mut self, request: &ShellRequest) -> Result<ShellOutput, HostError> {
        self.requests.push(request.clone());
        Ok(self.answers.pop_front().unwrap_or_else(|| {
            let (Script::Text(text) | Script::File(text)) = &request.script;
            ShellOutput { output: text.clone(), errors: String::new(), end: ShellEnd::Exited(0), truncated: false }
        }))
    }

    fn start_shell(&mut self, request: &ShellRequest) -> Result<(), HostError> {
        self.started.push(request.clone());
        Ok(())
    }
}

impl Host for MemoryHost {
    fn sleep(&mut self, span: Duration) -> Result<(), HostError> {
        let span = jiff::SignedDuration::try_from(span).map_err(|error| HostError::Failed(error.to_string()))?;
        self.clock = self.clock.checked_add(span).map_err(|error| HostError::Failed(error.to_string()))?;
        Ok(())
    }

    fn elapsed(&mut self) -> Duration {
        Duration::try_from(self.clock.timestamp().as_duration()).unwrap_or_default()
    }

    fn now(&mut self) -> jiff::Zoned {
        self.clock.clone()
    }

    fn random(&mut self) -> f64 {
        self.chance
    }

    fn user(&mut self) -> User {
        User { login: "user".into(), full: "A User".into() }
    }

    fn log(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    fn cancelled(&mut self) -> bool {
        match &mut self.cancel_after {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }
}
