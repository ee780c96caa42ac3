//! Scripts that nobody waits for.
//!
//! Such a script runs on beside its run and after it, in a process group of its own that the server knows of: at most for an hour, and
//! never longer than its worker. A thread for each waits for its end, so that none stays behind unreaped.

use std::{
    collections::BTreeSet,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rustix::process::Signal;

use super::{
    output::{GroupReport, Output},
    shell::{self, ScriptFile},
    watch::GRACE,
};
use crate::macros::host::{HostError, ShellRequest};

/// Most scripts that run in the background of one worker at a time.
const MOST: usize = 16;
/// How long one may run, whatever its action says.
const LONGEST: Duration = Duration::from_hours(1);

/// The scripts in the background of a worker, by process group. Those that still run when it goes are killed.
#[derive(Default)]
pub(super) struct Background {
    groups: Arc<Mutex<BTreeSet<u32>>>,
}

fn locked(groups: &Mutex<BTreeSet<u32>>) -> MutexGuard<'_, BTreeSet<u32>> {
    groups.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Background {
    /// Starts a script.
    pub(super) fn start(&self, request: &ShellRequest, output: &mut Output) -> Result<(), HostError> {
        if locked(&self.groups).len() >= MOST {
            return Err(HostError::Failed(format!("{MOST} asynchronous scripts run already; the next one must wait for an end")));
        }
        let (mut command, file) = shell::script_command(request)?;
        shell::prepare(&mut command);
        let mut child = spawn(&mut command, request)?;
        let group = child.id();
        locked(&self.groups).insert(group);
        output.group(group, true);
        let report = output.group_report(group);
        let limit = request.time_limit.unwrap_or(LONGEST).min(LONGEST);
        let watch = Watched { group, groups: Arc::clone(&self.groups), report, _file: file };
        let fed = shell::feed(&mut child, request.input.clone());
        let watching = thread::Builder::new().name("background".into()).spawn(move || watch.until_end(child, limit));
        if fed.and(watching.map(drop)).is_err() {
            // Whoever waits for it sees its end.
            shell::signal(group, Signal::KILL);
            return Err(HostError::Failed("no thread for the asynchronous script".into()));
        }
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // A group leaves the list before its number is free for others.
        for group in locked(&self.groups).iter() {
            shell::signal(*group, Signal::KILL);
        }
    }
}

fn spawn(command: &mut Command, request: &ShellRequest) -> Result<Child, HostError> {
    command.stdin(if request.input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let program = command.get_program().to_string_lossy().into_owned();
    command.spawn().map_err(|error| shell::failed(&format!("{program} cannot be started"), &error))
}

/// A script that runs, and what is to be done at its end.
struct Watched {
    group: u32,
    groups: Arc<Mutex<BTreeSet<u32>>>,
    report: GroupReport,
    /// The file of its text, gone with this.
    _file: Option<ScriptFile>,
}

impl Watched {
    fn until_end(self, mut child: Child, limit: Duration) {
        let (sender, ended) = mpsc::channel();
        let group = self.group;
        let waiting = thread::Builder::new().spawn(move || {
            shell::wait_unreaped(group);
            let _ = sender.send(());
        });
        // Without the thread the channel is closed at once, and the script ends here.
        let in_time = waiting.is_ok() && ended.recv_timeout(limit).is_ok();
        if !in_time {
            shell::signal(group, Signal::TERM);
            let _ = ended.recv_timeout(GRACE);
        }
        // What it left behind goes with it.
        shell::signal(group, Signal::KILL);
        locked(&self.groups).remove(&group);
        self.report.ended();
        let _ = child.wait();
    }
}
