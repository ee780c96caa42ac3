//! A terminal with the real program in it.

use std::{
    ffi::OsStr,
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, Mutex},
    thread,
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use super::{Home, until};

/// The program in a pseudo-terminal, killed when it is dropped.
pub(crate) struct Screen {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Mutex<Shown>>,
    reader: Option<thread::JoinHandle<()>>,
    before: String,
}

/// What the terminal got, and what it makes of it.
struct Shown {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Screen {
    /// Starts the program in a home, in a terminal of these columns and rows.
    #[track_caller]
    pub(crate) fn start(home: &Home, arguments: &[&str], size: (u16, u16)) -> Self {
        Self::with(home, arguments, size, &[])
    }

    /// The same with more environment.
    #[track_caller]
    pub(crate) fn with(home: &Home, arguments: &[&str], size: (u16, u16), environment: &[(&str, &str)]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_kmtop").as_ref(), home, arguments, size, environment)
    }

    /// The same with another program.
    #[track_caller]
    pub(crate) fn of(program: &OsStr, home: &Home, arguments: &[&str], size: (u16, u16), environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(home.path());
        let before = settings(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let shown = Arc::new(Mutex::new(Shown { parser: parser(size), bytes: Vec::new() }));
        let theirs = Arc::clone(&shown);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            // A terminal whose last process has gone reads as an error on some systems and as its end on others.
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                let mut shown = theirs.lock().unwrap();
                shown.parser.process(&buffer[..read]);
                shown.bytes.extend_from_slice(&buffer[..read]);
            }
        });
        Self { child, master: pair.master, keys, shown, reader: Some(reader), before }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// The text on the screen.
    pub(crate) fn text(&self) -> String {
        self.shown.lock().unwrap().parser.screen().contents()
    }

    /// Every byte that was sent to it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.shown.lock().unwrap().bytes.clone()
    }

    /// Waits until the screen shows it.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, good: impl Fn(&str) -> bool) -> String {
        until(what, || {
            let text = self.text();
            if good(&text) { Ok(text) } else { Err(format!("{:?}\n{text}", self.child.try_wait())) }
        })
    }

    /// Types.
    #[track_caller]
    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Another size for the program, which is told by a signal, and for what is shown.
    #[track_caller]
    pub(crate) fn resize(&self, size: (u16, u16)) {
        // The lock keeps what is drawn for the old size from being read into the new.
        let mut shown = self.shown.lock().unwrap();
        self.master.resize(pty_size(size)).unwrap();
        shown.parser = parser(size);
    }

    /// Whether the program has not ended.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the program's end, and until all that it wrote has been read.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let shown = Arc::clone(&self.shown);
        let status = until("the console's end", || match self.child.try_wait().unwrap() {
            Some(status) => Ok(status),
            None => Err(shown.lock().unwrap().parser.screen().contents()),
        });
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        status
    }

    /// Checks that the terminal is as it was before.
    #[track_caller]
    pub(crate) fn assert_restored(&self) {
        let bytes = self.bytes();
        let last = |sequence: &[u8]| bytes.windows(sequence.len()).rposition(|window| window == sequence);
        let tail = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(200)..]).into_owned();
        assert!(last(b"\x1b[?1049h").is_some(), "the alternate screen was entered");
        assert!(last(b"\x1b[?1049l") > last(b"\x1b[?1049h"), "the alternate screen was left: {tail:?}");
        assert!(last(b"\x1b[?25h") > last(b"\x1b[?25l"), "the cursor is shown: {tail:?}");
        assert_eq!(settings(&*self.master), self.before, "the terminal's settings are as before");
    }

    /// The terminal's settings while the program has it.
    pub(crate) fn is_raw(&self) -> bool {
        settings(&*self.master) != self.before
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn parser((cols, rows): (u16, u16)) -> vt100::Parser {
    vt100::Parser::new(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(cols).unwrap(), 0)
}
