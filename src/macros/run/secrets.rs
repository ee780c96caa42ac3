//! Keeps passwords out of what a run says.

use super::report::{Failure, Sinks};

/// Most passwords that are remembered; a run with more than that forgets the oldest.
const MOST: usize = 100;
/// Stands where a password was.
const HIDDEN: &str = "••••";

/// The texts that password variables have had in a run.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Remembers a password. One of a single character is none that could be found in a text.
    pub(super) fn learn(&mut self, text: &str) {
        let text = text.trim();
        if text.chars().nth(1).is_none() || self.0.iter().any(|known| known == text) {
            return;
        }
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(text.to_owned());
        // The longer ones first: one may be a part of another.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// Whether a password stands in the text.
    pub(super) fn stand_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret.as_str()))
    }

    /// The text without passwords.
    pub(super) fn hide(&self, text: &mut String) {
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), HIDDEN);
            }
        }
    }

    /// The same for all that a run recorded and for the message of its failure.
    pub(super) fn hide_all(&self, sinks: &mut Sinks, failure: Option<&mut Failure>) {
        if self.0.is_empty() {
            return;
        }
        sinks.each_text(&mut |text| self.hide(text));
        if let Some(failure) = failure {
            self.hide(&mut failure.message);
        }
    }
}
