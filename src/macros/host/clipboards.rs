//! Clipboards that outlive a run.

use super::HostError;

/// The clipboards of the engine. A run works on its own copy of the system clipboard; only its end comes here.
pub trait Clipboards {
    /// A clipboard's text, the system's when `name` is `None`. Named ones are known by their UUID or name, without regard to case.
    /// `None` when nothing was ever put on it.
    ///
    /// # Errors
    /// When it cannot be read.
    fn clipboard(&mut self, name: Option<&str>) -> Result<Option<String>, HostError>;

    /// Puts a text on a clipboard, the system's when `name` is `None`.
    ///
    /// # Errors
    /// When it cannot be written.
    fn set_clipboard(&mut self, name: Option<&str>, text: &str) -> Result<(), HostError>;
}
