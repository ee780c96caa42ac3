//! The library: an index of all macro files, kept fresh on a thread of its own.
//!
//! Readers take the index as it stands and never wait; a change of the files makes a new index, which replaces the old one whole.
//!
//! - [`Library`] serves the [`Index`], and changes the files: enable, disable, delete, import, export.
//! - [`statistics::Statistics`] counts runs in Keyboard Maestro's own format.
//! - [`engine_log::EngineLog`] writes the engine's log, [`engine_log::read_log`] reads it.
//! - [`keyboard_maestro::KeyboardMaestroFiles`] reads Keyboard Maestro's own files.

mod edit;
pub mod engine_log;
mod entry;
mod files;
mod findings;
mod graph;
mod hotkeys;
mod index;
pub mod keyboard_maestro;
mod keys;
mod lint;
mod search;
mod snapshot;
pub mod statistics;
mod used;
mod watcher;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::macros::{Macro, MacroSource, Profile};

pub use edit::{ChangeError, Changed, Imported};
pub use entry::{Entry, GroupHead, entries};
pub use graph::Call;
pub use hotkeys::{Hotkey, HotkeyConflict};
pub use index::{Duplicate, Filter, FindError, Index, LeftOut, Page};
pub use keys::key_name;
pub use lint::{Lint, LintedAction, LintedFile, LintedMacro, Totals};
pub use search::Match;
pub use snapshot::{FileRead, Snapshot};
pub use used::variables_used;
use watcher::Shared;

/// A handle to the library. Clones are cheap and share one thread, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Library {
    shared: Arc<Shared>,
    paths: Arc<[PathBuf]>,
}

impl Library {
    /// Starts reading these files, and all macro files below these folders. The index is empty (revision 0) until the first
    /// reading is done.
    #[must_use]
    pub fn start(paths: Vec<PathBuf>) -> Self {
        Self::start_under(paths, Arc::default())
    }

    /// The same, with what macros may count on here.
    #[must_use]
    pub fn start_under(paths: Vec<PathBuf>, profile: Arc<Profile>) -> Self {
        Self { paths: paths.as_slice().into(), shared: watcher::start(paths, profile) }
    }

    /// The first of its paths that is a folder: imported macros go there.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.paths.iter().find(|path| path.is_dir()).map(PathBuf::as_path)
    }

    /// The index as it stands.
    #[must_use]
    pub fn index(&self) -> Arc<Index> {
        self.shared.index.load_full()
    }

    /// The index's revision, and a way to wait for the next.
    #[must_use]
    pub fn revisions(&self) -> tokio::sync::watch::Receiver<u64> {
        self.shared.revisions.clone()
    }

    /// Has the files looked at now and waits until that is done, at most `limit`; false when it was not done in time.
    #[must_use]
    pub fn reload(&self, limit: Duration) -> bool {
        self.shared.reload(limit)
    }

    /// Waits for the first reading, at most `limit`; false when it was not done in time.
    #[must_use]
    pub fn wait_ready(&self, limit: Duration) -> bool {
        self.shared.wait_ready(limit)
    }
}

impl MacroSource for Library {
    fn find_by_uid(&self, uid: &str) -> Option<Arc<Macro>> {
        self.shared.index.load().find_by_uid(uid)
    }
}

#[cfg(test)]
mod tests;
