//! The program that starts services: `systemctl` or `launchctl`, asked and told.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use super::Failure;
use crate::install::{LAUNCHD_LABEL, Manager, SYSTEMD_UNIT};

/// How often a service that ends is looked at.
const LOOK_AFTER: Duration = Duration::from_millis(50);

/// launchd or systemd, with this user's unit.
pub(super) struct Steward {
    pub(super) manager: Manager,
    pub(super) unit: PathBuf,
}

impl Steward {
    /// The process of the service, if it runs.
    pub(super) fn pid(&self) -> Result<Option<u32>, Failure> {
        let output = match self.manager {
            Manager::Systemd => self.tell(&["show", "--property=MainPID", "--value", SYSTEMD_UNIT])?,
            Manager::Launchd => self.tell(&["print", &target()])?,
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = match self.manager {
            Manager::Systemd => text.trim().parse().ok(),
            Manager::Launchd => text.lines().find_map(|line| line.trim().strip_prefix("pid = ")?.parse().ok()),
        };
        Ok(number.filter(|pid| *pid > 0))
    }

    /// What the manager says of the service, in its own word.
    pub(super) fn state(&self) -> Result<String, Failure> {
        let output = match self.manager {
            Manager::Systemd => self.tell(&["is-active", SYSTEMD_UNIT])?,
            Manager::Launchd => self.tell(&["print", &target()])?,
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(match self.manager {
            Manager::Systemd => text.trim().to_owned(),
            Manager::Launchd if !output.status.success() => "not loaded".to_owned(),
            Manager::Launchd => {
                let state = text.lines().find_map(|line| line.trim().strip_prefix("state = "));
                state.unwrap_or("loaded").to_owned()
            }
        })
    }

    /// Starts the service by the unit that was just written; one that runs ends first, in good order.
    pub(super) fn start(&self, patience: Duration) -> Result<(), Failure> {
        match self.manager {
            Manager::Systemd => {
                self.must(&["daemon-reload"])?;
                self.must(&["enable", SYSTEMD_UNIT])?;
                // It returns when the old one has ended and the new one says that it is ready.
                self.must(&["restart", SYSTEMD_UNIT])
            }
            Manager::Launchd => {
                self.unload(patience)?;
                self.must(&["bootstrap", &domain(), &self.unit.display().to_string()])
            }
        }
    }

    /// Ends the service, in good order, for good.
    pub(super) fn stop(&self, patience: Duration) -> Result<(), Failure> {
        match self.manager {
            Manager::Systemd => self.must(&["disable", "--now", SYSTEMD_UNIT]),
            Manager::Launchd => self.unload(patience),
        }
    }

    /// The unit has gone.
    pub(super) fn forget(&self) -> Result<(), Failure> {
        match self.manager {
            Manager::Systemd => self.must(&["daemon-reload"]),
            Manager::Launchd => Ok(()),
        }
    }

    /// Takes the agent out and waits until it has gone: launchd takes no new one before that.
    fn unload(&self, patience: Duration) -> Result<(), Failure> {
        let there = || self.tell(&["print", &target()]).map(|output| output.status.success());
        if !there()? {
            return Ok(());
        }
        let told = self.tell(&["bootout", &target()])?;
        let deadline = Instant::now() + patience;
        while there()? {
            if Instant::now() >= deadline {
                let said = String::from_utf8_lossy(&told.stderr).trim().to_owned();
                return Err(Failure::wrong(format!(
                    "launchctl bootout {}: the agent does not end ({said}); try again",
                    target()
                )));
            }
            thread::sleep(LOOK_AFTER);
        }
        Ok(())
    }

    /// Tells it something that has to succeed.
    fn must(&self, words: &[&str]) -> Result<(), Failure> {
        let output = self.tell(words)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let program = self.program().join(" ");
        Err(Failure::gone(format!("{program} {} failed: {said}; {}", words.join(" "), self.remedy())))
    }

    fn tell(&self, words: &[&str]) -> Result<Output, Failure> {
        let [program, first @ ..] = self.program() else { return Err(Failure::wrong("no program starts services here")) };
        let output = Command::new(program).args(first).args(words).output();
        output.map_err(|error| {
            let other = "start kmtop at login in another way: kmtop --serve";
            Failure::wrong(format!("{program} cannot be run ({error}); {other}"))
        })
    }

    fn program(&self) -> &'static [&'static str] {
        match self.manager {
            Manager::Systemd => &["systemctl", "--user"],
            Manager::Launchd => &["launchctl"],
        }
    }

    fn remedy(&self) -> String {
        match self.manager {
            Manager::Systemd => format!("see: journalctl --user -u {SYSTEMD_UNIT} -n 20"),
            Manager::Launchd => "log in on the Mac's own screen first: an agent runs in that session only".to_owned(),
        }
    }

    /// Where to look for what it said.
    pub(super) fn log(&self, file: Option<&Path>) -> String {
        match (self.manager, file) {
            (Manager::Launchd, Some(file)) => file.display().to_string(),
            _ => format!("journalctl --user -u {SYSTEMD_UNIT}"),
        }
    }
}

fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

fn target() -> String {
    format!("{}/{LAUNCHD_LABEL}", domain())
}
