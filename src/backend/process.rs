//! A worker as a real child process in a process group of its own.

use std::{ffi::OsStr, io, path::Path, process::Stdio};

use futures_util::{FutureExt, future::BoxFuture};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStderr, Command},
};

use super::{Life, Running};
use crate::util::text::brief;

/// Bytes of stderr that are logged for each worker; a flood beyond them is read and thrown away.
const STDERR_LOGGED: u64 = 64 * 1024;

/// A child process. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    /// Moved as a whole: the child and what reaps it must not part.
    child: Child,
    /// Its process group, until that has been killed.
    group: Option<u32>,
}

impl Process {
    /// Starts a program with piped stdin, stdout and stderr, as the leader of a new process group.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(program: &Path, arguments: &[impl AsRef<OsStr>]) -> io::Result<Running> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{} cannot be started: {error}", program.display()));
        let mut child = command.spawn().map_err(named)?;
        let missing = || io::Error::other("a piped stream of the worker is missing");
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let errors = child.stderr.take().ok_or_else(missing)?;
        tokio::spawn(log_stderr(errors, child.id()));
        Ok(Running { input: Box::pin(input), output: Box::pin(output), life: Box::new(Self { group: child.id(), child }) })
    }
}

impl Life for Process {
    fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    fn terminate(&mut self, process_groups: &[u32]) {
        for group in self.group.iter().chain(process_groups) {
            signal_group(*group, Signal::TERM);
        }
    }

    fn kill(&mut self, process_groups: &[u32]) {
        // Once only: later the number might belong to somebody else.
        for group in self.group.take().iter().chain(process_groups) {
            signal_group(*group, Signal::KILL);
        }
    }

    fn ended(&mut self) -> BoxFuture<'_, String> {
        async {
            match self.child.wait().await {
                Ok(status) => describe(status),
                Err(error) => format!("could not be waited for ({error})"),
            }
        }
        .boxed()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let (Some(group), Some(_)) = (self.group, self.child.id()) {
            signal_group(group, Signal::KILL);
        }
    }
}

/// Sends a signal to a process group. One that has ended already is no fault; groups 0 and 1 are never meant.
fn signal_group(group: u32, signal: Signal) {
    let Some(pid) = i32::try_from(group).ok().filter(|group| *group > 1).and_then(Pid::from_raw) else { return };
    let _ = kill_process_group(pid, signal);
}

fn describe(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with status {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

/// Keeps stderr flowing, so that a chatty worker never blocks on it, and logs its first part.
async fn log_stderr(errors: ChildStderr, pid: Option<u32>) {
    let mut lines = BufReader::new(errors);
    let mut line = Vec::new();
    let mut budget = STDERR_LOGGED;
    while budget > 0 {
        line.clear();
        match (&mut lines).take(budget).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(read) => budget = budget.saturating_sub(read as u64),
        }
        tracing::info!(pid, "worker says: {}", brief(&String::from_utf8_lossy(&line), 400));
    }
    tracing::warn!(pid, "worker says more than {STDERR_LOGGED} bytes; the rest is thrown away");
    let _ = tokio::io::copy(&mut lines, &mut tokio::io::sink()).await;
}
