//! A call under way that several wait for.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Context, Domain, Done, Key, Share, State, left};
use crate::tools::{Caller, Timings, Tool};

/// A call under way.
pub(super) struct Flight {
    /// Tells it from a later one of the same key.
    id: u64,
    /// What it rests on.
    state: State,
    /// How many wait for it. Changed under the lock of the table alone.
    callers: Arc<AtomicUsize>,
    /// Fires when all of them have gone.
    cancel: CancellationToken,
    work: Shared<BoxFuture<'static, Done<Value>>>,
}

impl Share {
    /// Joins a call under way, or begins one.
    pub(super) fn fly(
        self: &Arc<Self>,
        key: Key,
        kept: Option<Domain>,
        (tool, context, arguments, caller): (&Tool, &Arc<Context>, Value, &Caller),
    ) -> BoxFuture<'static, Done<Value>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let state = self.whole(context);
        let mut flights = self.flights();
        if let Some(flight) = flights.get_mut(&key)
            && flight.state == state
        {
            self.joined.fetch_add(1, Ordering::Relaxed);
            let seat = Seat::take(self, key, flight);
            return wait(seat, flight.work.clone(), caller.cancel.clone(), true).boxed();
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let cancel = CancellationToken::new();
        let alone = Caller { cancel: cancel.clone(), ..caller.clone() };
        let landing = Landing { share: Arc::clone(self), key: key.clone(), id };
        let resting = kept.map(|domain| (domain, self.state(domain, context)));
        let (function, context) = ((tool.function)(Arc::clone(context), arguments, alone), Arc::clone(context));
        let work = async move {
            let done = function.await;
            landing.keep(&done, resting, &context);
            done
        };
        let work = work.boxed().shared();
        let flight = Flight { id, state, callers: Arc::default(), cancel, work: work.clone() };
        let seat = Seat::take(self, key.clone(), &flight);
        // One of before that others still wait for goes on without its place in the table.
        let before = flights.insert(key, flight);
        drop(flights);
        // A future is never dropped under the lock: what goes with it takes the lock.
        drop(before);
        wait(seat, work, caller.cancel.clone(), false).boxed()
    }
}

/// Waits for the answer. Who goes leaves the others alone; the last one who goes ends the work.
async fn wait(
    mut seat: Seat,
    work: Shared<BoxFuture<'static, Done<Value>>>,
    gone: CancellationToken,
    joined: bool,
) -> Done<Value> {
    let began = Instant::now();
    let done = tokio::select! {
        biased;
        done = work.clone() => done,
        () = gone.cancelled() => {
            if !seat.leave() {
                return left();
            }
            work.await
        }
    };
    if !joined {
        return done;
    }
    // It had no worker of its own, and the wait was for the work.
    let waited = Some(began.elapsed());
    Done { timings: Timings { ran: waited, own: waited, ..Timings::default() }, ..done }
}

/// A caller's place among those who wait.
struct Seat {
    share: Arc<Share>,
    key: Key,
    id: u64,
    callers: Arc<AtomicUsize>,
    cancel: CancellationToken,
    taken: bool,
}

impl Seat {
    /// Takes a place; the table is locked meanwhile.
    fn take(share: &Arc<Share>, key: Key, flight: &Flight) -> Self {
        flight.callers.fetch_add(1, Ordering::Relaxed);
        let (callers, cancel) = (Arc::clone(&flight.callers), flight.cancel.clone());
        Self { share: Arc::clone(share), key, id: flight.id, callers, cancel, taken: true }
    }

    /// Gives the place back; true when it was the last one: then the work is cancelled, and nobody can join it any more.
    fn leave(&mut self) -> bool {
        if !std::mem::take(&mut self.taken) {
            return false;
        }
        let mut flights = self.share.flights();
        if self.callers.fetch_sub(1, Ordering::Relaxed) > 1 {
            return false;
        }
        let ours = flights.get(&self.key).is_some_and(|flight| flight.id == self.id);
        let ended = if ours { flights.remove(&self.key) } else { None };
        drop(flights);
        self.cancel.cancel();
        drop(ended);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Takes the call out when its work is over, also by a panic.
struct Landing {
    share: Arc<Share>,
    key: Key,
    id: u64,
}

impl Landing {
    /// Keeps the answer, if it is a good one and still holds.
    fn keep(&self, done: &Done<Value>, resting: Option<(Domain, State)>, context: &Context) {
        let (Some((domain, state)), Ok(value)) = (resting, &done.result) else { return };
        if state.ended.is_none() || self.share.state(domain, context) != state {
            return;
        }
        let mut bytes = Counter(0);
        if serde_json::to_writer(&mut bytes, value).is_ok() {
            self.share.answers().put(self.key.clone(), (value.clone(), done.subject.clone()), state, bytes.0, self.share.room());
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut flights = self.share.flights();
        let ours = flights.get(&self.key).is_some_and(|flight| flight.id == self.id);
        let landed = if ours { flights.remove(&self.key) } else { None };
        // Its future must not be dropped under the lock.
        drop(flights);
        drop(landed);
    }
}

/// Counts what is written.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
