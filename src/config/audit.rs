//! `[audit]`: the log of calls.

use serde::{Deserialize, Serialize};

/// `[audit]`: the log of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Whether it is kept.
    pub enabled: bool,
    /// Whether arguments are written, with secrets hidden, and not only their names and a digest.
    pub values: bool,
    /// Largest file, in bytes, 64 KiB to 1 GiB.
    pub file_bytes: u64,
    /// Files in all, 1 to 100.
    pub files: u32,
}

impl Default for Audit {
    fn default() -> Self {
        Self { enabled: true, values: false, file_bytes: 10 << 20, files: 5 }
    }
}
