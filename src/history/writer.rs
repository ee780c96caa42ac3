//! The thread that writes. Whatever becomes of the disk, nobody else waits for it.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::{Duration, Instant},
};

use super::{
    HistoryError, Keep, Kind, Note, Shared,
    layout::put_aside,
    store::{Added, Entry, Store},
};
use crate::{
    model::{Interval, ServerInfo, Severity},
    util::{clock::unix_ms, units},
};

/// Entries that wait while the file cannot be written: two minutes.
const MOST_PENDING: usize = 120;
/// From one try to the next.
const RETRY: Duration = Duration::from_secs(5);
/// How often the file is tidied when there is nothing to do, in Intervals.
const TIDY_EVERY: u32 = 60;
/// For how long it is said that a damaged file was put aside.
const SAID: Duration = Duration::from_mins(10);

/// What the handles ask for.
#[derive(Debug)]
pub(super) enum Message {
    /// A server began.
    Start(Box<ServerInfo>),
    /// One more second.
    Interval(Arc<Interval>),
    /// So many never came.
    Missed(u64),
    /// Write now; the answer says whether all is written.
    Flush(SyncSender<bool>),
}

pub(super) struct Writer {
    path: PathBuf,
    keep: Keep,
    shared: Arc<Shared>,
    store: Option<Store>,
    pending: VecDeque<Entry>,
    /// Entries that found no room while the file could not be written.
    lost: u64,
    retry_at: Option<Instant>,
    /// Nothing more can be written until somebody does something.
    ended: bool,
    until_tidy: u32,
}

impl Writer {
    pub(super) fn new(path: PathBuf, keep: Keep, shared: Arc<Shared>) -> Self {
        let pending = VecDeque::new();
        Self { path, keep, shared, store: None, pending, lost: 0, retry_at: None, ended: false, until_tidy: 1 }
    }

    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let message = match self.retry_at {
                None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => messages.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match message {
                Ok(message) => {
                    self.take(message);
                    // As many as wait by now become one write.
                    messages.try_iter().take(MOST_PENDING).for_each(|message| self.take(message));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.write_now();
                    return;
                }
            }
            if self.retry_at.is_none_or(|at| at <= Instant::now()) {
                self.write_now();
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Start(info) => self.wait(Entry::Start(info)),
            Message::Interval(interval) => {
                self.until_tidy = self.until_tidy.saturating_sub(1);
                self.wait(Entry::Interval(interval));
            }
            Message::Missed(count) => {
                let text = format!("{count} seconds were not kept: the history was behind");
                self.wait(Entry::Note(Note { time_ms: unix_ms(), kind: Kind::Gap, severity: Severity::Warning, text }));
            }
            // Who asked may be gone; then nobody misses the answer.
            Message::Flush(reply) => {
                self.write_now();
                let _ = reply.send(self.pending.is_empty());
            }
        }
    }

    fn wait(&mut self, entry: Entry) {
        if self.ended {
            return;
        }
        self.pending.push_back(entry);
        while self.pending.len() > MOST_PENDING {
            self.pending.pop_front();
            self.lost += 1;
            self.shared.count_lost(1);
        }
    }

    /// Writes what waits; what cannot be written goes on waiting.
    fn write_now(&mut self) {
        if self.pending.is_empty() || self.ended {
            return;
        }
        let mut tried = self.try_write();
        if let Err(error) = &tried
            && error.is_damage()
        {
            tried = self.begin_anew(&error.to_string()).and_then(|()| self.try_write());
        }
        match tried {
            Ok(Added::Yes) => {
                self.retry_at = None;
                self.shared.well();
            }
            Ok(Added::Behind(by)) => {
                let by = units::long_span(by / 1_000);
                let text = format!(
                    "history is not kept: the clock is {by} behind its newest numbers. Set the clock, or move {} away and restart",
                    self.path.display()
                );
                self.retry_at = None;
                self.shared.trouble(text);
            }
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&mut self, error: &HistoryError) {
        // The connection may be in any state; the next try opens the file anew.
        self.store = None;
        if error.is_final() {
            self.ended = true;
            self.retry_at = None;
            self.pending.clear();
            self.shared.trouble(format!("history is not kept: {error}"));
        } else {
            self.retry_at = Some(Instant::now() + RETRY);
            let path = self.path.display();
            self.shared.trouble(format!("history cannot be written and is tried again: {error} ({path})"));
        }
    }

    fn try_write(&mut self) -> Result<Added, HistoryError> {
        if self.lost > 0 {
            let text = format!("{} seconds were not kept: the file could not be written", self.lost);
            self.pending.push_front(Entry::Note(Note { time_ms: unix_ms(), kind: Kind::Gap, severity: Severity::Warning, text }));
            self.lost = 0;
        }
        let store = match &mut self.store {
            Some(store) => store,
            none => none.insert(Store::open(&self.path, self.keep)?),
        };
        let added = store.write(self.pending.make_contiguous())?;
        if added == Added::Yes {
            self.shared.count_written(self.pending.len());
        }
        self.pending.clear();
        if self.until_tidy == 0 {
            let tidied = store.tidy()?;
            self.until_tidy = if tidied.more { 1 } else { TIDY_EVERY };
            self.shared.set_bytes(tidied.bytes);
        }
        Ok(added)
    }

    /// Puts a damaged file aside.
    fn begin_anew(&mut self, problem: &str) -> Result<(), HistoryError> {
        self.store = None;
        let time_ms = unix_ms();
        let aside = put_aside(&self.path, time_ms)?;
        let text = format!("the history was damaged ({problem}); it is kept as {}, and a new one is begun", aside.display());
        tracing::error!("{text}");
        self.shared.say(text.clone(), Instant::now() + SAID);
        self.pending.push_front(Entry::Note(Note { time_ms, kind: Kind::Gap, severity: Severity::Warning, text }));
        Ok(())
    }
}
