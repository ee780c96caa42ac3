//! A host that touches nothing: variables in memory, a clock that moves only by sleeping, scripts answered from a list.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    data::Macro,
    host::{Host, HostError, Script, Scripts, ShellEnd, ShellOutput, ShellRequest, Store, User},
};

/// A host in memory, for tests and for trying a macro without effects.
#[derive(Debug, Clone)]
pub struct MemoryHost {
    /// Global variables by lowercase name: the name as first written, and the text.
    pub values: BTreeMap<String, (String, String)>,
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
            values: BTreeMap::new(),
            clock,
            chance: 0.5,
            macros: Vec::new(),
            answers: VecDeque::new(),
            requests: Vec::new(),
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
}

impl Host for MemoryHost {
    fn sleep(&mut self, span: Duration) -> Result<(), HostError> {
        let span = jiff::SignedDuration::try_from(span).map_err(|error| HostError::Failed(error.to_string()))?;
        self.clock = self.clock.checked_add(span).map_err(|error| HostError::Failed(error.to_string()))?;
        Ok(())
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

    fn macro_by_uid(&mut self, uid: &str) -> Result<Option<Arc<Macro>>, HostError> {
        Ok(self.macros.iter().find(|definition| definition.uid.eq_ignore_ascii_case(uid)).cloned())
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
