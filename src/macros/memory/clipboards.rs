//! Clipboards in memory.

use super::{
    super::host::{Clipboards, HostError},
    MemoryHost,
};

impl Clipboards for MemoryHost {
    fn clipboard(&mut self, name: Option<&str>) -> Result<Option<String>, HostError> {
        Ok(self.clipboards.get(&key(name)).cloned())
    }

    fn set_clipboard(&mut self, name: Option<&str>, text: &str) -> Result<(), HostError> {
        self.clipboards.insert(key(name), text.to_owned());
        Ok(())
    }
}

fn key(name: Option<&str>) -> String {
    name.unwrap_or_default().to_lowercase()
}
