//! One job's time at its worker: whatever the job's task waits for, it waits no longer than that.

use std::pin::pin;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::CANCEL_GRACE;
use crate::backend::{Channel, Fault, protocol::Message};

/// One job's time at the worker. Reading and writing alike end with it: a worker that does not read must not hold its task.
pub(super) struct Turn {
    deadline: Instant,
    cancel: CancellationToken,
    cancelled: bool,
    /// The worker has not been told of the cancel yet.
    cancel_due: bool,
}

impl Turn {
    pub(super) fn new(deadline: Instant, cancel: CancellationToken) -> Self {
        Self { deadline, cancel, cancelled: false, cancel_due: false }
    }

    /// Whether the worker is to be told of a cancel now; true once.
    pub(super) fn take_cancel(&mut self) -> bool {
        std::mem::take(&mut self.cancel_due)
    }

    /// Does a write within the job's time. After an error the line may be half written, and the worker is to be killed.
    pub(super) async fn hold(&mut self, write: impl Future<Output = Result<(), Fault>>) -> Result<(), Stop> {
        let mut write = pin!(write);
        loop {
            tokio::select! {
                biased;
                written = &mut write => return written.map_err(Stop::Fault),
                () = self.cancel.cancelled(), if !self.cancelled => self.note_cancel(),
                () = sleep_until(self.deadline) => return Err(self.over()),
            }
        }
    }

    /// The worker's next line within the job's time; `None` when the job was cancelled meanwhile.
    pub(super) async fn next(&mut self, channel: &mut Channel) -> Result<Option<Message>, Stop> {
        tokio::select! {
            biased;
            message = channel.next() => message.map(Some).map_err(Stop::Fault),
            () = self.cancel.cancelled(), if !self.cancelled => {
                self.note_cancel();
                Ok(None)
            }
            () = sleep_until(self.deadline) => Err(self.over()),
        }
    }

    fn note_cancel(&mut self) {
        self.cancelled = true;
        self.cancel_due = true;
        self.deadline = self.deadline.min(Instant::now() + CANCEL_GRACE);
    }

    fn over(&self) -> Stop {
        if self.cancelled { Stop::Disobeyed } else { Stop::Deadline }
    }
}

/// Why a job has no answer.
pub(super) enum Stop {
    /// The worker can no longer be spoken with.
    Fault(Fault),
    /// Its time is up.
    Deadline,
    /// It was asked to cancel and went on.
    Disobeyed,
}
