//! The pool and its workers, as anyone may see them.

use std::{collections::BTreeMap, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Breaker, Lane, ProcessSample, RecycleReason, Recycling, ShedReason, SizingStatus, SlowCall, Spread};

/// What the pool is doing now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PoolStatus {
    /// Smallest target allowed.
    pub min: u16,
    /// Largest target allowed.
    pub max: u16,
    /// How many workers there should be.
    pub target: u16,
    /// Workers that can take or are doing work: idle, busy or stuck.
    pub live: u16,
    /// Workers with a job.
    pub busy: u16,
    /// Workers waiting for a job.
    pub idle: u16,
    /// Workers on their way up.
    pub starting: u16,
    /// Jobs waiting for a worker.
    pub queued: u32,
    /// The same by lane; lanes in which nothing waits are left out.
    #[serde(default)]
    pub queued_by_lane: BTreeMap<Lane, u32>,
    /// How long the jobs taken in the last one to two minutes had waited.
    #[serde(default)]
    pub wait: Option<Spread>,
    /// Whether the queue is nearly full: on at 80 % of its bound, off at 20 %.
    #[serde(default)]
    pub pressure: bool,
    /// Milliseconds that the oldest waiting job has waited; `None` when none waits.
    pub oldest_wait_ms: Option<u64>,
    /// Largest number of waiting jobs allowed.
    pub queue_bound: u32,
    /// Busy share of the live workers since the status before, 0 to 1.
    pub utilisation: Option<f64>,
    /// Every worker by slot.
    pub workers: Vec<WorkerStatus>,
    /// The worker outside of the size, for what must not wait; `None` while nobody needs it.
    #[serde(default)]
    pub reserve: Option<WorkerStatus>,
    /// How long the last 64 starts took; `None` before the first.
    #[serde(default)]
    pub start: Option<Spread>,
    /// Worker processes started in the last hour.
    #[serde(default)]
    pub spawned_last_hour: u64,
    /// Milliseconds since the server started in which the target was as high as it may be.
    #[serde(default)]
    pub at_max_ms: u64,
    /// Workers that the jobs of the last one to two minutes keep busy, in erlang; `None` before the first.
    #[serde(default)]
    pub offered_load: Option<f64>,
    /// Share of jobs that found an already warm worker, 0 to 1; `None` before the first job.
    pub reuse_share: Option<f64>,
    /// Working time ÷ (working + starting + killed time), 0 to 1; `None` before the first job.
    pub efficiency: Option<f64>,
    /// Counts since the server started.
    pub counters: PoolCounters,
    /// Jobs turned away or given up by the queue, by reason; the sum is `counters.shed`.
    #[serde(default)]
    pub shed_by: BTreeMap<ShedReason, u64>,
    /// Workers retired on purpose, by reason; the sum is `counters.recycled`.
    #[serde(default)]
    pub recycled_by: BTreeMap<RecycleReason, u64>,
    /// Work that has killed workers of late, and what is done about it.
    #[serde(default)]
    pub breakers: Vec<Breaker>,
    /// How the last worker died, while they die one after the other.
    #[serde(default)]
    pub crash_loop: Option<String>,
    /// The newest calls that were slower than usual, newest first.
    #[serde(default)]
    pub slow: Vec<SlowCall>,
    /// When workers are replaced.
    #[serde(default)]
    pub recycling: Recycling,
    /// Why the target is what it is.
    pub reason: String,
    /// The controller of the size and its decisions.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub sizing: SizingStatus,
    /// Who stopped everything, while all work is refused.
    #[serde(default)]
    pub stopped: Option<String>,
    /// Why the pool cannot do its work, if so: for example what the worker's start fails with.
    pub degraded: Option<String>,
}

impl PoolStatus {
    /// Adds what was last sampled of the workers' processes.
    pub fn note_processes(&mut self, samples: &[ProcessSample]) {
        for worker in self.workers.iter_mut().chain(&mut self.reserve) {
            if let Some(sample) = samples.iter().find(|sample| Some(sample.pid) == worker.pid) {
                worker.rss_bytes = Some(sample.rss_bytes);
                worker.cpu_percent = sample.cpu_percent;
            }
        }
    }

    /// The same once the pool has ended: what was counted stays.
    #[must_use]
    pub fn without_workers(&self) -> Self {
        let nobody = Self { live: 0, busy: 0, idle: 0, starting: 0, queued: 0, utilisation: None, reserve: None, ..self.clone() };
        Self { queued_by_lane: BTreeMap::new(), oldest_wait_ms: None, workers: Vec::new(), ..nobody }
    }

    /// What this means for the engine underneath: `running`, `starting` or `down`.
    pub fn engine_word(&self) -> &'static str {
        match (&self.degraded, self.live) {
            (Some(_), _) => "down",
            (None, 0) => "starting",
            (None, _) => "running",
        }
    }
}

/// Counts since the server started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PoolCounters {
    /// Worker processes started.
    pub spawned: u64,
    /// Workers retired on purpose.
    pub recycled: u64,
    /// Workers that died by themselves, never became ready, or broke the protocol.
    pub crashed: u64,
    /// Workers killed at a deadline, or for not obeying a cancel.
    pub killed: u64,
    /// Jobs turned away because the queue was full or the wait too long.
    pub shed: u64,
    /// Jobs that met their execution deadline.
    pub timeouts: u64,
    /// Jobs done, well or not.
    pub served: u64,
    /// Jobs that were done once more because their worker died; only such as only read.
    #[serde(default)]
    pub repeated: u64,
}

/// One worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerStatus {
    /// Its place in the pool, from 1; a replacement takes the place of the one before.
    pub slot: u16,
    /// Its process; `None` while there is none.
    pub pid: Option<u32>,
    /// What it is doing.
    pub state: WorkerState,
    /// The tool that it works for.
    pub tool: Option<Arc<str>>,
    /// What that call is about: a macro's or a variable's name.
    pub subject: Option<Arc<str>>,
    /// Milliseconds in the present job.
    pub busy_ms: Option<u64>,
    /// Milliseconds since its process started.
    pub age_ms: u64,
    /// Jobs that its process has done.
    pub served: u64,
    /// Busy share since the status before, 0 to 1.
    pub utilisation: Option<f64>,
    /// Resident memory in bytes.
    pub rss_bytes: Option<u64>,
    /// Most resident memory that was seen, in bytes.
    #[serde(default)]
    pub peak_rss_bytes: Option<u64>,
    /// Processor time, in percent of one processor.
    #[serde(default)]
    pub cpu_percent: Option<f32>,
    /// Workers in this place that died by themselves or never became ready, since the server started.
    #[serde(default)]
    pub crashes: u64,
    /// What its last finished job was.
    #[serde(default)]
    pub last: Option<Arc<str>>,
    /// Why it is being replaced, if it is.
    #[serde(default)]
    pub recycle: Option<RecycleReason>,
}

/// The states of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// The process has been started and has not said hello.
    Starting,
    /// It has said hello and does its first, discarded job.
    Warming,
    /// Waiting for a job.
    Idle,
    /// Doing a job.
    Busy,
    /// Doing its last job.
    Draining,
    /// Busy for longer than the hung-worker limit.
    Stuck,
    /// Being killed.
    Killing,
    /// Died too often; waits before the next start.
    Backoff,
}

impl WorkerState {
    /// The three letters shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "STA",
            Self::Warming => "WRM",
            Self::Idle => "IDL",
            Self::Busy => "RUN",
            Self::Draining => "DRN",
            Self::Stuck => "HNG",
            Self::Killing => "KIL",
            Self::Backoff => "OFF",
        }
    }
}
