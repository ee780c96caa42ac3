//! What hooks are told.

use serde::{Deserialize, Serialize};

use super::{Advice, Alert, Change};

/// What a hook may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// An alert began to fire.
    AlertFiring,
    /// An alert is over.
    AlertResolved,
    /// Something was changed.
    ChangeApplied,
    /// A change was taken back.
    ChangeRolledBack,
    /// Advice waits for somebody's yes.
    ApprovalNeeded,
}

impl NoticeKind {
    /// All words.
    pub const WORDS: [&'static str; 5] =
        ["alert_firing", "alert_resolved", "change_applied", "change_rolled_back", "approval_needed"];

    /// It as a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AlertFiring => "alert_firing",
            Self::AlertResolved => "alert_resolved",
            Self::ChangeApplied => "change_applied",
            Self::ChangeRolledBack => "change_rolled_back",
            Self::ApprovalNeeded => "approval_needed",
        }
    }
}

/// Something that a hook is told, in JSON one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened.
    pub event: NoticeKind,
    /// When, milliseconds since 1970.
    pub time_ms: u64,
    /// The machine's name.
    pub host: String,
    /// One line for people.
    pub text: String,
    /// The alert, of alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<Alert>,
    /// The change, of changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// The advice, where an approval is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
}

impl Notice {
    /// What it is about, for the limit of one in five minutes: the alert's rule, the advice's category, or the kind of change.
    #[must_use]
    pub fn topic(&self) -> String {
        match (&self.alert, &self.advice) {
            (Some(alert), _) => alert.rule.clone(),
            (None, Some(advice)) => advice.category.clone(),
            (None, None) => self.event.word().to_owned(),
        }
    }
}
