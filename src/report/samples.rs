//! What the server thought of itself: looked at each minute or so, and whenever something happened.

use std::collections::BTreeMap;

use super::{Advised, Blamed, PhaseShares};
use crate::{
    history::{HistoryError, Kind, Mark, Note, Reader},
    model::{AdviceOutcome, AdviceState, Alert, Severity, State},
};

/// Looks at regular times at most.
const MOST: u64 = 1_500;
/// They are at least so far apart.
const EACH_MS: u64 = 60_000;
/// Looks because something happened, at most.
const MOST_EVENTS: usize = 500;

/// An alert as it was seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) alert: Alert,
    /// When it was last there.
    pub(super) last_ms: u64,
    /// When it was found to be gone; `None` while it was never.
    pub(super) gone_ms: Option<u64>,
}

/// All looks together.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) looks: u64,
    pub(super) last: Option<Box<State>>,
    pub(super) alerts: Vec<Seen>,
    /// What was named as bottleneck, and when.
    pub(super) named: Vec<(u64, String)>,
    pub(super) outcomes: Vec<AdviceOutcome>,
    /// Changes that were taken back, by time and words.
    pub(super) undone: Vec<(u64, String)>,
    shares: PhaseShares,
    weight: f64,
}

/// Looks at a range.
pub(super) fn take(reader: &Reader, (from_ms, to_ms): (u64, u64), notes: &[Note]) -> Result<Samples, HistoryError> {
    let marks = reader.marks(from_ms, to_ms)?;
    let mut samples = Samples::default();
    for place in places(&marks, (to_ms - from_ms).max(1), notes) {
        if let Some(interval) = reader.read(&marks[place..=place], true)?.pop()
            && let Some(state) = interval.state
        {
            samples.look(interval.time_ms, state);
        }
    }
    Ok(samples)
}

/// The marks that are looked at, in order.
fn places(marks: &[Mark], length_ms: u64, notes: &[Note]) -> Vec<usize> {
    let each = EACH_MS.max(length_ms / MOST);
    let mut places = Vec::new();
    let mut next = 0;
    for (place, mark) in marks.iter().enumerate() {
        if mark.time_ms >= next {
            places.push(place);
            next = mark.time_ms + each;
        }
    }
    // The end is what everybody asks for.
    places.extend(marks.len().checked_sub(1));
    let told = notes.iter().filter(|note| matches!(note.kind, Kind::Event | Kind::Change)).rev().take(MOST_EVENTS);
    places
        .extend(told.map(|note| marks.partition_point(|mark| mark.time_ms < note.time_ms)).filter(|place| *place < marks.len()));
    places.sort_unstable();
    places.dedup();
    places
}

impl Samples {
    fn look(&mut self, time_ms: u64, state: Box<State>) {
        self.looks += 1;
        for alert in &state.alerts {
            self.see(time_ms, alert);
        }
        for seen in self.alerts.iter_mut().filter(|seen| seen.last_ms < time_ms && seen.gone_ms.is_none()) {
            seen.gone_ms = Some(time_ms);
        }
        if let Some(bottleneck) = &state.bottleneck {
            let subject = if bottleneck.subject.is_empty() { String::new() } else { format!(" \"{}\"", bottleneck.subject) };
            self.named.push((time_ms, format!("{}{subject}", bottleneck.cause.word())));
        }
        for outcome in &state.outcomes {
            match self.outcomes.iter_mut().find(|known| (known.advice, known.time_ms) == (outcome.advice, outcome.time_ms)) {
                Some(known) => known.clone_from(outcome),
                None => self.outcomes.push(outcome.clone()),
            }
        }
        for change in state.journal.iter().filter(|change| change.undone) {
            let one = (change.time_ms, format!("{} (by {})", change.text, change.by));
            if !self.undone.contains(&one) {
                self.undone.push(one);
            }
        }
        if let Some(all) = state.phases.iter().find(|phases| phases.tool.is_empty()) {
            let weight = all.calls as f64 * all.mean_us;
            let parts = [
                (&mut self.shares.queue, all.queue),
                (&mut self.shares.start, all.start),
                (&mut self.shares.run, all.run),
                (&mut self.shares.own, all.own),
                (&mut self.shares.reply, all.reply),
            ];
            for (sum, share) in parts {
                *sum += share * weight;
            }
            self.weight += weight;
        }
        self.last = Some(state);
    }

    /// An alert is the same while its rule, its subject and its beginning are. It is kept as it was at its worst.
    fn see(&mut self, time_ms: u64, alert: &Alert) {
        let same = |seen: &&mut Seen| {
            (&seen.alert.rule, &seen.alert.subject, seen.alert.since) == (&alert.rule, &alert.subject, alert.since)
        };
        match self.alerts.iter_mut().find(same) {
            Some(seen) => {
                seen.last_ms = time_ms;
                seen.gone_ms = None;
                let bad = |alert: &Alert| (alert.severity, alert.value.unwrap_or_default());
                let ((severity, value), (known, most)) = (bad(alert), bad(&seen.alert));
                if severity > known || (severity == known && value > most) {
                    seen.alert.clone_from(alert);
                }
            }
            None => self.alerts.push(Seen { alert: alert.clone(), last_ms: time_ms, gone_ms: None }),
        }
    }

    /// Where the time of calls went over all looks.
    pub(super) fn phases(&self) -> Option<PhaseShares> {
        let PhaseShares { queue, start, run, own, reply } = self.shares;
        let share = |sum: f64| sum / self.weight;
        (self.weight > 0.0).then(|| PhaseShares {
            queue: share(queue),
            start: share(start),
            run: share(run),
            own: share(own),
            reply: share(reply),
        })
    }

    /// What was named how often.
    pub(super) fn blamed(&self) -> Vec<Blamed> {
        let mut counted: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (time_ms, name) in &self.named {
            counted.entry(name).or_default().push(*time_ms);
        }
        let mut blamed: Vec<Blamed> = counted
            .into_iter()
            .map(|(name, times)| Blamed {
                bottleneck: name.to_owned(),
                looks: times.len() as u64,
                share: times.len() as f64 / self.looks.max(1) as f64,
                first_ms: times.first().copied().unwrap_or_default(),
                last_ms: times.last().copied().unwrap_or_default(),
            })
            .collect();
        blamed.sort_by(|one, other| other.looks.cmp(&one.looks).then(one.first_ms.cmp(&other.first_ms)));
        blamed
    }

    /// What was named most often between the two.
    pub(super) fn named_between(&self, from_ms: u64, to_ms: u64) -> Option<String> {
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, name) in self.named.iter().filter(|(time_ms, _)| (from_ms..=to_ms).contains(time_ms)) {
            *counted.entry(name).or_default() += 1;
        }
        counted.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned())
    }
}

/// Advice that is open, the most urgent first.
pub(super) fn open_advice(state: &State) -> Vec<Advised> {
    let open = state.advice.iter().filter(|advice| advice.state == AdviceState::Open);
    let told = open.map(|advice| Advised {
        category: advice.category.clone(),
        priority: advice.priority,
        issue: advice.issue.clone(),
        current: advice.current.clone(),
        target: advice.target.clone(),
    });
    let mut told: Vec<Advised> = told.collect();
    told.sort_by_key(|advised| advised.priority);
    told
}

/// Whether an alert is worth calling an incident.
pub(super) fn matters(severity: Severity) -> bool {
    severity >= Severity::Warning
}
