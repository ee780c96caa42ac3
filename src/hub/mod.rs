//! The one loop that owns the numbers, and the one door through which anything changes.
//!
//! Each second the hub drains the calls, asks the pool and the sampler, closes one Interval, judges it, and sends it to whoever
//! listens. Consoles, tools and the optimizer ask for changes through the same [`Command`]s: one journal line and one undo for
//! every change.

mod access;
mod changes;
mod feed;
mod foresight;
mod health;
mod journal;
mod judging;
mod sessions;
mod ticker;
mod trial;

#[cfg(test)]
mod steering_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trial_tests;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::{
    access::Access,
    link::{Ask, Link, Welcome},
    metrics::{Buckets, Cumulative, Operation, Operations, Recorder},
    model::{
        CacheFrame, Command, CommandError, EngineStatus, Frame, Interval, IoFrame, Policy, Reply, ServerInfo, Severity, State,
        SystemSample, Transport,
    },
    pool,
    sizing::ServerKnobs,
    util::clock::Anchor,
};

pub use changes::Changes;
pub use health::{CACHE_SLOW, Found, Health, Probe, STORE_SLOW};
pub use judging::Judging;
pub use sessions::{Session, SessionTotals};

/// What the hub is built from.
pub struct Parts {
    /// Who the server is.
    pub info: Arc<ServerInfo>,
    /// Where calls leave their records.
    pub recorder: Arc<Recorder>,
    /// The pool.
    pub pool: pool::Handle,
    /// The newest reading of the system.
    pub samples: watch::Receiver<Option<Arc<SystemSample>>>,
    /// Told the workers' process numbers after each tick, for the sampler.
    pub watch_workers: Box<dyn Fn(Vec<u32>) + Send>,
    /// What the library holds: macros, and files that could not be read.
    pub library: Box<dyn Fn() -> (Option<u64>, u64) + Send>,
    /// What is the matter with the history on the disk, for people.
    pub history: Box<dyn Fn() -> Option<String> + Send>,
    /// What the server may do by itself at first.
    pub policy: Policy,
    /// Told what the policy means for others than the pool: caches and log.
    pub tune: Box<dyn Fn(ServerKnobs) + Send>,
    /// The pool's smallest size by the settings; `None` to leave it as it is when a strategy ends.
    pub smallest: Option<u16>,
    /// The journal's file; `None` for none.
    pub changes: Option<Changes>,
    /// What is the matter with the settings' file, for people.
    pub settings: Box<dyn Fn() -> Option<String> + Send>,
    /// How the server's caches are, and what was done with files.
    pub caches: Box<dyn Fn() -> (Vec<CacheFrame>, Option<IoFrame>) + Send>,
    /// Who may do what: what was turned away, and what waits for the owner.
    pub access: Arc<Access>,
    /// What judging and advising start from, and who is told.
    pub judging: Judging,
    /// Length of a tick.
    pub period: Duration,
    /// Reads both clocks: [`Anchor::now`], but for a test that sets the calendar.
    pub clock: Box<dyn Fn() -> Anchor + Send>,
}

/// A request to the hub.
enum Request {
    Command { command: Command, by: String, reply: oneshot::Sender<Result<Reply, CommandError>> },
    Subscribe(oneshot::Sender<(Welcome, broadcast::Receiver<Arc<Interval>>)>),
    Frame(oneshot::Sender<Frame>),
    State(oneshot::Sender<State>),
    Note(Severity, String),
    Numbers(oneshot::Sender<Numbers>),
}

/// What has been counted since the server started, with what holds now.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// How the server is, over the hub's own window.
    pub frame: Frame,
    /// What holds since the last tick.
    pub state: State,
    /// What calls were.
    pub calls: Cumulative,
    /// Sessions, by transport; those without any are left out.
    pub sessions: BTreeMap<Transport, SessionTotals>,
    /// Requests of clients by their kind.
    pub operations: BTreeMap<Operation, Buckets>,
}

/// The hub, for everybody who asks. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    info: Arc<ServerInfo>,
    connections: Arc<AtomicU32>,
    sessions: sessions::Tally,
    operations: Arc<Operations>,
    runtime: tokio::runtime::Handle,
}

/// Intervals that a slow listener may be behind before it is handed everything anew.
const LAG: usize = 16;

/// Starts the hub on the current runtime. It ends when every handle is gone.
pub fn start(parts: Parts) -> Handle {
    let (requests, receiver) = mpsc::channel(256);
    let connections = Arc::new(AtomicU32::new(0));
    let info = Arc::clone(&parts.info);
    tokio::spawn(ticker::Hub::new(parts, Arc::clone(&connections)).run(receiver));
    let runtime = tokio::runtime::Handle::current();
    Handle { requests, info, connections, sessions: sessions::Tally::default(), operations: Arc::default(), runtime }
}

impl Handle {
    /// Who the server is.
    pub fn info(&self) -> &ServerInfo {
        &self.info
    }

    /// Has a command obeyed; `by` is who asks, for the journal.
    ///
    /// # Errors
    /// When it cannot be obeyed; then nothing was changed.
    pub async fn command(&self, command: Command, by: &str) -> Result<Reply, CommandError> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Command { command, by: by.to_owned(), reply };
        self.requests.send(request).await.map_err(|_| ended())?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    /// How the server is, over its own window of five minutes; `None` once the hub has ended.
    pub async fn frame(&self) -> Option<Frame> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::Frame(reply)).await.ok()?;
        answer.await.ok()
    }

    /// What holds since the last tick; `None` once the hub has ended.
    pub async fn state(&self) -> Option<State> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::State(reply)).await.ok()?;
        answer.await.ok()
    }

    /// Notes something that happened besides calls, for whoever looks.
    pub async fn note(&self, severity: Severity, text: String) {
        // A hub that has ended has nobody who looks.
        let _ = self.requests.send(Request::Note(severity, text)).await;
    }

    /// All that is counted; `None` once the hub has ended.
    pub async fn numbers(&self) -> Option<Numbers> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::Numbers(reply)).await.ok()?;
        let numbers = answer.await.ok()?;
        Some(Numbers { sessions: self.sessions.totals(), operations: self.operations.totals(), ..numbers })
    }

    /// Everything that is kept, and all that comes after it; `None` once the hub has ended.
    pub async fn subscribe(&self) -> Option<(Welcome, broadcast::Receiver<Arc<Interval>>)> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::Subscribe(reply)).await.ok()?;
        answer.await.ok()
    }

    /// A link for a screen in this process.
    pub fn link(&self) -> Link {
        let (asks, receiver) = mpsc::channel::<Ask>(64);
        let hub = self.clone();
        let feed = move |listener| {
            let runtime = hub.runtime.clone();
            runtime.spawn(feed::feed(hub, listener, receiver));
        };
        Link::new(feed, asks, false)
    }

    /// Counts a connection or stdio stream until the guard drops.
    #[must_use]
    pub fn connected(&self) -> Connected {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Connected(Arc::clone(&self.connections))
    }

    /// Counts a client's session until the guard drops.
    #[must_use]
    pub fn session(&self, transport: Transport) -> Session {
        self.sessions.begin(transport)
    }

    /// Where requests of clients are counted.
    pub fn operations(&self) -> &Arc<Operations> {
        &self.operations
    }
}

fn ended() -> CommandError {
    CommandError::new("shutting_down", "the server is shutting down")
}

/// An open connection; dropping it takes it off the count.
#[derive(Debug)]
pub struct Connected(Arc<AtomicU32>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the engine underneath is, from what is known of pool and library.
fn engine(backend: &str, state: &State, library: (Option<u64>, u64)) -> EngineStatus {
    let status = state.pool.engine_word().to_owned();
    EngineStatus { backend: backend.to_owned(), status, macros: library.0, unreadable_files: library.1 }
}
