//! Clipboards, kept beside the variables.

use super::host::{WorkerHost, unavailable};
use crate::macros::host::{Clipboards, HostError};

impl Clipboards for WorkerHost {
    fn clipboard(&mut self, name: Option<&str>) -> Result<Option<String>, HostError> {
        self.store().and_then(|store| store.clipboard(name.unwrap_or_default())).map_err(unavailable)
    }

    fn set_clipboard(&mut self, name: Option<&str>, text: &str) -> Result<(), HostError> {
        self.store().and_then(|store| store.set_clipboard(name.unwrap_or_default(), text)).map_err(unavailable)
    }
}
