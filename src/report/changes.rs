//! What was changed, and how it was before and after.

use super::{
    ChangeEffect, Effect, Incident, Level,
    gather::{Sum, ms},
    samples::Samples,
};
use crate::history::{HistoryError, Kind, Note, Reader};

/// How long is looked at before and after, in milliseconds.
const LOOK_MS: u64 = 600_000;
/// What settles right after a change, in milliseconds: workers start, the queue empties.
const SETTLE_MS: u64 = 10_000;
/// Intervals are not cut to the millisecond.
const SLACK_MS: u64 = 1_500;
/// Fewer calls than this have no 95th percentile.
const LEAST: u64 = 20;
/// A number fell when it did so by this share and by so many milliseconds; failures by this share of all calls.
const NOTICED: (f64, f64, f64) = (0.2, 10.0, 0.005);
/// Changes that are told of at most: the newest.
const MOST: usize = 100;

/// Every change of these notes.
pub(super) fn of(
    reader: &Reader,
    notes: &[Note],
    samples: &Samples,
    incidents: &[Incident],
) -> Result<Vec<ChangeEffect>, HistoryError> {
    let all: Vec<&Note> = notes.iter().filter(|note| note.kind == Kind::Change).collect();
    let all = &all[all.len().saturating_sub(MOST)..];
    let mut changes = Vec::with_capacity(all.len());
    for (place, note) in all.iter().enumerate() {
        let at = note.time_ms;
        // Neither reaches over the change before or after it, and the time before an incident is not that before its cure.
        let earlier = place.checked_sub(1).map_or(0, |place| all[place].time_ms + SETTLE_MS);
        let trouble = incidents.iter().map(|incident| incident.began_ms).filter(|began_ms| *began_ms < at);
        let since = trouble.fold(at.saturating_sub(LOOK_MS).max(earlier), u64::max).min(at);
        let later = all.get(place + 1).map_or(u64::MAX >> 1, |next| next.time_ms);
        let before = level(reader, since, at)?;
        let after = level(reader, at + SETTLE_MS, (at + SETTLE_MS + LOOK_MS).min(later))?;
        let (effect, words) = judge(&before, &after);
        // Advice is noted by the second in which it was applied.
        let outcome = samples.outcomes.iter().find(|outcome| outcome.time_ms.abs_diff(at) <= 2_000);
        changes.push(ChangeEffect {
            time_ms: at,
            text: note.text.clone(),
            undone: samples.undone.contains(&(at, note.text.clone())),
            before,
            after,
            effect,
            words,
            predicted: outcome.map(|outcome| outcome.predicted.clone()),
            hit: outcome.and_then(|outcome| outcome.hit),
        });
    }
    Ok(changes)
}

/// How it was between the two.
fn level(reader: &Reader, from_ms: u64, to_ms: u64) -> Result<Level, HistoryError> {
    let (mut level, mut errors) = (Level::default(), 0);
    let [mut queued, mut overhead] = [Sum::default(), Sum::default()];
    if from_ms >= to_ms {
        return Ok(level);
    }
    reader.each((from_ms + 1, to_ms), 1, |interval| {
        // One that began before is of both sides.
        if interval.time_ms.saturating_sub(u64::from(interval.length_ms)) + SLACK_MS < from_ms {
            return true;
        }
        level.seconds += f64::from(interval.length_ms) / 1_000.0;
        for tool in &interval.tools {
            level.calls += u64::from(tool.calls);
            errors += u64::from(tool.errors);
            queued.add(&tool.queued);
            overhead.add(&tool.overhead);
        }
        true
    })?;
    let (queued, overhead) = (queued.whole(), overhead.whole());
    level.wait_p95_ms = ms(&queued, 0.95).filter(|_| queued.len() >= LEAST);
    level.added_p95_ms = ms(&overhead, 0.95).filter(|_| overhead.len() >= LEAST);
    level.error_share = (level.calls >= LEAST).then(|| errors as f64 / level.calls as f64);
    Ok(level)
}

/// Whether it is better afterwards, and by which numbers.
fn judge(before: &Level, after: &Level) -> (Effect, String) {
    if before.calls < LEAST || after.calls < LEAST {
        return (Effect::TooFewCalls, format!("{} calls before and {} after are too few to say", before.calls, after.calls));
    }
    let (mut better, mut worse, mut words) = (0, 0, Vec::new());
    let times = [
        ("p95 of the wait for a worker", before.wait_p95_ms, after.wait_p95_ms),
        ("p95 of what kmtop adds", before.added_p95_ms, after.added_p95_ms),
    ];
    for (name, before, after) in times {
        let (Some(before), Some(after)) = (before, after) else { continue };
        let moved = (before - after).abs() >= NOTICED.1 && (before - after).abs() >= NOTICED.0 * before.min(after);
        if moved {
            *(if after < before { &mut better } else { &mut worse }) += 1;
            words.push(format!("{name} {before:.0} → {after:.0} ms"));
        }
    }
    if let (Some(before), Some(after)) = (before.error_share, after.error_share)
        && (before - after).abs() >= NOTICED.2
    {
        *(if after < before { &mut better } else { &mut worse }) += 1;
        words.push(format!("failed calls {:.1} → {:.1} %", before * 100.0, after * 100.0));
    }
    let effect = match (better, worse) {
        (0, 0) => Effect::NoDifference,
        (_, 0) => Effect::Helped,
        (0, _) => Effect::Harmed,
        _ => Effect::Mixed,
    };
    if words.is_empty() {
        words.push("waits, what kmtop adds and failures stayed as they were".to_owned());
    }
    (effect, words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(calls: u64, wait: f64, errors: f64) -> Level {
        Level { seconds: 600.0, calls, wait_p95_ms: Some(wait), added_p95_ms: Some(wait + 5.0), error_share: Some(errors) }
    }

    #[test]
    fn only_what_anybody_would_notice_counts() {
        let effect = |before: Level, after: Level| judge(&before, &after).0;
        assert_eq!(effect(level(500, 400.0, 0.0), level(500, 20.0, 0.0)), Effect::Helped);
        assert_eq!(effect(level(500, 20.0, 0.0), level(500, 400.0, 0.0)), Effect::Harmed);
        assert_eq!(effect(level(500, 20.0, 0.0), level(500, 12.0, 0.0)), Effect::NoDifference, "8 ms are nothing");
        assert_eq!(effect(level(500, 400.0, 0.0), level(500, 350.0, 0.0)), Effect::NoDifference, "an eighth is little");
        assert_eq!(effect(level(500, 20.0, 0.1), level(500, 20.0, 0.01)), Effect::Helped);
        assert_eq!(effect(level(500, 400.0, 0.0), level(500, 20.0, 0.1)), Effect::Mixed);
        assert_eq!(effect(level(19, 400.0, 0.0), level(500, 20.0, 0.0)), Effect::TooFewCalls);
        let (_, words) = judge(&level(500, 400.0, 0.1), &level(500, 20.0, 0.0));
        assert_eq!(
            words,
            "p95 of the wait for a worker 400 → 20 ms, p95 of what kmtop adds 405 → 25 ms, failed calls 10.0 → 0.0 %"
        );
    }
}
