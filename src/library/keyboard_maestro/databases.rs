//! Keyboard Maestro's databases: variables and dictionaries.

use std::{cmp::Ordering, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Params, Row};

use crate::macros::variables::{Reach, reach};

/// How long a reading waits while Keyboard Maestro writes.
const BUSY: Duration = Duration::from_secs(2);

/// A database that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the database cannot be read: {0}")]
pub struct DatabaseError(#[from] rusqlite::Error);

type Pairs = Vec<(String, String)>;

/// Opens a database for reading. Its columns are compared by a rule of Keyboard Maestro's own, `UNOCASE`, which nobody has
/// described; its name and its indexes say: without regard to case, in any script.
fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    connection.create_collation("UNOCASE", without_case)?;
    Ok(connection)
}

pub(super) fn without_case(left: &str, right: &str) -> Ordering {
    left.chars().flat_map(char::to_lowercase).cmp(right.chars().flat_map(char::to_lowercase))
}

fn pair(row: &Row<'_>) -> Result<(String, String), rusqlite::Error> {
    Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default()))
}

fn all<Found>(
    path: &Path,
    sql: &str,
    parameters: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<Found, rusqlite::Error>,
) -> Result<Vec<Found>, DatabaseError> {
    let connection = open(path)?;
    let mut statement = connection.prepare(sql)?;
    Ok(statement.query_map(parameters, read)?.collect::<Result<_, _>>()?)
}

fn is_password(name: &str) -> bool {
    reach(name) == Reach::Password
}

// A deleted variable stays in the table with this value.

pub(super) fn variables(path: &Path) -> Result<Pairs, DatabaseError> {
    let sql = "SELECT name, CAST(value AS TEXT) FROM variables WHERE value IS NOT '%Delete%' ORDER BY name";
    let mut variables = all(path, sql, [], pair)?;
    variables.retain(|(name, _)| !is_password(name));
    Ok(variables)
}

pub(super) fn variable(path: &Path, name: &str) -> Result<Option<String>, DatabaseError> {
    if is_password(name) {
        return Ok(None);
    }
    let connection = open(path)?;
    let sql = "SELECT name, CAST(value AS TEXT) FROM variables WHERE name = ?1 AND value IS NOT '%Delete%'";
    Ok(connection.query_row(sql, [name], pair).optional()?.map(|(_, value)| value))
}

pub(super) fn dictionaries(path: &Path) -> Result<Vec<String>, DatabaseError> {
    all(path, "SELECT DISTINCT dictionary FROM dictionaries ORDER BY dictionary", [], |row| row.get(0))
}

pub(super) fn dictionary(path: &Path, name: &str) -> Result<Pairs, DatabaseError> {
    all(path, "SELECT key, CAST(value AS TEXT) FROM dictionaries WHERE dictionary = ?1 ORDER BY key", [name], pair)
}
