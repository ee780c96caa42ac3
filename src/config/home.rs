//! Where kmtop's files are.

use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf, absolute},
};

use uuid::Uuid;

use super::{environment::Environment, error::ConfigError, trust};

/// Longest path that every system takes for a socket, in bytes: macOS has 104 with the closing zero.
const LONGEST_SOCKET: usize = 103;

/// The places of kmtop's files. Two homes share nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The settings file.
    pub config_file: PathBuf,
    /// Whether the user named the settings file, so that it must be there.
    pub config_named: bool,
    /// The folder for what a running kmtop keeps: socket, lock, token, log. Mode 0700.
    pub state_dir: PathBuf,
    /// The folder for what the user keeps: library and variables.
    pub data_dir: PathBuf,
    /// The user's home folder, below which Keyboard Maestro has its own files: the folder that `KMTOP_HOME` names, if it does.
    pub user_dir: Option<PathBuf>,
}

impl Home {
    /// Finds the home: `KMTOP_HOME` puts everything under one folder, else it is the XDG folders (on macOS too). The settings
    /// file may be elsewhere: `config_flag` comes first, then `KMTOP_CONFIG`.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] when neither `KMTOP_HOME` nor `HOME` says where.
    pub fn resolve(environment: &Environment, config_flag: Option<&Path>) -> Result<Self, ConfigError> {
        let named = config_flag.map(Path::to_owned).or_else(|| environment.path("KMTOP_CONFIG"));
        let config_named = named.is_some();
        let (config_dir, state_dir, data_dir, user_dir) = match environment.path("KMTOP_HOME") {
            Some(all) => {
                let all = absolute(&all).unwrap_or(all);
                (all.clone(), all.join("state"), all.join("data"), Some(all))
            }
            None => (
                xdg(environment, "XDG_CONFIG_HOME", ".config")?,
                xdg(environment, "XDG_STATE_HOME", ".local/state")?,
                xdg(environment, "XDG_DATA_HOME", ".local/share")?,
                environment.home_dir(),
            ),
        };
        let config_file = named.unwrap_or_else(|| config_dir.join("config.toml"));
        let config_file = absolute(&config_file).unwrap_or(config_file);
        Ok(Self { config_file, config_named, state_dir, data_dir, user_dir })
    }

    /// The files and folders that nobody but kmtop and its user should change: settings, library, variables, state.
    #[must_use]
    pub fn own(&self) -> Vec<PathBuf> {
        vec![self.config_file.clone(), self.state_dir.clone(), self.data_dir.clone()]
    }

    /// The control socket: `kmtop.sock` in the state folder, or where that path is too long for a socket, a name of its own in
    /// `/tmp/kmtop-UID`. Only [`Home::create`] and [`Home::check_socket_dir`] say whether that folder is to be trusted.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        let socket = self.state_dir.join("kmtop.sock");
        if socket.as_os_str().len() <= LONGEST_SOCKET {
            return socket;
        }
        let name = Uuid::new_v5(&Uuid::NAMESPACE_URL, self.state_dir.as_os_str().as_bytes());
        let user = rustix::process::geteuid().as_raw();
        PathBuf::from(format!("/tmp/kmtop-{user}/{}.sock", name.simple()))
    }

    /// The file that a running server holds locked.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        self.state_dir.join("kmtop.lock")
    }

    /// The folder of the semaphores that the runs of this home share.
    #[must_use]
    pub fn semaphores_dir(&self) -> PathBuf {
        self.state_dir.join("semaphores")
    }

    /// What a running server says of itself.
    #[must_use]
    pub fn server_file(&self) -> PathBuf {
        self.state_dir.join("server.json")
    }

    /// The token that callers over HTTP show.
    #[must_use]
    pub fn token_file(&self) -> PathBuf {
        self.state_dir.join("token")
    }

    /// The tokens that have a name.
    #[must_use]
    pub fn tokens_file(&self) -> PathBuf {
        self.state_dir.join("tokens.json")
    }

    /// Who called what; older files have a number behind the name.
    #[must_use]
    pub fn audit_file(&self) -> PathBuf {
        self.state_dir.join("audit.jsonl")
    }

    /// The log.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.state_dir.join("kmtop.log")
    }

    /// What a server that was started in the background said on stderr.
    #[must_use]
    pub fn start_log(&self) -> PathBuf {
        self.state_dir.join("start.log")
    }

    /// The journal of changes, a JSON line for each step.
    pub fn changes_file(&self) -> PathBuf {
        self.state_dir.join("changes.jsonl")
    }

    /// Calls that were slower than usual, one JSON line each.
    #[must_use]
    pub fn slow_log(&self) -> PathBuf {
        self.state_dir.join("slow.jsonl")
    }

    /// What was: intervals and events of the last days.
    #[must_use]
    pub fn history_file(&self) -> PathBuf {
        self.state_dir.join("history.sqlite")
    }

    /// How each host was when nothing was wrong.
    #[must_use]
    pub fn baseline_file(&self) -> PathBuf {
        self.state_dir.join("baseline.json")
    }

    /// The folder of the baselines that somebody stored.
    #[must_use]
    pub fn baselines_dir(&self) -> PathBuf {
        self.data_dir.join("baselines")
    }

    /// The folder of the recordings whose file nobody named.
    #[must_use]
    pub fn recordings_dir(&self) -> PathBuf {
        self.data_dir.join("recordings")
    }

    /// The variables and dictionaries of macros.
    #[must_use]
    pub fn variables_file(&self) -> PathBuf {
        self.data_dir.join("variables.sqlite")
    }

    /// How often macros ran, in the format of Keyboard Maestro's own file of that name.
    #[must_use]
    pub fn statistics_file(&self) -> PathBuf {
        self.data_dir.join("Macro Stats.plist")
    }

    /// The engine's log; older ones have a number behind the name.
    #[must_use]
    pub fn engine_log_file(&self) -> PathBuf {
        self.state_dir.join("Engine.log")
    }

    /// The macro files that are served when the settings name none.
    #[must_use]
    pub fn library_dir(&self) -> PathBuf {
        self.data_dir.join("library")
    }

    /// Makes the folders: the state folder and the socket's closed to others, the data folder open to its owner only when it is new.
    ///
    /// # Errors
    /// [`ConfigError::Path`] when a folder cannot be made, or the state folder or the socket's belongs to somebody else.
    pub fn create(&self) -> Result<(), ConfigError> {
        trust::private_dir(&self.state_dir)?;
        trust::make_dir(&self.library_dir())?;
        match self.socket().parent() {
            // In /tmp anybody could have made it before us, with a link or an open door: then it is refused, not mended.
            Some(dir) if dir != self.state_dir => {
                trust::make_dir(dir)?;
                trust::check_private_dir(dir, false)
            }
            _ => Ok(()),
        }
    }

    /// For those who connect: whether the socket's folder, if there is one, is the user's alone.
    ///
    /// # Errors
    /// [`ConfigError::Path`] when it belongs to somebody else or others may enter it.
    pub fn check_socket_dir(&self) -> Result<(), ConfigError> {
        match self.socket().parent() {
            Some(dir) if dir.symlink_metadata().is_ok() => trust::check_private_dir(dir, dir == self.state_dir),
            _ => Ok(()),
        }
    }
}

/// A folder of the XDG standard, which says that a relative path counts as unset.
fn xdg(environment: &Environment, name: &str, below_home: &str) -> Result<PathBuf, ConfigError> {
    let set = environment.path(name).filter(|path| path.is_absolute());
    let base = set.or_else(|| environment.home_dir().map(|home| home.join(below_home)));
    base.map(|base| base.join("kmtop")).ok_or(ConfigError::NoHome)
}
