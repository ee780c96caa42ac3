//! A comparison for people.

use std::fmt::Write as _;

use crate::{
    bench::Compared,
    util::{text::sanitize, units::span},
};

/// Adds its lines.
pub(super) fn lines(compared: &Compared, out: &mut String) {
    let _ = writeln!(out, "\ncompared   {} in {} blocks that took turns", sanitize(&compared.settings), compared.blocks.len());
    let time = |micros: Option<u64>| micros.map_or_else(|| "–".to_owned(), span);
    for (name, arm) in ["without", "with"].iter().zip(&compared.arms) {
        let _ = writeln!(
            out,
            "  {name:<8} {:>7} calls  {:>4} failed  p50 {:>6}  p95 {:>6}  p99 {:>6}",
            arm.calls,
            arm.failed,
            time(arm.p50_us),
            time(arm.p95_us),
            time(arm.p99_us)
        );
    }
    if let (Some(ratio), Some(low), Some(high)) = (compared.ratio, compared.low, compared.high) {
        let percent = |factor: f64| format!("{:+.1} %", (factor - 1.0) * 100.0);
        let _ = writeln!(out, "  times    {}, 95 % sure: {} to {}", percent(ratio), percent(low), percent(high));
    }
    let _ = writeln!(out, "  decision {}: {}", compared.decision.replace('_', " "), compared.reason);
}
