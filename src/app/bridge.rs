//! `kmtop --serve --stdio`: an MCP client's stdin and stdout, carried to the server of this home.
//!
//! Desktop clients start one process each; carried like this they are clients of one server, with one pool and one console. Two
//! threads pass lines on and wait in the system for more: there is nothing else to do here, so there is no runtime.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs,
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::{net::UnixStream, process::CommandExt},
    process::{Child, Command, ExitCode, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{Failure, Setup, engine};
use crate::{
    control::{self, ControlError},
    mcp::message::{self, Id, Message, Refusal},
};

/// How long a server that was started here may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(20);
/// How often it is tried.
const TRY_AFTER: Duration = Duration::from_millis(20);
/// How long another process that was quicker to start one may take.
const OTHER_LIMIT: Duration = Duration::from_secs(5);
/// The exit code of a server whose home or address is another's.
const HELD: i32 = 3;
/// How much is read at once, in bytes.
const AT_ONCE: usize = 64 * 1024;
/// A line of the client's that is longer is passed on in pieces, in bytes: the server refuses it, and nobody has to hold it.
const LONGEST_LINE: usize = 4 * 1024 * 1024;

/// Carries lines until the client ends its input and has all answers.
pub(super) fn run(setup: &Setup, flags: &[OsString]) -> Result<ExitCode, Failure> {
    let stream = connect(setup, flags)?;
    let bridge = Arc::new(Bridge::default());
    let input = stream.try_clone().map_err(|error| Failure::wrong(format!("the connection to the server: {error}")))?;
    let carrying = Arc::clone(&bridge);
    // The thread may be left in a read that nobody can end; it goes with the process.
    let carried =
        std::thread::Builder::new().name("bridge-in".into()).spawn(move || carrying.carry_in(io::stdin().lock(), input));
    carried.map_err(|error| Failure::wrong(format!("a thread cannot be made: {error}")))?;
    let mut output = io::stdout().lock();
    match bridge.carry_out(stream, &mut output) {
        End::Client => Ok(ExitCode::SUCCESS),
        End::Server if bridge.done.load(Ordering::Acquire) && bridge.waiting().is_empty() => Ok(ExitCode::SUCCESS),
        End::Server => {
            bridge.say_lost(&mut output);
            Err(Failure::gone("the server is gone; start this client again, which starts a server if none runs"))
        }
    }
}

/// A stream to the server of this home; one is started when there is none.
fn connect(setup: &Setup, flags: &[OsString]) -> Result<UnixStream, Failure> {
    let socket = setup.home.socket();
    let mut started: Option<(Child, Instant)> = None;
    loop {
        match control::carry(&socket, setup.read_only) {
            Ok(stream) => return Ok(stream),
            Err(ControlError::Absent { .. }) => {}
            // It is about to end, or has just begun.
            Err(ControlError::Broken(_)) if started.is_some() => {}
            Err(error) => return Err(Failure::wrong(error.to_string())),
        }
        match &mut started {
            None => started = Some((start(setup, flags)?, Instant::now())),
            Some((child, since)) => {
                let ended = child.try_wait().ok().flatten();
                let limit = match ended.map(|status| status.code()) {
                    None => START_LIMIT,
                    Some(Some(HELD)) => OTHER_LIMIT,
                    Some(_) => Duration::ZERO,
                };
                if since.elapsed() >= limit {
                    let said = fs::read_to_string(setup.home.start_log()).unwrap_or_default();
                    let said = said.lines().last().unwrap_or("it says nothing").trim_start_matches("kmtop: ");
                    return Err(Failure::wrong(format!("no server runs, and none could be started: {said}")));
                }
            }
        }
        std::thread::sleep(TRY_AFTER);
    }
}

/// Starts a server that outlives this process and holds none of its pipes.
fn start(setup: &Setup, flags: &[OsString]) -> Result<Child, Failure> {
    setup.home.create()?;
    let path = setup.home.start_log();
    let failed = |error: io::Error| Failure::wrong(format!("a server could not be started: {error}"));
    let log = fs::File::create(&path).map_err(failed)?;
    let mut command = Command::new(engine::own_program()?);
    command.args(flags).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).process_group(0);
    command.spawn().map_err(failed)
}

/// What ended first.
enum End {
    /// The server closed its end.
    Server,
    /// The client no longer reads.
    Client,
}

/// What both directions know.
#[derive(Default)]
struct Bridge {
    /// Requests of the client without an answer.
    waiting: Mutex<HashSet<Id>>,
    /// The client has ended its input.
    done: AtomicBool,
}

impl Bridge {
    fn waiting(&self) -> std::sync::MutexGuard<'_, HashSet<Id>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carry_in(&self, mut input: impl Read, mut stream: UnixStream) {
        let mut pass = |lines: Lines| {
            if let Lines::Whole(lines) = lines {
                each(lines).for_each(|line| self.note(line));
            }
            stream.write_all(lines.bytes())
        };
        // A last line needs no end.
        let _ = whole_lines(&mut input, LONGEST_LINE, &mut pass).and_then(|rest| pass(Lines::Whole(&rest)));
        self.done.store(true, Ordering::Release);
        let _ = stream.shutdown(Shutdown::Write);
    }

    /// Remembers what the client asks, and forgets what it no longer wants to know.
    fn note(&self, line: &[u8]) {
        match message::check(line) {
            Ok(Message::Request(id)) => {
                self.waiting().insert(id);
            }
            Ok(Message::Notification) => {
                if let Some(id) = serde_json::from_slice(line).ok().and_then(|message| cancelled(&message)) {
                    self.waiting().remove(&id);
                }
            }
            Ok(Message::Response(_)) | Err(_) => {}
        }
    }

    fn carry_out(&self, mut stream: impl Read, output: &mut impl Write) -> End {
        let mut left = false;
        let _ = whole_lines(&mut stream, usize::MAX, |lines| {
            let lines = lines.bytes();
            for line in each(lines) {
                if let Ok(Message::Response(Some(id))) = message::check(line) {
                    self.waiting().remove(&id);
                }
            }
            let written = output.write_all(lines).and_then(|()| output.flush());
            left = written.is_err();
            written
        });
        if left { End::Client } else { End::Server }
    }

    /// Requests whose answers were lost get errors, so that the client waits for none in vain.
    fn say_lost(&self, output: &mut impl Write) {
        let words = "the server ended before it answered; whether the work was done is unknown";
        for id in self.waiting().drain() {
            let mut line = Refusal::new(-32603, words, Some(id)).to_json();
            line.push(b'\n');
            if output.write_all(&line).and_then(|()| output.flush()).is_err() {
                return;
            }
        }
    }
}

/// The request that a notification cancels.
fn cancelled(message: &Value) -> Option<Id> {
    let id = &message["params"]["requestId"];
    let cancels = message["method"] == "notifications/cancelled";
    cancels.then(|| id.as_i64().map(Id::Number).or_else(|| id.as_str().map(|text| Id::Text(text.to_owned()))))?
}

fn each(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty())
}

/// What is passed on.
#[derive(Clone, Copy)]
enum Lines<'a> {
    /// Lines with their ends.
    Whole(&'a [u8]),
    /// A piece of a line that is too long, or its end.
    Piece(&'a [u8]),
}

impl<'a> Lines<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Self::Whole(bytes) | Self::Piece(bytes) => bytes,
        }
    }
}

/// Reads to the end and passes on whole lines, as many at a time as there are, and lines longer than `longest` in pieces; gives half a
/// line at the end back.
fn whole_lines(input: &mut impl Read, longest: usize, mut pass: impl FnMut(Lines) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut in_pieces = false;
    let mut bytes = vec![0; AT_ONCE];
    loop {
        let mut read = match input.read(&mut bytes) {
            Ok(0) => return Ok(kept),
            Ok(read) => &bytes[..read],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if in_pieces {
            let end = read.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
            let (piece, rest) = read.split_at(end.unwrap_or(read.len()));
            pass(Lines::Piece(piece))?;
            in_pieces = end.is_none();
            read = rest;
        }
        let Some(end) = read.iter().rposition(|byte| *byte == b'\n') else {
            kept.extend_from_slice(read);
            if kept.len() > longest {
                pass(Lines::Piece(&kept))?;
                kept = Vec::new();
                in_pieces = true;
            }
            continue;
        };
        let (whole, rest) = read.split_at(end + 1);
        if kept.is_empty() {
            pass(Lines::Whole(whole))?;
        } else {
            kept.extend_from_slice(whole);
            pass(Lines::Whole(&kept))?;
            kept.clear();
        }
        kept.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_passed_on() {
        let mut passed = Vec::new();
        let mut input = io::Cursor::new(b"one\ntwo\nhal".to_vec()).chain(io::Cursor::new(b"f\nrest".to_vec()));
        let rest = whole_lines(&mut input, 100, |lines| {
            passed.push(String::from_utf8(lines.bytes().to_vec()).expect("text"));
            Ok(())
        });
        assert_eq!(passed, ["one\ntwo\n", "half\n"]);
        assert_eq!(rest.expect("read"), b"rest");
    }

    #[test]
    fn a_line_without_an_end_is_not_held() {
        let bridge = Bridge::default();
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let long = "x".repeat(2 * AT_ONCE);
        let mut input = io::Cursor::new(format!("{long}{request}\n{request}\n{long}").into_bytes());
        let (mut pieces, mut passed) = (0, Vec::new());
        let rest = whole_lines(&mut input, AT_ONCE, |lines| {
            match lines {
                Lines::Whole(lines) => each(lines).for_each(|line| bridge.note(line)),
                Lines::Piece(_) => pieces += 1,
            }
            passed.extend_from_slice(lines.bytes());
            Ok(())
        });
        passed.extend(rest.expect("read"));
        assert_eq!(passed, input.into_inner(), "all of it, in its order");
        assert!(pieces >= 2 && bridge.waiting().len() == 1, "{pieces}: only the second request is one");
    }

    #[test]
    fn requests_without_an_answer_are_known() {
        let bridge = Bridge::default();
        let request = |id| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        for line in [request("1"), request("2"), request("\"three\"")] {
            bridge.note(line.as_bytes());
        }
        bridge.note(br#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"three"}}"#);
        let mut output = Vec::new();
        let answers = b"{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"resu".to_vec();
        assert!(matches!(bridge.carry_out(io::Cursor::new(answers), &mut output), End::Server));
        bridge.say_lost(&mut output);
        let lines: Vec<Value> = each(&output).map(|line| serde_json::from_slice(line).expect("whole")).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!([&lines[1]["id"], &lines[1]["error"]["code"]], [1, -32603]);
    }
}
