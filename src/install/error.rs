//! Why something could not be set up.

use std::{fmt::Display, path::Path};

/// Why something could not be set up, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}; {remedy}")]
pub struct InstallError {
    /// The file, with line and column where they are known.
    pub place: String,
    /// What is the matter.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl InstallError {
    pub(super) fn new(path: &Path, what: impl Display, remedy: impl Display) -> Self {
        Self { place: path.display().to_string(), what: what.to_string(), remedy: remedy.to_string() }
    }

    /// A file that its own program could not read either. Line and column count from 1.
    pub(super) fn broken(path: &Path, place: Option<(usize, usize)>, what: impl Display) -> Self {
        let place = place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        Self {
            place: format!("{}{place}", path.display()),
            what: what.to_string(),
            remedy: "nothing was written; correct the file, or add what --print prints by hand".to_owned(),
        }
    }
}
