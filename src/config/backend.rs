//! What executes: the workers, and Keyboard Maestro's web server.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{choice::BackendKind, home::Home};

/// `[backend]`: what executes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backend {
    /// Which kind of worker.
    pub kind: BackendKind,
    /// Program and arguments of a worker; not empty exactly when the kind is [`BackendKind::Command`].
    pub command: Vec<String>,
    /// The program that runs scripts, for [`BackendKind::Osascript`].
    pub osascript: PathBuf,
    /// Keyboard Maestro's web server, for [`BackendKind::Web`].
    pub web: Web,
}

impl Default for Backend {
    fn default() -> Self {
        let osascript = "/usr/bin/osascript".into();
        Self { kind: BackendKind::default(), command: Vec::new(), osascript, web: Web::default() }
    }
}

/// `[backend.web]`: Keyboard Maestro's web server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// Scheme, host and port.
    pub address: String,
    /// Who logs in.
    pub user: String,
    /// The file with the password, absolute; empty for the file `web-password` beside the settings file (see
    /// [`Web::password_file`]).
    pub password_file: PathBuf,
    /// What curl's `--pinnedpubkey` takes: the key of a server whose certificate nobody signed. Empty for none.
    pub pinned_key: String,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:4490".to_owned(),
            user: String::new(),
            password_file: PathBuf::new(),
            pinned_key: String::new(),
        }
    }
}

impl Web {
    /// The file with the password: the one that is set, or else `web-password` beside the settings file of `home`.
    #[must_use]
    pub fn password_file(&self, home: &Home) -> PathBuf {
        if self.password_file.as_os_str().is_empty() {
            home.config_file.with_file_name("web-password")
        } else {
            self.password_file.clone()
        }
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let host = url::Url::parse(&self.address).ok();
        match host.as_ref().and_then(url::Url::host) {
            Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}
