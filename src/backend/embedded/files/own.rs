//! What kmtop keeps for itself, and macros leave alone: settings, library, variables, state. Scripts can do what their user can; this
//! is for actions on files, whose paths often come from elsewhere.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Files and folders that are kmtop's own.
#[derive(Debug, Default)]
pub(in crate::backend::embedded) struct Own(Vec<PathBuf>);

impl Own {
    /// A folder that holds the user's home, or is it, protects nothing: it would be everything.
    pub(in crate::backend::embedded) fn new(paths: &[PathBuf]) -> Self {
        let home = env::home_dir().map(|home| whole(&home));
        let too_much = |path: &PathBuf| home.as_ref().is_some_and(|home| home.starts_with(path));
        Self(paths.iter().map(|path| whole(path)).filter(|path| !too_much(path)).collect())
    }

    /// Whether a path is one of them, or lies in one.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let path = whole(path);
        self.0.iter().any(|own| path.starts_with(own))
    }

    /// Whether one of them lies in this folder.
    pub(super) fn is_within(&self, path: &Path) -> bool {
        let path = whole(path);
        self.0.iter().any(|own| own.starts_with(&path))
    }
}

/// A path without links, as far as it is there.
pub(super) fn whole(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    for there in path.ancestors() {
        if let Ok(whole) = fs::canonicalize(there) {
            return rest.iter().rev().fold(whole, |path: PathBuf, name| path.join(name));
        }
        // What ends in `..` has no name, and what is not there has nothing above it.
        let Some(name) = there.file_name() else { break };
        rest.push(name);
    }
    path.to_owned()
}
