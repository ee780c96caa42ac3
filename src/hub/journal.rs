//! The journal of changes: every change once, with the command that takes it back.

use std::collections::VecDeque;

use super::changes::{Changes, Line, Step, append_lines};
use crate::model::{Change, Command, CommandError};

/// The newest changes, oldest first.
#[derive(Debug, Default)]
pub(super) struct Journal {
    changes: VecDeque<Change>,
    last_id: u64,
    file: Option<Changes>,
}

impl Journal {
    /// Changes that are kept.
    const KEPT: usize = 100;
    /// Changes that are shown.
    const SHOWN: usize = 20;

    /// A journal that is also written to this file, if there is one.
    pub(super) fn new(file: Option<Changes>) -> Self {
        Self { file, ..Self::default() }
    }

    /// The beginnings of what a server before this one left open, the newest first: as they are to be taken back.
    pub(super) fn left_open(&mut self) -> Vec<Line> {
        let left = self.file.as_mut().map(|file| std::mem::take(&mut file.left_open));
        left.into_iter().flatten().rev().collect()
    }

    /// What a server before this one left open was taken back, or there was nothing to be taken back any more.
    pub(super) async fn rolled_back(&mut self, begun: Line, time_ms: u64) -> Option<Change> {
        self.write_or_log(Line { text: begun.text.clone(), ..Line::new(Step::RolledBack, begun.id) }).await;
        let inverse = begun.inverse?;
        self.last_id += 1;
        let change = Change { id: self.last_id, time_ms, by: begun.by, text: begun.text, inverse, undone: true };
        self.changes.push_back(change.clone());
        Some(change)
    }

    /// Says on the disk that something is about to be changed, and how everything is before; returns the number that it will have.
    ///
    /// # Errors
    /// When that cannot be written: then nothing may be changed, for nobody could take it back after a crash.
    pub(super) async fn begin(&mut self, by: &str, text: String, checkpoint: Option<Command>) -> Result<u64, CommandError> {
        let id = self.last_id + 1;
        self.write(Line { by: by.to_owned(), text, inverse: checkpoint, ..Line::new(Step::Begun, id) }).await?;
        self.last_id = id;
        Ok(id)
    }

    /// Nothing came of it.
    pub(super) async fn failed(&mut self, id: u64) {
        self.write_or_log(Line::new(Step::Failed, id)).await;
    }

    /// It was done.
    pub(super) async fn done(&mut self, id: u64, time_ms: u64, by: &str, text: String, inverse: Command) -> Change {
        let line = Line { text: text.clone(), by: by.to_owned(), inverse: Some(inverse.clone()), ..Line::new(Step::Done, id) };
        self.write_or_log(line).await;
        self.push(Change { id, time_ms, by: by.to_owned(), text, inverse, undone: false })
    }

    /// Something was done that needs no word on the disk before: it is over in one step.
    pub(super) async fn noted(&mut self, time_ms: u64, by: &str, text: String, inverse: Command) -> Change {
        self.last_id += 1;
        self.done(self.last_id, time_ms, by, text, inverse).await
    }

    /// It is in force and on trial: open on the disk, so that a crash rolls it back, and taken back as any other change.
    pub(super) async fn tried(&mut self, id: u64, time_ms: u64, by: &str, text: String, inverse: Command) -> Change {
        let line = Line { text: text.clone(), by: by.to_owned(), inverse: Some(inverse.clone()), ..Line::new(Step::Trial, id) };
        self.write_or_log(line).await;
        self.push(Change { id, time_ms, by: by.to_owned(), text, inverse, undone: false })
    }

    /// Its trial is over; the text says how it ended. What was not kept was taken back.
    pub(super) async fn settled(&mut self, id: u64, kept: bool, text: String) -> Option<Change> {
        let step = if kept { Step::Done } else { Step::Undone };
        let change = self.changes.iter_mut().find(|change| change.id == id)?;
        (change.text, change.undone) = (text.clone(), !kept);
        let change = change.clone();
        let (by, inverse) = (change.by.clone(), kept.then(|| change.inverse.clone()));
        self.write_or_log(Line { by, text, inverse, ..Line::new(step, id) }).await;
        Some(change)
    }

    fn push(&mut self, change: Change) -> Change {
        self.changes.push_back(change.clone());
        if self.changes.len() > Self::KEPT {
            self.changes.pop_front();
        }
        change
    }

    async fn write(&self, line: Line) -> Result<(), CommandError> {
        let Some(path) = self.file.as_ref().map(|file| file.path().to_owned()) else { return Ok(()) };
        let shown = path.display().to_string();
        // The disk may be slow, and calls wait for nobody.
        let written = tokio::task::spawn_blocking(move || append_lines(&path, &[line])).await;
        let written = written.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        written.map_err(|error| {
            let words =
                format!("nothing was changed: the journal {shown} cannot be written: {error}; make room or give rights to it");
            CommandError::new("journal", words)
        })
    }

    async fn write_or_log(&self, line: Line) {
        if let Err(error) = self.write(line).await {
            tracing::error!("{error}");
        }
    }

    /// The newest change that has not been taken back.
    pub(super) fn newest(&self) -> Result<Change, CommandError> {
        let open = self.changes.iter().rev().find(|change| !change.undone);
        open.cloned().ok_or_else(|| CommandError::new("nothing_to_undo", "there is no change to undo"))
    }

    /// Marks a change as taken back, and returns it so.
    pub(super) async fn mark_undone(&mut self, id: u64) -> Option<Change> {
        self.write_or_log(Line::new(Step::Undone, id)).await;
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
