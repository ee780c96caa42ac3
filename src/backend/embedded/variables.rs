//! The store of global variables and of clipboards: one `SQLite` file that all workers share.

use std::{fs, io, os::unix::fs::OpenOptionsExt as _, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

/// How long a write waits for another worker's.
const BUSY: Duration = Duration::from_secs(2);
/// The layout that this build writes.
const LAYOUT: i64 = 3;

/// The tables of this layout. That of dictionaries has Keyboard Maestro's form, as has the collation's name.
const TABLES: &str = "BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS variables (name TEXT PRIMARY KEY COLLATE UNOCASE, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS clipboards (name TEXT PRIMARY KEY COLLATE UNOCASE, text TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS dictionaries (dictionary TEXT NOT NULL COLLATE UNOCASE, key TEXT NOT NULL COLLATE UNOCASE,
        value TEXT NOT NULL, PRIMARY KEY (dictionary, key)) WITHOUT ROWID;
    PRAGMA user_version = 3;
    COMMIT;";

/// From layouts whose names were compared without regard to the case of ASCII letters only. Of names that are now one, the first
/// stays.
const MIGRATION: &str = "BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS clipboards (name TEXT PRIMARY KEY COLLATE NOCASE, text TEXT NOT NULL) WITHOUT ROWID;
    ALTER TABLE variables RENAME TO variables_before;
    ALTER TABLE clipboards RENAME TO clipboards_before;
    CREATE TABLE variables (name TEXT PRIMARY KEY COLLATE UNOCASE, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE clipboards (name TEXT PRIMARY KEY COLLATE UNOCASE, text TEXT NOT NULL) WITHOUT ROWID;
    INSERT OR IGNORE INTO variables SELECT name, value FROM variables_before;
    INSERT OR IGNORE INTO clipboards SELECT name, text FROM clipboards_before;
    DROP TABLE variables_before;
    DROP TABLE clipboards_before;
    PRAGMA user_version = 3;
    COMMIT;";

/// Lets the connection compare texts without regard to case, letters beyond ASCII included.
fn collation(connection: &Connection) -> rusqlite::Result<()> {
    let folded = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    connection.create_collation("UNOCASE", move |left, right| folded(left).cmp(&folded(right)))
}

/// Looks through the file for damage, so that it is found before a worker stumbles over it. What is only ever asked for by its
/// first page may be broken on its second.
fn sound(connection: &Connection) -> rusqlite::Result<()> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), Some(found)))
}

/// The store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VariablesError {
    /// The file is of a later kmtop.
    #[error("the variables file has layout {0}, which a later kmtop wrote; update kmtop")]
    Newer(i64),
    /// The file cannot be made.
    #[error("the variables file cannot be made: {0}")]
    File(#[from] io::Error),
    /// `SQLite` says no.
    #[error("the variables file cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Global variables by name; names are compared without regard to case.
#[derive(Debug)]
pub struct Variables {
    pub(super) connection: Connection,
}

impl Variables {
    /// Opens the file for the server: makes it, or brings it to this build's layout. To be done before any worker starts.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be made, is no database, or is of a later kmtop.
    pub fn create(path: &Path) -> Result<Self, VariablesError> {
        // What people keep in variables is nobody else's business; SQLite's side files take over these permissions.
        fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        let layout: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if layout > LAYOUT {
            return Err(VariablesError::Newer(layout));
        }
        // Readers do not wait for a writer, and a write is one append.
        connection.pragma_update(None, "journal_mode", "wal")?;
        collation(&connection)?;
        sound(&connection)?;
        connection.execute_batch(if (1..LAYOUT).contains(&layout) { MIGRATION } else { "" })?;
        connection.execute_batch(TABLES)?;
        Self::ready(connection)
    }

    /// Opens a file that the server has made.
    ///
    /// # Errors
    /// [`VariablesError`] when there is none or it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, VariablesError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        Self::ready(connection)
    }

    fn ready(connection: Connection) -> Result<Self, VariablesError> {
        collation(&connection)?;
        // With a write-ahead log this loses at most the last writes at a power cut, never the file.
        connection.pragma_update(None, "synchronous", "normal")?;
        Ok(Self { connection })
    }

    /// A variable's text.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be read.
    pub fn get(&self, name: &str) -> Result<Option<String>, VariablesError> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM variables WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Sets a variable. The name keeps the letters that it was first set with.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be written.
    pub fn set(&self, name: &str, value: &str) -> Result<(), VariablesError> {
        let sql = "INSERT INTO variables (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.connection.prepare_cached(sql)?.execute(params![name, value])?;
        Ok(())
    }

    /// A clipboard's text; the system clipboard has the empty name.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be read.
    pub fn clipboard(&self, name: &str) -> Result<Option<String>, VariablesError> {
        let mut statement = self.connection.prepare_cached("SELECT text FROM clipboards WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Puts a text on a clipboard.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be written.
    pub fn set_clipboard(&self, name: &str, text: &str) -> Result<(), VariablesError> {
        let sql = "INSERT INTO clipboards (name, text) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET text = excluded.text";
        self.connection.prepare_cached(sql)?.execute(params![name, text])?;
        Ok(())
    }

    /// Deletes a variable; says whether there was one.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be written.
    pub fn delete(&self, name: &str) -> Result<bool, VariablesError> {
        let deleted = self.connection.prepare_cached("DELETE FROM variables WHERE name = ?1")?.execute([name])?;
        Ok(deleted > 0)
    }

    /// All variables with their texts, by name.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be read.
    pub fn all(&self) -> Result<Vec<(String, String)>, VariablesError> {
        let mut statement = self.connection.prepare_cached("SELECT name, value FROM variables ORDER BY name")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All names.
    ///
    /// # Errors
    /// [`VariablesError`] when the file cannot be read.
    pub fn names(&self) -> Result<Vec<String>, VariablesError> {
        let mut statement = self.connection.prepare_cached("SELECT name FROM variables ORDER BY name")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Variables, VariablesError};

    #[test]
    fn keeps_variables_for_all_who_open_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("variables.sqlite");
        assert!(Variables::open(&path).is_err(), "a worker does not make the file");
        let server = Variables::create(&path).expect("made");
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).expect("there").permissions());
        assert_eq!(mode & 0o777, 0o600);
        let worker = Variables::open(&path).expect("opened");
        assert_eq!(worker.get("A").expect("read"), None);
        server.set("My Name", "x").expect("written");
        worker.set("my name", "y").expect("written");
        assert_eq!(server.all().expect("read"), [("My Name".to_owned(), "y".to_owned())]);
        assert_eq!(server.get("MY NAME").expect("read").as_deref(), Some("y"));
        assert!(server.delete("MY name").expect("written"));
        assert!(!server.delete("MY name").expect("written"));
        assert!(worker.names().expect("read").is_empty());
        Variables::create(&path).expect("once more");
        worker.set_clipboard("Notes", "n").expect("written");
        assert_eq!(server.clipboard("notes").expect("read").as_deref(), Some("n"));
        assert_eq!(server.clipboard("").expect("read"), None);
    }

    #[test]
    fn brings_older_files_to_this_layout() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("variables.sqlite");
        let before = rusqlite::Connection::open(&path).expect("made");
        let layout = "CREATE TABLE variables (name TEXT PRIMARY KEY COLLATE NOCASE, value TEXT NOT NULL) WITHOUT ROWID;
            INSERT INTO variables VALUES ('Größe', '1'), ('GRÖßE', '2'), ('a', '3');
            PRAGMA user_version = 1;";
        before.execute_batch(layout).expect("filled");
        drop(before);
        Variables::create(&path).expect("brought up to date");
        let worker = Variables::open(&path).expect("opened");
        assert_eq!(worker.names().expect("read").len(), 2);
        assert!(worker.get("größe").expect("read").is_some());
        assert_eq!(worker.get("A").expect("read").as_deref(), Some("3"));
        Variables::create(&path).expect("once more");
    }

    #[test]
    fn leaves_later_layouts_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("variables.sqlite");
        let connection = rusqlite::Connection::open(&path).expect("made");
        connection.pragma_update(None, "user_version", 7).expect("set");
        assert!(matches!(Variables::create(&path), Err(VariablesError::Newer(7))));
    }
}
