//! How far back the screen looks: an hour of what is kept, and further with what the history on the disk has.

use std::{sync::Arc, time::Instant};

use super::{App, Effect};
use crate::{metrics::Kept, model::Interval, util::units};

/// The time windows, in seconds.
pub(super) const WINDOWS: [u64; 6] = [60, 300, 900, 3_600, 21_600, 86_400];

impl App {
    pub(super) fn window_s(&self) -> u64 {
        self.data.window.seconds()
    }

    /// Looks at the last so many seconds; those that are not kept here are asked for first.
    pub(super) fn resize_window(&mut self, now: Instant, seconds: Option<u64>) -> Vec<Effect> {
        let most = units::window(self.window_s());
        let Some(seconds) = seconds else {
            self.say(now, format!("window {most}: no more is kept in that direction"));
            return Vec::new();
        };
        if seconds > Kept::INTERVALS as u64 {
            if self.playback().is_some() {
                self.say(now, format!("window {most}: a replay looks back no further"));
                return Vec::new();
            }
            self.wanted_window = Some(seconds);
            self.say(now, format!("reading the last {} from the history", units::window(seconds)));
            let end = self.data.time_ms;
            return vec![Effect::Archive(end.saturating_sub(seconds * 1_000)..end)];
        }
        self.wanted_window = None;
        self.data.rewind(seconds);
        self.sort_tools();
        Vec::new()
    }

    /// Takes in what the history has, for the window that was wanted.
    pub(super) fn archived(&mut self, now: Instant, read: Result<Vec<Arc<Interval>>, String>) {
        let Some(seconds) = self.wanted_window.take() else { return };
        match read {
            Ok(intervals) if intervals.is_empty() => self.say(now, "the history has nothing from before"),
            Ok(intervals) => {
                self.data.take_archive(intervals);
                self.data.rewind(seconds);
                self.sort_tools();
                self.say(now, format!("window {}", units::window(seconds)));
            }
            Err(why) => self.complain(now, format!("the history cannot be read: {why}")),
        }
    }
}
