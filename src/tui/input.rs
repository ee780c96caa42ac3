//! The thread that waits for keys.
//!
//! It waits on the terminal's file itself and reads only when there is something: when a terminal dies, crossterm's own waiting
//! spins at half a processor and reports nothing.

use std::{
    fs::File,
    io::{self, IsTerminal, PipeReader, PipeWriter},
    os::fd::{AsFd, BorrowedFd},
    time::Duration,
};

use crossterm::event::{self, KeyEventKind, MouseEventKind};
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

use super::{Event, Handle, Signal};

/// How long crossterm may look for an event that is there: with `use-dev-tty` it reads nothing at all in no time.
const LOOK: Duration = Duration::from_millis(1);
/// How often it looks on a system that cannot wait on a terminal's file.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Ends the thread when dropped.
#[derive(Debug)]
pub(crate) struct Input {
    _stop: PipeWriter,
}

/// What became of a wait.
enum Wait {
    Keys,
    Hangup,
    Stop,
    /// The terminal's file cannot be waited on (macOS, `/dev/tty` itself).
    Unable,
}

impl Input {
    /// Sends keys through the handle until dropped or until the terminal is gone.
    pub(crate) fn spawn(tty: File, handle: Handle) -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let run = move || {
            if let Err(error) = read_keys(&tty, &stopped, &handle) {
                tracing::info!(%error, "the terminal cannot be read any more");
                handle.signal(Signal::Hangup);
            }
        };
        // Not joined: it may be in the middle of an escape sequence that never ends.
        std::thread::Builder::new().name("keys".to_owned()).spawn(run)?;
        Ok(Self { _stop: stop })
    }
}

fn read_keys(tty: &File, stopped: &PipeReader, handle: &Handle) -> io::Result<()> {
    let stdin = io::stdin();
    // The file that crossterm reads, which on macOS can be waited on where `/dev/tty` cannot.
    let source = if stdin.is_terminal() { stdin.as_fd() } else { tty.as_fd() };
    loop {
        let look = match wait(source, stopped)? {
            Wait::Keys => LOOK,
            Wait::Unable => LOOK_AGAIN,
            Wait::Stop => return Ok(()),
            Wait::Hangup => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        let mut seen = false;
        while event::poll(if seen { LOOK } else { look })? {
            seen = true;
            if !send(&event::read()?, handle) {
                return Ok(());
            }
        }
    }
}

/// Passes an event on; says whether anybody listens.
fn send(event: &event::Event, handle: &Handle) -> bool {
    match event {
        event::Event::Key(key) if key.kind != KeyEventKind::Release => handle.send(Event::Key(*key)),
        event::Event::Mouse(mouse) if !matches!(mouse.kind, MouseEventKind::Moved | MouseEventKind::Drag(_)) => {
            handle.send(Event::Mouse(*mouse))
        }
        event::Event::Resize(..) => {
            handle.signal(Signal::Resize);
            true
        }
        _ => true,
    }
}

fn wait(source: BorrowedFd<'_>, stopped: &PipeReader) -> io::Result<Wait> {
    let mut files = [PollFd::from_borrowed_fd(source, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
    loop {
        match poll(&mut files, None) {
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let [keys, stop] = files.map(|file| file.revents());
    Ok(match () {
        () if !stop.is_empty() => Wait::Stop,
        () if keys.intersects(PollFlags::HUP | PollFlags::ERR) => Wait::Hangup,
        () if keys.contains(PollFlags::NVAL) => Wait::Unable,
        () => Wait::Keys,
    })
}
