//! Watches a script to its end, its time limit or its cancellation.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{
    inbox::{Event, Inbox},
    shell::signal,
};

/// From the polite signal to the one that cannot be ignored.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// The same for a script whose job was cancelled: whoever cancels waits for it.
const SHORT_GRACE: Duration = Duration::from_millis(100);
/// How long output may still come once the script has ended.
const DRAIN: Duration = Duration::from_millis(100);

/// What became of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It ended by itself.
    Ended,
    /// Its time was up.
    TimedOut,
    /// Its job was cancelled, or the server is gone.
    Cancelled,
}

/// How far the script's end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It runs.
    Running,
    /// It was asked to end; next it is killed.
    Asked,
    /// Its first process has ended; output may still come.
    Ended,
    /// What it left behind was killed too; output that still does not end is held open by a process outside of the group.
    Killed,
}

pub(super) struct Watch {
    number: u64,
    group: u32,
    fate: Fate,
    stage: Stage,
    /// Streams that have not ended.
    streams: u8,
    until: Option<Instant>,
}

impl Watch {
    pub(super) fn new(number: u64, group: u32, separate_errors: bool) -> Self {
        let streams = 1 + u8::from(separate_errors);
        Self { number, group, fate: Fate::Ended, stage: Stage::Running, streams, until: None }
    }

    /// Waits for the end of the script's first process and of its output; looks in between, when it is told how often.
    pub(super) fn until_end(
        mut self,
        limit: Option<Duration>,
        inbox: &mut Inbox,
        often: Option<Duration>,
        mut look: impl FnMut(),
    ) -> Fate {
        self.until = limit.and_then(|limit| Instant::now().checked_add(limit));
        loop {
            let ended = matches!(self.stage, Stage::Ended | Stage::Killed);
            if ended && (self.streams == 0 || inbox.is_closed()) {
                return self.fate;
            }
            if !ended && self.fate != Fate::Cancelled && inbox.stopping_now() {
                self.fate = Fate::Cancelled;
                // With the server gone nobody is left to wait for.
                self.signal(if inbox.is_closed() { Signal::KILL } else { Signal::TERM }, Stage::Asked, SHORT_GRACE);
            }
            let next = often.and_then(|often| Instant::now().checked_add(often));
            match inbox.wait(next.into_iter().chain(self.until).min()) {
                Some(event) => self.note(&event),
                None if self.until.is_some_and(|until| until <= Instant::now()) => {
                    if self.stage == Stage::Killed {
                        return self.fate;
                    }
                    self.time_is_up();
                }
                None => {}
            }
            if often.is_some() {
                look();
            }
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Stream { script } if *script == self.number => self.streams = self.streams.saturating_sub(1),
            Event::Ended { script } if *script == self.number => {
                self.stage = Stage::Ended;
                self.until = Instant::now().checked_add(DRAIN);
            }
            _ => {}
        }
    }

    fn time_is_up(&mut self) {
        match self.stage {
            Stage::Running => {
                self.fate = Fate::TimedOut;
                self.signal(Signal::TERM, Stage::Asked, GRACE);
            }
            Stage::Asked => self.signal(Signal::KILL, Stage::Asked, GRACE),
            Stage::Ended | Stage::Killed => self.signal(Signal::KILL, Stage::Killed, DRAIN),
        }
    }

    fn signal(&mut self, number: Signal, stage: Stage, next: Duration) {
        signal(self.group, number);
        self.stage = stage;
        self.until = Instant::now().checked_add(next);
    }
}
