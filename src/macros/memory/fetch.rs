//! A network in memory.

use std::time::Duration;

use super::{
    super::host::{Fetch, HostError},
    MemoryHost,
};

impl Fetch for MemoryHost {
    fn fetch(&mut self, address: &str, _: Duration) -> Result<String, HostError> {
        let page = self.pages.get(address).cloned();
        page.ok_or_else(|| HostError::Failed(format!("cannot fetch {address}: there is no such page")))
    }
}
