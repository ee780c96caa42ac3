//! Identical calls that only look are answered once, and answers are kept for a moment.
//!
//! Whoever comes here has passed every gate. A call joins one under way of the same tool, the same arguments and the same rights, unless
//! something ended since that may have changed what it reads: a call that changes things, a run of a macro, a new state of the library.
//! So nobody who has changed something is told how it was before. Kept answers hold under the same conditions for the lifetime of the
//! settings, and none are used while a macro runs, which may set what it likes.

mod flight;
mod kept;
mod rules;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use serde_json::Value;

use self::{
    flight::Flight,
    kept::Answers,
    rules::{Domain, Sharing, changes, sharing},
};
use super::{Caller, Context, Done, Tool, ToolError};
use crate::{
    config::AccessClass,
    model::{CacheFrame, Certainty, Ending},
    util::{clock::millis, numbers::count},
};

/// Most answers that are kept, until something else is said.
const MOST: usize = 1_000;

/// Who may share an answer, and with which call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    tool: Arc<str>,
    arguments: String,
    rights: Arc<str>,
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// Runs that have ended; nothing while one goes on.
    ended: Option<u64>,
    /// Calls that have ended and may have changed it.
    changes: u64,
    /// The library's revision.
    revision: u64,
}

/// What is under way, and what is kept.
pub struct Share {
    /// For how many milliseconds an answer is kept; 0 for not at all.
    lifetime_ms: AtomicU64,
    /// How many are kept at most.
    most: AtomicUsize,
    flights: Mutex<HashMap<Key, Flight>>,
    answers: Mutex<Answers>,
    /// Calls that have ended and may have changed variables, dictionaries, the library.
    changes: [AtomicU64; 3],
    next: AtomicU64,
    asked: AtomicU64,
    joined: AtomicU64,
}

impl Share {
    /// Nothing yet; answers are kept for `lifetime`.
    #[must_use]
    pub fn new(lifetime: Duration) -> Arc<Self> {
        Arc::new(Self {
            lifetime_ms: AtomicU64::new(millis(lifetime)),
            most: AtomicUsize::new(MOST),
            flights: Mutex::default(),
            answers: Mutex::default(),
            changes: Default::default(),
            next: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            joined: AtomicU64::new(0),
        })
    }

    /// From now on answers are kept for this long, and so many of them at most.
    pub fn keep(&self, lifetime: Duration, most: usize) {
        self.lifetime_ms.store(millis(lifetime), Ordering::Relaxed);
        self.most.store(most, Ordering::Relaxed);
    }

    fn lifetime(&self) -> Duration {
        Duration::from_millis(self.lifetime_ms.load(Ordering::Relaxed))
    }

    /// How many answers are kept at most, and for how long.
    fn room(&self) -> (usize, Duration) {
        (self.most.load(Ordering::Relaxed), self.lifetime())
    }

    /// Notes that variables may have changed, before the call that changes them ends.
    pub fn changed_variables(&self) {
        self.changes[Domain::Variables as usize].fetch_add(1, Ordering::Release);
    }

    /// What is said of it in a Frame.
    #[must_use]
    pub fn caches(&self) -> Vec<CacheFrame> {
        let (entries, bytes, counts) = self.answers().count();
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let kept = CacheFrame {
            name: CacheFrame::ANSWERS.into(),
            entries: u64::from(count(entries)),
            bytes: bytes as u64,
            hit_share: share(counts.found, counts.asked),
            lookups: counts.asked,
            expired: counts.expired,
            crowded_out: counts.crowded_out,
        };
        let flights = self.flights().len();
        let (asked, joined) = (self.asked.load(Ordering::Relaxed), self.joined.load(Ordering::Relaxed));
        let under_way = CacheFrame {
            name: CacheFrame::UNDER_WAY.into(),
            entries: u64::from(count(flights)),
            hit_share: share(joined, asked),
            lookups: asked,
            ..CacheFrame::default()
        };
        vec![kept, under_way]
    }

    /// Does the work of a call, or gives it the answer of one like it.
    pub(super) fn run(
        self: &Arc<Self>,
        tool: &Tool,
        context: &Arc<Context>,
        arguments: Value,
        caller: &Caller,
    ) -> BoxFuture<'static, Done<Value>> {
        let sharing = sharing(tool);
        if sharing == Sharing::Never {
            let work = (tool.function)(Arc::clone(context), arguments, caller.clone());
            return self.noting(changes(tool), work);
        }
        let key = Key { tool: Arc::clone(&tool.name), arguments: arguments.to_string(), rights: rights(context, caller) };
        let kept = match sharing {
            Sharing::Kept(domain) if self.keeps(context) => Some(domain),
            _ => None,
        };
        if let Some(domain) = kept
            && let state @ State { ended: Some(_), .. } = self.state(domain, context)
            && let Some((value, subject)) = self.answers().get(&key, state, self.lifetime())
        {
            return std::future::ready(Done { subject, ..Done::plain(Ok(value)) }).boxed();
        }
        self.fly(key, kept, (tool, context, arguments, caller))
    }

    /// Whether answers are kept at all. Only where every change passes by here: Keyboard Maestro and foreign workers change what they
    /// like without telling.
    fn keeps(&self, context: &Context) -> bool {
        !self.lifetime().is_zero() && context.own_files.is_none() && context.embedded
    }

    /// The work, after which what it may have changed is noted: also when nobody waits for its end.
    fn noting(
        self: &Arc<Self>,
        changes: &'static [Domain],
        work: BoxFuture<'static, Done<Value>>,
    ) -> BoxFuture<'static, Done<Value>> {
        if changes.is_empty() {
            return work;
        }
        let noted = Noted { share: Arc::clone(self), changes };
        async move {
            let _noted = noted;
            work.await
        }
        .boxed()
    }

    /// What an answer about this rests on now.
    fn state(&self, domain: Domain, context: &Context) -> State {
        let changes = self.changes[domain as usize].load(Ordering::Acquire);
        match domain {
            // Macros run without changing the library; if one does, its revision tells.
            Domain::Library => State { ended: Some(0), changes, revision: context.library.index().revision },
            Domain::Variables | Domain::Dictionaries => State { ended: context.runs.ended(), changes, revision: 0 },
        }
    }

    /// What a call under way rests on, whatever it reads.
    fn whole(&self, context: &Context) -> State {
        let changes = self.changes.iter().map(|changes| changes.load(Ordering::Acquire)).sum();
        State { ended: Some(context.runs.ended_so_far()), changes, revision: context.library.index().revision }
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes a change when it goes.
struct Noted {
    share: Arc<Share>,
    changes: &'static [Domain],
}

impl Drop for Noted {
    fn drop(&mut self) {
        for domain in self.changes {
            self.share.changes[*domain as usize].fetch_add(1, Ordering::Release);
        }
    }
}

/// What answers may depend on besides their arguments: what the caller may do. Lanes are apart, so that nobody waits in another's.
fn rights(context: &Context, caller: &Caller) -> Arc<str> {
    let mut rights = context.lane(caller).word().to_owned();
    for class in AccessClass::ALL.iter().filter(|class| context.allows(**class, caller)) {
        rights.push(' ');
        rights.push_str(class.word());
    }
    rights.into()
}

/// The answer of a caller who left a call that goes on for others.
fn left() -> Done<Value> {
    let error = ToolError {
        ending: Ending::Cancelled,
        outcome: Certainty::NotRun,
        ..ToolError::refused("cancelled", "cancelled; identical calls of others go on")
    };
    Done::plain(Err(error))
}
