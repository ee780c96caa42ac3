//! What happened, beside the numbers.

use crate::model::Severity;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The server said it: an alert that fired or is over, and what else the hub tells.
    Event,
    /// Somebody changed something.
    Change,
    /// A server started.
    Start,
    /// Numbers are missing.
    Gap,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Event, Self::Change, Self::Start, Self::Gap];

    /// Its word in the file and in exports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Change => "change",
            Self::Start => "start",
            Self::Gap => "gap",
        }
    }

    /// The kind with this word; whatever is not known is an event.
    pub(super) fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(Self::Event)
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When, milliseconds since 1970.
    pub time_ms: u64,
    /// What kind of thing.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// One line for people.
    pub text: String,
}

/// The word for how bad it is.
#[must_use]
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

pub(super) fn severity_of(word: &str) -> Severity {
    match word {
        "critical" => Severity::Critical,
        "warning" => Severity::Warning,
        _ => Severity::Info,
    }
}
