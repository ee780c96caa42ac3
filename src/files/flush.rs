//! Takes what was written to the disk, all of a while together.

use std::{
    collections::HashMap,
    fs::File,
    os::unix::fs::MetadataExt as _,
    sync::mpsc::{self, Receiver, SyncSender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Most files that are flushed together, and most that wait meanwhile: each holds a descriptor. Who writes faster than the disk
/// takes it waits for the disk.
pub(super) const MOST: usize = 64;

/// A thread that flushes. Its end waits for what was written.
pub(super) struct Flusher {
    files: Option<SyncSender<File>>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    pub(super) fn start(after: Duration) -> Self {
        let (files, waiting) = mpsc::sync_channel(MOST);
        let thread = thread::Builder::new().name("files".into()).spawn(move || run(&waiting, after));
        if let Err(error) = &thread {
            tracing::error!(%error, "files are flushed one by one: the thread cannot be started");
        }
        Self { files: thread.is_ok().then_some(files), thread: thread.ok() }
    }

    /// Has a file or folder flushed before long; at once if there is no thread for it. Waits while too many wait already.
    pub(super) fn later(&self, file: File) {
        let unsent = match &self.files {
            Some(files) => files.send(file).err().map(|error| error.0),
            None => Some(file),
        };
        if let Some(file) = unsent {
            flush(&file);
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.files = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(waiting: &Receiver<File>, after: Duration) {
    while let Ok(first) = waiting.recv() {
        let until = Instant::now() + after;
        let mut group = HashMap::new();
        let mut next = Some(first);
        while let Some(file) = next.take() {
            // A file that was written twice is flushed once.
            let key = file.metadata().map(|about| (about.dev(), about.ino())).unwrap_or_default();
            group.insert(key, file);
            if group.len() >= MOST {
                break;
            }
            // A sender that is gone sends nothing more, either.
            next = waiting.recv_timeout(until.saturating_duration_since(Instant::now())).ok();
        }
        group.values().for_each(flush);
    }
}

fn flush(file: &File) {
    if let Err(error) = file.sync_all() {
        tracing::warn!(%error, "a file that was written could not be flushed to the disk");
    }
}
