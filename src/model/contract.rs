//! What tools are promised to do, and whether they do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a tool is promised to do. Times are what kmtop adds to a call, without a macro's own work. What is `None` is not promised.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The tool.
    pub tool: String,
    /// Half of the calls take at most this, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
    /// 95 of 100 calls take at most this, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<f64>,
    /// 99 of 100 calls take at most this, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<f64>,
    /// So many of 100 calls end well, over 0 and under 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_percent: Option<f64>,
    /// So many calls a second can be had. Judged under load only, not while a server is at its daily work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_s: Option<f64>,
}

impl Contract {
    /// What is wrong with it, if anything.
    ///
    /// # Errors
    /// In words for people, which follow "the contract".
    pub fn check(&self) -> Result<(), String> {
        let times = [("p50_ms", self.p50_ms), ("p95_ms", self.p95_ms), ("p99_ms", self.p99_ms)];
        if self.tool.trim().is_empty() {
            return Err("names no tool".to_owned());
        }
        for (name, value) in times.into_iter().chain([("rate_per_s", self.rate_per_s)]) {
            if value.is_some_and(|value| !(value > 0.0 && value <= 3_600_000.0)) {
                return Err(format!("has a `{name}` that is not over 0 and at most 3600000"));
            }
        }
        if self.success_percent.is_some_and(|percent| !(percent > 0.0 && percent < 100.0)) {
            return Err("has a `success_percent` that is not over 0 and under 100".to_owned());
        }
        let known: Vec<f64> = times.iter().filter_map(|(_, value)| *value).collect();
        if known.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err("has percentiles that fall: p50_ms, p95_ms and p99_ms must rise".to_owned());
        }
        Ok(())
    }

    /// What it promises, for people.
    #[must_use]
    pub fn words(&self) -> String {
        let time = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value} ms"));
        let parts = [
            time("p50", self.p50_ms),
            time("p95", self.p95_ms),
            time("p99", self.p99_ms),
            self.success_percent.map(|percent| format!("{percent} % end well")),
            self.rate_per_s.map(|rate| format!("{rate} calls a second")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "nothing is promised".to_owned() } else { parts.join(", ") }
    }
}

/// A contract and what was measured of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContractStatus {
    /// What is promised.
    pub contract: Contract,
    /// Calls of the last five minutes.
    pub calls: u64,
    /// Median of what kmtop added in the last minute, in ms; `None` without calls. So the others.
    pub p50_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// Share of calls of the last five minutes that ended well, 0 to 100.
    pub success_percent: Option<f64>,
    /// How many times faster than allowed its budget of errors goes, over five minutes; `None` with fewer than ten calls.
    pub burn: Option<f64>,
    /// Whether it is kept, as far as is known: `None` with too few calls.
    pub kept: Option<bool>,
}
