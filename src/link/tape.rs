//! What a screen may ask of the way to the server: to record what comes, or to move in what was recorded.

use std::{path::PathBuf, sync::Arc};

/// A wish for the deck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tape {
    /// Begin to record what comes, or end it.
    Record,
    /// Stop playing, or go on.
    Pause,
    /// So many Intervals on, or back.
    Step(i64),
    /// So many milliseconds on, or back.
    Seek(i64),
    /// To the end.
    End,
    /// Twice as fast.
    Faster,
    /// Half as fast.
    Slower,
}

/// Takes wishes, without waiting; an error says why one cannot be had.
pub type Deck = Arc<dyn Fn(Tape) -> Result<(), String> + Send + Sync>;

/// How a recording is being played.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    /// What is played, for people.
    pub name: String,
    /// The end of its first Interval, milliseconds since 1970.
    pub first_ms: u64,
    /// The end of its last Interval.
    pub last_ms: u64,
    /// Recorded seconds for each second that passes.
    pub speed: f64,
    /// Whether it stands still.
    pub paused: bool,
    /// What of it could not be read, for people.
    pub damage: Option<String>,
}

/// What became of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// It began, or goes on in a file that was there.
    Began {
        /// The file.
        file: PathBuf,
    },
    /// It ended as it should.
    Ended {
        /// The file.
        file: PathBuf,
        /// Intervals written.
        intervals: u64,
        /// Bytes of the file.
        bytes: u64,
    },
    /// It could not begin or go on.
    Failed {
        /// Why, for people.
        reason: String,
    },
}
