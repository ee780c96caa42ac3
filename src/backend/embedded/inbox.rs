//! Where everything arrives that a job may wait for.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{backend::protocol::Request, model::Trace};

/// Longest line from the server, in bytes; a longer one ends the worker.
const LONGEST_LINE: u64 = 32 * 1024 * 1024;

/// Something that arrived.
#[derive(Debug)]
pub(super) enum Event {
    /// A line from the server.
    Request(Request),
    /// A script's output, or its error output, has ended.
    Stream { script: u64 },
    /// A script's first process has ended and waits to be reaped.
    Ended { script: u64 },
    /// The server is gone, or speaks nonsense.
    Closed,
}

/// A job to be done.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) operation: String,
    pub(super) arguments: Value,
    /// How long it may take; the server ends it soon after. For ever when `None`.
    pub(super) limit: Option<Duration>,
    /// The trace that it belongs to.
    pub(super) trace: Option<Trace>,
}

/// How much earlier than the server's deadline a job ends by itself, so that its answer still arrives: a tenth of its time, within
/// these bounds.
const EARLIER: (u64, u64) = (10, 250);

fn own_limit(deadline_ms: u64) -> Option<Duration> {
    let earlier = (deadline_ms / 10).clamp(EARLIER.0, EARLIER.1);
    (deadline_ms > 0).then(|| Duration::from_millis(deadline_ms.saturating_sub(earlier).max(1)))
}

/// Reads the server's lines until its end, into the inbox.
pub(super) fn read_requests(input: impl Read, events: &Sender<Event>) {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        // A line without its end is half a line: the server died while it wrote.
        let whole = matches!(read, Ok(count) if count > 0) && line.ends_with(b"\n");
        let event = match serde_json::from_slice(&line) {
            Ok(request) if whole => Event::Request(request),
            _ => Event::Closed,
        };
        let closed = matches!(event, Event::Closed);
        if events.send(event).is_err() || closed {
            return;
        }
    }
}

/// The jobs' end of the inbox.
pub(super) struct Inbox {
    events: Receiver<Event>,
    /// For threads that wait for scripts.
    pub(super) sender: Sender<Event>,
    /// The job that runs.
    job: u64,
    cancelled: bool,
    closed: bool,
    waiting: VecDeque<Run>,
}

impl Inbox {
    pub(super) fn new(events: Receiver<Event>, sender: Sender<Event>) -> Self {
        Self { events, sender, job: 0, cancelled: false, closed: false, waiting: VecDeque::new() }
    }

    /// The first line, which must be a hello: nonce, version and settings.
    pub(super) fn hello(&mut self) -> Option<(String, u32, Value)> {
        match self.events.recv() {
            Ok(Event::Request(Request::Hello { version, nonce, settings })) => Some((nonce, version, settings)),
            _ => None,
        }
    }

    /// The next job; `None` when the server is gone.
    pub(super) fn next_job(&mut self) -> Option<Run> {
        while self.waiting.is_empty() && !self.closed {
            match self.events.recv() {
                Ok(event) => {
                    self.sort(event);
                }
                Err(_) => self.closed = true,
            }
        }
        if self.closed {
            return None;
        }
        let run = self.waiting.pop_front()?;
        self.job = run.id;
        self.cancelled = false;
        // A cancellation may stand right behind its job.
        self.poll();
        Some(run)
    }

    /// Whether the job that runs is to stop.
    pub(super) fn stopping(&mut self) -> bool {
        self.poll();
        self.cancelled || self.closed
    }

    /// The same, without taking in what has just arrived: what the job waits for stays in the inbox.
    pub(super) fn stopping_now(&self) -> bool {
        self.cancelled || self.closed
    }

    /// Whether the server is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Takes in what has arrived, without waiting. Answers and scripts' events are nobody's then, and are dropped.
    fn poll(&mut self) {
        loop {
            match self.events.try_recv() {
                Ok(event) => {
                    self.sort(event);
                }
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.closed = true;
                    return;
                }
            }
        }
    }

    /// Waits until something arrives that the job waits for, or something stops it (`None`), or the time is up (`None`).
    pub(super) fn wait(&mut self, until: Option<Instant>) -> Option<Event> {
        loop {
            let received = match until {
                Some(until) => self.events.recv_timeout(until.saturating_duration_since(Instant::now())),
                None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(event) => {
                    let was_stopping = self.cancelled || self.closed;
                    if let Some(event) = self.sort(event) {
                        return Some(event);
                    }
                    if !was_stopping && (self.cancelled || self.closed) {
                        return None;
                    }
                }
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {
                    self.closed = true;
                    return None;
                }
            }
        }
    }

    /// Sleeps; false when something stopped the job before the time was up.
    pub(super) fn sleep(&mut self, span: Duration) -> bool {
        let until = Instant::now().checked_add(span);
        while !self.stopping() {
            if until.is_some_and(|until| until <= Instant::now()) {
                return true;
            }
            self.wait(until);
        }
        false
    }

    /// Notes what concerns the inbox itself, and gives back what concerns the job.
    fn sort(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Request(Request::Run { id, operation, arguments, deadline_ms, trace }) => {
                self.waiting.push_back(Run { id, operation, arguments, limit: own_limit(deadline_ms), trace });
            }
            Event::Request(Request::Cancel { id }) => {
                if let Some(position) = self.waiting.iter().position(|run| run.id == id) {
                    // It has not begun; it is answered in its turn, as cancelled.
                    self.waiting[position].operation = super::jobs::CANCELLED.into();
                } else {
                    self.cancelled |= id == self.job;
                }
            }
            Event::Request(Request::Hello { .. }) | Event::Closed => self.closed = true,
            event => return Some(event),
        }
        None
    }
}
