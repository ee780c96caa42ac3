//! What a run remembers: variables of every reach, the chain of macros, what was recorded.

use std::{collections::HashMap, sync::Arc};

use super::{
    super::{
        calculation::{CalculationError, Scope, Value},
        data::Macro,
        desktop::Desktop,
        host::{Host, HostError},
        profile::Profile,
        tokens::{self, Escapes, TokenError, TokenScope, evaluate, expand},
        variables::{Reach, element, is_name, reach, split_element, with_element},
    },
    MAX_TEXT,
    clipboards::{Clipboard, RunClipboards},
    error::Trouble,
    limits::Deadline,
    patterns::Patterns,
    report::Sinks,
    secrets::Secrets,
};

/// Setting a variable to this deletes it.
pub(super) const DELETE: &str = "%Delete%";

/// Variables in memory: lowercase name, then name as written and text.
pub(super) type Memory = HashMap<String, (String, String)>;

/// One macro of the chain of calls.
pub(super) struct Frame {
    pub(super) definition: Arc<Macro>,
    pub(super) parameter: String,
    pub(super) locals: Memory,
    /// Whether Execute Subroutine called it, and so waits for what it returns.
    pub(super) subroutine: bool,
    /// What the subroutine has returned so far.
    pub(super) returned: Option<String>,
    /// How many loops of this macro are under way.
    pub(super) loops: usize,
}

pub(in crate::macros) struct Runner<'h> {
    pub(super) profile: &'h Profile,
    pub(super) host: &'h mut dyn Host,
    /// The chain of calls, the outermost macro first; empty outside of macros.
    pub(super) frames: Vec<Frame>,
    /// Instance and password variables.
    pub(super) instance: Memory,
    pub(super) clipboards: RunClipboards,
    /// The pretended desktop as this run has changed it.
    pub(super) desktop: Option<Desktop>,
    pub(super) sinks: Sinks,
    pub(super) result: Option<String>,
    pub(super) steps: u64,
    /// Which of the outermost macro's own actions the run is at, from 0, and how many it has.
    pub(super) at: (usize, usize),
    pub(super) nesting: usize,
    /// When something that goes on has to have ended, the earliest of all.
    pub(super) deadline: Option<Deadline>,
    /// How many deadlines there have been.
    pub(super) deadlines: u64,
    /// How many Try actions are under way.
    pub(super) tries: usize,
    /// Every text that a password variable has had.
    pub(super) secrets: Secrets,
    /// What `%ActionResult%` gives: OK, or the last failure that did not stop the macro.
    pub(super) action_result: String,
    pub(super) patterns: Patterns,
}

impl<'h> Runner<'h> {
    pub(super) fn new(profile: &'h Profile, host: &'h mut dyn Host) -> Self {
        Self {
            profile,
            host,
            frames: Vec::new(),
            instance: Memory::new(),
            clipboards: RunClipboards::default(),
            desktop: profile.desktop.clone(),
            sinks: Sinks::default(),
            result: None,
            steps: 0,
            at: (0, 0),
            nesting: 0,
            deadline: None,
            deadlines: 0,
            tries: 0,
            secrets: Secrets::default(),
            action_result: "OK".into(),
            patterns: Patterns::new(),
        }
    }

    /// A text with its tokens replaced.
    pub(super) fn expand(&mut self, text: &str, escapes: Escapes) -> Result<String, TokenError> {
        expand(text, escapes, self)
    }

    /// An expression's value, its tokens first.
    pub(super) fn number(&mut self, expression: &str) -> Result<f64, TokenError> {
        let value = self.value(expression)?;
        value.number().ok_or_else(|| TokenError::List(expression.chars().take(60).collect(), value.to_string()))
    }

    /// What an expression gives, a number or a list of them, its tokens first.
    pub(super) fn value(&mut self, expression: &str) -> Result<Value, TokenError> {
        evaluate(expression, self).map_err(|error| match error {
            TokenError::Calculation(CalculationError::Host(error)) => TokenError::Host(error),
            error => error,
        })
    }

    fn memory(&mut self, reach: Reach) -> Option<&mut Memory> {
        match reach {
            Reach::Local => match self.frames.last_mut() {
                Some(frame) => Some(&mut frame.locals),
                None => Some(&mut self.instance),
            },
            Reach::Instance | Reach::Password => Some(&mut self.instance),
            Reach::Global => None,
        }
    }

    /// A variable's text, or one element of it (`Size[2]`); `None` when the variable is unset.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<String>, Trouble> {
        let (base, index) = split_element(name.trim());
        let value = self.variable(base)?;
        let Some(index) = index else {
            return Ok(value);
        };
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates; elements beyond the list are empty")]
        let index = self.number(index)? as i64;
        Ok(value.map(|value| element(&value, index, ",")))
    }

    /// Sets a variable, or one element of it (`Size[2]`); [`DELETE`] deletes it.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Trouble> {
        let (base, index) = split_element(name.trim());
        if !is_name(base) {
            return Err(Trouble::Failed(format!(
                "“{base}” is no name for a variable (a letter, then letters, digits, spaces, underscores)"
            )));
        }
        let Some(index) = index else {
            return self.store(base, value);
        };
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and such an element is refused")]
        let index = self.number(index)? as i64;
        let text = self.variable(base)?.unwrap_or_default();
        let text =
            with_element(&text, index, value).ok_or_else(|| Trouble::Failed(format!("{base} has no element {index} to set")))?;
        self.store(base, &text)
    }

    fn store(&mut self, name: &str, value: &str) -> Result<(), Trouble> {
        if value.len() > MAX_TEXT {
            return Err(Trouble::Failed(format!("{name} would be longer than {MAX_TEXT} bytes")));
        }
        let deleted = value == DELETE;
        if reach(name) == Reach::Password && !deleted {
            self.secrets.learn(value);
        }
        match self.memory(reach(name)) {
            Some(memory) if deleted => {
                memory.remove(&name.to_lowercase());
            }
            Some(memory) => {
                memory.insert(name.to_lowercase(), (name.to_owned(), value.to_owned()));
            }
            None => self.host.set_variable(name, (!deleted).then_some(value))?,
        }
        Ok(())
    }
}

impl Scope for Runner<'_> {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        let name = name.trim();
        match self.memory(reach(name)) {
            Some(memory) => Ok(memory.get(&name.to_lowercase()).map(|(_, value)| value.clone())),
            None => self.host.variable(name),
        }
    }

    fn now(&mut self) -> jiff::Zoned {
        self.host.now()
    }

    fn random(&mut self) -> f64 {
        self.host.random()
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        Ok(Runner::clipboard_seed(self))
    }

    fn desktop(&self) -> Option<&Desktop> {
        self.desktop.as_ref()
    }
}

impl TokenScope for Runner<'_> {
    fn clipboard(&mut self, which: tokens::Clipboard<'_>) -> Result<Option<String>, HostError> {
        match which {
            // No clipboard triggers a run here, and then the trigger's is the system's.
            tokens::Clipboard::System | tokens::Clipboard::Trigger => Runner::clipboard(self, &Clipboard::System).map(Some),
            tokens::Clipboard::Past(number) => self.past_clipboard(number).map(Some),
            tokens::Clipboard::Named(name) => self.named_clipboard(name),
        }
    }

    fn dictionary_value(&mut self, dictionary: &str, key: &str) -> Result<Option<String>, HostError> {
        self.host.dictionary_value(dictionary.trim(), key.trim())
    }

    fn dictionary(&mut self, dictionary: &str) -> Result<Vec<(String, String)>, HostError> {
        self.host.dictionary(dictionary.trim())
    }

    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError> {
        let mut all = self.host.variables()?;
        let near = self.frames.last().map(|frame| frame.locals.values()).into_iter().flatten();
        all.extend(near.chain(self.instance.values()).filter(|(name, _)| reach(name) != Reach::Password).cloned());
        Ok(all)
    }

    fn simple(&mut self, token: &str) -> Result<Option<String>, HostError> {
        let (outer, inner) = (self.frames.first(), self.frames.last());
        Ok(match token {
            "TriggerValue" => inner.map(|frame| frame.parameter.clone()),
            "ExecutingMacro" => outer.map(|frame| frame.definition.name.clone()),
            "ExecutingMacroGroup" => outer.map(|frame| frame.definition.group.clone()),
            "ExecutingMacroUUID" => outer.map(|frame| frame.definition.uid.clone()),
            "ExecutingThisMacro" => inner.map(|frame| frame.definition.name.clone()),
            "ExecutingThisMacroGroup" => inner.map(|frame| frame.definition.group.clone()),
            "ExecutingThisMacroUUID" => inner.map(|frame| frame.definition.uid.clone()),
            "Trigger" => inner.map(|_| "kmtop".to_owned()),
            "ActionResult" => inner.map(|_| self.action_result.clone()),
            "ExecutingInstance" => inner.is_some().then(|| self.host.instance()),
            "UserLoginID" => Some(self.host.user().login),
            "LongUserName" => Some(self.host.user().full),
            _ => None,
        })
    }
}
