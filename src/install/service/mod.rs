//! Units with which launchd or systemd starts kmtop at login. The files in `assets/` are made by the same code.

mod launchd;
mod systemd;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::config::Environment;

pub use launchd::LABEL as LAUNCHD_LABEL;
pub use systemd::UNIT as SYSTEMD_UNIT;

/// What a stop may take beyond the time in which running calls may finish: the last things to the disk, workers to their ends.
const BEYOND_DRAIN: Duration = Duration::from_secs(10);

/// Variables that say where a home is; a service has to be told of those that are set.
const PLACES: [&str; 5] = ["KMTOP_HOME", "KMTOP_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"];

/// Who starts services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// launchd, on macOS.
    Launchd,
    /// systemd, on Linux.
    Systemd,
}

impl Manager {
    /// This system's.
    pub fn here() -> Self {
        if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd }
    }

    /// Where a user's unit is kept. `None` without a home folder.
    pub fn unit_file(self, environment: &Environment) -> Option<PathBuf> {
        let home = environment.home_dir()?;
        Some(match self {
            Self::Launchd => home.join("Library/LaunchAgents").join(format!("{LAUNCHD_LABEL}.plist")),
            Self::Systemd => {
                let config = environment.path("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
                config.unwrap_or_else(|| home.join(".config")).join("systemd/user").join(SYSTEMD_UNIT)
            }
        })
    }

    /// Where what kmtop says on stderr goes, as a file; systemd has its journal.
    pub fn log_file(self, environment: &Environment) -> Option<PathBuf> {
        match self {
            Self::Launchd => Some(environment.home_dir()?.join("Library/Logs/kmtop.log")),
            Self::Systemd => None,
        }
    }
}

/// What is started, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The program, absolute.
    pub program: PathBuf,
    /// Flags after `--serve`.
    pub flags: Vec<String>,
    /// Variables that it is started with.
    pub environment: Vec<(String, String)>,
    /// How long running calls may take at the end.
    pub drain: Duration,
    /// Where stderr goes; only launchd needs to be told.
    pub log: Option<PathBuf>,
}

impl Unit {
    /// One for this program with these variables of the environment that say where its home is.
    pub fn new(program: PathBuf, environment: &Environment, drain: Duration) -> Self {
        let set = |name: &str| Some((name.to_owned(), environment.get(name)?.to_str()?.to_owned()));
        let environment = PLACES.iter().filter_map(|name| set(name)).collect();
        Self { program, flags: Vec::new(), environment, drain, log: None }
    }

    /// Its text for this manager.
    pub fn text(&self, manager: Manager) -> String {
        match manager {
            Manager::Launchd => launchd::text(self),
            Manager::Systemd => systemd::text(self),
        }
    }

    /// Seconds that a stop may take before what is left is killed.
    fn stop_limit_s(&self) -> u64 {
        (self.drain + BEYOND_DRAIN).as_secs()
    }

    /// The program and its flags.
    fn words(&self) -> impl Iterator<Item = String> {
        let program = Path::new(&self.program).display().to_string();
        [program, "--serve".to_owned()].into_iter().chain(self.flags.iter().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn unit(program: &str) -> Unit {
        let environment: Environment = [("KMTOP_HOME", "/a b/50%"), ("HOME", "/home/me")].into_iter().collect();
        Unit::new(program.into(), &environment, Duration::from_secs(10))
    }

    #[test]
    fn only_what_says_where_the_home_is_goes_along() {
        let unit = unit("/k");
        assert_eq!(unit.environment, [("KMTOP_HOME".to_owned(), "/a b/50%".to_owned())]);
    }

    #[test]
    fn a_stop_may_take_longer_than_the_calls_that_run() {
        let slow = Unit { drain: Duration::from_mins(2), ..unit("/k") };
        assert!(slow.text(Manager::Systemd).contains("\nTimeoutStopSec=130\n"));
        assert!(slow.text(Manager::Launchd).contains("<integer>130</integer>"));
    }
}
