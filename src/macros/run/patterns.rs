//! The regular expressions of a run: each is read once, however often a loop comes by.

use std::{collections::HashMap, sync::Arc};

use super::{
    super::regex::{Regex, RegexError},
    error::Trouble,
    state::Runner,
};

/// Most patterns kept; beyond it the cache starts anew. A pattern may take some megabytes.
const MOST_PATTERNS: usize = 50;

/// Patterns that were read already, by their text and whether they ignore case.
pub(super) type Patterns = HashMap<(String, bool), Arc<Regex>>;

impl From<RegexError> for Trouble {
    fn from(error: RegexError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Runner<'_> {
    /// A regular expression in ICU's form, ready to search with.
    pub(in crate::macros) fn regex(&mut self, pattern: &str, ignore_case: bool) -> Result<Arc<Regex>, RegexError> {
        let key = (pattern.to_owned(), ignore_case);
        if let Some(known) = self.patterns.get(&key) {
            return Ok(Arc::clone(known));
        }
        let regex = Arc::new(Regex::new(pattern, ignore_case)?);
        if self.patterns.len() >= MOST_PATTERNS {
            self.patterns.clear();
        }
        self.patterns.insert(key, Arc::clone(&regex));
        Ok(regex)
    }
}
