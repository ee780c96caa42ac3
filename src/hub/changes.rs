//! The journal on the disk: what is about to be changed, then that it was. So the next server knows what a crash left open.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{model::Command, util::clock::unix_ms};

/// A file longer than this is begun anew, with its newest lines.
const LONGEST: u64 = 1 << 20;
/// Lines that are kept then.
const KEPT: usize = 1_000;

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// A server begins to count its changes.
    Server,
    /// A change is about to be made.
    Begun,
    /// It is in force and on trial.
    Trial,
    /// It was made.
    Done,
    /// It was not.
    Failed,
    /// It was taken back.
    Undone,
    /// A crash had left it open, and the server that came after took it back.
    RolledBack,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) step: Step,
    pub(super) id: u64,
    pub(super) time_ms: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) by: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) text: String,
    /// What takes it back. A line that begins a change has it as well: the checkpoint, which puts everything where it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inverse: Option<Command>,
}

impl Line {
    pub(super) fn new(step: Step, id: u64) -> Self {
        Self { step, id, time_ms: unix_ms(), by: String::new(), text: String::new(), inverse: None }
    }
}

/// The journal's file, and what the server before left open in it.
#[derive(Debug)]
pub struct Changes {
    path: PathBuf,
    /// The lines that began them, oldest first.
    pub(super) left_open: Vec<Line>,
}

impl Changes {
    /// Opens the journal for a new server. Whatever a server before began and did not end, because it crashed, is for this one to take
    /// back; it stays open in the file until that is done.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let left_open = open_changes(&text);
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > LONGEST {
            let skipped = text.lines().count().saturating_sub(KEPT);
            let newest: String = text.lines().skip(skipped).flat_map(|line| [line, "\n"]).collect();
            std::fs::write(path, newest)?;
        } else if !text.is_empty() && !text.ends_with('\n') {
            // A line that was cut by the crash stays alone.
            append(path, b"\n")?;
        }
        let journal = Self { path: path.to_owned(), left_open };
        journal.write(&[Line::new(Step::Server, 0)])?;
        Ok(journal)
    }

    /// Adds lines.
    fn write(&self, lines: &[Line]) -> io::Result<()> {
        append_lines(&self.path, lines)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Adds lines to the file.
pub(super) fn append_lines(path: &Path, lines: &[Line]) -> io::Result<()> {
    let mut bytes = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    append(path, &bytes)
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(bytes)
}

/// What was begun and not ended, by server and number.
fn open_changes(text: &str) -> Vec<Line> {
    let mut open: BTreeMap<u64, Line> = BTreeMap::new();
    let mut left: Vec<Line> = Vec::new();
    for line in text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        match line.step {
            Step::Server => left.extend(std::mem::take(&mut open).into_values()),
            Step::Begun => {
                open.insert(line.id, line);
            }
            // The change goes on; its checkpoint is that of its beginning.
            Step::Trial => {
                let inverse = line.inverse.clone().or_else(|| open.get(&line.id)?.inverse.clone());
                open.insert(line.id, Line { inverse, ..line });
            }
            Step::Done | Step::Failed | Step::Undone => {
                open.remove(&line.id);
            }
            // It belongs to the server before.
            Step::RolledBack => left.retain(|begun| (begun.id, &begun.text) != (line.id, &line.text)),
        }
    }
    left.extend(open.into_values());
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(id: u64) -> Line {
        Line { text: format!("change {id}"), ..Line::new(Step::Begun, id) }
    }

    #[test]
    fn what_a_crash_left_open_is_rolled_back_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("changes.jsonl");
        let first = Changes::open(&path).expect("a new file");
        assert_eq!(first.left_open, []);
        first.write(&[begun(1), Line::new(Step::Done, 1), begun(2)]).expect("written");
        // The crash cut the next line.
        append(&path, b"{\"step\":\"beg").expect("written");
        let second = Changes::open(&path).expect("the same file");
        let left = |changes: &Changes| changes.left_open.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
        assert_eq!(left(&second), ["change 2"]);
        // It crashes before it has taken it back, and leaves another one open.
        let tried = Line { text: "change 1 (on trial)".into(), ..Line::new(Step::Trial, 1) };
        let checkpoint = Some(Command::ResizePool(crate::model::Resize::Target(3)));
        second.write(&[Line { inverse: checkpoint.clone(), ..begun(1) }, tried]).expect("written");
        let third = Changes::open(&path).expect("the same file");
        assert_eq!(left(&third), ["change 2", "change 1 (on trial)"]);
        assert_eq!(third.left_open[1].inverse, checkpoint, "a trial that a crash ended goes where it began");
        let rolled_back = |id| Line { text: format!("change {id}"), ..Line::new(Step::RolledBack, id) };
        let tried_back = Line { text: "change 1 (on trial)".into(), ..rolled_back(1) };
        third.write(&[rolled_back(2), tried_back, begun(1), Line::new(Step::Failed, 1)]).expect("written");
        assert_eq!(Changes::open(&path).expect("the same file").left_open, [], "rolled back by the third");
    }

    #[test]
    fn a_long_file_is_begun_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("changes.jsonl");
        let filler = "x".repeat(2_000);
        std::fs::write(&path, format!("{filler}\n").repeat(1_500)).expect("written");
        Changes::open(&path).expect("opened");
        let lines = std::fs::read_to_string(&path).expect("a file").lines().count();
        assert_eq!(lines, KEPT + 1);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Changes::open(folder.path()).is_err());
    }
}
