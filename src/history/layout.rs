//! The tables, and the file that they are in.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::HistoryError;

/// The layout that this build writes.
pub(super) const LAYOUT: i64 = 1;
/// Marks the file as kmtop's: `kmtp` as a number.
const APPLICATION: i64 = 0x6b6d_7470;
/// How long a write or a read waits for others. The writer comes again, so that it need not wait long.
const BUSY: Duration = Duration::from_millis(500);
/// Pages of the write-ahead log after which it is written back: 4 MiB.
const LOG_PAGES: u32 = 1_000;

/// KiB of pages in memory: rows are added at the end of the tables, and seldom read back.
const CACHE_KIB: i64 = 512;

/// Tables have row numbers, because rows with histograms are large: a table without keeps large rows on pages of their own.
const TABLES: &str = "BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS starts (id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, info TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE IF NOT EXISTS intervals (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, time_ms INTEGER NOT NULL,
        length_ms INTEGER NOT NULL, sequence INTEGER NOT NULL, dropped INTEGER NOT NULL, calls INTEGER NOT NULL,
        errors INTEGER NOT NULL, cpu_percent REAL, memory_percent REAL, disk_read REAL, disk_write REAL, received REAL, sent REAL,
        own_cpu_percent REAL, own_rss_bytes INTEGER, queued INTEGER NOT NULL, live INTEGER NOT NULL, busy INTEGER NOT NULL,
        target INTEGER NOT NULL, utilisation REAL, oldest_wait_ms INTEGER NOT NULL, UNIQUE (level, time_ms));
    CREATE TABLE IF NOT EXISTS tools (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, time_ms INTEGER NOT NULL,
        tool INTEGER NOT NULL, calls INTEGER NOT NULL, errors INTEGER NOT NULL, phases BLOB NOT NULL, UNIQUE (level, time_ms, tool));
    CREATE TABLE IF NOT EXISTS states (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, time_ms INTEGER NOT NULL,
        body BLOB NOT NULL, UNIQUE (level, time_ms));
    CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind TEXT NOT NULL,
        severity TEXT NOT NULL, text TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS events_at ON events (time_ms);
    PRAGMA application_id = 1802335344;
    PRAGMA user_version = 1;
    COMMIT;";

/// Opens the file for the one who writes: makes it, or brings it to this build's layout.
pub(super) fn open_to_write(path: &Path) -> Result<Connection, HistoryError> {
    // Who called what and when is nobody else's business; SQLite's side files take over these permissions.
    fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    let layout = check(&connection, path)?;
    if layout == 0 {
        // Only before the first table: freed pages can then be given back bit by bit.
        connection.pragma_update(None, "auto_vacuum", "incremental")?;
    }
    // Readers do not wait for the writer, and a write is one append.
    connection.pragma_update(None, "journal_mode", "wal")?;
    // With a write-ahead log this loses at most the last seconds at a power cut, never the file; and no write waits for the disk.
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", u64::from(LOG_PAGES) * 4_096)?;
    if layout < LAYOUT {
        connection.execute_batch(TABLES)?;
    }
    Ok(connection)
}

/// Opens the file for one who only reads, while a server writes it or after.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, HistoryError> {
    if !path.exists() {
        return Err(HistoryError::Absent(path.to_owned()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY * 10)?;
    if check(&connection, path)? == 0 {
        return Err(HistoryError::Absent(path.to_owned()));
    }
    Ok(connection)
}

/// The file's layout; 0 for one that has none yet.
fn check(connection: &Connection, path: &Path) -> Result<i64, HistoryError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (layout, application) = (number("user_version")?, number("application_id")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match () {
        () if tables > 0 && application != APPLICATION => Err(HistoryError::Foreign(path.to_owned())),
        () if layout > LAYOUT => Err(HistoryError::Newer { path: path.to_owned(), layout }),
        () => Ok(layout),
    }
}

/// Keeps a damaged file, with what belongs to it, under another name, and says under which.
pub(super) fn put_aside(path: &Path, time_ms: u64) -> io::Result<PathBuf> {
    let named = |end: &str| {
        let mut name = OsString::from(path.as_os_str());
        name.push(end);
        PathBuf::from(name)
    };
    let aside = named(&format!(".corrupt-{time_ms}"));
    fs::rename(path, &aside)?;
    for end in ["-wal", "-shm"] {
        let mut to = OsString::from(aside.as_os_str());
        to.push(end);
        match fs::rename(named(end), to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}
