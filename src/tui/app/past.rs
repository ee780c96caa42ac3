//! Looking back in what is kept: the whole screen as it was, while what comes goes on behind it.

use std::{collections::VecDeque, time::Instant};

use super::{App, Behind, Effect};
use crate::{
    link::Tape,
    model::State,
    util::deflate::{Packer, unpack},
};

/// How far apart states are kept, in milliseconds.
const APART_MS: u64 = 5_000;
/// States that are kept: an hour of them.
const MOST: usize = 720;

/// What held at moments of the past, packed.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    states: VecDeque<Packed>,
    packer: Option<Packer>,
}

#[derive(Debug)]
struct Packed {
    time_ms: u64,
    length: usize,
    bytes: Vec<u8>,
}

impl Shelf {
    /// Notes what holds at this time, if the last note is old enough.
    pub(crate) fn note(&mut self, time_ms: u64, state: &State) {
        if self.states.back().is_some_and(|last| (last.time_ms..last.time_ms + APART_MS).contains(&time_ms)) {
            return;
        }
        // A clock that was set back begins anew.
        if self.states.back().is_some_and(|last| time_ms < last.time_ms) {
            self.states.clear();
        }
        let Ok(text) = serde_json::to_vec(state) else { return };
        let bytes = self.packer.get_or_insert_with(Packer::new).whole(&text);
        self.states.push_back(Packed { time_ms, length: text.len(), bytes });
        if self.states.len() > MOST {
            self.states.pop_front();
        }
    }

    /// What held then, and since when; `None` from before the first note.
    pub(crate) fn at(&self, time_ms: u64) -> Option<(u64, State)> {
        let packed = self.states.iter().rev().find(|packed| packed.time_ms <= time_ms)?;
        let state = serde_json::from_slice(&unpack(&packed.bytes, packed.length)?).ok()?;
        Some((packed.time_ms, state))
    }

    /// Takes in the notes of a later time.
    pub(crate) fn append(&mut self, later: Self) {
        self.states.extend(later.states);
        while self.states.len() > MOST {
            self.states.pop_front();
        }
    }
}

impl App {
    /// Whether the screen shows the past of a server that lives.
    pub(crate) fn looks_back(&self) -> bool {
        self.data.past.is_some()
    }

    /// Moves in a recording, or in what is kept.
    pub(super) fn tape(&mut self, now: Instant, tape: Tape) -> Vec<Effect> {
        let length = self.step_ms();
        match tape {
            Tape::Record => return vec![Effect::Tape(tape)],
            _ if self.playback().is_some() => return vec![Effect::Tape(tape)],
            Tape::Step(by) => self.look_back(now, by.saturating_mul(length)),
            Tape::Seek(by) => self.look_back(now, by),
            Tape::End => self.look_at_now(),
            Tape::Faster | Tape::Slower | Tape::Pause => self.say(now, "only a recording has a speed: kmtop replay"),
        }
        Vec::new()
    }

    /// A step: a sixtieth of the window, so that the graphs move by about one column.
    fn step_ms(&self) -> i64 {
        i64::try_from((self.data.window.seconds() / 60).max(1) * 1_000).unwrap_or(1_000)
    }

    /// Looks so many milliseconds further back, or on.
    pub(super) fn look_back(&mut self, now: Instant, by_ms: i64) {
        let to = self.data.time_ms.saturating_add_signed(by_ms);
        self.look_at(now, to);
    }

    /// Shows the screen of this time; now, when it is not in the past.
    pub(super) fn look_at(&mut self, now: Instant, time_ms: u64) {
        let newest = self.data.newest_ms();
        if time_ms >= newest {
            return self.look_at_now();
        }
        if self.data.oldest_ms().is_none_or(|oldest| self.data.time_ms <= oldest && time_ms < oldest) {
            return self.say(now, "no more is kept: kmtop replay shows what is on the disk");
        }
        self.behind.get_or_insert_with(Behind::default);
        self.data.look_at(time_ms);
        self.sort_tools();
    }

    /// Shows the present again.
    pub(super) fn look_at_now(&mut self) {
        self.data.look_at_present();
        if let Some(behind) = self.behind.take() {
            self.data.catch_up(behind);
        }
        self.sort_tools();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_come_back_as_they_were_and_are_bounded() {
        let mut shelf = Shelf::default();
        for second in 0..=5_000_u64 {
            shelf.note(second * 1_000, &State { calls: second, ..State::default() });
        }
        assert_eq!(shelf.at(4_999_000).map(|(time, state)| (time, state.calls)), Some((4_995_000, 4_995)));
        assert_eq!(shelf.states.len(), MOST);
        assert_eq!(shelf.at(5_000), None, "too old");
        shelf.note(1_000, &State::default());
        assert_eq!(shelf.states.len(), 1, "the clock was set back");
    }
}
