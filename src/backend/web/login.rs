//! Who logs in where.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A web server and who logs in. It goes to workers in their hello, over a pipe that nobody else reads.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebLogin {
    /// Scheme, host and port.
    pub address: String,
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
    /// What curl's `--pinnedpubkey` takes; empty for none.
    pub pinned_key: String,
}

impl fmt::Debug for WebLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebLogin").field("address", &self.address).finish_non_exhaustive()
    }
}
