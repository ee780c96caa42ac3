//! Who may do what: tokens and what they allow, the audit log, security events, calls that wait for the owner.
//!
//! | file | what it is |
//! |---|---|
//! | `principal` | somebody who calls: name, classes, rate, calls at once |
//! | `limits`, `rate` | the token bucket; how a rate is written |
//! | `owner_token`, `tokens`, `keyring` | the owner's token; the file of named ones; which of them opens the door now |
//! | `audit`, `redact` | the log of calls; what of their arguments may be seen |
//! | `security` | what was turned away, counted |
//! | `board` | calls that wait for the owner's yes or no |
//!
//! [`Access`] holds all of it for one server. Whether a call passes is decided in `tools::gate`; nothing here knows a tool.

pub mod audit;
mod board;
mod keyring;
mod limits;
mod owner_token;
mod principal;
mod rate;
pub mod redact;
mod security;
pub mod tokens;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use crate::{
    config::{Ask, Auth, Home, Settings},
    model::{Allowance, Security, SecurityEvent, SecurityKind},
};

use audit::Audit;
pub use board::{Board, Question, Ticket, Verdict};
pub use keyring::Keyring;
pub use limits::{Over, Permit};
pub use owner_token::Token;
pub use principal::{Principal, Visitor};
pub use rate::Rate;
use security::Ring;

/// All that a server knows of who may do what.
#[derive(Debug)]
pub struct Access {
    keyring: Keyring,
    ring: Ring,
    audit: Option<Audit>,
    board: Arc<Board>,
}

impl Access {
    /// Everything as the settings have it, with the owner's token, which `auth = "token"` needs. The files of named tokens and of
    /// the audit log are those of the home; who opens no door leaves them alone with `None`.
    ///
    /// # Errors
    /// When the file of tokens is there and cannot be taken.
    pub fn start(settings: &Settings, owner: Option<&Token>, home: Option<&Home>) -> io::Result<Arc<Self>> {
        let tokens = home.map(Home::tokens_file);
        let keyring = match settings.server.auth {
            Auth::None => Keyring::open(tokens)?,
            Auth::Token => Keyring::locked(owner, tokens)?,
        };
        let audit = home.filter(|_| settings.audit.enabled).map(|home| Audit::start(home.audit_file(), &settings.audit));
        let limit = Duration::from_secs(settings.server.ask_timeout_s.into());
        Ok(Arc::new(Self { keyring, ring: Ring::default(), audit, board: Board::new(settings.ask.clone(), limit) }))
    }

    /// For a server without doors: nobody is limited, nothing is asked or written down.
    pub fn private() -> Arc<Self> {
        Self::asking(Vec::new(), Duration::from_secs(50))
    }

    /// The same with rules for what waits for the owner, and how long.
    pub fn asking(rules: Vec<Ask>, limit: Duration) -> Arc<Self> {
        let board = Board::new(rules, limit);
        Arc::new(Self { keyring: Keyring::anyone(), ring: Ring::default(), audit: None, board })
    }

    /// Who shows this `Authorization`; `None` when nobody that is known does.
    pub fn admit(&self, authorization: Option<&[u8]>) -> Option<Arc<Principal>> {
        self.keyring.admit(authorization)
    }

    /// Reads the file of tokens if it is another than before; true when it was. One that cannot be taken changes nothing.
    ///
    /// # Errors
    /// When it is another one and cannot be taken. Each fault is told of once.
    pub fn read_tokens(&self) -> io::Result<bool> {
        self.keyring.read()
    }

    /// How many named tokens are valid now.
    pub fn tokens(&self) -> usize {
        self.keyring.count()
    }

    /// What the token of this name has left of its rate; `None` when it has no limit.
    pub fn allowance(&self, token: &str) -> Option<Allowance> {
        self.keyring.find(token)?.allowance()
    }

    /// Notes that something was turned away. What repeats the newest event only counts up.
    pub fn refused(&self, kind: SecurityKind, who: &str, detail: &str) {
        let (event, fresh) = self.ring.note(kind, who, detail);
        if fresh && let Some(audit) = &self.audit {
            audit.refused(&event);
        }
    }

    /// What was turned away, for a screen.
    pub fn security(&self) -> Security {
        Security { audit_lost: self.audit.as_ref().map_or(0, Audit::lost), ..self.ring.shown() }
    }

    /// Security events that nobody has asked for yet, at most a few: for the list of what happened.
    pub fn news(&self) -> Vec<SecurityEvent> {
        self.ring.news()
    }

    /// The audit log, if one is kept.
    pub fn audit(&self) -> Option<&Audit> {
        self.audit.as_ref()
    }

    /// Calls that wait for the owner.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// Waits until the audit log is on the disk, at most `limit`; false when it was not done in time.
    #[must_use]
    pub fn flush(&self, limit: Duration) -> bool {
        self.audit.as_ref().is_none_or(|audit| audit.flush(limit))
    }
}

/// Where a home keeps the key of the audit log's digests: beside the log.
fn audit_key(log: &std::path::Path) -> PathBuf {
    log.with_extension("key")
}
