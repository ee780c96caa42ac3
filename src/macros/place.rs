//! Where an action stands in its macro.

use std::fmt::Write as _;

use super::data::Action;

/// Where an action stands: a chain of places on the stack of whoever walks the actions, written out only when somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    /// The list that holds it: `actions` at the top, else the block's name.
    block: &'a str,
    index: usize,
    action: &'a Action,
}

impl<'a> Place<'a> {
    /// The place of one action of a list; `block` is ignored at the top.
    #[must_use]
    pub fn new(parent: Option<&'a Place<'a>>, block: &'a str, index: usize, action: &'a Action) -> Self {
        Self { parent, block, index, action }
    }

    /// The path for programs: `actions[2].ThenActions[0]`, counted from 0.
    #[must_use]
    pub fn path(&self) -> String {
        match self.parent {
            None => format!("actions[{}]", self.index),
            Some(parent) => format!("{}.{}[{}]", parent.path(), self.block, self.index),
        }
    }

    /// The path for people: `3 › Then › 1 "Type it" (InsertText)`, counted from 1.
    #[must_use]
    pub fn readable(&self) -> String {
        let mut text = self.steps();
        if let Some(name) = &self.action.name {
            let _ = write!(text, " \"{name}\"");
        }
        let _ = write!(text, " ({})", kind(self.action));
        text
    }

    fn steps(&self) -> String {
        match self.parent {
            None => (self.index + 1).to_string(),
            Some(parent) => {
                let block = self.block.strip_suffix("Actions").unwrap_or(self.block).trim_end_matches('.');
                let separator = if block.is_empty() { String::new() } else { format!("{block} › ") };
                format!("{} › {separator}{}", parent.steps(), self.index + 1)
            }
        }
    }
}

fn kind(action: &Action) -> &str {
    if action.kind.is_empty() { "no type" } else { &action.kind }
}
