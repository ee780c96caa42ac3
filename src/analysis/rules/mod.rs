//! What is held against limits, and the words for it.

mod calls;
mod machine;
mod pool;
mod table;

pub use table::{RULES, Rule, as_markdown};
pub(super) use table::{find, rank};

use crate::{
    config::{Alerts, Levels},
    metrics::Window,
    model::{Interval, PoolStatus, Severity, SystemSample},
};

use super::calls::Counted;
pub(super) use machine::Machine;

/// Everything that the rules look at.
pub struct Scene<'a> {
    /// The second that was just closed, with its calls.
    pub interval: &'a Interval,
    /// The last ten seconds.
    pub short: &'a Window,
    /// The last minute.
    pub minute: &'a Window,
    /// The pool now.
    pub pool: &'a PoolStatus,
    /// The machine now.
    pub system: &'a SystemSample,
    /// Files and folders of the library that cannot be read.
    pub unreadable_files: u64,
    /// What is the matter with the history on the disk.
    pub history: Option<String>,
    /// What is the matter with the settings' file.
    pub settings: Option<String>,
    /// What kmtop's caches and files are like, where there are any.
    pub stores: Stores,
}

/// Numbers of caches and files; `None` where there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stores {
    /// Share of lookups that a cache could not answer, 0 to 1: of the one that misses most.
    pub cache_miss_share: Option<f64>,
    /// Mean time to read a file, in ms.
    pub file_read_ms: Option<f64>,
    /// Open files against the process's limit, 0 to 1.
    pub file_slots_share: Option<f64>,
    /// The counts that these rest on.
    pub evidence: Vec<String>,
}

/// One number against its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The rule.
    pub rule: &'static str,
    /// What it is about.
    pub subject: String,
    /// The number; `None` when it is not known now, which changes nothing.
    pub value: Option<f64>,
    /// Its limits, in the same unit.
    pub levels: Levels,
    /// The worst that it can become.
    pub worst: Severity,
    /// How long it must be over its limit before the alert fires, in ms.
    pub hold_ms: u64,
    /// How long it must be well before the alert is gone, in ms.
    pub clear_ms: u64,
    /// What stands behind it: alerts of one cause are shown as one.
    pub cause: &'static str,
    /// One sentence for people.
    pub text: String,
    /// The numbers that it rests on.
    pub evidence: Vec<String>,
}

impl Observation {
    /// A number against a rule's limits, which are those of the settings where these have them.
    pub(super) fn of(rule: &str, settings: &Alerts, subject: &str, value: Option<f64>, text: String) -> Self {
        let rule = find(rule);
        Self { levels: rule.levels(settings), ..Self::bare(&rule, subject, value, text) }
    }

    /// Something that is so. Whether it is so was decided with limits of its own; `value` and `limit` are shown.
    pub(super) fn holds(rule: &str, subject: &str, (value, limit): (f64, f64), text: String) -> Self {
        let rule = find(rule);
        Self {
            // Never below what it is held against: that it holds is known.
            levels: Levels::new(limit.min(value), f64::INFINITY),
            ..Self::bare(&rule, subject, Some(value), text)
        }
    }

    fn bare(rule: &Rule, subject: &str, value: Option<f64>, text: String) -> Self {
        Self {
            rule: rule.name,
            subject: subject.to_owned(),
            value,
            levels: Levels::new(rule.warning, rule.critical),
            worst: Severity::Critical,
            hold_ms: rule.hold_ms,
            clear_ms: rule.clear_ms,
            cause: rule.cause,
            text,
            evidence: Vec::new(),
        }
    }

    pub(super) fn with(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    pub(super) fn worst(self, worst: Severity) -> Self {
        Self { worst, ..self }
    }

    pub(super) fn caused(self, cause: &'static str) -> Self {
        Self { cause, ..self }
    }
}

/// Holds the scene against the limits.
pub(super) fn observe(scene: &Scene<'_>, machine: &Machine, counted: &Counted, limits: &Alerts) -> Vec<Observation> {
    let mut seen = machine.observe(scene, limits);
    seen.extend(calls::observe(scene, counted, limits));
    seen.extend(pool::observe(scene, counted, limits));
    seen
}

/// The mean of the last minute when that is critical, which hurts now; else the mean of the whole window.
pub(super) fn worse(window: Option<f64>, minute: Option<f64>, levels: Levels) -> Option<f64> {
    match minute {
        Some(now) if now >= levels.critical => Some(window.map_or(now, |window| window.max(now))),
        _ => window,
    }
}
