//! Dictionaries, kept beside the variables.

use rusqlite::{OptionalExtension as _, params};

use super::{
    host::{WorkerHost, unavailable},
    variables::{Variables, VariablesError},
};
use crate::macros::host::{Dictionaries, HostError};

impl Variables {
    /// A value of a dictionary.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be read.
    pub fn dictionary_value(&self, dictionary: &str, key: &str) -> Result<Option<String>, VariablesError> {
        let sql = "SELECT value FROM dictionaries WHERE dictionary = ?1 AND key = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([dictionary, key], |row| row.get(0)).optional()?)
    }

    /// Sets a value of a dictionary, or deletes the key when `value` is `None`.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be written.
    pub fn set_dictionary_value(&self, dictionary: &str, key: &str, value: Option<&str>) -> Result<(), VariablesError> {
        let Some(value) = value else {
            let sql = "DELETE FROM dictionaries WHERE dictionary = ?1 AND key = ?2";
            self.connection.prepare_cached(sql)?.execute([dictionary, key])?;
            return Ok(());
        };
        // All keys of a dictionary carry its name as it was first written.
        let sql = "INSERT INTO dictionaries (dictionary, key, value)
            VALUES (coalesce((SELECT dictionary FROM dictionaries WHERE dictionary = ?1 LIMIT 1), ?1), ?2, ?3)
            ON CONFLICT (dictionary, key) DO UPDATE SET value = excluded.value";
        self.connection.prepare_cached(sql)?.execute(params![dictionary, key, value])?;
        Ok(())
    }

    /// A dictionary's keys with their values, by key.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be read.
    pub fn dictionary(&self, dictionary: &str) -> Result<Vec<(String, String)>, VariablesError> {
        let sql = "SELECT key, value FROM dictionaries WHERE dictionary = ?1 ORDER BY key";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([dictionary], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The names of all dictionaries.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be read.
    pub fn dictionaries(&self) -> Result<Vec<String>, VariablesError> {
        let sql = "SELECT dictionary FROM dictionaries GROUP BY dictionary ORDER BY dictionary";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Dictionaries for WorkerHost {
    fn dictionary_value(&mut self, dictionary: &str, key: &str) -> Result<Option<String>, HostError> {
        self.store().and_then(|store| store.dictionary_value(dictionary, key)).map_err(unavailable)
    }

    fn set_dictionary_value(&mut self, dictionary: &str, key: &str, value: Option<&str>) -> Result<(), HostError> {
        self.store().and_then(|store| store.set_dictionary_value(dictionary, key, value)).map_err(unavailable)
    }

    fn dictionary(&mut self, dictionary: &str) -> Result<Vec<(String, String)>, HostError> {
        self.store().and_then(|store| store.dictionary(dictionary)).map_err(unavailable)
    }

    fn dictionaries(&mut self) -> Result<Vec<String>, HostError> {
        self.store().and_then(Variables::dictionaries).map_err(unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::Variables;

    #[test]
    fn dictionaries_are_kept_whatever_the_case() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("variables.sqlite");
        let server = Variables::create(&path).expect("made");
        let worker = Variables::open(&path).expect("opened");
        worker.set_dictionary_value("Ämter", "Größe", Some("1")).expect("written");
        worker.set_dictionary_value("äMTER", "GRÖSSE", Some("another key")).expect("written");
        worker.set_dictionary_value("äMTER", "größe", Some("2")).expect("written");
        worker.set_dictionary_value("Prices", "Cake", Some("3")).expect("written");
        assert_eq!(server.dictionary_value("ÄMTER", "GRÖßE").expect("read").as_deref(), Some("2"));
        assert_eq!(server.dictionaries().expect("read"), ["Prices", "Ämter"]);
        let keys: Vec<String> = server.dictionary("ämter").expect("read").into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["GRÖSSE", "Größe"]);
        worker.set_dictionary_value("prices", "CAKE", None).expect("deleted");
        assert_eq!(server.dictionaries().expect("read"), ["Ämter"]);
        assert_eq!(server.dictionary_value("Prices", "Cake").expect("read"), None);
    }
}
