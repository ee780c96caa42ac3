//! All that a screen may know of a server.
//!
//! A live server, an attached one and a recording are three sources of one [`Link`]; a screen cannot tell them apart. Facts come
//! up as [`LinkEvent`]s, requests go down as [`Ask`]s, and neither side ever waits for the other.

mod archive;
mod backlog;
mod desk;
mod tape;

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::model::{CallRecord, Command, CommandError, Interval, Reply, ServerInfo};

pub use archive::{Archive, Reading};
pub use backlog::Backlog;
pub use desk::{Answering, Call, Desk};
pub use tape::{Deck, Playback, Recording, Tape};

/// What a server says to a screen.
#[derive(Debug, Clone)]
pub enum LinkEvent {
    /// The first word, and the word after a gap: everything that is kept. Replaces all that the screen knew.
    Welcome(Box<Welcome>),
    /// One more second.
    Interval(Arc<Interval>),
    /// The answer to the request with this number.
    Reply {
        /// The request's number.
        id: u64,
        /// What became of it.
        result: Result<Reply, CommandError>,
    },
    /// The answer to the tool call with this number.
    Answer {
        /// The call's number.
        id: u64,
        /// Its structured content, or what went wrong, for people.
        result: Result<Value, String>,
    },
    /// What was read of the history, oldest first, or why it cannot be.
    Archive(Result<Vec<Arc<Interval>>, String>),
    /// What comes is a recording, and this is how it is being played. Comes again whenever that changes.
    Playback(Box<Playback>),
    /// A recording of what comes began or ended.
    Recording(Recording),
    /// The server is gone; nothing more will come.
    Lost {
        /// Why, for people.
        reason: String,
    },
}

/// Everything that is kept, for a screen that has just come.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// Who the server is.
    pub info: ServerInfo,
    /// Kept Intervals, oldest first; the newest carries the state.
    pub intervals: Vec<Arc<Interval>>,
    /// Kept calls, oldest first.
    pub calls: Vec<CallRecord>,
}

/// A request to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Chosen by the screen; comes back with the reply.
    pub id: u64,
    /// What to do.
    pub command: Command,
}

/// Whether an event was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// It was.
    Taken,
    /// There is no room now; the giver keeps count and sends a [`Welcome`] when there is.
    Full,
    /// Nobody listens any more.
    Gone,
}

/// The screen's end: takes events without ever making the giver wait.
pub trait Listener: Send + Sync {
    /// Offers one event.
    fn offer(&self, event: LinkEvent) -> Offer;
}

/// What begins to feed a listener.
type Feed = Box<dyn FnOnce(Box<dyn Listener>) + Send>;

/// A connection between a screen and a server that has not begun to flow.
pub struct Link {
    feed: Feed,
    requests: mpsc::Sender<Ask>,
    attached: bool,
    deck: Option<Deck>,
    desk: Option<Desk>,
    archive: Option<Archive>,
}

impl Link {
    /// A link whose source begins with `feed`, and whose requests go to `requests`. `attached` tells that the server is another
    /// process, which lives on when the screen ends.
    pub fn new(feed: impl FnOnce(Box<dyn Listener>) + Send + 'static, requests: mpsc::Sender<Ask>, attached: bool) -> Self {
        Self { feed: Box::new(feed), requests, attached, deck: None, desk: None, archive: None }
    }

    /// The same link with what comes going through `wrap`, and with this deck beside it.
    #[must_use]
    pub fn through(self, wrap: impl FnOnce(Box<dyn Listener>) -> Box<dyn Listener> + Send + 'static, deck: Deck) -> Self {
        let feed = self.feed;
        Self { feed: Box::new(move |listener| feed(wrap(listener))), deck: Some(deck), ..self }
    }

    /// The same link with this desk, which calls tools for the screen.
    #[must_use]
    pub fn with_desk(self, desk: Desk) -> Self {
        Self { desk: Some(desk), ..self }
    }

    /// The same link with this history behind it.
    #[must_use]
    pub fn with_archive(self, archive: Archive) -> Self {
        Self { archive: Some(archive), ..self }
    }

    /// Lets events flow to `listener` and returns where requests go. Requests are sent with `try_send`: a screen never waits.
    pub fn open(self, listener: impl Listener + 'static) -> Requests {
        (self.feed)(Box::new(listener));
        Requests { sender: self.requests, attached: self.attached, deck: self.deck, desk: self.desk, archive: self.archive }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Link").field("attached", &self.attached).finish_non_exhaustive()
    }
}

/// The open link's way down.
#[derive(Clone)]
pub struct Requests {
    sender: mpsc::Sender<Ask>,
    attached: bool,
    deck: Option<Deck>,
    desk: Option<Desk>,
    archive: Option<Archive>,
}

impl Requests {
    /// Sends a request, or says that it could not be sent. Never waits.
    ///
    /// # Errors
    /// When the server is gone, or so far behind that its requests are full.
    pub fn ask(&self, ask: Ask) -> Result<(), CommandError> {
        self.sender.try_send(ask).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => CommandError::new("busy", "the server is behind with requests; try again"),
            mpsc::error::TrySendError::Closed(_) => CommandError::new("gone", "the server is gone"),
        })
    }

    /// Asks for something of the way to the server, and not of the server. Never waits; what comes of it is an event.
    ///
    /// # Errors
    /// When it cannot be had here, with the reason for people.
    pub fn tape(&self, tape: Tape) -> Result<(), String> {
        match &self.deck {
            Some(deck) => deck(tape),
            None => Err("nothing can be recorded or played here".to_owned()),
        }
    }

    /// Calls a tool as the owner; its answer goes to `answer`, from another thread. Never waits.
    pub fn call(&self, call: Call, answer: Answering) {
        match &self.desk {
            Some(desk) => desk(call, answer),
            None => answer(Err("no tool can be called from here".to_owned())),
        }
    }

    /// Reads what is kept between two times, in milliseconds since 1970; it goes to `reading`, from another thread. Never waits.
    pub fn archive(&self, times: Range<u64>, reading: Reading) {
        match &self.archive {
            Some(archive) => archive(times, reading),
            None => reading(Err("no more than an hour is kept here".to_owned())),
        }
    }

    /// Whether the server is another process, which lives on when the screen ends.
    #[must_use]
    pub fn attached(&self) -> bool {
        self.attached
    }
}

impl std::fmt::Debug for Requests {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Requests").field("attached", &self.attached).finish_non_exhaustive()
    }
}
