//! One operation again and again: where its time goes, and what it costs.

mod progress;
mod text;

#[cfg(test)]
pub(super) mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{environment::Environment, quantile::Summary};
use crate::{metrics, model::CallRecord};

pub use progress::ProfileProgress;
pub use text::text as profile_text;

/// What processes had used at one moment, together; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Processor time in milliseconds, that of ended children included.
    pub cpu_ms: Option<f64>,
    /// Resident memory in bytes.
    pub rss_bytes: Option<u64>,
    /// Bytes that passed through reading calls.
    pub read_bytes: Option<u64>,
    /// Bytes that passed through writing calls.
    pub written_bytes: Option<u64>,
}

/// The profile of one operation. Its JSON is a contract for scripts.
#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    /// The tool.
    pub tool: String,
    /// Calls that were made.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Why, by code.
    pub errors: BTreeMap<String, u64>,
    /// Microseconds by phase: `queue`, `run`, `own`, `overhead`, `total`. A phase that no call had is left out.
    pub phases: BTreeMap<&'static str, Summary>,
    /// Processor time of the workers for each call, in milliseconds.
    pub worker_cpu_ms_per_call: Option<f64>,
    /// Processor time of the server for each call, in milliseconds.
    pub server_cpu_ms_per_call: Option<f64>,
    /// Bytes that the workers read for each call.
    pub read_bytes_per_call: Option<f64>,
    /// Bytes that the workers wrote for each call.
    pub written_bytes_per_call: Option<f64>,
    /// The workers before and after.
    pub workers: Ends,
    /// The server before and after.
    pub server: Ends,
    /// What should be known of these figures.
    pub notes: Vec<String>,
    /// Where it was measured.
    pub environment: Environment,
    /// Microseconds of each call by phase, in the order in which they ended.
    pub series: BTreeMap<&'static str, Vec<u64>>,
}

/// Both ends of a measurement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Ends {
    /// Before the first call.
    pub before: Usage,
    /// After the last.
    pub after: Usage,
}

impl Ends {
    /// What was used between, by call.
    fn per_call(&self, calls: u64, of: fn(&Usage) -> Option<f64>) -> Option<f64> {
        let used = of(&self.after)? - of(&self.before)?;
        (calls > 0).then(|| used.max(0.0) / calls as f64)
    }
}

/// Makes the profile of `tool` from its calls and from what the workers and the server had used.
#[must_use]
pub fn phases(tool: &str, calls: &[CallRecord], (workers, server): (Ends, Ends), environment: Environment) -> Profile {
    let mut series: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
    let mut errors: BTreeMap<String, u64> = BTreeMap::new();
    for call in calls {
        let times = [
            ("queue", call.queued_us),
            ("run", call.ran_us),
            ("own", call.own_us),
            ("overhead", call.overhead_us()),
            ("total", Some(call.total_us)),
        ];
        for (phase, time) in times {
            if let Some(time) = time {
                series.entry(phase).or_default().push(time);
            }
        }
        if call.ending.is_error() {
            let word = call.code.as_deref().unwrap_or(call.ending.word());
            *errors.entry(word.to_owned()).or_default() += 1;
        }
    }
    let summary = |times: &Vec<u64>| {
        let mut histogram = metrics::latency();
        for time in times {
            metrics::record(&mut histogram, *time);
        }
        Summary::of(&histogram, 0.0)
    };
    let count = u64::try_from(calls.len()).unwrap_or(u64::MAX);
    let mut profile = Profile {
        tool: tool.to_owned(),
        calls: count,
        failed: errors.values().sum(),
        errors,
        phases: series.iter().map(|(phase, times)| (*phase, summary(times))).collect(),
        worker_cpu_ms_per_call: workers.per_call(count, |usage| usage.cpu_ms),
        server_cpu_ms_per_call: server.per_call(count, |usage| usage.cpu_ms),
        read_bytes_per_call: workers.per_call(count, |usage| usage.read_bytes.map(|bytes| bytes as f64)),
        written_bytes_per_call: workers.per_call(count, |usage| usage.written_bytes.map(|bytes| bytes as f64)),
        workers,
        server,
        notes: Vec::new(),
        environment,
        series,
    };
    if !profile.environment.optimized {
        profile
            .notes
            .push("kmtop was built without optimisation: its figures are several times worse than a release build's".to_owned());
    }
    profile
}
