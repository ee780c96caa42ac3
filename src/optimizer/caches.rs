//! How much the caches keep, and for how long.

use super::{Draft, Facts};
use crate::{
    model::{CacheFrame, Prediction},
    sizing::ServerKnobs,
};

/// Fewer lookups than this show no habit.
const LEAST_LOOKUPS: u64 = 200;
/// So many lookups that were lost for one reason are worth a change …
const LEAST_LOST: u64 = 100;
/// … when they are one in so many of all.
const ONE_IN: u64 = 5;
/// Longest life of an answer by the settings, in ms.
const LONGEST_MS: u64 = 60_000;
/// Most answers that the settings allow.
const MOST_ENTRIES: u64 = 100_000;

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Draft> {
    [lifetime(facts), entries(facts), files(facts)].into_iter().flatten().collect()
}

fn cache<'a>(facts: &Facts<'a>, name: &str) -> Option<&'a CacheFrame> {
    facts.caches.iter().find(|cache| cache.name == name && cache.lookups >= LEAST_LOOKUPS)
}

/// Whether so many lookups are a habit and not a few.
fn many(lost: u64, cache: &CacheFrame) -> bool {
    lost >= LEAST_LOST && lost * ONE_IN >= cache.lookups
}

/// The share that is found, when of the lookups that were lost for this reason none, half or all are found.
fn found(cache: &CacheFrame, lost: u64, why: &str) -> Option<Prediction> {
    let now = cache.hit_share? * 100.0;
    let more = (lost as f64 / cache.lookups as f64 * 100.0).min(100.0 - now);
    let model = format!("% of lookups found, {now:.0} now; {lost} of {} {why}", cache.lookups);
    Some(Prediction { low: now, mid: now + more / 2.0, high: now + more, model })
}

/// Answers are too old though nothing has changed since.
fn lifetime(facts: &Facts<'_>) -> Option<Draft> {
    let cache = cache(facts, CacheFrame::ANSWERS)?;
    // A profile has a life of its own for them, and the settings' does not count.
    let now = facts.settings.server.cache_ms;
    let set = ServerKnobs::of(&facts.policy).cache_ms.is_none() && now > 0 && now < LONGEST_MS;
    if !set || !many(cache.expired, cache) {
        return None;
    }
    let should = (now * 4).min(LONGEST_MS);
    let issue = format!("{} answers were thrown away for their age, and made anew just as they were", cache.expired);
    let mut draft = Draft::setting("cache", issue, "server.cache_ms", (now.to_string(), should.to_string()));
    draft.priority = 3;
    draft.cost = "memory for answers that are kept longer, 8 MB at most".into();
    draft.risk = "none: whatever an answer rests on throws it away when it changes".into();
    draft.predicted = found(cache, cache.expired, "met an answer that still held and was only too old");
    draft.evidence = vec![format!("{} lookups, {} of them too late", cache.lookups, cache.expired)];
    Some(draft)
}

/// Answers make room for others while they still hold.
fn entries(facts: &Facts<'_>) -> Option<Draft> {
    let cache = cache(facts, CacheFrame::ANSWERS)?;
    let now = facts.settings.server.cache_entries;
    let set = ServerKnobs::of(&facts.policy).cache_entries.is_none() && u64::from(now) < MOST_ENTRIES;
    if !set || !many(cache.crowded_out, cache) {
        return None;
    }
    let should = (u64::from(now) * 2).min(MOST_ENTRIES);
    let issue = format!("{} answers that still held made room for others", cache.crowded_out);
    let mut draft = Draft::setting("cache", issue, "server.cache_entries", (now.to_string(), should.to_string()));
    draft.priority = 3;
    draft.cost = "memory for more answers, 8 MB at most".into();
    draft.predicted = found(cache, cache.crowded_out.min(misses(cache)), "may have met an answer that had to go");
    draft.evidence = vec![format!("{} entries, {} bytes, {} lookups", cache.entries, cache.bytes, cache.lookups)];
    Some(draft)
}

/// Small files make room for others and are read again.
fn files(facts: &Facts<'_>) -> Option<Draft> {
    let cache = cache(facts, CacheFrame::FILES)?;
    let now = facts.settings.files.cache_mb;
    if now == 0 || !many(cache.crowded_out.min(misses(cache)), cache) {
        return None;
    }
    let issue = format!("{} files that were kept made room for others, and files are read again", cache.crowded_out);
    let mut draft = Draft::setting("cache", issue, "files.cache_mb", (now.to_string(), (now * 2).to_string()));
    draft.priority = 3;
    draft.cost = format!("{now} MB of memory");
    draft.predicted = found(cache, cache.crowded_out.min(misses(cache)), "may have met a file that had to go");
    draft.evidence = vec![format!("{} files, {} bytes, {} lookups", cache.entries, cache.bytes, cache.lookups)];
    Some(draft)
}

fn misses(cache: &CacheFrame) -> u64 {
    let share = 1.0 - cache.hit_share.unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let misses = (share * cache.lookups as f64).round() as u64;
    misses
}
