//! Dictionaries in memory.

use super::{
    super::host::{Dictionaries, HostError},
    MemoryHost,
};

impl Dictionaries for MemoryHost {
    fn dictionary_value(&mut self, dictionary: &str, key: &str) -> Result<Option<String>, HostError> {
        let known = self.dictionaries.get(&dictionary.to_lowercase());
        Ok(known.and_then(|(_, values)| values.get(&key.to_lowercase())).map(|(_, value)| value.clone()))
    }

    fn set_dictionary_value(&mut self, dictionary: &str, key: &str, value: Option<&str>) -> Result<(), HostError> {
        let folded = dictionary.to_lowercase();
        let (_, values) =
            self.dictionaries.entry(folded.clone()).or_insert_with(|| (dictionary.to_owned(), super::Values::new()));
        match value {
            Some(value) => {
                let entry = values.entry(key.to_lowercase()).or_insert_with(|| (key.to_owned(), String::new()));
                value.clone_into(&mut entry.1);
            }
            None => {
                values.remove(&key.to_lowercase());
            }
        }
        if values.is_empty() {
            self.dictionaries.remove(&folded);
        }
        Ok(())
    }

    fn dictionary(&mut self, dictionary: &str) -> Result<Vec<(String, String)>, HostError> {
        let known = self.dictionaries.get(&dictionary.to_lowercase());
        Ok(known.map(|(_, values)| values.values().cloned().collect()).unwrap_or_default())
    }

    fn dictionaries(&mut self) -> Result<Vec<String>, HostError> {
        Ok(self.dictionaries.values().map(|(name, _)| name.clone()).collect())
    }
}
