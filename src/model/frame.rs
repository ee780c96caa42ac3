//! The frame: one object that tells how the server is, over a window. Its JSON is a contract for scripts.

use serde::{Deserialize, Serialize};

use super::{
    Advice, AdviceOutcome, Alert, Approval, Client, ContextCost, ContractStatus, HeldCall, Laws, Phases, PoolStatus, Security,
    SystemSample, TrialStatus,
};

/// How the server is, over a window. Unknown numbers are `null`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// kmtop's version.
    pub version: String,
    /// When it was taken, milliseconds since 1970.
    pub time: u64,
    /// The machine's name.
    pub host: String,
    /// Seconds since the server started; `None` without a server.
    pub uptime_s: Option<u64>,
    /// The engine underneath; `None` without a server.
    pub engine: Option<EngineFrame>,
    /// The machine.
    pub system: SystemSample,
    /// The worker pool, with its utilisation over the window; `None` without a server.
    pub pool: Option<PoolStatus>,
    /// All calls together; `None` without a server.
    pub totals: Option<Totals>,
    /// Caches; `None` without a server.
    pub caches: Option<Vec<CacheFrame>>,
    /// File operations; `None` while there are none.
    pub io: Option<IoFrame>,
    /// Every tool that was called in the window; `None` without a server.
    pub tools: Option<Vec<ToolFrame>>,
    /// The health score; `None` until there is one.
    pub score: Option<ScoreFrame>,
    /// What holds the server back and by how much, for example `pool too small (83%)`; `None` when nothing does or nothing was judged.
    pub bottleneck: Option<String>,
    /// What is over its limit; `None` without a server.
    pub alerts: Option<Vec<Alert>>,
    /// What would help; `None` without a server.
    pub advice: Option<Vec<Advice>>,
    /// Who called; `None` without a server.
    pub clients: Option<Vec<Client>>,
    /// Where the time goes: all tools together, then each; `None` without a server.
    #[serde(default)]
    pub phases: Option<Vec<Phases>>,
    /// What was counted beside what follows from rates and times; `None` until there is enough of it.
    #[serde(default)]
    pub laws: Option<Laws>,
    /// What tools are promised to do, and what was measured; `None` without a server.
    #[serde(default)]
    pub contracts: Option<Vec<ContractStatus>>,
    /// Advice that was applied: what was predicted beside what was measured; `None` without a server.
    #[serde(default)]
    pub outcomes: Option<Vec<AdviceOutcome>>,
    /// The change that is being tried out; `None` while there is none.
    #[serde(default)]
    pub trial: Option<TrialStatus>,
    /// Estimated tokens that tools cost their clients; `None` without a server.
    #[serde(default)]
    pub context: Option<ContextCost>,
    /// What was turned away; `None` without a server.
    #[serde(default)]
    pub security: Option<Security>,
    /// Calls that wait for the owner; `None` without a server.
    #[serde(default)]
    pub held: Option<Vec<HeldCall>>,
    /// The owner's standing answers; `None` without a server.
    #[serde(default)]
    pub approvals: Option<Vec<Approval>>,
}

/// A cache since the server started.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CacheFrame {
    /// What it keeps.
    pub name: String,
    /// How many it keeps.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Share of the look-ups that found what they wanted, 0 to 1; `None` without any.
    pub hit_share: Option<f64>,
    /// Look-ups since the server started.
    #[serde(default)]
    pub lookups: u64,
    /// Of these, how many found what still held and was only older than is kept.
    #[serde(default)]
    pub expired: u64,
    /// How many entries had to make room for others while they were still good.
    #[serde(default)]
    pub crowded_out: u64,
}

impl CacheFrame {
    /// The name of what is no cache: calls that met one like them under way.
    pub const UNDER_WAY: &str = "calls_under_way";
    /// The name of the cache of answers.
    pub const ANSWERS: &str = "answers";
    /// The name of the cache of small files.
    pub const FILES: &str = "files";
}

/// File operations since the server started.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IoFrame {
    /// Readings: of files, of folders, of what is known of one.
    pub reads: u64,
    /// Writings.
    pub writes: u64,
    /// Mean microseconds of a reading.
    pub mean_read_us: Option<f64>,
    /// Mean microseconds of a writing.
    pub mean_write_us: Option<f64>,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Bytes that were written.
    pub bytes_written: u64,
}

/// The engine underneath.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFrame {
    /// The backend's name.
    pub backend: String,
    /// `running`, `starting` or `down`.
    pub status: String,
}

/// All calls together, over the window unless said otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Calls since the server started.
    pub calls: u64,
    /// Calls per second.
    pub rate_per_s: Option<f64>,
    /// Mean microseconds of a call.
    pub mean_us: Option<f64>,
    /// Share of calls that did not end well, 0 to 1.
    pub error_share: Option<f64>,
    /// Calls being answered now.
    pub in_flight: u64,
    /// Open connections and stdio streams.
    pub connections: u32,
}

/// One tool over the window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolFrame {
    /// The tool's name.
    pub name: String,
    /// Calls that finished in the window.
    pub calls: u64,
    /// Calls that did not end well in the window.
    pub errors: u64,
    /// Calls per second.
    pub rate_per_s: f64,
    /// Calls being answered now.
    pub in_flight: u32,
    /// Median of the whole call, microseconds.
    pub p50_us: Option<u64>,
    /// 95th percentile of the whole call, microseconds.
    pub p95_us: Option<u64>,
    /// 99th percentile of the whole call, microseconds.
    pub p99_us: Option<u64>,
    /// Longest whole call, microseconds.
    pub max_us: Option<u64>,
    /// 95th percentile of the wait for a worker, microseconds.
    pub queued_p95_us: Option<u64>,
    /// 95th percentile of what kmtop added, microseconds.
    pub overhead_p95_us: Option<u64>,
    /// The window, in seconds.
    pub window_s: u64,
}

/// The health score and its parts, each 0 to 100.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreFrame {
    /// All together.
    pub total: f64,
    /// Latency's part.
    pub latency: f64,
    /// Errors' part.
    pub errors: f64,
    /// The pool's part.
    pub pool: f64,
    /// The system's part.
    pub system: f64,
    /// What costs the points that are missing, the dearest first; together 100 less the total.
    #[serde(default)]
    pub costs: Vec<ScoreCost>,
}

/// What costs points of the score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreCost {
    /// The part: `latency`, `errors`, `pool` or `system`.
    pub part: String,
    /// How many points of 100.
    pub points: f64,
    /// Why, for people.
    pub text: String,
}
