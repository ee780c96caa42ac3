//! The lines of the Alerts pane: what is tried out, what is wrong, what would help, and what happened, in this order.

use crate::model::{Advice, AdviceState, Alert, Change, Event, Severity, TrialStatus};

use super::Data;

/// One line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item<'a> {
    Trial(&'a TrialStatus),
    Alert(&'a Alert),
    Advice(&'a Advice),
    Change(&'a Change),
    Event(&'a Event),
}

/// A line's name, by which a selection finds it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKey {
    Trial,
    Alert(u64),
    Advice(u64),
    Change(u64),
    /// Interval and place in it.
    Event(u64, usize),
}

/// Events that are listed at most; older ones are in the log.
const MOST_EVENTS: usize = 200;

/// Every line with its key. Advice that was applied is in the journal.
pub(crate) fn items(data: &Data) -> Vec<(ItemKey, Item<'_>)> {
    let state = &data.state;
    // What is tried out stands above all: there is one at most, and it changes by itself.
    let mut items: Vec<_> = state.trial.iter().map(|trial| (ItemKey::Trial, Item::Trial(trial))).collect();
    items.extend(state.alerts.iter().map(|alert| (ItemKey::Alert(alert.id), Item::Alert(alert))));
    let open = state.advice.iter().filter(|advice| advice.state == AdviceState::Open);
    items.extend(open.map(|advice| (ItemKey::Advice(advice.id), Item::Advice(advice))));
    let mut past: Vec<_> = state.journal.iter().map(|change| (ItemKey::Change(change.id), Item::Change(change))).collect();
    let events = data.window.intervals().rev().flat_map(|interval| {
        let events = interval.events.iter().enumerate().rev();
        events.map(|(at, event)| (ItemKey::Event(interval.sequence, at), Item::Event(event)))
    });
    past.extend(events.take(MOST_EVENTS));
    past.sort_by_key(|(_, item)| std::cmp::Reverse(item.time_ms()));
    items.append(&mut past);
    items
}

impl Item<'_> {
    /// When it happened, or began; `None` for advice, which holds now.
    pub(crate) fn time_ms(&self) -> Option<u64> {
        match self {
            Self::Trial(trial) => Some(trial.began_ms),
            Self::Alert(alert) => Some(alert.since),
            Self::Advice(_) => None,
            Self::Change(change) => Some(change.time_ms),
            Self::Event(event) => Some(event.time_ms),
        }
    }
}

/// How many alerts are critical and how many warn.
pub(crate) fn tally(data: &Data) -> (usize, usize) {
    let count = |severity| data.state.alerts.iter().filter(|alert| alert.severity == severity).count();
    (count(Severity::Critical), count(Severity::Warning))
}
