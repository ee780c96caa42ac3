//! What a run tells whoever follows it.

use tokio::sync::mpsc;

/// Something that a run tells on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunNews {
    /// It was asked for, under this number.
    Asked {
        /// The run's number.
        run_id: String,
    },
    /// It is at one of its actions.
    Reached {
        /// How many of the macro's own actions are done.
        done: u64,
        /// How many it has.
        total: u64,
        /// The action that it is at, for people.
        action: String,
    },
    /// The macro wrote this into the log.
    Said(String),
    /// The program has written so much.
    Wrote {
        /// Lines that have ended.
        lines: u64,
        /// Bytes.
        bytes: u64,
    },
}

/// Follows a run. What does not fit is lost: a run waits for nobody.
pub type Follower = mpsc::Sender<RunNews>;

/// How much of a run's news may wait for its follower.
const WAITING: usize = 64;

/// A follower, and where it hears from the run.
#[must_use]
pub fn follower() -> (Follower, mpsc::Receiver<RunNews>) {
    mpsc::channel(WAITING)
}
