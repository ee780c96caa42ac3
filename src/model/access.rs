//! Who may do what, as far as a screen may know it: allowances, security events, calls that wait for the owner.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::Transport;

/// How much of its rate a limited caller has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Calls that may come at once.
    pub limit: u32,
    /// How many of them are left now.
    pub remaining: u32,
    /// Seconds until all of them are there again, rounded up.
    pub reset: u64,
}

/// What kind of thing was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityKind {
    /// No token where one is needed, or one that nobody has.
    WrongToken,
    /// A Host that the server is not known by.
    HostRefused,
    /// An Origin that is not the server's own.
    OriginRefused,
    /// A body over the limit.
    BodyTooLarge,
    /// More calls than the caller's token may make.
    RateLimited,
    /// A tool of a class that the caller does not have.
    ClassRefused,
    /// A held call that got no yes: denied, or nobody answered in time.
    CallDenied,
    /// A session of another token.
    SessionRefused,
}

impl SecurityKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::WrongToken,
        Self::HostRefused,
        Self::OriginRefused,
        Self::BodyTooLarge,
        Self::RateLimited,
        Self::ClassRefused,
        Self::CallDenied,
        Self::SessionRefused,
    ];

    /// The kind as a word, as it stands in logs and labels.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::WrongToken => "wrong_token",
            Self::HostRefused => "host_refused",
            Self::OriginRefused => "origin_refused",
            Self::BodyTooLarge => "body_too_large",
            Self::RateLimited => "rate_limited",
            Self::ClassRefused => "class_refused",
            Self::CallDenied => "call_denied",
            Self::SessionRefused => "session_refused",
        }
    }

    /// The words shown for it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::WrongToken => "wrong token",
            Self::HostRefused => "host refused",
            Self::OriginRefused => "origin refused",
            Self::BodyTooLarge => "body too large",
            Self::RateLimited => "rate limited",
            Self::ClassRefused => "class refused",
            Self::CallDenied => "call denied",
            Self::SessionRefused => "session refused",
        }
    }
}

/// Something that was turned away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityEvent {
    /// When it last happened, milliseconds since 1970.
    pub time_ms: u64,
    /// What kind it is.
    pub kind: SecurityKind,
    /// Who came: a token's name, or an address.
    pub who: Arc<str>,
    /// What was wanted, and what would allow it, for people.
    pub detail: Arc<str>,
    /// How often it happened in a row.
    pub times: u64,
}

/// What was turned away since the server started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Security {
    /// How often, by kind; kinds that never happened are left out.
    pub counts: BTreeMap<SecurityKind, u64>,
    /// The newest events, newest first.
    pub events: Vec<SecurityEvent>,
    /// Lines of the audit log that found no room or could not be written.
    pub audit_lost: u64,
}

/// A call that waits for the owner's yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldCall {
    /// Counts up from 1 for each server.
    pub id: u64,
    /// When it came, milliseconds since 1970.
    pub time_ms: u64,
    /// When it is refused for want of an answer, milliseconds since 1970.
    pub until_ms: u64,
    /// Who asks: the token's name, or `stdio`.
    pub who: Arc<str>,
    /// The client's name as it introduced itself.
    pub client: Arc<str>,
    /// How it came.
    pub transport: Transport,
    /// The tool.
    pub tool: Arc<str>,
    /// The setting that holds it, as it stands in `ask`.
    pub rule: String,
    /// Its arguments, one a line, with what may be secret hidden.
    pub arguments: Vec<String>,
    /// The macro that it is about.
    pub subject: Option<Arc<str>>,
    /// What would run: the macro's outline, line by line.
    pub outline: Vec<String>,
    /// What "always" would mean.
    pub always: String,
}

/// The owner's answer to a held call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes, this time.
    Once,
    /// Yes, and the same from the same caller until the server ends.
    Always,
    /// No.
    No,
}

impl Decision {
    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Always => "always",
            Self::No => "no",
        }
    }
}

/// A standing yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Counts up from 1 for each server.
    pub id: u64,
    /// Since when, milliseconds since 1970.
    pub since_ms: u64,
    /// What it allows, for people.
    pub text: String,
}
