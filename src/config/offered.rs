//! Settings of what clients are offered besides kmtop's own tools. `[[tool]]` has a file of its own.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[mcp]`: what clients are offered besides kmtop's own tools.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mcp {
    /// Groups whose macros are tools of their own, by name or UUID.
    pub expose_groups: Vec<String>,
}

/// `[files]`: the file tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// The folders that they work in, absolute; without any there are no file tools.
    pub roots: Vec<PathBuf>,
    /// Largest file, in bytes, 1 KiB to 1 GiB.
    pub file_bytes: u64,
    /// After how long what was written goes to the disk, in ms, 1 to 10,000.
    pub flush_ms: u64,
    /// Memory for files that were read, in MB; 0 for none.
    pub cache_mb: u64,
}

impl Default for Files {
    fn default() -> Self {
        Self { roots: Vec::new(), file_bytes: 8 << 20, flush_ms: 100, cache_mb: 100 }
    }
}
