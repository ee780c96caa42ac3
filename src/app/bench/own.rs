//! A server that is measured: a process of its own, so that it and the load do not share a runtime, gone with the measurement.

use std::{ffi::OsString, fs, path::Path, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    app::Failure,
    bench::{Address, MACROS, Track},
    config::{Environment, Home},
    control,
};

/// The settings of a server that is measured: never Keyboard Maestro's own engine, whose macros are the user's.
const USUAL: &str = "[backend]\nkind = \"embedded\"\n";
/// How long a start and an end may take.
const START: Duration = Duration::from_secs(20);
const END: Duration = Duration::from_secs(5);
/// What a line begins with that tells where it listens.
const READY: &str = "kmtop listening on ";

/// A running server. It ends when its stdin does, so that it never outlives this process.
pub(in crate::app) struct Served {
    child: Child,
    home: Home,
    url: String,
    /// Its home, when that was made for it.
    folder: Option<TempDir>,
}

impl Served {
    /// Starts one in a temporary home, with the benchmark macros and nothing else in its library.
    pub(super) async fn temporary(workers: Option<u16>) -> Result<Self, Failure> {
        Self::temporary_with(USUAL, workers).await
    }

    /// The same with these settings, which must name a backend.
    pub(super) async fn temporary_with(settings: &str, workers: Option<u16>) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::wrong(format!("no temporary home can be made: {error}"));
        let folder = tempfile::Builder::new().prefix("kmtop-bench-").tempdir().map_err(failed)?;
        let environment: Environment = [("KMTOP_HOME", folder.path())].into_iter().collect();
        let home = Home::resolve(&environment, None)?;
        home.create()?;
        fs::write(home.library_dir().join("benchmark.kmmacros"), MACROS).map_err(failed)?;
        write_settings(&home.config_file, settings).map_err(failed)?;
        let mut flags: Vec<OsString> = vec!["--serve".into()];
        if let Some(workers) = workers {
            flags.extend(["--pool-min", "--pool-max"].into_iter().flat_map(|flag| [flag.into(), workers.to_string().into()]));
        }
        let mut command = program()?;
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KMTOP_")) {
            command.env_remove(name);
        }
        command.env("KMTOP_HOME", folder.path()).args(flags);
        Self::launch(command, home, Some(folder)).await
    }

    /// Starts one in the user's own home.
    pub(in crate::app) async fn in_home(home: &Home, flags: Vec<OsString>) -> Result<Self, Failure> {
        let mut command = program()?;
        command.args(flags);
        Self::launch(command, home.clone(), None).await
    }

    async fn launch(mut command: Command, home: Home, folder: Option<TempDir>) -> Result<Self, Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::wrong(format!("the server to be measured cannot be started: {error}"));
        command.args(["--listen", "127.0.0.1:0", "--until-stdin-ends"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        // A group of its own: Ctrl-C ends the measurement, and the measurement ends the server.
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let stderr = child.stderr.take().ok_or_else(|| failed(&"it has no stderr"))?;
        let mut lines = BufReader::new(stderr).lines();
        let mut said = Vec::new();
        let heard = timeout(START, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(url) = line.strip_prefix(READY) {
                    return Some(url.to_owned());
                }
                said.push(line);
            }
            None
        });
        let url = heard.await.ok().flatten();
        let url =
            url.ok_or_else(|| failed(&if said.is_empty() { "it did not say that it listens".into() } else { said.join(" | ") }))?;
        // Whatever else it says must not make it wait.
        tokio::spawn(async move { while matches!(lines.next_line().await, Ok(Some(_))) {} });
        Ok(Self { child, home, url, folder })
    }

    /// Where it is called.
    pub(super) fn address(&self) -> Result<Address, Failure> {
        Ok(Address::Url { url: self.url.clone(), token: token(&self.home)? })
    }

    /// Its process.
    pub(in crate::app) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it says of itself.
    pub(super) async fn track(&self) -> Result<Track, Failure> {
        let link = control::attach(&self.home.socket()).await;
        link.map(|link| Track::follow(link, false)).map_err(|error| Failure::wrong(error.to_string()))
    }

    /// Ends it, and removes its home if that was made for it.
    pub(in crate::app) async fn end(mut self) {
        drop(self.child.stdin.take());
        for signal in [Signal::TERM, Signal::TERM] {
            if let Some(pid) = self.child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
                let _ = kill_process(pid, signal);
            }
            if timeout(END, self.child.wait()).await.is_ok() {
                break;
            }
        }
        let _ = self.child.kill().await;
        if let Some(folder) = self.folder.take()
            && let Err(error) = folder.close()
        {
            tracing::warn!(%error, "the temporary home could not be removed");
        }
    }
}

fn program() -> Result<Command, Failure> {
    let program = std::env::current_exe();
    let program = program.map_err(|error| Failure::wrong(format!("the program of this process cannot be found: {error}")))?;
    Ok(Command::new(program))
}

fn write_settings(path: &Path, settings: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(settings.as_bytes())
}

/// The token of a home's server; `None` when it asks for none.
pub(super) fn token(home: &Home) -> Result<Option<String>, Failure> {
    let path = home.token_file();
    match fs::read_to_string(&path) {
        Ok(token) => Ok(Some(token.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::wrong(format!("{}: {error}", path.display()))),
    }
}
