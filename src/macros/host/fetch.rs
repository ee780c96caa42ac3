//! The network.

use std::time::Duration;

use super::HostError;

/// Most bytes of an answer from the network.
pub const MAX_FETCH: usize = 1024 * 1024;

/// Fetches what stands at an address.
pub trait Fetch {
    /// The text at an address of the schemes http and https, which the caller has checked. Redirects are followed, a few of them and
    /// to these schemes only.
    ///
    /// # Errors
    /// When it cannot be had within the time, the answer is no success or longer than [`MAX_FETCH`], or the run is cancelled meanwhile.
    fn fetch(&mut self, address: &str, time_limit: Duration) -> Result<String, HostError>;
}
