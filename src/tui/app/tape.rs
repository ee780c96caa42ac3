//! Recordings: being made, and being played.

use std::time::Instant;

use crate::{
    link::{Playback, Recording, Tape},
    util::{text::sanitize, units},
};

use super::{App, Effect, Paint};

/// What is being recorded or played.
#[derive(Debug, Default)]
pub(super) struct Tapes {
    recording: bool,
    playback: Option<Playback>,
}

impl App {
    /// Whether what comes is being recorded.
    pub(crate) fn recording(&self) -> bool {
        self.tapes.recording
    }

    /// How the recording is played that this screen shows; `None` for a server that lives.
    pub(crate) fn playback(&self) -> Option<&Playback> {
        self.tapes.playback.as_ref()
    }

    pub(super) fn played(&mut self, now: Instant, playback: Playback) {
        let damage = playback.damage.clone().filter(|_| self.tapes.playback.is_none());
        if let Some(damage) = damage {
            self.complain(now, damage);
        }
        self.tapes.playback = Some(playback);
        self.ask_paint(Paint::Now);
    }

    pub(super) fn recorded(&mut self, now: Instant, recording: Recording) {
        match recording {
            Recording::Began { file } => {
                self.say(now, format!("recording to {}; R ends it", sanitize(&file.display().to_string())));
                self.tapes.recording = true;
            }
            Recording::Ended { file, intervals, bytes } => {
                let size = units::bytes(bytes as f64);
                let file = sanitize(&file.display().to_string()).into_owned();
                self.say(now, format!("recorded {intervals} intervals, {size}: kmtop replay {file}"));
                self.tapes.recording = false;
            }
            Recording::Failed { reason } => {
                self.complain(now, format!("the recording ended: {reason}"));
                self.tapes.recording = false;
            }
        }
    }

    /// So many windows on, or back.
    pub(super) fn jump(&mut self, now: Instant, windows: i64) -> Vec<Effect> {
        let window = i64::try_from(self.data.window.seconds()).unwrap_or(i64::MAX / 1_000);
        self.tape(now, Tape::Seek(windows.saturating_mul(window).saturating_mul(1_000)))
    }
}
