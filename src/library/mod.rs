//! The library: an index of all macro files, kept fresh on a thread of its own.
//!
//! Readers take the index as it stands and never wait; a change of the files makes a new index, which replaces the old one whole.

mod files;
mod index;
mod search;
mod watcher;

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::macros::{Macro, MacroSource};

pub use index::{Duplicate, Entry, Filter, FindError, Index, Page};
pub use search::Match;
use watcher::Shared;

/// A handle to the library. Clones are cheap and share one thread, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Library {
    shared: Arc<Shared>,
}

impl Library {
    /// Starts reading these files, and all macro files below these folders. The index is empty (revision 0) until the first
    /// reading is done.
    #[must_use]
    pub fn start(paths: Vec<PathBuf>) -> Self {
        Self { shared: watcher::start(paths) }
    }

    /// The index as it stands.
    #[must_use]
    pub fn index(&self) -> Arc<Index> {
        self.shared.index.load_full()
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
