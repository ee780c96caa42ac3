//! A client's end of the control socket.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::UnixStream, sync::mpsc, time::timeout};
use tokio_util::codec::{Framed, LinesCodec};

use super::{FromServer, ToServer, VERSION};
use crate::{
    link::{Ask, Link, LinkEvent, Listener, Offer},
    model::{Command, CommandError, Frame, Reply},
};

/// Longest line that is taken from a server: an hour of a busy one.
const LONGEST_LINE: usize = 256 * 1024 * 1024;
/// How long a server may take for its first word.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a screen waits before it looks again for a server that is gone: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Why a server could not be spoken with.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No server listens on the socket.
    #[error("no kmtop server answers on {path} ({source}); start one with: kmtop --serve")]
    Absent {
        /// The socket.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It said no.
    #[error("the server refused: {0}")]
    Refused(String),
    /// It went away or spoke nonsense.
    #[error("the server broke off: {0}")]
    Broken(String),
}

type Lines = Framed<UnixStream, LinesCodec>;

/// Connects to the server on this socket and says the first line.
async fn open(path: &Path, first: &ToServer) -> Result<Lines, ControlError> {
    let absent = |source| ControlError::Absent { path: path.display().to_string(), source };
    let stream = UnixStream::connect(path).await.map_err(absent)?;
    let mut lines = Framed::new(stream, LinesCodec::new_with_max_length(LONGEST_LINE));
    say(&mut lines, first).await?;
    Ok(lines)
}

async fn say(lines: &mut Lines, said: &ToServer) -> Result<(), ControlError> {
    let line = serde_json::to_string(said).map_err(|error| ControlError::Broken(error.to_string()))?;
    lines.send(line).await.map_err(|error| ControlError::Broken(error.to_string()))
}

async fn hear(lines: &mut Lines) -> Result<FromServer, ControlError> {
    match lines.next().await {
        None => Err(ControlError::Broken("it closed the connection".into())),
        Some(Err(error)) => Err(ControlError::Broken(error.to_string())),
        Some(Ok(line)) => match serde_json::from_str(&line) {
            Ok(FromServer::Refused { reason }) => Err(ControlError::Refused(reason)),
            Ok(said) => Ok(said),
            Err(error) => Err(ControlError::Broken(format!("a line that is not of the control protocol: {error}"))),
        },
    }
}

fn unexpected() -> ControlError {
    ControlError::Broken("an answer to another question".into())
}

/// Calls one tool. The inner result is the tool's: its structured content, or its structured error with the words for people.
///
/// # Errors
/// When the server cannot be spoken with, or has no such tool.
pub async fn call(path: &Path, tool: &str, arguments: Value) -> Result<Result<Value, (Value, String)>, ControlError> {
    let mut lines = open(path, &ToServer::Call { version: VERSION, tool: tool.to_owned(), arguments }).await?;
    match hear(&mut lines).await? {
        FromServer::Answer { value, is_error: false, .. } => Ok(Ok(value)),
        FromServer::Answer { value, text, .. } => Ok(Err((value, text.unwrap_or_default()))),
        _ => Err(unexpected()),
    }
}

/// Has one command obeyed; `by` is who asks. The inner result is the server's.
///
/// # Errors
/// When the server cannot be spoken with.
pub async fn command(path: &Path, command: Command, by: &str) -> Result<Result<Reply, CommandError>, ControlError> {
    let mut lines = open(path, &ToServer::Command { version: VERSION, command, by: by.to_owned() }).await?;
    let heard = timeout(PATIENCE, hear(&mut lines)).await;
    match heard.map_err(|_| ControlError::Broken(format!("no word within {PATIENCE:?}")))?? {
        FromServer::Reply { done: Some(reply), .. } => Ok(Ok(reply)),
        FromServer::Reply { error: Some(error), .. } => Ok(Err(error)),
        _ => Err(unexpected()),
    }
}

/// Gets one Frame.
///
/// # Errors
/// When the server cannot be spoken with.
pub async fn frame(path: &Path) -> Result<Frame, ControlError> {
    let mut lines = open(path, &ToServer::Frame { version: VERSION }).await?;
    let heard = timeout(PATIENCE, hear(&mut lines)).await;
    match heard.map_err(|_| ControlError::Broken(format!("no word within {PATIENCE:?}")))?? {
        FromServer::Frame(frame) => Ok(*frame),
        _ => Err(unexpected()),
    }
}

/// Attaches to a server: the link is fed by a task on the current runtime, which must live as long as the screen.
///
/// # Errors
/// When the server cannot be spoken with.
pub async fn attach(path: &Path) -> Result<Link, ControlError> {
    let (lines, welcome) = greeted(path).await?;
    let (asks, receiver) = mpsc::channel(64);
    let runtime = tokio::runtime::Handle::current();
    let path = path.to_owned();
    let feed = move |listener| {
        runtime.spawn(feed(path, lines, welcome, listener, receiver));
    };
    Ok(Link::new(feed, asks, true))
}

/// Carries lines to the screen and requests to the server until the screen is gone. A screen that has no room makes this task wait,
/// and the server hand over everything anew later. A server that is gone is looked for again.
async fn feed(path: PathBuf, mut lines: Lines, welcome: FromServer, listener: Box<dyn Listener>, mut asks: mpsc::Receiver<Ask>) {
    let mut next: Result<FromServer, ControlError> = Ok(welcome);
    loop {
        match next {
            Ok(said) => {
                if !offer(&*listener, event(said)).await {
                    return;
                }
            }
            Err(error) => match again(&path, error, &*listener, &mut asks).await {
                Some((fresh, welcome)) => {
                    lines = fresh;
                    next = Ok(welcome);
                    continue;
                }
                None => return,
            },
        }
        next = tokio::select! {
            heard = hear(&mut lines) => heard,
            ask = asks.recv() => {
                let Some(ask) = ask else { return };
                match say(&mut lines, &ToServer::Ask(ask)).await {
                    Ok(()) => hear(&mut lines).await,
                    Err(error) => Err(error),
                }
            }
        };
    }
}

/// Says that the server is gone and looks for it until it is there; `None` when the screen is gone, or the server is one that this kmtop cannot
/// speak with.
async fn again(
    path: &Path,
    error: ControlError,
    listener: &dyn Listener,
    asks: &mut mpsc::Receiver<Ask>,
) -> Option<(Lines, FromServer)> {
    let mut pause = FIRST_PAUSE;
    let mut reason = error.to_string();
    loop {
        if !offer(listener, Some(LinkEvent::Lost { reason: format!("{reason}; looking for it every {pause:?}") })).await {
            return None;
        }
        let waited = tokio::time::sleep(pause);
        tokio::pin!(waited);
        loop {
            tokio::select! {
                () = &mut waited => break,
                // What is asked of nobody is done by nobody.
                ask = asks.recv() => drop(ask?),
            }
        }
        match greeted(path).await {
            Ok(fresh) => return Some(fresh),
            Err(ControlError::Refused(why)) => {
                offer(listener, Some(LinkEvent::Lost { reason: why })).await;
                return None;
            }
            Err(error) => reason = error.to_string(),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Connects and hears the first word.
async fn greeted(path: &Path) -> Result<(Lines, FromServer), ControlError> {
    let mut lines = open(path, &ToServer::Attach { version: VERSION }).await?;
    let heard = timeout(PATIENCE, hear(&mut lines)).await;
    let welcome = heard.map_err(|_| ControlError::Broken(format!("no word within {PATIENCE:?}")))??;
    Ok((lines, welcome))
}

fn event(said: FromServer) -> Option<LinkEvent> {
    match said {
        FromServer::Welcome(backlog) => Some(LinkEvent::Welcome(Box::new(backlog.unpack()))),
        FromServer::Interval(interval) => Some(LinkEvent::Interval(interval)),
        FromServer::Reply { id, done, error } => {
            let missing = || CommandError::new("broken", "the server answered with nothing");
            Some(LinkEvent::Reply { id, result: done.ok_or_else(|| error.unwrap_or_else(missing)) })
        }
        FromServer::Answer { .. } | FromServer::Frame(_) | FromServer::Speak {} | FromServer::Refused { .. } => None,
    }
}

/// Offers an event until it is taken; false when nobody listens any more.
async fn offer(listener: &dyn Listener, event: Option<LinkEvent>) -> bool {
    let Some(event) = event else { return true };
    loop {
        match listener.offer(event.clone()) {
            Offer::Taken => return true,
            Offer::Gone => return false,
            Offer::Full => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
