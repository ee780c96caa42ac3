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
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Sender},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{
    environment,
    inbox::{Event, Inbox},
    output::Output,
    watch::{Fate, Watch},
    written::{self, Amount, Written},
};
use crate::macros::host::{HostError, Script, ShellEnd, ShellOutput, ShellRequest};

/// Most bytes kept of a script's output; the rest is read and thrown away.
pub(super) const MOST_OUTPUT: usize = 1024 * 1024;
/// Bytes kept of the error output, for the error message.
const MOST_ERRORS: usize = 4096;
/// Longest script text given as an argument; Linux takes no argument beyond 128 KiB.
const LONGEST_ARGUMENT: usize = 100_000;

/// What a program is given beside its arguments.
pub(super) struct Task {
    /// What it reads on its standard input; nothing when `None`.
    pub(super) input: Option<String>,
    /// Whether its error output is mixed into its output.
    pub(super) include_errors: bool,
    /// How long it may run; for ever when `None`.
    pub(super) time_limit: Option<Duration>,
    /// Where it runs; the home folder if nowhere else.
    pub(super) directory: Option<PathBuf>,
    /// Most bytes kept of its output.
    pub(super) most_output: usize,
    /// The name under which somebody wants to hear how much it has written.
    pub(super) progress: Option<String>,
}

impl Task {
    /// With its error output apart, in the home folder.
    pub(super) fn new(input: Option<String>, time_limit: Option<Duration>) -> Self {
        Self { input, include_errors: false, time_limit, directory: None, most_output: MOST_OUTPUT, progress: None }
    }
}

/// Runs a script. `number` tells its events from those of earlier scripts.
pub(super) fn run(request: &ShellRequest, number: u64, inbox: &mut Inbox, output: &mut Output) -> Result<ShellOutput, HostError> {
    let (command, _file) = script_command(request)?;
    let task = Task { include_errors: request.include_errors, ..Task::new(request.input.clone(), request.time_limit) };
    run_command(command, task, number, inbox, output)
}

/// The command for a script with its environment, and the file that must last as long as the script.
pub(super) fn script_command(request: &ShellRequest) -> Result<(Command, Option<ScriptFile>), HostError> {
    let made = command(&request.script).map_err(|error| failed("the script cannot be written to a file", &error));
    let (mut command, file) = made?;
    command.env_clear().envs(environment::allowed());
    command.envs(request.environment.iter().map(|(name, value)| (name, value)));
    Ok((command, file))
}

/// Runs a command to its end, its time limit or its cancellation.
pub(super) fn run_command(
    mut command: Command,
    task: Task,
    number: u64,
    inbox: &mut Inbox,
    output: &mut Output,
) -> Result<ShellOutput, HostError> {
    prepare(&mut command);
    let streams = Streams::default();
    let Task { include_errors, time_limit, .. } = task;
    let mut written = task.progress.clone().map(Written::new);
    if let Some(directory) = &task.directory {
        command.current_dir(directory);
    }
    let mut child = spawn(&mut command, task, number, &inbox.sender, &streams)?;
    let group = child.id();
    output.group(group, true);
    let watch = Watch::new(number, group, !include_errors);
    let fate = watch.until_end(time_limit, inbox, written.is_some().then_some(written::LATER), || {
        if let Some(told) = written.as_mut().and_then(|written| written.so_far(streams.amount())) {
            output.tell("output", told);
        }
    });
    // Nothing that a script started outlives it. Its first process is not reaped yet, so the number is still its own.
    signal(group, Signal::KILL);
    let status = child.wait();
    output.group(group, false);
    let status = status.map_err(|error| failed("the script's end cannot be read", &error))?;
    into_output(fate, status, &streams)
}

pub(super) fn failed(what: &str, error: &io::Error) -> HostError {
    HostError::Failed(format!("{what}: {error}"))
}

pub(super) fn signal(group: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        // The group may have ended by itself.
        let _ = kill_process_group(pid, signal);
    }
}

/// The output and the error output of a script.
#[derive(Debug, Default)]
struct Streams {
    output: Collected,
    errors: Collected,
}

impl Streams {
    /// Bytes and lines that came from both so far, also of what was thrown away.
    fn amount(&self) -> Amount {
        self.output.amount() + self.errors.amount()
    }
}

fn into_output(fate: Fate, status: ExitStatus, streams: &Streams) -> Result<ShellOutput, HostError> {
    let end = match (fate, status.code(), status.signal()) {
        (Fate::Cancelled, ..) => return Err(HostError::Cancelled),
        (Fate::TimedOut, ..) => ShellEnd::TimedOut,
        (Fate::Ended, Some(code), _) => ShellEnd::Exited(code),
        (Fate::Ended, None, signal) => ShellEnd::Signalled(signal.unwrap_or_default()),
    };
    let (output, truncated) = streams.output.take();
    Ok(ShellOutput { output, errors: streams.errors.take().0, end, truncated })
}

/// A file with a script's text, gone with this value.
pub(super) struct ScriptFile(PathBuf);

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

/// A process group of its own, and the user's home to work in.
pub(super) fn prepare(command: &mut Command) {
    command.process_group(0);
    if let Some(home) = std::env::home_dir().filter(|home| home.is_dir()) {
        command.current_dir(home);
    }
}

/// Starts the script, with a thread for each of its streams and one that waits for its end.
fn spawn(command: &mut Command, task: Task, script: u64, events: &Sender<Event>, streams: &Streams) -> Result<Child, HostError> {
    let Task { input, include_errors, most_output, .. } = task;
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let pipe = || io::pipe().map_err(|error| failed("no pipe for the script", &error));
    let (reader, writer) = pipe()?;
    let mut error_reader = None;
    if include_errors {
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
    let collect_all = || {
        wait_for_end(child.id(), script, events.clone())?;
        collect(reader, Stream { script, limit: most_output, collected: streams.output.clone() }, events.clone())?;
        let Some(errors) = error_reader else { return Ok(()) };
        collect(errors, Stream { script, limit: MOST_ERRORS, collected: streams.errors.clone() }, events.clone())
    };
    if let Err(error) = collect_all().and_then(|()| feed(&mut child, input)) {
        // Without its threads nobody would notice the script's end.
        signal(child.id(), Signal::KILL);
        let _ = child.wait();
        return Err(failed("no thread for the script", &error));
    }
    Ok(child)
}

/// Gives the script its input.
pub(super) fn feed(child: &mut Child, input: Option<String>) -> io::Result<()> {
    let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) else { return Ok(()) };
    // A script need not read its input.
    thread::Builder::new().spawn(move || stdin.write_all(input.as_bytes())).map(drop)
}

/// What has come from a stream so far. It is shared, because a process that left the script's group may hold the stream open for
/// longer than anybody waits.
#[derive(Debug, Clone, Default)]
struct Collected(Arc<Mutex<Kept>>);

/// What is kept of a stream, and how much came.
#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    truncated: bool,
    came: Amount,
}

impl Collected {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, bytes: &[u8], limit: usize) {
        let mut kept = self.kept();
        let fits = bytes.len().min(limit - kept.bytes.len());
        kept.bytes.extend_from_slice(&bytes[..fits]);
        kept.truncated |= fits < bytes.len();
        kept.came = kept.came + Amount::of(bytes);
    }

    /// The text, and whether more came than was kept.
    fn take(&self) -> (String, bool) {
        let mut kept = self.kept();
        let bytes = std::mem::take(&mut kept.bytes);
        (String::from_utf8_lossy(&bytes).into_owned(), kept.truncated)
    }

    fn amount(&self) -> Amount {
        self.kept().came
    }
}

/// One stream of a script.
struct Stream {
    script: u64,
    limit: usize,
    collected: Collected,
}

fn collect(mut reader: io::PipeReader, stream: Stream, events: Sender<Event>) -> io::Result<()> {
    let collecting = move || {
        let mut chunk = vec![0; 16 * 1024];
        // Beyond the limit it is read and thrown away: a script whose output is full must not hang on it.
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => stream.collected.add(&chunk[..count], stream.limit),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = events.send(Event::Stream { script: stream.script });
    };
    thread::Builder::new().spawn(collecting).map(drop)
}

/// Tells when the script's first process has ended, and leaves it unreaped: its number stays its own until then.
fn wait_for_end(process: u32, script: u64, events: Sender<Event>) -> io::Result<()> {
    let waiting = move || {
        wait_unreaped(process);
        let _ = events.send(Event::Ended { script });
    };
    thread::Builder::new().spawn(waiting).map(drop)
}

/// Waits until a process has ended, and leaves it unreaped.
pub(super) fn wait_unreaped(process: u32) {
    if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(pid), ended), Err(rustix::io::Errno::INTR)) {}
    }
}
