//! Plays what was recorded, as if it came from a server.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::Source;
use crate::{
    link::{Link, LinkEvent, Listener, Offer, Playback, Tape, Welcome},
    metrics::Kept,
};

/// Slowest and fastest.
const SPEEDS: (f64, f64) = (1.0 / 16.0, 4_096.0);
/// The longest wait for the next Interval: a gap of a night is not waited out.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How soon a screen without room is asked again.
const AGAIN: Duration = Duration::from_millis(50);

/// How a replay begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Begin {
    /// Recorded seconds for each second that passes, 1/16 to 4096.
    pub speed: f64,
    /// Where to begin, milliseconds since 1970; `None` for the start.
    pub at_ms: Option<u64>,
    /// Whether to stand still at first.
    pub paused: bool,
}

impl Default for Begin {
    fn default() -> Self {
        Self { speed: 1.0, at_ms: None, paused: false }
    }
}

/// A link that plays this source, on the current runtime, which must live as long as the screen.
pub fn replay(source: impl Source + 'static, begin: Begin) -> Link {
    let (wishes, heard) = mpsc::channel(64);
    // Nobody obeys: what is over cannot be changed. The screen does not even ask.
    let (asks, _) = mpsc::channel(1);
    let runtime = tokio::runtime::Handle::current();
    let feed = move |listener| {
        runtime.spawn(Player::new(source, begin, listener).run(heard));
    };
    let deck = move |tape| match tape {
        Tape::Record => Err("this is a recording already".to_owned()),
        tape => wishes.try_send(tape).map_err(|_| "the replay is behind; try again".to_owned()),
    };
    Link::new(feed, asks, true).through(|listener| listener, Arc::new(deck))
}

/// What plays.
struct Player<S> {
    source: S,
    listener: Box<dyn Listener>,
    /// Milliseconds from the first Interval to each, gaps and set clocks evened out: it only grows.
    offsets: Vec<u64>,
    /// The place of the Interval that is shown.
    place: usize,
    speed: f64,
    paused: bool,
    /// The screen had no room and must be told everything anew.
    behind: bool,
    gone: bool,
}

impl<S: Source> Player<S> {
    fn new(source: S, begin: Begin, listener: Box<dyn Listener>) -> Self {
        let times = source.times();
        let offsets: Vec<u64> = times
            .iter()
            .scan((0, times.first().copied().unwrap_or_default()), |(sum, last), time| {
                *sum += time.saturating_sub(*last);
                *last = *time;
                Some(*sum)
            })
            .collect();
        let first = source.first();
        let place = begin.at_ms.map_or(first, |at| times.iter().rposition(|time| *time <= at).unwrap_or(first).max(first));
        let speed = begin.speed.clamp(SPEEDS.0, SPEEDS.1);
        Self { source, listener, offsets, place, speed, paused: begin.paused, behind: false, gone: false }
    }

    async fn run(mut self, mut wishes: mpsc::Receiver<Tape>) {
        self.show_all();
        let mut shown = Instant::now();
        while !self.gone {
            let due = if self.behind { Some(Instant::now() + AGAIN) } else { self.wait().map(|wait| shown + wait) };
            let wish = tokio::select! {
                wish = wishes.recv() => match wish {
                    Some(wish) => Some(wish),
                    None => return,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => None,
            };
            match wish {
                Some(wish) => {
                    // Keys that repeat come faster than hours are drawn: what waits is obeyed at once, and shown once.
                    let before = (self.place, self.paused);
                    let mut obeyed = self.obey(wish);
                    while let Ok(wish) = wishes.try_recv() {
                        obeyed |= self.obey(wish);
                    }
                    self.after_wishes(before, obeyed);
                    shown = Instant::now();
                }
                None if self.behind => self.show_all(),
                None => {
                    shown = due.unwrap_or(shown);
                    self.advance();
                }
            }
        }
    }

    /// How long the Interval that is shown stays; `None` while nothing follows by itself.
    fn wait(&self) -> Option<Duration> {
        let next = self.offsets.get(self.place + 1).filter(|_| !self.paused)?;
        let span = Duration::from_millis(next - self.offsets[self.place]).div_f64(self.speed);
        Some(span.min(LONGEST_WAIT))
    }

    fn advance(&mut self) {
        self.place += 1;
        if let Some(interval) = self.source.read(self.place..self.place + 1).pop() {
            self.offer(LinkEvent::Interval(interval));
        } else {
            tracing::warn!(place = self.place, "an interval of the recording is left out");
        }
        if self.place + 1 >= self.offsets.len() {
            self.paused = true;
            self.tell();
        }
    }

    /// Says whether the screen must be told everything anew.
    fn obey(&mut self, wish: Tape) -> bool {
        let (first, last) = (self.source.first(), self.offsets.len().saturating_sub(1));
        let before = self.place;
        match wish {
            Tape::Record => {}
            Tape::Pause => {
                // At its end there is nothing to go on with: it begins again.
                if self.paused && self.place >= last {
                    self.place = first;
                }
                self.paused = !self.paused;
            }
            Tape::Faster => self.speed = (self.speed * 2.0).min(SPEEDS.1),
            Tape::Slower => self.speed = (self.speed / 2.0).max(SPEEDS.0),
            Tape::Step(by) => {
                self.paused = true;
                self.place = self.place.saturating_add_signed(isize::try_from(by).unwrap_or(0)).clamp(first, last);
            }
            Tape::Seek(by) => {
                let target = self.offsets[self.place].saturating_add_signed(by);
                let place = self.offsets.partition_point(|offset| *offset <= target).saturating_sub(1);
                // Where Intervals are far apart, a small wish still moves.
                let place = if place == before && by > 0 { place + 1 } else { place };
                self.place = place.clamp(first, last);
            }
            Tape::End => self.place = last,
        }
        self.place != before
    }

    fn after_wishes(&mut self, before: (usize, bool), moved: bool) {
        if moved && self.place == before.0 + 1 {
            let next = self.source.read(self.place..self.place + 1).pop();
            if let Some(interval) = next {
                self.offer(LinkEvent::Interval(interval));
            }
        } else if moved {
            self.show_all();
        }
        self.tell();
    }

    /// Everything up to the place, as a server says it to a screen that has just come.
    fn show_all(&mut self) {
        self.behind = false;
        let places = self.place.saturating_sub(Kept::INTERVALS - 1)..self.place + 1;
        // Calls stay with their Intervals: whoever takes these in takes in those.
        let welcome = Welcome { info: self.source.info(self.place), intervals: self.source.read(places), calls: Vec::new() };
        self.offer(LinkEvent::Welcome(Box::new(welcome)));
        self.tell();
    }

    fn tell(&mut self) {
        let times = self.source.times();
        let playback = Playback {
            name: self.source.name(),
            first_ms: times.get(self.source.first()).copied().unwrap_or_default(),
            last_ms: times.last().copied().unwrap_or_default(),
            speed: self.speed,
            paused: self.paused,
            damage: self.source.damage(),
        };
        self.offer(LinkEvent::Playback(Box::new(playback)));
    }

    fn offer(&mut self, event: LinkEvent) {
        match self.listener.offer(event) {
            Offer::Taken => {}
            Offer::Full => self.behind = true,
            Offer::Gone => self.gone = true,
        }
    }
}
