//! What the operating system said at one moment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One reading of the system. Rates are per second since the reading before; the first reading has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemSample {
    /// Busy share of all processors, 0 to 100.
    pub cpu_percent: Option<f32>,
    /// Busy share of each processor, 0 to 100.
    pub cpus: Vec<f32>,
    /// Load averages over 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    /// Main memory.
    pub memory: Option<Memory>,
    /// Swap space.
    pub swap: Option<Memory>,
    /// Disk traffic of the whole system and use of the volume that holds the home.
    pub disk: Option<Disk>,
    /// Network traffic of all interfaces but loopback.
    pub network: Option<Network>,
    /// kmtop's own process.
    #[serde(rename = "self")]
    pub own: Option<ProcessSample>,
    /// The worker processes.
    pub workers: Vec<ProcessSample>,
    /// kmtop's own open files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<OpenFiles>,
}

/// Files, sockets and pipes that a process holds open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenFiles {
    /// How many.
    pub open: u64,
    /// How many it may.
    pub most: u64,
}

/// Memory or swap, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// All there is.
    pub total_bytes: u64,
    /// In use and not given back on demand.
    pub used_bytes: u64,
    /// What a new program could have without swapping.
    pub available_bytes: u64,
}

impl Memory {
    /// Used share, 0 to 100; `None` when there is no memory of this kind.
    #[must_use]
    pub fn used_percent(&self) -> Option<f64> {
        (self.total_bytes > 0).then(|| self.used_bytes as f64 / self.total_bytes as f64 * 100.0)
    }
}

/// Disk traffic and space.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Disk {
    /// Bytes read per second.
    pub read_bytes_per_s: Option<f64>,
    /// Bytes written per second.
    pub write_bytes_per_s: Option<f64>,
    /// Used share of the home's volume, 0 to 100.
    pub used_percent: Option<f32>,
}

/// Network traffic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// Bytes received per second.
    pub received_bytes_per_s: Option<f64>,
    /// Bytes sent per second.
    pub sent_bytes_per_s: Option<f64>,
}

/// One process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProcessSample {
    /// Process number.
    pub pid: u32,
    /// Processor time, in percent of one processor.
    pub cpu_percent: Option<f32>,
    /// Resident memory in bytes.
    pub rss_bytes: u64,
}
