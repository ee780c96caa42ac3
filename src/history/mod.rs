//! What was, on the disk: Intervals at three finenesses, and what happened beside them.
//!
//! One thread writes one SQLite file; Intervals come to it from the hub's broadcast, and nobody waits for it. Each second is one
//! transaction, so that whatever becomes of the process, at most the second under way is lost. Coarser Intervals are merged from finer
//! ones, histograms and all, so that a percentile over any stored range is that of all its calls.
//!
//! | file | what it is |
//! |---|---|
//! | `writer` | the thread: what waits, what fails, what is tried again |
//! | `store` | the file as its writer has it: adding, coarsening, letting go |
//! | `reader` | the file as others have it: ranges, at any step |
//! | `rows`, `layout`, `level` | Intervals as rows; the tables; seconds, tens, minutes |
//! | `note`, `error` | what happened beside the numbers; why the file cannot be had |

mod error;
mod layout;
mod level;
mod note;
mod reader;
mod rows;
mod store;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

use crate::model::{Interval, ServerInfo};

pub use error::HistoryError;
pub use level::Keep;
pub use note::{Kind, Note, severity_word};
pub use reader::{Mark, Reader};
use writer::{Message, Writer};

/// Messages that wait for the writer at most: it may sleep over a slow disk for so many seconds.
const WAITING: usize = 128;

/// The history that a server keeps. Cheap to clone; the writer ends when the last one is gone.
#[derive(Debug, Clone)]
pub struct History {
    messages: SyncSender<Message>,
    shared: Arc<Shared>,
}

/// What the writer tells of itself.
#[derive(Debug, Default)]
struct Shared {
    problem: Mutex<Option<String>>,
    said: Mutex<Option<(String, Instant)>>,
    written: AtomicU64,
    lost: AtomicU64,
    bytes: AtomicU64,
}

impl History {
    /// Begins to keep history in this file, on a thread of its own. What is wrong with the file shows in [`Self::problem`]; a server
    /// goes on without history.
    #[must_use]
    pub fn start(path: PathBuf, keep: Keep) -> Self {
        let (messages, receiver) = sync_channel(WAITING);
        let shared = Arc::new(Shared::default());
        let writer = Writer::new(path, keep, Arc::clone(&shared));
        let thread = std::thread::Builder::new().name("history".into()).spawn(move || writer.run(&receiver));
        if let Err(error) = thread {
            shared.trouble(format!("history is not kept: its thread cannot be started: {error}"));
        }
        Self { messages, shared }
    }

    /// Notes that this server began.
    pub fn began(&self, info: ServerInfo) {
        self.tell(Message::Start(Box::new(info)));
    }

    /// Adds one more second. Never waits: while the writer is far behind, it is dropped and counted.
    pub fn push(&self, interval: Arc<Interval>) {
        self.tell(Message::Interval(interval));
    }

    /// Notes that so many Intervals never came.
    pub fn missed(&self, count: u64) {
        self.shared.count_lost(count);
        self.tell(Message::Missed(count));
    }

    fn tell(&self, message: Message) {
        if let Err(TrySendError::Full(_)) = self.messages.try_send(message) {
            self.shared.count_lost(1);
        }
    }

    /// Has everything written that was pushed before; says whether it was within `limit`.
    #[must_use]
    pub fn flush(&self, limit: Duration) -> bool {
        let (reply, answer) = sync_channel(1);
        let deadline = Instant::now() + limit;
        let mut message = Message::Flush(reply);
        loop {
            match self.messages.try_send(message) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) if Instant::now() < deadline => {
                    message = back;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(_) => return false,
            }
        }
        answer.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap_or(false)
    }

    /// What is the matter, for people; `None` while all is well.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let problem = lock(&self.shared.problem).clone();
        problem.or_else(|| {
            let said = lock(&self.shared.said);
            said.as_ref().filter(|(_, until)| Instant::now() < *until).map(|(text, _)| text.clone())
        })
    }

    /// Entries written and seconds lost since the start, and bytes of the file as it was last tidied.
    #[must_use]
    pub fn counts(&self) -> (u64, u64, u64) {
        let [written, lost, bytes] =
            [&self.shared.written, &self.shared.lost, &self.shared.bytes].map(|number| number.load(Ordering::Relaxed));
        (written, lost, bytes)
    }
}

impl Shared {
    fn trouble(&self, text: String) {
        let mut problem = lock(&self.problem);
        if problem.as_ref() != Some(&text) {
            tracing::warn!("{text}");
            *problem = Some(text);
        }
    }

    fn well(&self) {
        if lock(&self.problem).take().is_some() {
            tracing::info!("history is written again");
        }
    }

    fn say(&self, text: String, until: Instant) {
        *lock(&self.said) = Some((text, until));
    }

    fn count_lost(&self, count: u64) {
        self.lost.fetch_add(count, Ordering::Relaxed);
    }

    fn count_written(&self, count: usize) {
        self.written.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn set_bytes(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }
}

/// The words in it are whole whatever became of a thread that held it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
