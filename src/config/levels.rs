//! When a number becomes an alert.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeTuple};

/// `[alerts]`: when a number becomes an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// Busy share of all processors, in percent.
    pub cpu_percent: Levels,
    /// Used share of main memory, in percent.
    pub memory_percent: Levels,
    /// Share of failed calls, in percent.
    pub error_percent: Levels,
    /// 95th percentile of the wait for a worker, in ms.
    pub queue_wait_ms: Levels,
    /// Time that a worker has been in one job, in ms.
    pub hung_worker_ms: Levels,
    /// 95th percentile of what kmtop adds to a call, in ms.
    pub response_ms: Levels,
    /// Used share of the volume that holds the state folder, in percent.
    pub disk_percent: Levels,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            cpu_percent: Levels::new(70.0, 85.0),
            memory_percent: Levels::new(80.0, 90.0),
            error_percent: Levels::new(1.0, 5.0),
            queue_wait_ms: Levels::new(100.0, 500.0),
            hung_worker_ms: Levels::new(10_000.0, 30_000.0),
            response_ms: Levels::new(100.0, 500.0),
            disk_percent: Levels::new(80.0, 90.0),
        }
    }
}

/// Two limits in one unit; `warning` ≤ `critical`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(from = "Written")]
pub struct Levels {
    /// Where a warning begins.
    pub warning: f64,
    /// Where it becomes critical.
    pub critical: f64,
}

impl Levels {
    /// Two limits; the caller keeps `warning` ≤ `critical`.
    #[must_use]
    pub const fn new(warning: f64, critical: f64) -> Self {
        Self { warning, critical }
    }
}

/// The two ways to write limits.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Pair(f64, f64),
    Named { warning: f64, critical: f64 },
}

impl From<Written> for Levels {
    fn from(written: Written) -> Self {
        match written {
            Written::Pair(warning, critical) | Written::Named { warning, critical } => Self { warning, critical },
        }
    }
}

impl Serialize for Levels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.warning)?;
        pair.serialize_element(&self.critical)?;
        pair.end()
    }
}
