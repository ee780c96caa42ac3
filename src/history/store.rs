//! The file as its one writer has it: adds Intervals, makes coarser ones of them, lets go of old ones.

use std::{ops::RangeInclusive, path::Path, sync::Arc};

use rusqlite::{Connection, TransactionBehavior, params};

use super::{
    HistoryError, Kind, Note,
    layout::open_to_write,
    level::{Keep, LEVELS, Level, MINUTE, SECOND, TEN},
    note::severity_word,
    rows::{self, Pen},
};
use crate::{
    metrics::Merger,
    model::{Interval, ServerInfo, Severity},
    util::units,
};

/// A clock that is behind the newest Interval by no more than this was set back; what is after it is begun anew. Beyond, one of the
/// two times is wrong, and nothing is thrown away for that.
const SET_BACK_MS: u64 = 3_600_000;
/// From this many milliseconds without an Interval on there is a gap.
const GAP_MS: u64 = 2_500;
/// The oldest part of the whole that goes at once when the file has become too large.
const PART: u64 = 50;
/// Statements that are kept ready.
const STATEMENTS: usize = 48;
/// Free pages that are kept for what comes next: 1 MiB.
const SPARE_PAGES: u64 = 256;
/// Pages given back at once, so that no write waits for long.
const BACK_PAGES: u64 = 512;

/// What is to be written.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// A server began.
    Start(Box<ServerInfo>),
    /// One more second.
    Interval(Arc<Interval>),
    /// Something that happened.
    Note(Note),
}

/// The open file.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    hand: Hand,
}

/// What writing remembers.
#[derive(Debug)]
struct Hand {
    pen: Pen,
    keep: Keep,
    /// The end of the newest Interval.
    newest: Option<u64>,
    /// The newest change that has been noted, by its server's number.
    last_change: u64,
}

/// What became of an Interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// It was added.
    Yes,
    /// The clock is behind the newest Interval by this many milliseconds, and nothing is added until it has caught up.
    Behind(u64),
}

impl Store {
    pub(super) fn open(path: &Path, keep: Keep) -> Result<Self, HistoryError> {
        let connection = open_to_write(path)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let newest =
            connection.query_row("SELECT max(time_ms) FROM intervals WHERE level = ?1", [SECOND.seconds], |row| row.get(0))?;
        let mut store = Self { connection, hand: Hand { pen: Pen::default(), keep, newest, last_change: 0 } };
        // A server that was killed may not have come to it.
        if let Some(newest) = newest {
            store.in_one(|hand, connection| hand.coarsen(connection, newest))?;
        }
        Ok(store)
    }

    /// Writes all of it, or nothing.
    pub(super) fn write(&mut self, entries: &[Entry]) -> rusqlite::Result<Added> {
        let before = (self.hand.newest, self.hand.last_change);
        let written = self.in_one(|hand, connection| entries.iter().try_fold(Added::Yes, |_, entry| hand.add(connection, entry)));
        if written.is_err() {
            (self.hand.newest, self.hand.last_change) = before;
            self.hand.pen.forget();
        }
        written
    }

    /// As on a disk with so much room left.
    #[cfg(test)]
    pub(super) fn allow_pages(&self, most: Option<u32>) {
        self.connection.pragma_update(None, "max_page_count", most.unwrap_or(u32::MAX >> 1)).expect("a limit");
    }

    /// Does it as one transaction.
    fn in_one<T>(&mut self, work: impl FnOnce(&mut Hand, &Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&mut self.hand, &transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Lets go of what is too old or too much, and gives pages back to the system, a little at a time.
    pub(super) fn tidy(&mut self) -> rusqlite::Result<Tidied> {
        let keep = self.hand.keep;
        self.in_one(|hand, connection| hand.tidy(connection))?;
        let size = Size::of(&self.connection)?;
        let spare = size.free > SPARE_PAGES;
        if spare {
            let mut statement = self.connection.prepare(&format!("PRAGMA incremental_vacuum({BACK_PAGES})"))?;
            let mut rows = statement.query([])?;
            // Each step gives one page back.
            while rows.next()?.is_some() {}
        }
        Ok(Tidied { bytes: size.pages * size.page, more: spare || size.is_over(&keep) })
    }
}

/// What tidying came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tidied {
    /// Bytes of the file.
    pub(super) bytes: u64,
    /// Whether there is more to do.
    pub(super) more: bool,
}

impl Hand {
    fn add(&mut self, connection: &Connection, entry: &Entry) -> rusqlite::Result<Added> {
        match entry {
            Entry::Start(info) => self.start(connection, info)?,
            Entry::Note(happened) => note(connection, happened)?,
            Entry::Interval(interval) => return self.interval(connection, interval),
        }
        Ok(Added::Yes)
    }

    fn start(&mut self, connection: &Connection, info: &ServerInfo) -> rusqlite::Result<()> {
        let json = serde_json::to_string(info).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        connection
            .prepare_cached("INSERT INTO starts (time_ms, info) VALUES (?1, ?2)")?
            .execute(params![info.started_ms, json])?;
        self.last_change = 0;
        let text = format!("kmtop {} started (pid {})", info.version, info.pid);
        note(connection, &Note { time_ms: info.started_ms, kind: Kind::Start, severity: Severity::Info, text })
    }

    fn interval(&mut self, connection: &Connection, interval: &Interval) -> rusqlite::Result<Added> {
        match self.newest {
            Some(newest) if newest > interval.time_ms + SET_BACK_MS => return Ok(Added::Behind(newest - interval.time_ms)),
            Some(newest) if newest > interval.time_ms => begin_anew(connection, interval.time_ms, newest)?,
            newest => gaps(connection, newest, interval)?,
        }
        self.pen.write(connection, SECOND, interval)?;
        for event in &interval.events {
            let text = event.text.clone();
            note(connection, &Note { time_ms: event.time_ms, kind: Kind::Event, severity: event.severity, text })?;
        }
        self.changes(connection, interval)?;
        let crossed = self.newest.is_none_or(|newest| TEN.bucket(newest) != TEN.bucket(interval.time_ms));
        self.newest = Some(interval.time_ms);
        if crossed {
            self.coarsen(connection, interval.time_ms)?;
        }
        Ok(Added::Yes)
    }

    /// Notes changes that were not there at the Interval before.
    fn changes(&mut self, connection: &Connection, interval: &Interval) -> rusqlite::Result<()> {
        let journal = interval.state.as_ref().map(|state| state.journal.as_slice()).unwrap_or_default();
        for change in journal.iter().filter(|change| change.id > self.last_change) {
            let text = format!("{} (by {})", change.text, change.by);
            note(connection, &Note { time_ms: change.time_ms, kind: Kind::Change, severity: Severity::Info, text })?;
        }
        self.last_change = journal.iter().map(|change| change.id).fold(self.last_change, u64::max);
        Ok(())
    }

    /// Makes coarser Intervals of all finer ones whose bucket is over.
    fn coarsen(&mut self, connection: &Connection, now_ms: u64) -> rusqlite::Result<()> {
        for (from, to) in [(SECOND, TEN), (TEN, MINUTE)] {
            let done: Option<u64> =
                connection.query_row("SELECT max(time_ms) FROM intervals WHERE level = ?1", [to.seconds], |row| row.get(0))?;
            let first = done.map_or(0, |done| *to.ends(to.bucket(done)).end() + 1);
            let last = to.ends(to.bucket(now_ms)).start() - 1;
            // An hour of seconds at a time, should a killed server have left that many.
            let mut rest = rows::times(connection, from, &(first..=last))?.into_iter().peekable();
            while let Some(time) = rest.next() {
                let ends = to.ends(to.bucket(time));
                while rest.next_if(|next| ends.contains(next)).is_some() {}
                self.merge(connection, from, to, &ends)?;
            }
        }
        Ok(())
    }

    fn merge(&mut self, connection: &Connection, from: Level, to: Level, ends: &RangeInclusive<u64>) -> rusqlite::Result<()> {
        let parts = rows::read(connection, from, ends, true)?;
        let mut merger = Merger::default();
        for part in &parts {
            merger.add(part);
        }
        merger.merged().map_or(Ok(()), |whole| self.pen.write(connection, to, &whole))
    }

    fn tidy(&self, connection: &Connection) -> rusqlite::Result<()> {
        let Some(newest) = self.newest else { return Ok(()) };
        for level in LEVELS {
            // Whole minutes, so that the levels join without a seam.
            let oldest = MINUTE.ends(MINUTE.bucket(newest.saturating_sub(self.keep.of(level)))).start() - 1;
            delete(connection, level, 0, oldest)?;
        }
        if Size::of(connection)?.is_over(&self.keep) {
            self.shrink(connection, newest)?;
        }
        let oldest = newest.saturating_sub(self.keep.minutes_ms);
        connection.execute("DELETE FROM events WHERE time_ms < ?1", [oldest])?;
        connection.execute("DELETE FROM starts WHERE time_ms < ?1 AND id < (SELECT max(id) FROM starts)", [oldest])?;
        Ok(())
    }

    /// Takes the oldest part off, at every level alike.
    fn shrink(&self, connection: &Connection, newest: u64) -> rusqlite::Result<()> {
        let oldest: Option<u64> = connection.query_row("SELECT min(time_ms) FROM intervals", [], |row| row.get(0))?;
        let Some(oldest) = oldest else { return Ok(()) };
        let until = oldest + ((newest - oldest) / PART).max(MINUTE.length_ms());
        let until = MINUTE.ends(MINUTE.bucket(until)).start() - 1;
        tracing::info!(bytes = self.keep.bytes, "the history has its full size; the oldest goes");
        LEVELS.iter().try_for_each(|level| delete(connection, *level, 0, until))?;
        connection.execute("DELETE FROM events WHERE time_ms <= ?1", [until])?;
        Ok(())
    }
}

/// The file's pages.
struct Size {
    pages: u64,
    free: u64,
    page: u64,
}

impl Size {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
        Ok(Self { pages: number("page_count")?, free: number("freelist_count")?, page: number("page_size")? })
    }

    /// Whether the file comes near its bound: what is written until the next look must have room.
    fn is_over(&self, keep: &Keep) -> bool {
        self.pages.saturating_sub(self.free) * self.page > keep.bytes / 10 * 9
    }
}

fn note(connection: &Connection, note: &Note) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT INTO events (time_ms, kind, severity, text) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![note.time_ms, note.kind.word(), severity_word(note.severity), note.text])?;
    Ok(())
}

/// Notes time without numbers before this Interval, and time that it slept through.
fn gaps(connection: &Connection, newest: Option<u64>, interval: &Interval) -> rusqlite::Result<()> {
    let gap = |text| note(connection, &Note { time_ms: interval.time_ms, kind: Kind::Gap, severity: Severity::Info, text });
    let length = u64::from(interval.length_ms);
    if let Some(newest) = newest {
        let missing = interval.time_ms.saturating_sub(length).saturating_sub(newest);
        if missing >= GAP_MS {
            gap(format!("no numbers for {}", units::long_span(missing.div_ceil(1_000))))?;
        }
    }
    if length >= 2 * GAP_MS {
        gap(format!("one interval of {}: the machine slept or was starved", units::long_span(length.div_ceil(1_000))))?;
    }
    Ok(())
}

/// After the clock was set back: what lies after it is let go, so that time goes one way.
fn begin_anew(connection: &Connection, time_ms: u64, newest: u64) -> rusqlite::Result<()> {
    LEVELS.iter().try_for_each(|level| delete(connection, *level, time_ms, u64::MAX >> 1))?;
    let by = units::long_span((newest - time_ms).div_ceil(1_000));
    let text = format!("the clock was set back by {by}; the numbers of that time were replaced");
    note(connection, &Note { time_ms, kind: Kind::Gap, severity: Severity::Info, text })
}

/// Deletes the Intervals of a level whose ends lie between the two, both included.
fn delete(connection: &Connection, level: Level, first: u64, last: u64) -> rusqlite::Result<()> {
    for table in ["intervals", "tools", "states"] {
        let sql = format!("DELETE FROM {table} WHERE level = ?1 AND time_ms BETWEEN ?2 AND ?3");
        connection.prepare_cached(&sql)?.execute(params![level.seconds, first, last])?;
    }
    Ok(())
}
