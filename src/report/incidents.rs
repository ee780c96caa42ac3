//! What went wrong: alerts of one cause, from their beginning to their end.

use std::collections::BTreeSet;

use super::{
    ChangeEffect, Incident,
    samples::{Samples, Seen, matters},
};
use crate::{
    analysis::RULES,
    history::{Kind, Note},
    model::Severity,
};

/// Alerts of one cause that are no further apart than this are one incident, in milliseconds.
const APART_MS: u64 = 300_000;
/// What is changed so long after an incident was for its sake, in milliseconds.
const AFTER_MS: u64 = 600_000;
/// What is said when an alert is over.
const OVER: &str = "over after ";
/// How far what was told and what was seen may be apart and still be the same, in milliseconds.
const SAME_MS: u64 = 30_000;

/// An alert with its times, wherever it was found.
struct Found {
    began_ms: u64,
    ended_ms: Option<u64>,
    severity: Severity,
    cause: String,
    rule: String,
    subject: String,
    text: String,
    evidence: Vec<String>,
}

/// All incidents, oldest first.
pub(super) fn of(samples: &Samples, notes: &[Note], to_ms: u64) -> Vec<Incident> {
    let mut found: Vec<Found> =
        samples.alerts.iter().filter(|seen| matters(seen.alert.severity)).map(|seen| seen_one(seen, notes)).collect();
    found.extend(notes.iter().filter_map(|note| told_one(note, samples)));
    found.sort_by(|one, other| one.began_ms.cmp(&other.began_ms).then(one.rule.cmp(&other.rule)));
    let mut groups: Vec<Vec<Found>> = Vec::new();
    for alert in found {
        let end = |group: &[Found]| group.iter().map(|alert| alert.ended_ms.unwrap_or(to_ms)).max().unwrap_or_default();
        match groups.iter_mut().find(|group| group[0].cause == alert.cause && alert.began_ms <= end(group) + APART_MS) {
            Some(group) => group.push(alert),
            None => groups.push(vec![alert]),
        }
    }
    groups.iter().map(|group| incident(group, samples, to_ms)).collect()
}

/// Rules of one cause tell of the same.
fn cause(rule: &str) -> String {
    RULES.iter().find(|known| known.name == rule).map_or(rule, |known| known.cause).to_owned()
}

fn seen_one(seen: &Seen, notes: &[Note]) -> Found {
    let alert = &seen.alert;
    // The end was told to the second; looks are a minute apart.
    let told = notes.iter().filter_map(|note| ending(note).map(|began_ms| (began_ms, note.time_ms)));
    let told = told
        .filter(|(began_ms, over_ms)| began_ms.abs_diff(alert.since) <= SAME_MS && *over_ms >= seen.last_ms)
        .map(|(_, over_ms)| over_ms);
    Found {
        began_ms: alert.since,
        ended_ms: seen.gone_ms.map(|gone_ms| told.min().unwrap_or(gone_ms).min(gone_ms)),
        severity: alert.severity,
        cause: cause(&alert.rule),
        rule: alert.rule.clone(),
        subject: alert.subject.clone(),
        text: alert.text.clone(),
        evidence: alert.evidence.clone(),
    }
}

/// When an alert began whose end this tells of.
fn ending(note: &Note) -> Option<u64> {
    let rest = note.text.strip_prefix(OVER).filter(|_| note.kind == Kind::Event)?;
    let seconds: u64 = rest.split_once(" s: ")?.0.parse().ok()?;
    Some(note.time_ms.saturating_sub(seconds * 1_000))
}

/// An alert that was over before anybody looked: only its end tells of it.
fn told_one(note: &Note, samples: &Samples) -> Option<Found> {
    let began_ms = ending(note)?;
    let known = samples.alerts.iter().any(|seen| {
        // An alert is told to be over a few seconds after it was.
        seen.alert.since.abs_diff(began_ms) <= SAME_MS
    });
    let text = note.text.split_once(" s: ").map(|(_, text)| text.to_owned())?;
    (!known).then(|| Found {
        began_ms,
        ended_ms: Some(note.time_ms),
        severity: Severity::Warning,
        cause: text.clone(),
        rule: String::new(),
        subject: String::new(),
        text,
        evidence: Vec::new(),
    })
}

fn incident(group: &[Found], samples: &Samples, to_ms: u64) -> Incident {
    let worst = group
        .iter()
        .enumerate()
        .max_by(|(one_at, one), (other_at, other)| one.severity.cmp(&other.severity).then(other_at.cmp(one_at)));
    let began_ms = group.iter().map(|alert| alert.began_ms).min().unwrap_or_default();
    let ends: Option<Vec<u64>> = group.iter().map(|alert| alert.ended_ms).collect();
    let ended_ms = ends.and_then(|ends| ends.into_iter().max());
    let names = |of: fn(&Found) -> &String| {
        let names: BTreeSet<&String> = group.iter().map(of).filter(|name| !name.is_empty()).collect();
        names.into_iter().cloned().collect()
    };
    let mut evidence: Vec<String> = Vec::new();
    for line in group.iter().flat_map(|alert| &alert.evidence) {
        if !evidence.contains(line) && evidence.len() < 6 {
            evidence.push(line.clone());
        }
    }
    Incident {
        began_ms,
        ended_ms,
        severity: worst.map(|(_, alert)| alert.severity),
        rules: names(|alert| &alert.rule),
        subjects: names(|alert| &alert.subject),
        text: worst.map(|(_, alert)| alert.text.clone()).unwrap_or_default(),
        evidence,
        bottleneck: samples.named_between(began_ms, ended_ms.unwrap_or(to_ms)),
        changes: Vec::new(),
    }
}

/// Gives each incident what was changed while it lasted, or soon after: to the one that began last before the change.
pub(super) fn attach(incidents: &mut [Incident], changes: &[ChangeEffect]) {
    for (place, change) in changes.iter().enumerate() {
        let lasts = |incident: &&mut Incident| {
            incident.began_ms <= change.time_ms && incident.ended_ms.is_none_or(|ended_ms| change.time_ms <= ended_ms + AFTER_MS)
        };
        if let Some(incident) = incidents.iter_mut().filter(lasts).max_by_key(|incident| incident.began_ms) {
            incident.changes.push(place);
        }
    }
}
