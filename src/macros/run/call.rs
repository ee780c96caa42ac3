//! Macros that call macros.

use std::sync::Arc;

use super::{
    super::data::{Action, Macro},
    MAX_CALLS,
    error::Trouble,
    execute::Flow,
    report::Failure,
    state::{Frame, Memory, Runner},
};
use crate::macros::tokens::Escapes;

impl Runner<'_> {
    /// Does a macro's actions in a frame of its own.
    pub(super) fn call(&mut self, definition: &Arc<Macro>, parameter: Option<&str>) -> Result<Flow, Trouble> {
        if self.frames.len() >= MAX_CALLS {
            return Err(Trouble::Limit(format!(
                "macros call each other deeper than {MAX_CALLS}; the last is “{}”",
                definition.name
            )));
        }
        let parameter = parameter.unwrap_or_default().to_owned();
        self.frames.push(Frame { definition: Arc::clone(definition), parameter, locals: Memory::new() });
        let flow = self.block(None, "actions", &definition.actions);
        self.frames.pop();
        flow
    }

    pub(super) fn execute_macro(&mut self, action: &Action) -> Result<Flow, Trouble> {
        let uid = action.text("MacroUID").unwrap_or_default();
        let called = self.host.macro_by_uid(&uid)?;
        let called = called.ok_or_else(|| Trouble::Failed(format!("the macro {uid} is not in the library")))?;
        if !called.enabled {
            return Err(Trouble::Failed(format!("the macro “{}” is disabled", called.name)));
        }
        let parameter = match action.text("Parameter").filter(|_| action.flag("UseParameter") == Some(true)) {
            Some(text) => Some(self.expand(&text, Escapes::Process)?),
            None => None,
        };
        let mut left = match action.text("Count") {
            Some(expression) => self.number(&expression)?,
            None => 1.0,
        };
        while left >= 1.0 {
            self.count_step()?;
            if self.call(&called, parameter.as_deref())? == Flow::CancelAll {
                return Ok(Flow::CancelAll);
            }
            left -= 1.0;
        }
        Ok(Flow::Next)
    }
}

impl Failure {
    /// A failure of a macro as a whole, with no action to name.
    pub(super) fn of_macro(definition: &Macro, message: String) -> Self {
        Self {
            macro_uid: definition.uid.clone(),
            macro_name: definition.name.clone(),
            path: String::new(),
            readable: String::new(),
            kind: String::new(),
            message,
        }
    }
}
