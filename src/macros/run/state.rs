//! What a run remembers: variables of every reach, the chain of macros, what was recorded.

use std::{collections::HashMap, sync::Arc};

use super::{
    super::{
        calculation::{Scope, calculate, parse_number},
        data::Macro,
        host::{Host, HostError},
        profile::Profile,
        tokens::{Escapes, TokenError, TokenScope, expand},
        variables::{Reach, element, is_name, reach, split_element, with_element},
    },
    MAX_TEXT, as_token_error,
    error::Trouble,
    report::Sinks,
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
}

pub(in crate::macros) struct Runner<'h> {
    pub(super) profile: &'h Profile,
    pub(super) host: &'h mut dyn Host,
    /// The chain of calls, the outermost macro first; empty outside of macros.
    pub(super) frames: Vec<Frame>,
    /// Instance and password variables.
    pub(super) instance: Memory,
    pub(super) sinks: Sinks,
    pub(super) result: Option<String>,
    pub(super) steps: u64,
    pub(super) nesting: usize,
    /// What `%ActionResult%` gives: OK, or the last failure that did not stop the macro.
    pub(super) action_result: String,
}

impl<'h> Runner<'h> {
    pub(super) fn new(profile: &'h Profile, host: &'h mut dyn Host) -> Self {
        Self {
            profile,
            host,
            frames: Vec::new(),
            instance: Memory::new(),
            sinks: Sinks::default(),
            result: None,
            steps: 0,
            nesting: 0,
            action_result: "OK".into(),
        }
    }

    /// A text with its tokens replaced.
    pub(super) fn expand(&mut self, text: &str, escapes: Escapes) -> Result<String, TokenError> {
        expand(text, escapes, self)
    }

    /// An expression's value, its tokens first.
    pub(super) fn number(&mut self, expression: &str) -> Result<f64, TokenError> {
        if let Some(number) = parse_number(expression) {
            return Ok(number);
        }
        if expression.matches('%').count() < 2 {
            return calculate(expression, self).map_err(as_token_error);
        }
        let expanded = self.expand(expression, Escapes::Keep)?;
        calculate(&expanded, self).map_err(as_token_error)
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
}

impl TokenScope for Runner<'_> {
    fn simple(&mut self, token: &str) -> Result<Option<String>, HostError> {
        let (outer, inner) = (self.frames.first(), self.frames.last());
        Ok(match token {
            "TriggerValue" => inner.map(|frame| frame.parameter.clone()),
            "ExecutingMacro" => outer.map(|frame| frame.definition.name.clone()),
            "ExecutingMacroUUID" => outer.map(|frame| frame.definition.uid.clone()),
            "ExecutingThisMacro" => inner.map(|frame| frame.definition.name.clone()),
            "ExecutingThisMacroUUID" => inner.map(|frame| frame.definition.uid.clone()),
            "Trigger" => inner.map(|_| "kmtop".to_owned()),
            "ActionResult" => inner.map(|_| self.action_result.clone()),
            "UserLoginID" => Some(self.host.user().login),
            "LongUserName" => Some(self.host.user().full),
            _ => None,
        })
    }
}
