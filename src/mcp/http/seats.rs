//! Who is connected. At the cap the connection that has asked nothing for longest makes room for a new one, so that neither silent
//! connections nor streams that are only listened to can lock anybody out.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The places of connections.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    taken: Mutex<BTreeMap<u64, Arc<Seat>>>,
    freed: Notify,
    /// Counts what happens; the smaller of two numbers came first.
    clock: AtomicU64,
}

/// One connection's place.
#[derive(Debug)]
struct Seat {
    /// Whole requests that were made on it.
    asked: AtomicU64,
    /// Of them those without their whole answer.
    open: AtomicUsize,
    /// Streams on it that end when the client goes, and at no other time.
    listening: AtomicUsize,
    /// When it came, or its last answer ended.
    quiet_since: AtomicU64,
    leave: CancellationToken,
}

impl Seat {
    /// Those with the smallest rank go first; `None` for one that waits for an answer.
    fn rank(&self) -> Option<(bool, bool, u64)> {
        let [asked, listens] = [self.asked.load(Ordering::Relaxed) > 0, self.listening.load(Ordering::Relaxed) > 0];
        let quiet = self.open.load(Ordering::Relaxed) == 0;
        quiet.then(|| (asked, listens, self.quiet_since.load(Ordering::Relaxed)))
    }
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    seats: Arc<Seats>,
    number: u64,
    seat: Arc<Seat>,
}

/// A whole request whose answer is under way until this is dropped.
#[derive(Debug)]
pub(super) struct Asked {
    seats: Arc<Seats>,
    seat: Arc<Seat>,
    listens: bool,
}

impl Asked {
    /// The answer turns out to be a stream without an end of its own: nobody waits for that, so its connection may make room.
    pub(super) fn listen(&mut self) {
        if !std::mem::replace(&mut self.listens, true) {
            self.seat.listening.fetch_add(1, Ordering::Relaxed);
            self.end();
        }
    }

    fn end(&self) {
        self.seat.quiet_since.store(self.seats.tick(), Ordering::Relaxed);
        self.seat.open.fetch_sub(1, Ordering::Relaxed);
        self.seats.freed.notify_one();
    }
}

impl Seats {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), taken: Mutex::default(), freed: Notify::new(), clock: AtomicU64::new(0) }
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Seat>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more connection; waits as long as all of them wait for answers.
    pub(super) async fn take(self: &Arc<Self>) -> Taken {
        while self.taken().len() >= self.most {
            if !self.evict() {
                self.freed.notified().await;
            }
        }
        let number = self.tick();
        let seat = Arc::new(Seat {
            asked: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            listening: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(number),
            leave: CancellationToken::new(),
        });
        self.taken().insert(number, Arc::clone(&seat));
        Taken { seats: Arc::clone(self), number, seat }
    }

    /// Ends the connection that has been quiet for longest, those first that never asked. False when there is none.
    pub(super) fn evict(&self) -> bool {
        let mut taken = self.taken();
        let ranked = taken.iter().filter_map(|(number, seat)| Some((seat.rank()?, *number)));
        let Some((_, number)) = ranked.min() else { return false };
        if let Some(seat) = taken.remove(&number) {
            seat.leave.cancel();
        }
        true
    }
}

impl Taken {
    /// Fires when the connection has to make room.
    pub(super) fn leave(&self) -> CancellationToken {
        self.seat.leave.clone()
    }

    /// Notes that a whole request has come.
    pub(super) fn ask(&self) -> Asked {
        self.seat.asked.fetch_add(1, Ordering::Relaxed);
        self.seat.open.fetch_add(1, Ordering::Relaxed);
        Asked { seats: Arc::clone(&self.seats), seat: Arc::clone(&self.seat), listens: false }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.seats.taken().remove(&self.number);
        self.seats.freed.notify_one();
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.listens {
            self.seat.listening.fetch_sub(1, Ordering::Relaxed);
        } else {
            self.end();
        }
    }
}

/// A body that holds its request's place until it is written.
pub(super) struct Held<B> {
    body: B,
    _asked: Option<Asked>,
}

impl<B> Held<B> {
    pub(super) fn new(body: B, asked: Option<Asked>) -> Self {
        Self { body, _asked: asked }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Held<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_one_quiet_for_longest_makes_room() {
        let seats = Arc::new(Seats::new(3));
        let [asking, silent, idle] = [seats.take().await, seats.take().await, seats.take().await];
        let answer = asking.ask();
        drop(idle.ask());
        let fourth = seats.take().await;
        assert_eq!([&asking, &silent, &idle].map(|taken| taken.leave().is_cancelled()), [false, true, false], "never asked");
        let fifth = seats.take().await;
        assert!(fourth.leave().is_cancelled() && !idle.leave().is_cancelled());
        let kept = fifth.ask();
        let _sixth = seats.take().await;
        assert!(idle.leave().is_cancelled(), "then the one that has its answer");
        assert!(!asking.leave().is_cancelled() && !fifth.leave().is_cancelled(), "not while they wait for theirs");
        drop((answer, kept));
    }

    #[tokio::test]
    async fn a_stream_that_is_listened_to_makes_room_after_idle_ones() {
        let seats = Arc::new(Seats::new(2));
        let [listening, idle] = [seats.take().await, seats.take().await];
        let mut stream = listening.ask();
        stream.listen();
        drop(idle.ask());
        let third = seats.take().await;
        assert!(idle.leave().is_cancelled() && !listening.leave().is_cancelled());
        let answer = third.ask();
        let _fourth = seats.take().await;
        assert!(listening.leave().is_cancelled() && !third.leave().is_cancelled());
        drop((stream, answer));
        assert_eq!(listening.seat.listening.load(Ordering::Relaxed), 0);
        assert_eq!(listening.seat.open.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn with_everybody_waiting_for_an_answer_a_new_one_waits_too() {
        let seats = Arc::new(Seats::new(1));
        let first = seats.take().await;
        let answer = first.ask();
        let mut second = Box::pin(seats.take());
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(answer);
        let second = second.await;
        assert!(first.leave().is_cancelled());
        drop(first);
        assert_eq!(seats.taken().len(), 1);
        drop(second);
        assert!(seats.taken().is_empty() && !seats.evict());
    }
}
