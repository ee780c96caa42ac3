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

impl Runner<'_> {
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
