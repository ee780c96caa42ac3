//! What was turned away: counted by kind, the newest of it kept.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use crate::{
    model::{Security, SecurityEvent, SecurityKind},
    util::{clock::unix_ms, text::brief},
};

/// Events that are kept.
const KEPT: usize = 200;
/// Events that are shown.
const SHOWN: usize = 50;
/// Events that go into the list of what happened at a time.
const NEWS: usize = 5;
/// Longest detail, in characters.
const LONGEST: usize = 160;
/// So many of the newest events are looked through for the same one: a flood of two kinds in turn is still two lines.
const ALIKE: usize = 8;
/// An event that comes again after so long is a new one.
const AGAIN_MS: u64 = 60_000;

/// The newest events, behind a lock that only those who are turned away take.
#[derive(Debug, Default)]
pub(super) struct Ring(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    security: Security,
    /// Oldest first.
    events: VecDeque<SecurityEvent>,
    /// Events, from the newest on, that nobody has heard of.
    unheard: usize,
}

impl Ring {
    /// Notes an event; says how it stands now, and whether it is more than one more of the same.
    pub(super) fn note(&self, kind: SecurityKind, who: &str, detail: &str) -> (SecurityEvent, bool) {
        self.note_at(unix_ms(), kind, who, detail)
    }

    fn note_at(&self, time_ms: u64, kind: SecurityKind, who: &str, detail: &str) -> (SecurityEvent, bool) {
        let (who, detail) = (brief(who, LONGEST), brief(detail, LONGEST));
        let state = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state.security.counts.entry(kind).or_default() += 1;
        let alike = |event: &&mut SecurityEvent| {
            event.kind == kind && *event.who == *who && *event.detail == *detail && time_ms < event.time_ms + AGAIN_MS
        };
        if let Some(event) = state.events.iter_mut().rev().take(ALIKE).find(alike) {
            event.times += 1;
            event.time_ms = time_ms;
            return (event.clone(), false);
        }
        let event = SecurityEvent { time_ms, kind, who: who.into(), detail: detail.into(), times: 1 };
        state.events.push_back(event.clone());
        state.unheard += 1;
        if state.events.len() > KEPT {
            state.events.pop_front();
        }
        (event, true)
    }

    pub(super) fn shown(&self) -> Security {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events: Vec<_> = state.events.iter().cloned().collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.time_ms));
        events.truncate(SHOWN);
        Security { events, ..state.security.clone() }
    }

    /// The newest events that nobody has heard of, oldest first; the rest of a flood stands in the counts alone.
    pub(super) fn news(&self) -> Vec<SecurityEvent> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unheard = std::mem::take(&mut state.unheard).min(NEWS).min(state.events.len());
        state.events.range(state.events.len() - unheard..).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_takes_one_line() {
        let ring = Ring::default();
        let note = |at, who: &str| ring.note_at(at, SecurityKind::WrongToken, who, "POST /mcp").1;
        assert!(note(1, "a") && note(2, "b"));
        assert!((3..1_000).all(|at| !note(at, if at % 2 == 0 { "a" } else { "b" })), "two in turn");
        let shown = ring.shown();
        assert_eq!(shown.counts[&SecurityKind::WrongToken], 999);
        assert_eq!(shown.events.iter().map(|event| event.times).sum::<u64>(), 999);
        assert_eq!(shown.events.len(), 2);
        assert!(note(AGAIN_MS + 1_000, "a"), "after a while it is told anew");
    }

    #[test]
    fn the_ring_is_bounded_and_news_are_told_once() {
        let ring = Ring::default();
        for at in 0..1_000 {
            ring.note_at(at, SecurityKind::HostRefused, &format!("\x1b[31mhost {at}"), &"x".repeat(1_000));
        }
        let shown = ring.shown();
        assert_eq!((shown.events.len(), shown.events[0].time_ms), (SHOWN, 999));
        assert!(!shown.events[0].who.contains('\x1b') && shown.events[0].detail.chars().count() == LONGEST);
        assert_eq!(ring.news().iter().map(|event| event.time_ms).collect::<Vec<_>>(), [995, 996, 997, 998, 999]);
        assert!(ring.news().is_empty());
    }
}
