//! What is usual at this time of day: the same ten minutes of the last days, read from history.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, sync_channel},
    },
    time::Duration,
};

use crate::{
    analysis::{DAYS, DaySlots, SLOT_MS, Slot},
    history::{HistoryError, Reader},
    metrics::decode,
    util::clock::unix_ms,
};

const DAY_MS: u64 = 86_400_000;

/// Reads the slots on a thread of its own, once in each slot; the thread ends when the function is dropped. The function gives what is
/// new.
pub(super) fn start(history: PathBuf) -> Box<dyn Fn() -> Option<DaySlots> + Send> {
    let newest = Arc::new(Mutex::new(None));
    let (alive, ended) = sync_channel::<()>(1);
    let read = {
        let newest = Arc::clone(&newest);
        move || {
            loop {
                let now = unix_ms();
                match slots(&history, now) {
                    Ok(slots) => *newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(slots),
                    Err(error) => tracing::debug!(%error, "what is usual at this time of day is not known"),
                }
                let left = Duration::from_millis(DaySlots::begin(now) + SLOT_MS - now);
                if ended.recv_timeout(left) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        }
    };
    if let Err(error) = std::thread::Builder::new().name("day slots".into()).spawn(read) {
        tracing::warn!(%error, "what is usual at this time of day will not be known");
    }
    Box::new(move || {
        // Kept in here so that the thread ends with it.
        let _ = &alive;
        newest.try_lock().ok()?.take()
    })
}

/// The slot that `now_ms` is in, on each of the last days of which anything is known.
fn slots(history: &Path, now_ms: u64) -> Result<DaySlots, HistoryError> {
    let reader = Reader::open(history)?;
    let began_ms = DaySlots::begin(now_ms);
    let (mut days, mut next) = (Vec::new(), Vec::new());
    for day in 1..=DAYS {
        let Some(from) = began_ms.checked_sub(day * DAY_MS) else { break };
        days.extend(slot(&reader, from)?);
        next.extend(slot(&reader, from + SLOT_MS)?);
    }
    Ok(DaySlots { began_ms, days, next })
}

/// The slot that began at this time; `None` when the server was not up for half of it at least.
fn slot(reader: &Reader, from: u64) -> Result<Option<Slot>, HistoryError> {
    let (mut calls, mut jobs, mut length_ms) = (0, 0, 0);
    reader.each((from + 1, from + SLOT_MS), SLOT_MS / 1_000, |interval| {
        calls += interval.tools.iter().map(|tool| u64::from(tool.calls)).sum::<u64>();
        jobs += interval.tools.iter().filter_map(|tool| decode(&tool.ran).ok().flatten()).map(|ran| ran.len()).sum::<u64>();
        length_ms += u64::from(interval.length_ms);
        true
    })?;
    let rate = |count: u64| count as f64 * 1_000.0 / length_ms as f64;
    Ok((length_ms * 2 >= SLOT_MS).then(|| Slot { rate_per_s: rate(calls), jobs_per_s: rate(jobs) }))
}
