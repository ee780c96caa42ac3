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

/// The dictionaries: values by a dictionary's name and a key, kept for good. Case matters in neither; both keep the letters that they
/// were first set with. Names and keys come without spaces around them.
pub trait Dictionaries {
    /// A value; `None` when the dictionary has no such key, or there is no such dictionary.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn dictionary_value(&mut self, dictionary: &str, key: &str) -> Result<Option<String>, HostError>;

    /// Sets a value, or deletes the key when `value` is `None`. A dictionary is there as long as it has keys.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn set_dictionary_value(&mut self, dictionary: &str, key: &str, value: Option<&str>) -> Result<(), HostError>;

    /// A dictionary's keys with their values, by key; none when there is no such dictionary.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn dictionary(&mut self, dictionary: &str) -> Result<Vec<(String, String)>, HostError>;

    /// The names of all dictionaries.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn dictionaries(&mut self) -> Result<Vec<String>, HostError>;
}
