//! What outlives a run.

use super::HostError;

/// The global variables: the interpreter keeps local, instance and password variables to itself.
pub trait Store {
    /// A global variable's text; names are case-insensitive.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError>;

    /// Sets a global variable, or deletes it when `value` is `None`.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn set_variable(&mut self, name: &str, value: Option<&str>) -> Result<(), HostError>;

    /// All global variables with their texts.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError>;
}
