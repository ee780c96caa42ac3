//! Each tool as the target told of it.

use std::{collections::BTreeMap, fmt::Write as _};

use hdrhistogram::Histogram;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    bench::{Mix, quantile::Summary, watch::Point},
    metrics::{self, decode, encode},
    model::{SparseHistogram, ToolInterval},
};

/// A tool that was called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolReport {
    /// Its name.
    pub tool: String,
    /// Calls that ended.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls a second.
    pub rate_per_s: f64,
    /// The whole call, as the target saw it.
    pub total: Summary,
    /// What kmtop added: the total without the macro's own work.
    pub overhead: Summary,
    /// Every `total`, as a histogram of microseconds.
    pub times: SparseHistogram,
}

/// The tools of this mix over these seconds.
pub(super) fn tools(mix: &Mix, track: &[Point]) -> Vec<ToolReport> {
    let called = mix.tools();
    let seconds: f64 = track.iter().map(|point| f64::from(point.length_ms) / 1_000.0).sum();
    let mut parts: BTreeMap<&str, Vec<&ToolInterval>> = BTreeMap::new();
    for tool in track.iter().flat_map(Point::tools).filter(|tool| called.contains(&&*tool.tool)) {
        parts.entry(&tool.tool).or_default().push(tool);
    }
    let report = |(tool, parts): (&str, Vec<&ToolInterval>)| {
        let whole = |of: fn(&ToolInterval) -> &SparseHistogram| -> Histogram<u32> {
            metrics::sum(parts.iter().filter_map(|part| decode(of(part)).ok().flatten()))
        };
        let (total, overhead) = (whole(|part| &part.total), whole(|part| &part.overhead));
        let calls = parts.iter().map(|part| u64::from(part.calls)).sum();
        ToolReport {
            tool: tool.to_owned(),
            calls,
            failed: parts.iter().map(|part| u64::from(part.errors)).sum(),
            rate_per_s: calls as f64 / seconds.max(1e-3),
            total: Summary::of(&total, 0.0),
            overhead: Summary::of(&overhead, 0.0),
            times: encode(&total),
        }
    };
    parts.into_iter().map(report).collect()
}

/// A digest of what a mix calls, with which arguments and how often.
pub(super) fn work(mix: &Mix) -> String {
    let mut digest = Sha256::new();
    for operation in mix.operations() {
        digest.update(format!("{} {:.6}\n", operation.name, operation.weight));
        for call in &operation.calls {
            digest.update(format!("{} {}\n", call.tool, call.arguments));
        }
    }
    digest.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_mix_is_other_work() {
        let mix = |weights: &[(&str, f64)]| {
            let weights: Vec<(String, f64)> = weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
            work(&crate::bench::ready(&weights).expect("a mix"))
        };
        let usual = mix(&[("health", 1.0), ("macros", 1.0)]);
        assert_eq!((usual.len(), &mix(&[("health", 1.0), ("macros", 1.0)])), (16, &usual));
        assert_ne!(mix(&[("health", 1.0), ("macros", 2.0)]), usual);
        assert_ne!(mix(&[("health", 1.0)]), usual);
    }
}
