//! Intervals as rows, and rows as Intervals.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
    sync::Arc,
};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::level::Level;
use crate::{
    model::{Gauges, Interval, SparseHistogram, State, ToolInterval},
    util::deflate::{Packer, unpack},
};

/// Most bytes that a row's histograms or state may have unpacked: far beyond what is ever written.
const LARGEST: usize = 64 << 20;

const INSERT_INTERVAL: &str = "INSERT OR REPLACE INTO intervals (level, time_ms, length_ms, sequence, dropped, calls, errors, cpu_percent,
    memory_percent, disk_read, disk_write, received, sent, own_cpu_percent, own_rss_bytes, queued, live, busy, target, utilisation,
    oldest_wait_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
const INSERT_TOOL: &str =
    "INSERT OR REPLACE INTO tools (level, time_ms, tool, calls, errors, phases) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const INSERT_STATE: &str = "INSERT OR REPLACE INTO states (level, time_ms, body) VALUES (?1, ?2, ?3)";
const SELECT_INTERVALS: &str = "SELECT time_ms, length_ms, sequence, dropped, cpu_percent, memory_percent, disk_read, disk_write,
    received, sent, own_cpu_percent, own_rss_bytes, queued, live, busy, target, utilisation, oldest_wait_ms FROM intervals
    WHERE level = ?1 AND time_ms BETWEEN ?2 AND ?3 ORDER BY time_ms";
const SELECT_TOOLS: &str = "SELECT time_ms, name, calls, errors, phases FROM tools JOIN names ON names.id = tools.tool
    WHERE level = ?1 AND time_ms BETWEEN ?2 AND ?3";
const SELECT_STATES: &str = "SELECT time_ms, body FROM states WHERE level = ?1 AND time_ms BETWEEN ?2 AND ?3";

/// What writing rows needs beyond the connection.
#[derive(Debug, Default)]
pub(super) struct Pen {
    packer: Packer,
    names: HashMap<Arc<str>, i64>,
}

impl Pen {
    /// Forgets names: they may not have been written after all.
    pub(super) fn forget(&mut self) {
        self.names.clear();
    }

    /// Writes one Interval, in place of one with the same end.
    pub(super) fn write(&mut self, connection: &Connection, level: Level, interval: &Interval) -> rusqlite::Result<()> {
        let gauges = &interval.gauges;
        let sum = |of: fn(&ToolInterval) -> u32| interval.tools.iter().map(|tool| u64::from(of(tool))).sum::<u64>();
        connection.prepare_cached(INSERT_INTERVAL)?.execute(params![
            level.seconds,
            interval.time_ms,
            interval.length_ms,
            interval.sequence,
            interval.dropped,
            sum(|tool| tool.calls),
            sum(|tool| tool.errors),
            gauges.cpu_percent,
            gauges.memory_percent,
            gauges.disk_read,
            gauges.disk_write,
            gauges.received,
            gauges.sent,
            gauges.own_cpu_percent,
            gauges.own_rss_bytes,
            gauges.queued,
            gauges.live,
            gauges.busy,
            gauges.target,
            gauges.utilisation,
            gauges.oldest_wait_ms,
        ])?;
        for tool in &interval.tools {
            let name = self.name(connection, &tool.tool)?;
            let phases = self.packer.whole(&phases(tool));
            let row = params![level.seconds, interval.time_ms, name, tool.calls, tool.errors, phases];
            connection.prepare_cached(INSERT_TOOL)?.execute(row)?;
        }
        if let Some(state) = &interval.state {
            let json = serde_json::to_vec(state).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            let body = self.packer.whole(&json);
            connection.prepare_cached(INSERT_STATE)?.execute(params![level.seconds, interval.time_ms, body])?;
        }
        Ok(())
    }

    fn name(&mut self, connection: &Connection, name: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some(known) = self.names.get(name) {
            return Ok(*known);
        }
        let mut find = connection.prepare_cached("SELECT id FROM names WHERE name = ?1")?;
        let id = if let Some(id) = find.query_row([name], |row| row.get(0)).optional()? {
            id
        } else {
            connection.prepare_cached("INSERT INTO names (name) VALUES (?1)")?.execute([name])?;
            connection.last_insert_rowid()
        };
        self.names.insert(Arc::clone(name), id);
        Ok(id)
    }
}

/// The four histograms one after the other, each behind its length.
fn phases(tool: &ToolInterval) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in [&tool.queued, &tool.ran, &tool.total, &tool.overhead] {
        bytes.extend(crate::util::numbers::count(part.0.len()).to_le_bytes());
        bytes.extend(&part.0);
    }
    bytes
}

/// The four histograms back; `None` when they are damaged.
fn split_phases(packed: &[u8]) -> Option<[SparseHistogram; 4]> {
    let bytes = unpack(packed, LARGEST)?;
    let mut rest = bytes.as_slice();
    let mut next = || {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let (part, behind) = behind.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        rest = behind;
        Some(SparseHistogram(part.to_vec()))
    };
    Some([next()?, next()?, next()?, next()?])
}

/// The Intervals of a level that end in this range, oldest first; with what held at their ends if `states`. What is damaged in a row
/// is left out. They have no events: those stand beside.
pub(super) fn read(
    connection: &Connection,
    level: Level,
    ends: &RangeInclusive<u64>,
    states: bool,
) -> rusqlite::Result<Vec<Interval>> {
    let range = params![level.seconds, ends.start(), ends.end()];
    let mut statement = connection.prepare_cached(SELECT_INTERVALS)?;
    let mut found: BTreeMap<u64, Interval> = BTreeMap::new();
    for interval in statement.query_map(range, interval)? {
        let interval = interval?;
        found.insert(interval.time_ms, interval);
    }
    let mut statement = connection.prepare_cached(SELECT_TOOLS)?;
    let mut rows = statement.query(range)?;
    while let Some(row) = rows.next()? {
        let Some(interval) = found.get_mut(&row.get(0)?) else { continue };
        let name: Arc<str> = row.get(1)?;
        let Some([queued, ran, total, overhead]) = split_phases(row.get_ref(4)?.as_blob().unwrap_or_default()) else {
            tracing::warn!(tool = &*name, time_ms = interval.time_ms, "damaged histograms are left out");
            continue;
        };
        let (calls, errors) = (row.get(2)?, row.get(3)?);
        interval.tools.push(ToolInterval { tool: name, calls, errors, queued, ran, total, overhead });
    }
    // In the order in which the store closes them.
    for interval in found.values_mut() {
        interval.tools.sort_by(|one, other| one.tool.cmp(&other.tool));
    }
    if states {
        let mut statement = connection.prepare_cached(SELECT_STATES)?;
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            if let Some(interval) = found.get_mut(&row.get(0)?) {
                interval.state = state(row.get_ref(1)?.as_blob().unwrap_or_default());
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The ends of a level's Intervals in this range, oldest first.
pub(super) fn times(connection: &Connection, level: Level, ends: &RangeInclusive<u64>) -> rusqlite::Result<Vec<u64>> {
    let sql = "SELECT time_ms FROM intervals WHERE level = ?1 AND time_ms BETWEEN ?2 AND ?3 ORDER BY time_ms";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(params![level.seconds, ends.start(), ends.end()], |row| row.get(0))?.collect()
}

fn state(packed: &[u8]) -> Option<Box<State>> {
    serde_json::from_slice(&unpack(packed, LARGEST)?).ok()
}

fn interval(row: &Row<'_>) -> rusqlite::Result<Interval> {
    Ok(Interval {
        time_ms: row.get(0)?,
        length_ms: row.get(1)?,
        sequence: row.get(2)?,
        dropped: row.get(3)?,
        gauges: Gauges {
            cpu_percent: row.get(4)?,
            memory_percent: row.get(5)?,
            disk_read: row.get(6)?,
            disk_write: row.get(7)?,
            received: row.get(8)?,
            sent: row.get(9)?,
            own_cpu_percent: row.get(10)?,
            own_rss_bytes: row.get(11)?,
            queued: row.get(12)?,
            live: row.get(13)?,
            busy: row.get(14)?,
            target: row.get(15)?,
            utilisation: row.get(16)?,
            oldest_wait_ms: row.get(17)?,
        },
        ..Interval::default()
    })
}
