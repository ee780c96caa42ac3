//! The file as others have it: any range, at any step.

use std::{ops::RangeInclusive, path::Path};

use rusqlite::{Connection, OptionalExtension};

use super::{
    HistoryError, Kind, Note,
    layout::open_to_read,
    level::{Level, MINUTE, SECOND, TEN},
    note::severity_of,
    rows,
};
use crate::{
    metrics::Steps,
    model::{Event, Interval, ServerInfo},
};

/// Intervals that are read at once.
const PAGE: usize = 600;

/// Reads a history, while a server writes it or after.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

/// One stored Interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its end, milliseconds since 1970.
    pub time_ms: u64,
    level: Level,
}

impl Reader {
    /// Opens the file.
    ///
    /// # Errors
    /// [`HistoryError`] when there is none, or it is damaged or of a later kmtop.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        Ok(Self { connection: open_to_read(path)? })
    }

    /// The ends of the oldest and the newest Interval; `None` while there are none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn span(&self) -> Result<Option<(u64, u64)>, HistoryError> {
        let sql = "SELECT min(time_ms), max(time_ms) FROM intervals";
        let ends: (Option<u64>, Option<u64>) = self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(ends.0.zip(ends.1))
    }

    /// Who the server was at this time: the one that started last before it, else the first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn info(&self, time_ms: u64) -> Result<Option<ServerInfo>, HistoryError> {
        let sql = "SELECT info FROM starts ORDER BY time_ms > ?1, abs(time_ms - ?1) LIMIT 1";
        let json: Option<String> = self.connection.query_row(sql, [time_ms], |row| row.get(0)).optional()?;
        Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Every Interval between the two ends, both included, oldest first: as fine as it is still kept, and none twice.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn marks(&self, from_ms: u64, to_ms: u64) -> Result<Vec<Mark>, HistoryError> {
        let mut marks = Vec::new();
        for (level, ends) in self.parts()? {
            let ends = from_ms.max(*ends.start())..=to_ms.min(*ends.end());
            marks.extend(rows::times(&self.connection, level, &ends)?.into_iter().map(|time_ms| Mark { time_ms, level }));
        }
        Ok(marks)
    }

    /// Which level holds which part of time: each finer one takes over where it begins.
    fn parts(&self) -> Result<Vec<(Level, RangeInclusive<u64>)>, HistoryError> {
        let mut parts = Vec::new();
        // SQLite's numbers end there.
        let mut last = u64::MAX >> 1;
        for (level, coarser) in [(SECOND, TEN), (TEN, MINUTE), (MINUTE, MINUTE)] {
            let first: Option<u64> = self.connection.query_row(
                "SELECT min(time_ms) FROM intervals WHERE level = ?1 AND time_ms <= ?2",
                [level.seconds, last],
                |row| row.get(0),
            )?;
            let Some(first) = first else { continue };
            let start = coarser.ends(coarser.bucket(first)).start().to_owned();
            parts.push((level, start..=last));
            last = start - 1;
        }
        parts.reverse();
        Ok(parts)
    }

    /// The Intervals of these marks, oldest first, each with what was noted in its time; with what held at their ends if `states`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, marks: &[Mark], states: bool) -> Result<Vec<Interval>, HistoryError> {
        let mut intervals = Vec::with_capacity(marks.len());
        for part in marks.chunk_by(|one, other| one.level == other.level) {
            if let (Some(first), Some(last)) = (part.first(), part.last()) {
                intervals.extend(rows::read(&self.connection, first.level, &(first.time_ms..=last.time_ms), states)?);
            }
        }
        self.attach_notes(&mut intervals)?;
        Ok(intervals)
    }

    fn attach_notes(&self, intervals: &mut [Interval]) -> Result<(), HistoryError> {
        let (Some(first), Some(last)) = (intervals.first(), intervals.last()) else { return Ok(()) };
        let (since, until) = (self.before(first.time_ms)?.map_or(0, |before| before + 1), last.time_ms);
        for note in self.notes(since, until)? {
            let at = intervals.partition_point(|interval| interval.time_ms < note.time_ms);
            if let Some(interval) = intervals.get_mut(at) {
                interval.events.push(event(note));
            }
        }
        Ok(())
    }

    /// The end of the Interval before this time: what happened in a gap belongs to the first Interval after it.
    fn before(&self, time_ms: u64) -> Result<Option<u64>, HistoryError> {
        let mut before = None;
        for level in [SECOND, TEN, MINUTE] {
            let sql = "SELECT max(time_ms) FROM intervals WHERE level = ?1 AND time_ms < ?2";
            let found: Option<u64> = self.connection.query_row(sql, [level.seconds, time_ms], |row| row.get(0))?;
            before = before.max(found);
        }
        Ok(before)
    }

    /// What happened between the two, both included, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn notes(&self, from_ms: u64, to_ms: u64) -> Result<Vec<Note>, HistoryError> {
        let sql = "SELECT time_ms, kind, severity, text FROM events WHERE time_ms BETWEEN ?1 AND ?2 ORDER BY time_ms, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let notes = statement.query_map([from_ms, to_ms.min(u64::MAX >> 1)], |row| {
            let (kind, severity): (String, String) = (row.get(1)?, row.get(2)?);
            Ok(Note { time_ms: row.get(0)?, kind: Kind::of(&kind), severity: severity_of(&severity), text: row.get(3)? })
        })?;
        Ok(notes.collect::<Result<_, _>>()?)
    }

    /// Gives every Interval between the two ends in turn, merged to steps of so many seconds where what is kept is finer, until `take` says
    /// no. Only a part of it is in memory at a time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn each(
        &self,
        (from_ms, to_ms): (u64, u64),
        step: u64,
        mut take: impl FnMut(Interval) -> bool,
    ) -> Result<(), HistoryError> {
        let mut steps = Steps::new(step);
        let marks = self.marks(from_ms, to_ms)?;
        for page in marks.chunks(PAGE) {
            for interval in self.read(page, false)? {
                if steps.push(interval).is_some_and(|done| !take(done)) {
                    return Ok(());
                }
            }
        }
        steps.finish().map(take);
        Ok(())
    }
}

fn event(note: Note) -> Event {
    let Note { time_ms, kind, severity, text } = note;
    let text = if kind == Kind::Event { text } else { format!("{}: {text}", kind.word()) };
    Event { time_ms, severity, text }
}
