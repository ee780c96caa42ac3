//! The stored, sent and recorded unit: what happened in one second.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{
    Advice, AdviceOutcome, Alert, Approval, Bottleneck, CacheFrame, CallRecord, Change, Client, ContextCost, ContractStatus,
    EngineStatus, HeldCall, IoFrame, Laws, Phases, Policy, PoolStatus, ScoreFrame, Security, Severity, SystemSample, TrialStatus,
};

/// What happened in one second (counters, gauges, histograms, events), and in the newest one what holds now.
///
/// Every Frame, at any window, is derived from Intervals by the same code on the server, in an attached console and in a replay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Counts up by 1 for each server; a missing number is a gap.
    pub sequence: u64,
    /// When it ended, milliseconds since 1970.
    pub time_ms: u64,
    /// How long it was, in milliseconds: longer than 1,000 when the machine was asleep or starved.
    pub length_ms: u32,
    /// The numbers that graphs are drawn from.
    pub gauges: Gauges,
    /// The tools with calls that finished in it.
    pub tools: Vec<ToolInterval>,
    /// The calls that finished in it. Kept apart, and so empty, in intervals that are handed over as history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallRecord>,
    /// What happened besides calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Calls whose record was dropped because the ring was full.
    #[serde(default)]
    pub dropped: u64,
    /// What holds at its end. Only the newest interval carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Box<State>>,
}

/// The numbers of one interval that graphs are drawn from. `None` is a gap, not a zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Gauges {
    /// Busy share of all processors, 0 to 100.
    pub cpu_percent: Option<f32>,
    /// Used share of main memory, 0 to 100.
    pub memory_percent: Option<f32>,
    /// Bytes read from disks per second.
    pub disk_read: Option<f32>,
    /// Bytes written to disks per second.
    pub disk_write: Option<f32>,
    /// Bytes received per second.
    pub received: Option<f32>,
    /// Bytes sent per second.
    pub sent: Option<f32>,
    /// kmtop's own processor time, in percent of one processor.
    pub own_cpu_percent: Option<f32>,
    /// kmtop's own resident memory in bytes.
    pub own_rss_bytes: Option<u64>,
    /// Jobs waiting for a worker at the interval's end.
    pub queued: u32,
    /// Live workers at the interval's end.
    pub live: u16,
    /// Busy workers at the interval's end.
    pub busy: u16,
    /// The pool's target at the interval's end.
    pub target: u16,
    /// Busy share of the live workers over the interval, 0 to 1.
    pub utilisation: Option<f32>,
    /// Age of the oldest waiting job at the interval's end, in milliseconds; 0 when none waits.
    pub oldest_wait_ms: u32,
}

/// One tool's calls that finished in one interval.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolInterval {
    /// The tool's name.
    pub tool: Arc<str>,
    /// Calls that finished.
    pub calls: u32,
    /// Calls that did not end well.
    pub errors: u32,
    /// Microseconds waited for a worker, of calls that asked for one.
    pub queued: SparseHistogram,
    /// Microseconds at a worker, of calls that had one.
    pub ran: SparseHistogram,
    /// Microseconds in all.
    pub total: SparseHistogram,
    /// Microseconds that kmtop added: the total less the macro's own time.
    pub overhead: SparseHistogram,
}

/// A closed histogram as HDR V2 bytes; empty bytes stand for an empty histogram. In JSON: base64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SparseHistogram(pub Vec<u8>);

impl Serialize for SparseHistogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for SparseHistogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        STANDARD.decode(text.as_bytes()).map(Self).map_err(D::Error::custom)
    }
}

/// Something that happened besides calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, milliseconds since 1970.
    pub time_ms: u64,
    /// How bad it is.
    pub severity: Severity,
    /// One line for people.
    pub text: String,
}

/// What holds at the end of an interval.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The newest reading of the system.
    pub system: SystemSample,
    /// The pool.
    pub pool: PoolStatus,
    /// The engine underneath.
    pub engine: EngineStatus,
    /// Calls being answered now, by tool; tools without any are left out.
    pub in_flight: Vec<(Arc<str>, u32)>,
    /// Calls since the server started.
    pub calls: u64,
    /// Failed calls since the server started.
    pub errors: u64,
    /// Open connections and stdio streams.
    pub connections: u32,
    /// Calls and failures since the server started, by tool.
    pub tool_totals: Vec<(Arc<str>, u64, u64)>,
    /// What is over its limit, worst first.
    pub alerts: Vec<Alert>,
    /// What would help, most urgent first.
    pub advice: Vec<Advice>,
    /// The newest changes, newest last.
    pub journal: Vec<Change>,
    /// What the server may do by itself, and what it is after.
    #[serde(default)]
    pub policy: Policy,
    /// Clients, most recent first.
    pub clients: Vec<Client>,
    /// Caches since the server started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caches: Vec<CacheFrame>,
    /// File operations since the server started; `None` without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io: Option<IoFrame>,
    /// What was turned away.
    #[serde(default)]
    pub security: Security,
    /// Calls that wait for the owner, oldest first.
    #[serde(default)]
    pub held: Vec<HeldCall>,
    /// The owner's standing answers, oldest first.
    #[serde(default)]
    pub approvals: Vec<Approval>,
    /// Records dropped since the server started.
    pub dropped: u64,
    /// The health score; `None` until there is one.
    #[serde(default)]
    pub score: Option<ScoreFrame>,
    /// What holds the server back; `None` when nothing does.
    #[serde(default)]
    pub bottleneck: Option<Bottleneck>,
    /// Where the time goes: all tools together, then each.
    #[serde(default)]
    pub phases: Vec<Phases>,
    /// What was counted beside what follows from rates and times.
    #[serde(default)]
    pub laws: Option<Laws>,
    /// What tools are promised to do, and what was measured.
    #[serde(default)]
    pub contracts: Vec<ContractStatus>,
    /// Advice that was applied: what was predicted beside what was measured, newest last.
    #[serde(default)]
    pub outcomes: Vec<AdviceOutcome>,
    /// The change that is being tried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<TrialStatus>,
    /// Estimated tokens that tools cost their clients.
    #[serde(default)]
    pub context: Option<ContextCost>,
}
