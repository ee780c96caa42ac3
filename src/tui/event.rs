//! What enters the console, and what it decides to do.

use std::{io, ops::Range};

use crossterm::event::{KeyEvent, MouseEvent};

use super::{Keymap, Layout};
use crate::link::{Ask, Call, LinkEvent, Tape};

/// Everything that may happen to a console.
#[derive(Debug, Clone)]
pub enum Event {
    /// The server says something.
    Link(LinkEvent),
    /// A key was pressed or repeats.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The console's own files were read anew.
    Files(Box<Files>),
    /// The terminal has this size now: columns and rows.
    Resize(u16, u16),
    /// The terminal is gone.
    Hangup,
    /// The program is to end.
    Terminate,
    /// Time has passed: what lasts only for a while may be over.
    Tick,
}

/// The console's own files, as they are now.
#[derive(Debug, Clone)]
pub struct Files {
    /// The names of all themes.
    pub themes: Vec<String>,
    /// The keys, or what is wrong with their file.
    pub keys: Result<Keymap, String>,
    /// The layouts, or what is wrong with their file.
    pub layouts: Result<Vec<Layout>, String>,
    /// Whether somebody asked for them, and is told of it.
    pub asked: bool,
}

/// What the program tells its console from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// The program is to end: SIGTERM, SIGINT or SIGQUIT.
    Terminate,
    /// The terminal hung up: SIGHUP.
    Hangup,
    /// The terminal's size may have changed: SIGWINCH.
    Resize,
}

/// What is to be done, decided by [`App::update`](super::App::update).
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send the request to the server.
    Ask(Ask),
    /// Ask the deck beside the link: record, or move in what was recorded.
    Tape(Tape),
    /// Call a tool as the owner.
    Call {
        /// Comes back with the answer.
        id: u64,
        /// The tool and its arguments.
        call: Call,
    },
    /// Read what the history has between two times, in milliseconds since 1970.
    Archive(Range<u64>),
    /// Put this text into the terminal's clipboard.
    Copy(String),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Read the console's own files anew.
    Reload,
    /// Paint everything anew.
    Repaint,
    /// Load the theme with this name.
    LoadTheme(String),
    /// End the console.
    Exit(Exit),
}

/// Why a console ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// By a key.
    Quit {
        /// Whether the server in this process is to go on without a console.
        keep_serving: bool,
    },
    /// The terminal is gone.
    Hangup,
    /// The program was told to end.
    Terminated,
    /// By a key, after the server was lost for this reason.
    Lost(String),
}

/// Why a console could not begin.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// There is no terminal to draw on.
    #[error("no terminal: /dev/tty cannot be opened ({0}); without a terminal use `kmtop --serve` or `kmtop once`")]
    NoTerminal(#[source] io::Error),
    /// The terminal refuses to be set up.
    #[error("the terminal cannot be set up: {0}")]
    Setup(#[source] io::Error),
}
