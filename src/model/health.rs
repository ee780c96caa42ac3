//! How well each part of a server is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How well something is, from good to bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// As it should be.
    #[default]
    Healthy,
    /// It works, but slowly, or not for long, or not all of it.
    Degraded,
    /// It does not work.
    Unhealthy,
}

impl Condition {
    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// One part of a server, looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// `engine`, `pool`, `library`, `variables`, `disk`, `memory` or `clock`.
    pub component: String,
    /// How well it is.
    pub status: Condition,
    /// Why it is not healthy, or what there is to say beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long looking took, in milliseconds.
    pub duration_ms: f64,
}

/// All parts of a server, looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// How well the worst part is.
    pub health: Condition,
    /// Whether the pool can take a call.
    pub ready: bool,
    /// The parts. Shared, because the same answer is given to everybody who asks within a second.
    pub checks: Arc<[Check]>,
}

impl Health {
    /// Of these parts, the worst speaks for all.
    #[must_use]
    pub fn of(ready: bool, checks: Vec<Check>) -> Self {
        let health = checks.iter().map(|check| check.status).max().unwrap_or_default();
        Self { health, ready, checks: checks.into() }
    }
}
