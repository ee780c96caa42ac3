//! The card of a call that waits for the owner: which one is shown, and what its keys do.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use crate::model::{Command, Decision, HeldCall};

use super::{App, Effect};

/// How long a card is in sight before its keys work: nobody answers what came up under a finger.
const LOOK: Duration = Duration::from_millis(500);

/// What this screen knows of cards.
#[derive(Debug, Default)]
pub(super) struct Card {
    /// Calls that were answered here; the server needs a moment to take them off.
    answered: BTreeSet<u64>,
    /// Calls that are to be answered later.
    aside: BTreeSet<u64>,
    /// The card in sight, since when.
    shown: Option<(u64, Instant)>,
}

impl App {
    /// Calls that wait for an answer, oldest first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &HeldCall> {
        // What waited when a recording was made waits for nobody any more.
        let live = self.playback().is_none() && self.lost.is_none();
        self.data.state.held.iter().filter(move |call| live && !self.card.answered.contains(&call.id))
    }

    /// The call whose card is in sight.
    pub(crate) fn card(&self) -> Option<&HeldCall> {
        self.waiting().find(|call| !self.card.aside.contains(&call.id))
    }

    /// Notes which card is in sight now, and forgets what the server has taken off.
    pub(super) fn meet_card(&mut self, now: Instant) {
        let held = &self.data.state.held;
        let waits = |id: &u64| held.iter().any(|call| call.id == *id);
        self.card.answered.retain(waits);
        self.card.aside.retain(waits);
        let id = self.card().map(|call| call.id);
        if self.card.shown.map(|(shown, _)| shown) != id {
            self.card.shown = id.map(|id| (id, now));
        }
    }

    /// Puts the card aside; false when none is in sight.
    pub(super) fn put_aside(&mut self) -> bool {
        let Some(id) = self.card().map(|call| call.id) else { return false };
        self.card.aside.insert(id);
        true
    }

    /// Answers the call whose card is in sight. One that was put aside comes back first.
    pub(super) fn answer_call(&mut self, now: Instant, decision: Decision) -> Vec<Effect> {
        let seen = self.card.shown.is_some_and(|(_, since)| now.saturating_duration_since(since) >= LOOK);
        match self.card().map(|call| call.id) {
            Some(_) if !seen => self.say(now, "a call has just come to be answered: look at it first"),
            Some(id) => {
                self.card.answered.insert(id);
                return self.ask(Command::AnswerCall { id: Some(id), decision });
            }
            None if self.waiting().next().is_some() => self.card.aside.clear(),
            None => self.say(now, "no call waits for an answer"),
        }
        Vec::new()
    }
}
