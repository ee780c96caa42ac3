//! The journal of changes: every change once, with the command that takes it back.

use std::collections::VecDeque;

use crate::model::{Change, Command, CommandError};

/// The newest changes, oldest first.
#[derive(Debug, Default)]
pub(super) struct Journal {
    changes: VecDeque<Change>,
    last_id: u64,
}

impl Journal {
    /// Changes that are kept.
    const KEPT: usize = 100;
    /// Changes that are shown.
    const SHOWN: usize = 20;

    /// Notes a change.
    pub(super) fn note(&mut self, time_ms: u64, by: &str, text: String, inverse: Command) -> Change {
        self.last_id += 1;
        let change = Change { id: self.last_id, time_ms, by: by.to_owned(), text, inverse, undone: false };
        self.changes.push_back(change.clone());
        if self.changes.len() > Self::KEPT {
            self.changes.pop_front();
        }
        change
    }

    /// The newest change that has not been taken back.
    pub(super) fn newest(&self) -> Result<Change, CommandError> {
        let open = self.changes.iter().rev().find(|change| !change.undone);
        open.cloned().ok_or_else(|| CommandError::new("nothing_to_undo", "there is no change to undo"))
    }

    /// Marks a change as taken back, and returns it so.
    pub(super) fn mark_undone(&mut self, id: u64) -> Option<Change> {
        let change = self.changes.iter_mut().find(|change| change.id == id)?;
        change.undone = true;
        Some(change.clone())
    }

    /// The newest changes, newest last.
    pub(super) fn shown(&self) -> Vec<Change> {
        let surplus = self.changes.len().saturating_sub(Self::SHOWN);
        self.changes.iter().skip(surplus).cloned().collect()
    }
}
