//! Somebody who calls.

use std::{net::SocketAddr, sync::Arc};

use crate::{config::AccessClass, model::Allowance};

use super::{
    limits::{Limits, Over, Permit},
    tokens::Stored,
};

/// Somebody who calls: by which right, what they may do and how much of it. Kept as long as the token lives, so that its bucket is one
/// for all its connections.
#[derive(Debug)]
pub struct Principal {
    key: Arc<str>,
    name: Arc<str>,
    /// `None`: whatever the settings allow.
    classes: Option<Vec<AccessClass>>,
    limits: Limits,
    sessions: Option<usize>,
    is_token: bool,
}

/// A principal at the door, and where it came from.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who.
    pub principal: Arc<Principal>,
    /// The other end of the connection.
    pub peer: SocketAddr,
}

/// Sessions that a named token may have at a time.
const SESSIONS: usize = 8;

impl Principal {
    /// The owner by the token file: no limits besides those of the settings.
    pub fn owner() -> Arc<Self> {
        Self::unlimited("owner", None, true)
    }

    /// Whoever comes where no token is asked for.
    pub fn anyone() -> Arc<Self> {
        Self::unlimited("anyone", None, false)
    }

    /// Who speaks on stdin and stdout. With `read_only` it may look and change nothing.
    pub fn stdio(read_only: bool) -> Arc<Self> {
        Self::unlimited("stdio", read_only.then(|| vec![AccessClass::Read]), false)
    }

    /// Somebody of whom nothing is known: may do nothing.
    pub fn nobody() -> Arc<Self> {
        Self::unlimited("nobody", Some(Vec::new()), false)
    }

    fn unlimited(name: &str, classes: Option<Vec<AccessClass>>, is_token: bool) -> Arc<Self> {
        let name: Arc<str> = name.into();
        Arc::new(Self { key: Arc::clone(&name), name, classes, limits: Limits::none(), sessions: None, is_token })
    }

    /// The principal of a named token.
    pub(super) fn of(stored: &Stored) -> Self {
        Self {
            key: format!("token {}", stored.id).into(),
            name: stored.name.as_str().into(),
            classes: stored.allow.clone(),
            limits: Limits::new(stored.rate, stored.concurrent),
            sessions: Some(SESSIONS),
            is_token: true,
        }
    }

    /// What tells it from every other principal, also from one of the same name that was made after it was revoked.
    pub fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The name of its token, if it showed one.
    pub fn token(&self) -> Option<&Arc<str>> {
        self.is_token.then_some(&self.name)
    }

    /// Whether it may do what a class names, as far as the settings allow that at all.
    pub fn allows(&self, class: AccessClass) -> bool {
        self.classes.as_ref().is_none_or(|classes| classes.contains(&class))
    }

    /// Takes one call out of the bucket and a place among the calls at once.
    ///
    /// # Errors
    /// When it has had enough.
    pub fn take_call(self: &Arc<Self>) -> Result<Permit, Over> {
        self.limits.take_call().map(|()| Permit::new(Arc::clone(self)))
    }

    /// Takes one request over HTTP, of which a client may make a few for each call.
    ///
    /// # Errors
    /// When it has had enough.
    pub fn take_request(&self) -> Result<(), Over> {
        self.limits.take_request()
    }

    pub(super) fn give_back(&self) {
        self.limits.give_back();
    }

    /// What it has left of its rate; `None` when it has no limit.
    pub fn allowance(&self) -> Option<Allowance> {
        self.limits.allowance()
    }

    /// Sessions that it may have at a time; `None` for as many as the server keeps.
    pub fn sessions(&self) -> Option<usize> {
        self.sessions
    }
}
