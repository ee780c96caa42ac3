//! The thread that writes the audit log, file after file.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender},
    },
};

use crate::util::files::rotate;

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Message {
    /// Write this line.
    Line(String),
    /// Say when all before it is on the disk, and whether that went well.
    Flush(Sender<bool>),
}

/// The thread's state.
pub(super) struct Writer {
    path: PathBuf,
    /// From this length on a new file is begun.
    bytes: u64,
    files: usize,
    file: Option<File>,
    length: u64,
    lost: Arc<AtomicU64>,
    /// Whether the last line could not be written.
    failed: bool,
}

impl Writer {
    /// A writer of this file and of `files` in all, each of at most so many bytes. What it cannot write it counts in `lost`.
    pub(super) fn new(path: PathBuf, bytes: u64, files: usize, lost: Arc<AtomicU64>) -> Self {
        Self { path, bytes, files, file: None, length: 0, lost, failed: false }
    }

    /// Writes what comes until nobody is left who could send.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        // Early, so that nothing appears in the folder long after the start. What is wrong shows at the first line.
        let _ = self.open();
        while let Ok(message) = messages.recv() {
            match message {
                Message::Line(line) => self.add(&line),
                Message::Flush(reply) => {
                    let _ = reply.send(self.file.as_ref().is_none_or(|file| file.sync_all().is_ok()) && !self.failed);
                }
            }
        }
    }

    fn add(&mut self, line: &str) {
        match self.append(line) {
            Ok(()) => self.failed = false,
            Err(error) => {
                self.lost.fetch_add(1, Ordering::Relaxed);
                self.file = None;
                // Once, not for every line.
                if !std::mem::replace(&mut self.failed, true) {
                    tracing::error!(%error, "the audit log {} cannot be written", self.path.display());
                }
            }
        }
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        let wanted = line.len() as u64 + 1;
        if self.file.is_some() && self.length + wanted > self.bytes {
            self.file = None;
            rotate(&self.path, self.files)?;
        }
        if self.file.is_none() {
            self.open()?;
        }
        if let Some(file) = &mut self.file {
            file.write_all(format!("{line}\n").as_bytes())?;
            self.length += wanted;
        }
        Ok(())
    }

    fn open(&mut self) -> io::Result<()> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        self.length = file.metadata()?.len();
        self.file = Some(file);
        Ok(())
    }
}
