//! Every metric there is. The page, the export, `docs/metrics.md` and the checks of dashboard and alert rules come from this table.
//!
//! Names and labels are OpenTelemetry's where it has some (the semantic conventions for MCP, processes and systems), else they begin with
//! `kmtop`.

/// What a metric's value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows while the server lives.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Durations by how long they were.
    Histogram,
}

/// What a metric is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Bytes in a second.
    BytesPerSecond,
    /// A share, 0 to 1.
    Ratio,
}

/// A metric.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name, with dots.
    pub name: &'static str,
    /// What its value does.
    pub kind: Kind,
    /// What it is measured in.
    pub unit: Unit,
    /// Its labels, with dots.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub about: &'static str,
}

impl Unit {
    /// The end of a name in Prometheus.
    #[must_use]
    pub fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Count => None,
            Self::Seconds => Some("seconds"),
            Self::Bytes => Some("bytes"),
            Self::BytesPerSecond => Some("bytes_per_second"),
            Self::Ratio => Some("ratio"),
        }
    }

    /// The unit as OpenTelemetry writes it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Count | Self::Ratio => "1",
            Self::Seconds => "s",
            Self::Bytes => "By",
            Self::BytesPerSecond => "By/s",
        }
    }
}

impl Definition {
    /// The name in Prometheus: with the unit, and for a counter with `_total`.
    #[must_use]
    pub fn prometheus(&self) -> String {
        let unit = self.unit.suffix().map(|unit| format!("_{unit}")).unwrap_or_default();
        let total = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("{}{unit}{total}", plain(self.name))
    }

    /// The names of its labels in Prometheus.
    pub fn prometheus_labels(&self) -> impl Iterator<Item = String> {
        self.labels.iter().map(|label| plain(label))
    }
}

/// A name with dots as Prometheus takes it.
pub(super) fn plain(name: &str) -> String {
    name.replace('.', "_")
}

macro_rules! metrics {
    ($($place:ident: $name:literal, $kind:ident, $unit:ident, [$($label:literal),*], $about:literal;)*) => {
        $(
            #[doc = $about]
            pub(super) static $place: Definition = Definition {
                name: $name,
                kind: Kind::$kind,
                unit: Unit::$unit,
                labels: &[$($label),*],
                about: $about,
            };
        )*

        /// Every metric, in the order in which they are told.
        pub static ALL: &[&Definition] = &[$(&$place),*];
    };
}

metrics! {
    OPERATION: "mcp.server.operation.duration", Histogram, Seconds,
        ["mcp.method.name", "gen_ai.tool.name", "error.type", "network.transport", "mcp.protocol.version"],
        "Requests of clients, from their arrival until the answer was ready. `error.type` is `tool_error` for a tool that failed, `cancelled`, or the JSON-RPC code.";
    SESSION: "mcp.server.session.duration", Histogram, Seconds, ["network.transport"], "Sessions of clients that have ended.";
    SESSIONS: "kmtop.sessions", Gauge, Count, ["network.transport"], "Sessions of clients that go on.";
    CONNECTIONS: "kmtop.connections", Gauge, Count, [], "Open connections and stdio streams.";
    PHASE: "kmtop.tool.phase.duration", Histogram, Seconds, ["gen_ai.tool.name", "phase"],
        "Parts of calls: `queued` for a worker, `ran` at a worker, `overhead` for what kmtop added to the work itself.";
    CALLS: "kmtop.tool.calls", Counter, Count, ["gen_ai.tool.name", "ending"],
        "Calls by how they ended: `ok`, `failed`, `timeout`, `shed`, `cancelled`, `crashed`.";
    ERRORS: "kmtop.tool.errors", Counter, Count, ["gen_ai.tool.name", "code"], "Failed calls by the error's code; 32 codes by name.";
    IN_FLIGHT: "kmtop.tool.in_flight", Gauge, Count, ["gen_ai.tool.name"], "Calls being answered now.";
    CLIENT_CALLS: "kmtop.client.calls", Counter, Count, ["client"], "Calls by client; the first 32 by name, `_OTHER` for all others.";
    CLIENT_ERRORS: "kmtop.client.errors", Counter, Count, ["client"], "Failed calls by client.";
    DROPPED: "kmtop.records.dropped", Counter, Count, [], "Calls that were answered and not counted, because the ring was full.";
    REFUSED: "kmtop.http.refused", Counter, Count, ["http.response.status_code"],
        "Requests turned away at the door: 401 no or a wrong token, 403 a foreign Host or Origin, 429 too many wrong tokens.";
    SECURITY: "kmtop.security.events", Counter, Count, ["kind"], "What was turned away, by kind; a held call that got no yes is among it.";
    AUDIT_LOST: "kmtop.audit.lost", Counter, Count, [], "Lines of the audit log that found no room or could not be written.";
    WORKERS: "kmtop.pool.workers", Gauge, Count, ["state"], "Workers by state.";
    SIZE: "kmtop.pool.size", Gauge, Count, ["bound"], "The number of workers wanted (`target`), and the least and most allowed (`min`, `max`).";
    QUEUED: "kmtop.pool.queue.length", Gauge, Count, ["lane"], "Jobs that wait for a worker.";
    QUEUE_BOUND: "kmtop.pool.queue.bound", Gauge, Count, [], "Jobs that may wait; one more is turned away.";
    OLDEST_WAIT: "kmtop.pool.queue.oldest_wait", Gauge, Seconds, [], "How long the oldest waiting job has waited; 0 when none waits.";
    UTILIZATION: "kmtop.pool.utilization", Gauge, Ratio, [], "Busy share of the live workers in the last second.";
    EFFICIENCY: "kmtop.pool.efficiency", Gauge, Ratio, [], "Working time by working, starting and killed time.";
    REUSE: "kmtop.pool.reuse", Gauge, Ratio, [], "Jobs that found a warm worker, by all jobs.";
    OFFERED: "kmtop.pool.offered_load", Gauge, Count, [], "Workers that the jobs of the last one to two minutes keep busy, in erlang.";
    AT_MAX: "kmtop.pool.at_max", Counter, Seconds, [], "Time in which the pool was as large as it may be.";
    DEGRADED: "kmtop.pool.degraded", Gauge, Count, [], "1 while the pool cannot start workers.";
    BREAKERS: "kmtop.pool.breakers.open", Gauge, Count, [], "Kinds of work that are refused because they kill workers.";
    JOBS: "kmtop.pool.jobs", Counter, Count, ["event"],
        "Jobs: `served`, `timeout` at their deadline, `repeated` because their worker died.";
    SHED: "kmtop.pool.shed", Counter, Count, ["reason"], "Jobs turned away or given up by the queue.";
    WORKER_EVENTS: "kmtop.pool.worker.events", Counter, Count, ["event"],
        "Worker processes: `spawned`, `crashed` by themselves, `killed` at a deadline.";
    RECYCLED: "kmtop.pool.worker.recycled", Counter, Count, ["reason"], "Workers retired on purpose.";
    WORKER_MEMORY: "kmtop.pool.worker.memory.usage", Gauge, Bytes, [], "Resident memory of all workers together.";
    START_TIME: "kmtop.pool.worker.start.p95", Gauge, Seconds, [], "95th percentile of the last 64 starts of workers.";
    MACROS: "kmtop.library.macros", Gauge, Count, [], "Macros in the library.";
    UNREADABLE: "kmtop.library.unreadable_files", Gauge, Count, [], "Files of the library that cannot be read.";
    ALERTS: "kmtop.alerts", Gauge, Count, ["severity"], "Alerts of kmtop itself that are firing.";
    SCORE: "kmtop.health.score", Gauge, Count, ["part"], "The health score and its parts, 0 to 100.";
    HEALTH: "kmtop.health.status", Gauge, Count, ["component"], "How well a part is: 0 healthy, 1 degraded, 2 unhealthy.";
    HEALTH_TIME: "kmtop.health.check.duration", Gauge, Seconds, ["component"], "How long looking at it took.";
    CACHE_ENTRIES: "kmtop.cache.entries", Gauge, Count, ["cache"], "Entries of a cache.";
    CACHE_BYTES: "kmtop.cache.size", Gauge, Bytes, ["cache"], "What a cache holds.";
    CACHE_HITS: "kmtop.cache.hit", Gauge, Ratio, ["cache"], "Questions that a cache could answer, by all questions.";
    BUILD: "kmtop.build.info", Gauge, Count, ["version", "backend"], "Always 1; its labels tell the version and the engine.";
    UPTIME: "process.uptime", Gauge, Seconds, [], "Time since the server started.";
    OWN_CPU: "process.cpu.utilization", Gauge, Ratio, [], "Processor time of kmtop itself; 1 is one processor. Workers are not in it.";
    OWN_MEMORY: "process.memory.usage", Gauge, Bytes, [], "Resident memory of kmtop itself.";
    CPU: "system.cpu.utilization", Gauge, Ratio, [], "Busy share of all processors.";
    LOAD: "system.load_average", Gauge, Count, ["window"], "Processes that run or want to, over 1, 5 and 15 minutes.";
    MEMORY: "system.memory.usage", Gauge, Bytes, ["system.memory.state"], "Main memory: `used`, and `available` to programs.";
    MEMORY_LIMIT: "system.memory.limit", Gauge, Bytes, [], "All main memory.";
    SWAP: "system.paging.usage", Gauge, Bytes, ["system.paging.state"], "Swap space.";
    VOLUME: "system.filesystem.utilization", Gauge, Ratio, [], "Used share of the volume with the state folder.";
    DISK: "system.disk.rate", Gauge, BytesPerSecond, ["disk.io.direction"], "Disk traffic of the machine.";
    NETWORK: "system.network.rate", Gauge, BytesPerSecond, ["network.io.direction"], "Network traffic of the machine, without loopback.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_carry_their_units() {
        let mut names: Vec<String> = ALL.iter().map(|definition| definition.prometheus()).collect();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert_eq!(OPERATION.prometheus(), "mcp_server_operation_duration_seconds");
        assert_eq!(AT_MAX.prometheus(), "kmtop_pool_at_max_seconds_total");
        assert_eq!(REFUSED.prometheus_labels().collect::<Vec<_>>(), ["http_response_status_code"]);
    }
}
