//! Runs a script in a process group of its own, to its end, its time limit or its cancellation.

use std::{
    fs, io,
    io::{Read, Write},
    os::unix::{
        fs::OpenOptionsExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::Sender,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{
    environment,
    inbox::{Event, Inbox},
    output::Output,
};
use crate::macros::host::{HostError, Script, ShellEnd, ShellOutput, ShellRequest};

/// Most bytes kept of a script's output; the rest is read and thrown away.
pub(super) const MOST_OUTPUT: usize = 1024 * 1024;
/// Bytes kept of the error output, for the error message.
const MOST_ERRORS: usize = 4096;
/// From the polite signal to the one that cannot be ignored.
const GRACE: Duration = Duration::from_secs(2);
/// How long output may still come once the script has ended.
const DRAIN: Duration = Duration::from_millis(100);
/// Longest script text given as an argument; Linux takes no argument beyond 128 KiB.
const LONGEST_ARGUMENT: usize = 100_000;

/// Runs a script. `number` tells its events from those of earlier scripts.
pub(super) fn run(request: &ShellRequest, number: u64, inbox: &mut Inbox, output: &mut Output) -> Result<ShellOutput, HostError> {
    let (mut command, file) =
        command(&request.script).map_err(|error| failed("the script cannot be written to a file", &error))?;
    prepare(&mut command, request);
    let mut child = spawn(&mut command, request, number, &inbox.sender)?;
    let group = child.id();
    output.group(group, true);
    let watched = Watch { number, group, separate_errors: !request.include_errors }.to_end(request.time_limit, inbox);
    // Nothing that a script started outlives it. Its first process is not reaped yet, so the number is still its own.
    signal(group, Signal::KILL);
    let status = child.wait();
    output.group(group, false);
    drop(file);
    let status = status.map_err(|error| failed("the script's end cannot be read", &error))?;
    watched.into_output(status)
}

fn failed(what: &str, error: &io::Error) -> HostError {
    HostError::Failed(format!("{what}: {error}"))
}

fn signal(group: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        // The group may have ended by itself.
        let _ = kill_process_group(pid, signal);
    }
}

/// A file with a script's text, gone with this value.
struct ScriptFile(PathBuf);

impl ScriptFile {
    fn write(text: &str) -> io::Result<Self> {
        let random = getrandom::u64().map_err(|error| io::Error::other(error.to_string()))?;
        let path = std::env::temp_dir().join(format!("kmtop-script-{random:016x}"));
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?.write_all(text.as_bytes())?;
        Ok(Self(path))
    }
}

impl Drop for ScriptFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The command for a script: the program of its `#!` line, else `/bin/sh`.
fn command(script: &Script) -> io::Result<(Command, Option<ScriptFile>)> {
    let text = match script {
        Script::File(path) => return Ok((file_command(path), None)),
        Script::Text(text) => text,
    };
    let interpreter = text.strip_prefix("#!").and_then(|rest| rest.lines().next()).map(str::split_whitespace);
    let mut words = interpreter.into_iter().flatten();
    if let Some(program) = words.next() {
        let file = ScriptFile::write(text)?;
        let mut command = Command::new(program);
        command.args(words).arg(&file.0);
        return Ok((command, Some(file)));
    }
    let mut command = Command::new("/bin/sh");
    if text.len() <= LONGEST_ARGUMENT && !text.contains('\0') {
        command.arg("-c").arg(text);
        return Ok((command, None));
    }
    let file = ScriptFile::write(text)?;
    command.arg(&file.0);
    Ok((command, Some(file)))
}

/// A script in a file: executed, or read by the shell when it is not executable.
fn file_command(path: &str) -> Command {
    let path = match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    };
    if is_executable(&path) {
        return Command::new(path);
    }
    let mut command = Command::new("/bin/sh");
    command.arg(path);
    command
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

fn prepare(command: &mut Command, request: &ShellRequest) {
    command.env_clear().envs(environment::allowed());
    command.envs(request.environment.iter().map(|(name, value)| (name, value)));
    command.process_group(0);
    if let Some(home) = std::env::home_dir().filter(|home| home.is_dir()) {
        command.current_dir(home);
    }
}

/// Starts the script, with a thread for each of its streams and one that waits for its end.
fn spawn(command: &mut Command, request: &ShellRequest, script: u64, events: &Sender<Event>) -> Result<Child, HostError> {
    command.stdin(if request.input.is_some() { Stdio::piped() } else { Stdio::null() });
    let pipe = || io::pipe().map_err(|error| failed("no pipe for the script", &error));
    let (reader, writer) = pipe()?;
    let mut error_reader = None;
    if request.include_errors {
        // One pipe for both keeps the order in which the script wrote.
        command.stderr(writer.try_clone().map_err(|error| failed("no pipe for the script", &error))?);
    } else {
        let (reader, writer) = pipe()?;
        command.stderr(writer);
        error_reader = Some(reader);
    }
    command.stdout(writer);
    let spawned = command.spawn();
    // The command keeps the writing ends; only the script may hold them, or its output never ends.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = spawned.map_err(|error| failed(&format!("{program} cannot be started"), &error))?;
    let attached = attach(&mut child, request, script, events, reader, error_reader);
    if let Err(error) = attached {
        // Without its threads nobody would notice the script's end.
        signal(child.id(), Signal::KILL);
        let _ = child.wait();
        return Err(failed("no thread for the script", &error));
    }
    Ok(child)
}

fn attach(
    child: &mut Child,
    request: &ShellRequest,
    script: u64,
    events: &Sender<Event>,
    output: io::PipeReader,
    errors: Option<io::PipeReader>,
) -> io::Result<()> {
    wait_for_end(child.id(), script, events.clone())?;
    collect(output, Stream { script, errors: false, limit: MOST_OUTPUT }, events.clone())?;
    if let Some(errors) = errors {
        collect(errors, Stream { script, errors: true, limit: MOST_ERRORS }, events.clone())?;
    }
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), request.input.clone()) {
        // A script need not read its input.
        thread::Builder::new().spawn(move || stdin.write_all(input.as_bytes()))?;
    }
    Ok(())
}

/// One stream of a script.
#[derive(Clone, Copy)]
struct Stream {
    script: u64,
    errors: bool,
    limit: usize,
}

fn collect(mut reader: io::PipeReader, stream: Stream, events: Sender<Event>) -> io::Result<()> {
    let collecting = move || {
        let mut bytes = Vec::new();
        let limit = u64::try_from(stream.limit).unwrap_or(u64::MAX);
        let _ = reader.by_ref().take(limit).read_to_end(&mut bytes);
        // A script whose output is full must not hang on it.
        let truncated = io::copy(&mut reader, &mut io::sink()).is_ok_and(|more| more > 0);
        let _ = events.send(Event::Stream { script: stream.script, errors: stream.errors, bytes, truncated });
    };
    thread::Builder::new().spawn(collecting).map(drop)
}

/// Tells when the script's first process has ended, and leaves it unreaped: its number stays its own until then.
fn wait_for_end(process: u32, script: u64, events: Sender<Event>) -> io::Result<()> {
    let waiting = move || {
        if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
            let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(pid), ended), Err(rustix::io::Errno::INTR)) {}
        }
        let _ = events.send(Event::Ended { script });
    };
    thread::Builder::new().spawn(waiting).map(drop)
}

/// Watches a script to its end.
struct Watch {
    number: u64,
    group: u32,
    separate_errors: bool,
}

/// What was seen of a script.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that come and go on their own; no two make a state")]
struct Watched {
    output: Option<Vec<u8>>,
    errors: Option<Vec<u8>>,
    truncated: bool,
    ended: bool,
    timed_out: bool,
    cancelled: bool,
}

impl Watch {
    fn to_end(&self, limit: Option<Duration>, inbox: &mut Inbox) -> Watched {
        let mut seen = Watched::default();
        // What happens when the time is up: first a polite signal, then the hard one.
        let mut until = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut asked_to_end = false;
        loop {
            if !seen.cancelled && !seen.ended && inbox.stopping_now() {
                seen.cancelled = true;
                // With the server gone nobody is left to wait for.
                signal(self.group, if inbox.is_closed() { Signal::KILL } else { Signal::TERM });
                asked_to_end = true;
                until = Instant::now().checked_add(GRACE);
            }
            match inbox.wait(until) {
                Some(event) => {
                    if self.note(event, &mut seen) {
                        until = Instant::now().checked_add(DRAIN);
                    }
                }
                None if until.is_none_or(|until| until > Instant::now()) => {}
                // The first process is gone, but something it left behind holds its output open.
                None if seen.ended => signal(self.group, Signal::KILL),
                None if asked_to_end => signal(self.group, Signal::KILL),
                None => {
                    seen.timed_out = true;
                    asked_to_end = true;
                    signal(self.group, Signal::TERM);
                }
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                until = Instant::now().checked_add(if seen.ended { DRAIN } else { GRACE });
            }
            let streams_ended = seen.output.is_some() && (seen.errors.is_some() || !self.separate_errors);
            if seen.ended && (streams_ended || inbox.is_closed()) {
                return seen;
            }
        }
    }

    /// Notes an event; true when the script's first process has just ended.
    fn note(&self, event: Event, seen: &mut Watched) -> bool {
        match event {
            Event::Stream { script, errors: false, bytes, truncated } if script == self.number => {
                seen.output = Some(bytes);
                seen.truncated = truncated;
            }
            Event::Stream { script, errors: true, bytes, .. } if script == self.number => seen.errors = Some(bytes),
            Event::Ended { script } if script == self.number => {
                seen.ended = true;
                return true;
            }
            _ => {}
        }
        false
    }
}

impl Watched {
    fn into_output(self, status: ExitStatus) -> Result<ShellOutput, HostError> {
        if self.cancelled {
            return Err(HostError::Cancelled);
        }
        let end = match (status.code(), status.signal()) {
            _ if self.timed_out => ShellEnd::TimedOut,
            (Some(code), _) => ShellEnd::Exited(code),
            (None, signal) => ShellEnd::Signalled(signal.unwrap_or_default()),
        };
        let text = |bytes: Option<Vec<u8>>| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
        Ok(ShellOutput { output: text(self.output), errors: text(self.errors), end, truncated: self.truncated })
    }
}
