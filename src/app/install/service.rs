//! `kmtop service`: from login to logout, by launchd or systemd.

use std::{
    fs,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Failure, agreed, program, say, steward::Steward, write};
use crate::{
    app::{Setup, block_on},
    cli::{Arguments, ManagerChoice, Service, ServiceCommand},
    config::{Environment, Home},
    control,
    install::{Change, Manager, Unit},
};

/// What an end takes beyond the time for running calls.
const BEYOND_DRAIN: Duration = Duration::from_secs(10);
/// How often a server that ends is looked at.
const LOOK_AFTER: Duration = Duration::from_millis(50);

/// Does what was asked for.
pub(in crate::app) fn run(arguments: &Arguments, asked: &Service) -> Result<ExitCode, Failure> {
    let environment = Environment::of_process();
    let setup = Setup::new(arguments)?;
    let manager = match asked.manager {
        None => Manager::here(),
        Some(ManagerChoice::Launchd) => Manager::Launchd,
        Some(ManagerChoice::Systemd) => Manager::Systemd,
    };
    let file = manager.unit_file(&environment).ok_or_else(|| Failure::wrong("there is no home folder: set HOME"))?;
    let drain = Duration::from_millis(setup.settings.pool.drain_timeout_ms);
    let mut unit = Unit::new(program::path(&environment)?, &environment, drain);
    unit.flags = flags(arguments, &setup.home);
    unit.log = manager.log_file(&environment);
    let plan = Plan { change: Change::of(&file)?.with_mode(0o644), steward: Steward { manager, unit: file }, unit, setup };
    match asked.command {
        ServiceCommand::Install { print: true, .. } => {
            say(plan.unit.text(manager).trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        ServiceCommand::Install { yes, .. } => plan.install(yes),
        ServiceCommand::Status => plan.status(),
        ServiceCommand::Remove { yes } => plan.remove(yes),
    }
}

/// The flags that the service is started with, each path absolute.
fn flags(arguments: &Arguments, home: &Home) -> Vec<String> {
    let mut flags = Vec::new();
    if arguments.config.is_some() {
        flags.extend(["--config".to_owned(), home.config_file.display().to_string()]);
    }
    flags.extend(arguments.library.iter().flat_map(|path| ["--library".to_owned(), program::absolute(path)]));
    flags
}

/// A server that answers in this home.
struct Running {
    version: String,
    in_flight: u64,
    /// Its process, if it has said so.
    pid: Option<u32>,
}

/// What is there, and what it is to become.
struct Plan {
    setup: Setup,
    unit: Unit,
    steward: Steward,
    change: Change,
}

impl Plan {
    fn install(self, yes: bool) -> Result<ExitCode, Failure> {
        let service = self.steward.pid()?;
        let running = self.running();
        let change = self.change.to(self.unit.text(self.steward.manager));
        if change.changes() {
            say(change.diff().trim_end())?;
        }
        let seconds = self.unit.drain.as_secs();
        let other = running.as_ref().and_then(|running| running.pid).filter(|pid| Some(*pid) != service);
        if let Some(running) = &running {
            let calls = calls(running.in_flight);
            let who = match other {
                Some(pid) => format!("kmtop {} (pid {pid}), which was started otherwise", running.version),
                None => format!("the service's kmtop {}", running.version),
            };
            say(&format!(
                "{who} serves this home. It takes no new calls and ends, after {calls} (at most {seconds} s); then kmtop {} starts.",
                env!("CARGO_PKG_VERSION")
            ))?;
        }
        if !agreed(yes, "Install and start it?")? {
            say("nothing was done")?;
            return Ok(ExitCode::from(1));
        }
        if let Some(log) = self.unit.log.as_ref().and_then(|log| log.parent()) {
            fs::create_dir_all(log).map_err(|error| Failure::wrong(format!("{}: {error}", log.display())))?;
        }
        if change.changes() {
            write(&change)?;
        }
        if let Some(pid) = other {
            end(pid, &self.setup.home, self.unit.drain + BEYOND_DRAIN)?;
        }
        self.steward.start(self.unit.drain + BEYOND_DRAIN)?;
        let log = self.steward.log(self.unit.log.as_deref());
        say(&format!("started: kmtop {} runs from login to logout\nits log: {log}", env!("CARGO_PKG_VERSION")))?;
        if self.steward.manager == Manager::Systemd {
            say("to have it run while you are not logged in: loginctl enable-linger")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn status(&self) -> Result<ExitCode, Failure> {
        let file = self.change.path().display();
        let installed = match self.change.before() {
            None => format!("not installed ({file} is not there); kmtop service install"),
            Some(text) if text == self.unit.text(self.steward.manager) => format!("{file}"),
            Some(_) => format!("{file}, which is not what this kmtop would write; kmtop service install renews it"),
        };
        say(&format!("unit     {installed}"))?;
        say(&format!("service  {}", self.steward.state()?))?;
        let pid = self.steward.pid()?;
        let running = self.running();
        let server = match &running {
            None => "none answers in this home".to_owned(),
            Some(Running { version, pid: Some(own), .. }) if Some(*own) == pid => {
                format!("kmtop {version}, pid {own}{}", newer(version))
            }
            Some(Running { version, pid: Some(own), .. }) => format!("kmtop {version}, pid {own}, which is not the service's"),
            Some(Running { version, .. }) => format!("kmtop {version}"),
        };
        say(&format!("server   {server}"))?;
        say(&format!(
            "log      {}\n         {}",
            self.steward.log(self.unit.log.as_deref()),
            self.setup.home.log_file().display()
        ))?;
        let well = pid.is_some() && running.is_some_and(|running| running.pid == pid);
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn remove(self, yes: bool) -> Result<ExitCode, Failure> {
        let pid = self.steward.pid()?;
        if self.change.before().is_none() && pid.is_none() {
            say(&format!("nothing to do: {} is not there", self.change.path().display()))?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(running) = self.running().filter(|running| running.pid == pid && pid.is_some()) {
            let seconds = self.unit.drain.as_secs();
            say(&format!("kmtop {} ends, after {} (at most {seconds} s)", running.version, calls(running.in_flight)))?;
        }
        if !agreed(yes, "End it and take it out?")? {
            say("nothing was done")?;
            return Ok(ExitCode::from(1));
        }
        self.steward.stop(self.unit.drain + BEYOND_DRAIN)?;
        if self.change.before().is_some() {
            // What somebody added to the unit is kept; what this program would write again is not.
            let own = self.change.before() == Some(self.unit.text(self.steward.manager).as_str());
            let path = self.change.path().to_owned();
            if own {
                fs::remove_file(&path).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))?;
            } else if let Some(backup) = self.change.to_nothing().write()? {
                say(&format!("what was there: {}", backup.display()))?;
            }
            say(&format!("removed: {}", path.display()))?;
        }
        self.steward.forget()?;
        Ok(ExitCode::SUCCESS)
    }

    fn running(&self) -> Option<Running> {
        let home = &self.setup.home;
        let frame = block_on(async { Ok(control::frame(&home.socket()).await.ok()) }).ok().flatten()?;
        let said: Option<Value> = fs::read(home.server_file()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let pid = said.and_then(|said| u32::try_from(said["pid"].as_u64()?).ok());
        Some(Running { version: frame.version.clone(), in_flight: frame.totals.map_or(0, |totals| totals.in_flight), pid })
    }
}

fn calls(count: u64) -> String {
    match count {
        0 => "nothing that runs".to_owned(),
        1 => "1 call that runs".to_owned(),
        count => format!("{count} calls that run"),
    }
}

/// What to say of a running version that is not this one.
fn newer(version: &str) -> String {
    let own = env!("CARGO_PKG_VERSION");
    if version == own { String::new() } else { format!("; kmtop service install starts {own}") }
}

/// Asks a server to end and waits until its home is free.
fn end(pid: u32, home: &Home, patience: Duration) -> Result<(), Failure> {
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let asked = process.map_or(Err(rustix::io::Errno::SRCH), |process| kill_process(process, Signal::TERM));
    if let Err(error) = asked
        && error != rustix::io::Errno::SRCH
    {
        return Err(Failure::wrong(format!("kmtop (pid {pid}) cannot be asked to end: {error}; end it, then try again")));
    }
    let deadline = Instant::now() + patience;
    while fs::File::open(home.lock_file()).is_ok_and(|lock| matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock))) {
        if Instant::now() >= deadline {
            return Err(Failure::held(format!("kmtop (pid {pid}) does not end; end it, then try again")));
        }
        thread::sleep(LOOK_AFTER);
    }
    Ok(())
}
