//! Writing the engine's log on a thread of its own.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, Sender, SyncSender},
    },
    time::Duration,
};

use jiff::{Zoned, civil::DateTime};

use super::{LogEntry, Rotation, split::LONGEST};
use crate::{library::edit::lock_folder, util::files::rotate};

/// Entries that may wait for the disk; more are dropped and counted.
const WAITING: usize = 4096;
/// How long the start of a new file waits for another process that does the same.
const PATIENCE: Duration = Duration::from_secs(1);

/// A handle to the engine's log. Clones are cheap and share one thread, which writes what is left and ends with the last of them.
/// Several processes may write one log.
#[derive(Debug, Clone)]
pub struct EngineLog {
    path: Arc<Path>,
    writer: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Entry(LogEntry),
    Flush(Sender<bool>),
}

impl EngineLog {
    /// Starts writing to this file, which is made with the first entry.
    #[must_use]
    pub fn start(path: PathBuf, rotation: Rotation) -> Self {
        let (sender, messages) = mpsc::sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let log = Self { path: path.as_path().into(), writer: sender, lost: Arc::clone(&lost) };
        let writer = Writer { path, rotation, file: None, lost, failed: false };
        if let Err(error) = std::thread::Builder::new().name("engine-log".into()).spawn(move || writer.run(&messages)) {
            tracing::warn!("the engine's log will not be written, its thread cannot be started: {error}");
        }
        log
    }

    /// The newest file of the log.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an entry with the time of now. Never waits: when the disk does not keep up, entries are dropped, and the log says
    /// how many.
    pub fn note(&self, message: impl Into<String>) {
        self.note_at(Zoned::now().datetime(), message);
    }

    /// Writes an entry with this local time.
    pub fn note_at(&self, time: DateTime, message: impl Into<String>) {
        let mut message = message.into();
        if message.len() > LONGEST / 2 {
            message.truncate(message.floor_char_boundary(LONGEST / 2));
            message.push('…');
        }
        if self.writer.try_send(Message::Entry(LogEntry { time, message })).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything is written, at most `limit`; false when it was not done in time or failed. For the end of the
    /// program, and before reading what was just written.
    #[must_use]
    pub fn flush(&self, limit: Duration) -> bool {
        let (reply, answer) = mpsc::channel();
        self.writer.send(Message::Flush(reply)).is_ok() && answer.recv_timeout(limit).unwrap_or(false)
    }
}

struct Writer {
    path: PathBuf,
    rotation: Rotation,
    file: Option<File>,
    lost: Arc<AtomicU64>,
    /// Whether the last entry could not be written.
    failed: bool,
}

impl Writer {
    fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(message) = messages.recv() {
            match message {
                Message::Entry(entry) => self.note(&entry),
                // Who asked may be gone; then nobody misses the answer.
                Message::Flush(reply) => drop(reply.send(!self.failed)),
            }
        }
    }

    fn note(&mut self, entry: &LogEntry) {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let message = format!("{lost} entries were lost because the log could not be written fast enough");
            let told = self.write(&LogEntry { time: entry.time, message });
            self.tell(told);
        }
        let written = self.write(entry);
        self.tell(written);
    }

    fn tell(&mut self, written: io::Result<()>) {
        match written {
            Ok(()) => self.failed = false,
            Err(error) => {
                // Once, not for every entry.
                if !self.failed {
                    tracing::warn!("the engine's log {} cannot be written: {error}", self.path.display());
                }
                self.failed = true;
                self.file = None;
            }
        }
    }

    fn write(&mut self, entry: &LogEntry) -> io::Result<()> {
        let text = entry.written();
        let most = self.rotation.bytes;
        let mut file = self.current()?;
        let size = file.metadata()?.len();
        if size > 0 && size + text.len() as u64 > most {
            self.start_new()?;
            file = self.current()?;
        }
        // One write, so that entries of several processes do not mix.
        file.write_all(text.as_bytes())
    }

    /// The newest file, which another process may have begun.
    fn current(&mut self) -> io::Result<&File> {
        let number = fs::metadata(&self.path).ok().map(|metadata| metadata.ino());
        let ours = self.file.as_ref().and_then(|file| file.metadata().ok()).map(|metadata| metadata.ino());
        if number.is_none() || number != ours {
            self.file = None;
        }
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert(OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?)),
        }
    }

    /// Begins a new file, unless another process has done so already.
    fn start_new(&mut self) -> io::Result<()> {
        let folder = self.path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
        let Some(_lock) = lock_folder(folder, PATIENCE)? else { return Ok(()) };
        let ours = self.file.take().and_then(|file| file.metadata().ok()).map(|metadata| metadata.ino());
        if fs::metadata(&self.path)?.ino() == ours.unwrap_or_default() {
            rotate(&self.path, self.rotation.files)?;
        }
        Ok(())
    }
}
