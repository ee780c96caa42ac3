//! The statistics of all macros, and their format.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value, json};

use crate::macros::{
    kinds::{Kind, kind},
    read::{Form, ReadError, property_list},
    write::{self, WriteError},
};

/// From 1970 to 2001, where Apple's dates start.
const APPLE_EPOCH: Duration = Duration::from_hours(271_752);

const RUNS: &str = "ExecutedCount";
const LAST_RUN: &str = "LastExecuted";
const SAVED: &str = "TimeSaved";

/// How often a macro ran.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Statistic {
    /// How often.
    pub runs: u64,
    /// When it ran last, in seconds since 2001-01-01 UTC; 0 when that is not known.
    pub last_run: f64,
    /// The time that it saved, in seconds.
    pub seconds_saved: f64,
}

impl Statistic {
    /// One run.
    pub(super) fn of_run(when: SystemTime, seconds_saved: f64) -> Self {
        let last_run = when.duration_since(UNIX_EPOCH + APPLE_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        Self { runs: 1, last_run, seconds_saved }
    }

    /// When it ran last; `None` when that is not known.
    #[must_use]
    pub fn last_run_at(&self) -> Option<SystemTime> {
        let since = Duration::try_from_secs_f64(self.last_run).ok().filter(|since| !since.is_zero())?;
        (UNIX_EPOCH + APPLE_EPOCH).checked_add(since)
    }

    /// The runs of both.
    pub(super) fn add(&mut self, more: &Self) {
        self.runs = self.runs.saturating_add(more.runs);
        self.last_run = self.last_run.max(more.last_run);
        self.seconds_saved += more.seconds_saved;
    }
}

/// The statistics of macros by UUID, uppercase.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The macros that ran.
    pub macros: BTreeMap<String, Statistic>,
    /// The file as it was read: keys that kmtop does not know stay in it.
    pub(super) file: Map<String, Value>,
}

impl Table {
    /// Reads the bytes of a `Macro Stats.plist`. An entry of a wrong shape is not counted, and stays in the file.
    ///
    /// # Errors
    /// [`ReadError`] when it is no property list, or no dictionary at the top.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let (Value::Object(file), _) = property_list(bytes)? else {
            return Err(ReadError::Shape("a property list, but no statistics: no dictionary at the top".into()));
        };
        let macros = file.iter().filter_map(|(uid, entry)| Some((uid.to_uppercase(), statistic(entry.as_object()?)?)));
        Ok(Self { macros: macros.collect(), file })
    }

    /// Counts more runs of a macro.
    pub(super) fn add(&mut self, uid: &str, more: &Statistic) {
        self.macros.entry(uid.to_owned()).or_default().add(more);
    }

    /// The bytes of a `Macro Stats.plist`, binary as Keyboard Maestro's own.
    ///
    /// # Errors
    /// [`WriteError`] when the file held a value that cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, WriteError> {
        let mut file = self.file.clone();
        for (uid, statistic) in &self.macros {
            let key = file.keys().find(|key| key.eq_ignore_ascii_case(uid)).cloned().unwrap_or_else(|| uid.clone());
            let entry = file.entry(key).or_insert_with(|| json!({}));
            if !entry.is_object() {
                *entry = json!({});
            }
            entry[RUNS] = statistic.runs.into();
            entry[LAST_RUN] = statistic.last_run.into();
            entry[SAVED] = statistic.seconds_saved.into();
        }
        write::property_list(&Value::Object(file), Form::Binary)
    }
}

fn statistic(entry: &Map<String, Value>) -> Option<Statistic> {
    let number = |key: &str| match entry.get(key).map(kind) {
        Some(Kind::Integer(number)) => number.as_f64(),
        Some(Kind::Real(real)) => Some(real).filter(|real| real.is_finite()),
        _ => None,
    };
    let runs = match entry.get(RUNS).map(kind)? {
        Kind::Integer(number) => number.as_u64()?,
        _ => return None,
    };
    Some(Statistic { runs, last_run: number(LAST_RUN).unwrap_or_default(), seconds_saved: number(SAVED).unwrap_or_default() })
}
