//! What the doctor found, for people and for programs.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use crate::util::text::sanitize;

/// How something that was looked at stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works, and could be better.
    Warning,
    /// It does not work.
    Fault,
    /// It could not be looked at, or there is nothing to look at.
    Skipped,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// What was looked at, in one word.
    pub check: &'static str,
    /// How it stands.
    pub status: Health,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// What was measured, by name with its unit.
    pub numbers: BTreeMap<&'static str, f64>,
}

impl Diagnosis {
    fn new(check: &'static str, status: Health, found: impl Into<String>, fix: Option<String>) -> Self {
        Self { check, status, found: found.into(), fix, numbers: BTreeMap::new() }
    }

    /// As it should be.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Health::Ok, found, None)
    }

    /// It works, and could be better.
    pub fn warning(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(check, Health::Warning, found, Some(fix.into()))
    }

    /// It does not work.
    pub fn fault(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(check, Health::Fault, found, Some(fix.into()))
    }

    /// There is nothing to look at.
    pub fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Health::Skipped, found, None)
    }

    /// Adds a number.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        self.numbers.insert(name, value);
        self
    }
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Examination {
    /// Whether there is no fault; warnings are none.
    pub ok: bool,
    /// The version of kmtop.
    pub version: &'static str,
    /// What was looked at, in order.
    pub findings: Vec<Diagnosis>,
}

impl Examination {
    /// Sums up.
    pub fn of(findings: Vec<Diagnosis>) -> Self {
        let ok = findings.iter().all(|finding| finding.status != Health::Fault);
        Self { ok, version: env!("CARGO_PKG_VERSION"), findings }
    }

    /// As lines for people: the state, what was looked at, what was found, and below it what to do.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for Diagnosis { check, status, found, fix, .. } in &self.findings {
            let word = match status {
                Health::Ok => "ok",
                Health::Warning => "warning",
                Health::Fault => "FAULT",
                Health::Skipped => "–",
            };
            let _ = writeln!(text, "{word:<8} {check:<12} {}", sanitize(found));
            if let Some(fix) = fix {
                let _ = writeln!(text, "{:<8} {:<12} fix: {}", "", "", sanitize(fix));
            }
        }
        let faults = self.findings.iter().filter(|finding| finding.status == Health::Fault).count();
        let _ = match faults {
            0 => write!(text, "no faults"),
            1 => write!(text, "1 fault"),
            faults => write!(text, "{faults} faults"),
        };
        text
    }
}
