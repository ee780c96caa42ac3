//! The terminal: taken over, drawn on, and given back as it was.
//!
//! It is always the controlling terminal's own file, because stdin and stdout may belong to MCP. What it takes to give it back is
//! kept apart from the [`Screen`], so that a panic hook can reach it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::fd::AsFd,
    sync::Mutex,
    thread::ThreadId,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ratatui::{
    Terminal, TerminalOptions, Viewport,
    backend::{Backend, CrosstermBackend},
    layout::Rect,
};
use rustix::{
    fs::OFlags,
    termios::{self, OptionalActions, Termios},
};

use super::{TuiError, paper::Paper};

/// Alternate screen, no cursor, empty.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[0m\x1b[2J";
/// Clicks, drags and the wheel, in the form without a limit to the columns.
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const NO_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// The frame is whole, no mouse, no colours, cursor, the screen from before.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[0m\x1b[?25h\x1b[?1049l";
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";
const ERASE: &[u8] = b"\x1b[0m\x1b[2J";

/// What gives the terminal back.
struct Taken {
    tty: File,
    before: Termios,
    by: ThreadId,
}

static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

/// Gives the terminal back as it was, if this thread has taken it; otherwise does nothing.
///
/// Made for a panic hook: it never waits and never panics, and it leaves the screen alone when another thread panics.
pub fn restore_terminal() {
    let Ok(mut taken) = TAKEN.try_lock() else { return };
    if taken.as_ref().is_some_and(|taken| taken.by == std::thread::current().id())
        && let Some(taken) = taken.take()
    {
        give_back(taken);
    }
}

fn give_back(Taken { mut tty, before, .. }: Taken) {
    // A terminal that is gone takes nothing back; there is nobody to tell.
    let _ = tty.write_all(LEAVE);
    let _ = termios::tcsetattr(&tty, OptionalActions::Drain, &before);
}

/// The terminal while the console has it.
pub(crate) struct Screen {
    tty: File,
    paper: Paper,
    terminal: Terminal<CrosstermBackend<Paper>>,
    /// Whether frames are bracketed so that the terminal shows each at once.
    synchronized: bool,
    /// What a frame without any change writes.
    unchanged: Vec<u8>,
}

impl Screen {
    /// Takes the terminal over.
    pub(crate) fn open() -> Result<Self, TuiError> {
        let mut tty = open_tty().map_err(TuiError::NoTerminal)?;
        let paper = Paper::new();
        let unchanged = unchanged_frame(&paper).map_err(TuiError::Setup)?;
        let terminal = terminal(&paper, size_of(&tty)).map_err(TuiError::Setup)?;
        take(&tty).map_err(TuiError::Setup)?;
        if let Err(error) = tty.write_all(ENTER) {
            restore_terminal();
            return Err(TuiError::Setup(error));
        }
        Ok(Self { tty, paper, terminal, synchronized: synchronizes(|name| std::env::var(name).ok()), unchanged })
    }

    /// Its columns and rows now.
    pub(crate) fn size(&self) -> (u16, u16) {
        size_of(&self.tty)
    }

    /// A second file on the terminal, for the thread that waits for keys.
    pub(crate) fn tty(&self) -> io::Result<File> {
        self.tty.try_clone()
    }

    /// Takes the mouse, or leaves it to the terminal, which can select text then.
    pub(crate) fn take_mouse(&mut self, take: bool) -> io::Result<()> {
        self.tty.write_all(if take { MOUSE } else { NO_MOUSE })
    }

    /// Puts this text into the terminal's clipboard (OSC 52). The text goes as base64, so that nothing in it is obeyed.
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        self.tty.write_all(format!("\x1b]52;c;{}\x07", STANDARD.encode(text)).as_bytes())
    }

    /// Begins anew on an empty terminal of this size. A fresh `Terminal` and not `Terminal::clear`, which asks for the cursor on
    /// stdout and waits two seconds for an answer.
    pub(crate) fn repaint(&mut self, size: (u16, u16)) -> io::Result<()> {
        self.terminal = terminal(&self.paper, size)?;
        self.tty.write_all(ERASE)
    }

    /// Draws a frame and sends it in one write, and says how long that took; one without any change sends nothing.
    pub(crate) fn draw(&mut self, paint: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<Option<Duration>> {
        self.terminal.draw(paint)?;
        let (unchanged, synchronized) = (&self.unchanged, self.synchronized);
        let frame = self.paper.read_off(|bytes| match bytes {
            same if same == unchanged.as_slice() => None,
            bytes if synchronized => Some([BEGIN_FRAME, bytes, END_FRAME].concat()),
            bytes => Some(bytes.to_vec()),
        });
        let Some(frame) = frame else { return Ok(None) };
        let began = Instant::now();
        self.tty.write_all(&frame)?;
        Ok(Some(began.elapsed()))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore_terminal();
    }
}

fn terminal(paper: &Paper, (width, height): (u16, u16)) -> io::Result<Terminal<CrosstermBackend<Paper>>> {
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    Terminal::with_options(CrosstermBackend::new(paper.clone()), TerminalOptions { viewport })
}

fn unchanged_frame(paper: &Paper) -> io::Result<Vec<u8>> {
    let mut backend = CrosstermBackend::new(paper.clone());
    backend.draw(std::iter::empty())?;
    backend.hide_cursor()?;
    Ok(paper.read_off(<[u8]>::to_vec))
}

/// Opens the controlling terminal, or, for a process without one, the terminal that stdin, stderr or stdout is.
fn open_tty() -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, OFlags::NOCTTY.bits().cast_signed());
    options.open("/dev/tty").or_else(|error| {
        let (stdin, stderr, stdout) = (io::stdin(), io::stderr(), io::stdout());
        let mut names = [stdin.as_fd(), stderr.as_fd(), stdout.as_fd()]
            .into_iter()
            .filter_map(|file| termios::ttyname(file, Vec::new()).ok());
        let name = names.next().and_then(|name| name.into_string().ok()).ok_or(error)?;
        options.open(name)
    })
}

fn take(tty: &File) -> io::Result<()> {
    let before = termios::tcgetattr(tty)?;
    let mut raw = before.clone();
    raw.make_raw();
    let taken = Taken { tty: tty.try_clone()?, before, by: std::thread::current().id() };
    termios::tcsetattr(tty, OptionalActions::Now, &raw)?;
    *TAKEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(taken);
    Ok(())
}

/// A terminal that does not know its size (some serial lines) is taken for the smallest common one.
fn size_of(tty: &File) -> (u16, u16) {
    match termios::tcgetwinsize(tty) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// Multiplexers draw at their own time; some pass the bracket on and hang on to the screen.
fn synchronizes(variable: impl Fn(&str) -> Option<String>) -> bool {
    let inside = ["TMUX", "STY", "ZELLIJ"].iter().any(|name| variable(name).is_some_and(|value| !value.is_empty()));
    let term = variable("TERM").unwrap_or_default();
    !inside && !["screen", "tmux", "linux", "vt"].iter().any(|name| term.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_bracketed_outside_multiplexers_only() {
        let with = |name: &'static str, value: &'static str| synchronizes(move |other| (other == name).then(|| value.to_owned()));
        assert!(with("TERM", "xterm-256color"));
        assert!(!with("TERM", "screen-256color"));
        assert!(!with("TMUX", "/tmp/x"));
        assert!(with("STY", ""));
    }

    #[test]
    fn restoring_what_was_never_taken_does_nothing() {
        restore_terminal();
    }

    #[test]
    fn an_unchanged_frame_is_known_by_its_bytes() {
        let paper = Paper::new();
        let unchanged = unchanged_frame(&paper).expect("memory");
        let mut terminal = terminal(&paper, (20, 5)).expect("memory");
        let mut frame = |text: &'static str| {
            terminal.draw(|frame| frame.render_widget(text, frame.area())).expect("memory");
            paper.read_off(<[u8]>::to_vec)
        };
        assert_ne!(frame("hello"), unchanged);
        assert_eq!(frame("hello"), unchanged);
        assert_ne!(frame("world"), unchanged);
    }
}
