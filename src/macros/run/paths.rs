//! Paths as macros write them.

use std::path::{Path, PathBuf};

use super::{super::tokens::Escapes, error::Trouble, state::Runner};

impl Runner<'_> {
    /// The path that a field's text means: its tokens expanded, `~` for the user's home, and relative ones from there.
    pub(in crate::macros) fn path(&mut self, text: &str) -> Result<PathBuf, Trouble> {
        // Backslashes are parts of names.
        let text = self.expand(text, Escapes::Keep)?;
        let text = text.trim_end_matches(['\n', '\r']);
        if text.trim().is_empty() {
            return Err(Trouble::Failed("its path is empty".into()));
        }
        if text.contains('\0') {
            return Err(Trouble::Failed("its path has a zero byte in it".into()));
        }
        let home = self.host.home();
        Ok(match text.strip_prefix('~') {
            Some("") => home,
            Some(rest) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            Some(_) => return Err(Trouble::Failed(format!("“{text}” is in the home of another user; write the path in full"))),
            None => home.join(Path::new(text)),
        })
    }
}
