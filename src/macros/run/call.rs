//! A macro in a frame of its own.

use std::sync::Arc;

use super::{
    super::data::Macro,
    MAX_CALLS,
    error::Trouble,
    execute::Flow,
    report::Failure,
    state::{Frame, Memory, Runner},
};

/// How a macro is called.
#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    /// What it sees as its trigger value.
    pub(super) parameter: Option<&'a str>,
    /// Whether what it returns is for the caller.
    pub(super) subroutine: bool,
    /// Variables that are set in it before it begins.
    pub(super) variables: Vec<(String, String)>,
}

impl Runner<'_> {
    /// Does a macro, and gives what it returned when it is a subroutine.
    pub(super) fn call(&mut self, definition: &Arc<Macro>, call: &Call<'_>) -> Result<(Flow, Option<String>), Trouble> {
        if self.frames.len() >= MAX_CALLS {
            return Err(Trouble::Limit(format!(
                "macros call each other deeper than {MAX_CALLS}; the last is “{}”",
                definition.name
            )));
        }
        self.frames.push(Frame {
            definition: Arc::clone(definition),
            parameter: call.parameter.unwrap_or_default().to_owned(),
            locals: Memory::new(),
            subroutine: call.subroutine,
            returned: None,
            loops: 0,
        });
        let done = self.body(definition, &call.variables);
        let returned = self.frames.pop().and_then(|frame| frame.returned);
        done.map(|flow| (flow, returned))
    }

    fn body(&mut self, definition: &Macro, variables: &[(String, String)]) -> Result<Flow, Trouble> {
        for (name, value) in variables {
            self.set(name, value)?;
        }
        self.block(None, "actions", &definition.actions)
    }

    /// Keeps what a macro returns: for the nearest subroutine of the chain, else as the result of the run.
    pub(super) fn give_back(&mut self, text: String) {
        match self.frames.iter_mut().rev().find(|frame| frame.subroutine) {
            Some(frame) => frame.returned = Some(text),
            None => self.result = Some(text),
        }
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
