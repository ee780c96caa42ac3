//! How many clients are in a session, and how long sessions were.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::{metrics::Buckets, model::Transport, util::clock::micros};

/// The sessions of one transport.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionTotals {
    /// Sessions that go on.
    pub open: u64,
    /// How long those were that have ended.
    pub ended: Buckets,
}

/// Where sessions are counted. No call passes here, only its client's coming and going.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<Mutex<BTreeMap<Transport, SessionTotals>>>);

impl Tally {
    fn table(&self) -> MutexGuard<'_, BTreeMap<Transport, SessionTotals>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, transport: Transport) -> Session {
        self.table().entry(transport).or_default().open += 1;
        Session { tally: self.clone(), transport, began: Instant::now() }
    }

    pub(super) fn totals(&self) -> BTreeMap<Transport, SessionTotals> {
        self.table().clone()
    }
}

/// A client's session; dropping it ends it.
#[derive(Debug)]
pub struct Session {
    tally: Tally,
    transport: Transport,
    began: Instant,
}

impl Drop for Session {
    fn drop(&mut self) {
        let lasted = micros(self.began.elapsed());
        let mut table = self.tally.table();
        let totals = table.entry(self.transport).or_default();
        totals.open = totals.open.saturating_sub(1);
        totals.ended.add(lasted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_counts_until_it_is_dropped_and_then_by_its_length() {
        let tally = Tally::default();
        let (one, other) = (tally.begin(Transport::Http), tally.begin(Transport::Http));
        assert_eq!(tally.totals()[&Transport::Http].open, 2);
        drop((one, other));
        let totals = &tally.totals()[&Transport::Http];
        assert_eq!((totals.open, totals.ended.count()), (0, 2));
        assert!(!tally.totals().contains_key(&Transport::Stdio), "nobody came that way");
    }
}
