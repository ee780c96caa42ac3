//! A profile for people.

use std::fmt::Write as _;

use super::{Profile, Usage};
use crate::util::{
    numbers::nearest,
    text::sanitize,
    units::{bytes, span},
};

/// The profile as plain text.
#[must_use]
pub fn text(profile: &Profile) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}: {} calls one after the other, {} failed", sanitize(&profile.tool), profile.calls, profile.failed);
    for (word, count) in &profile.errors {
        let _ = writeln!(out, "failed     {count} × {}", sanitize(word));
    }
    let _ = writeln!(out, "\n{:<10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}", "phase", "mean", "min", "p50", "p95", "p99", "max");
    for (phase, about) in [
        ("queue", "waiting for a worker"),
        ("run", "at a worker"),
        ("own", "the job's own work"),
        ("overhead", "what kmtop added"),
        ("total", ""),
    ] {
        let Some(summary) = profile.phases.get(phase) else { continue };
        let shown = |micros: Option<u64>| micros.map_or_else(|| "–".to_owned(), span);
        let _ = writeln!(
            out,
            "{phase:<10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}  {about}",
            shown(summary.mean_us.map(nearest)),
            shown(summary.min_us),
            shown(summary.at(50.0)),
            shown(summary.at(95.0)),
            shown(summary.at(99.0)),
            shown(summary.max_us)
        );
    }
    let number = |number: Option<f64>, unit: &str| number.map_or_else(|| "–".to_owned(), |number| format!("{number:.3}{unit}"));
    let size = |number: Option<f64>| number.map_or_else(|| "–".to_owned(), bytes);
    let _ = writeln!(
        out,
        "\na call     worker {} of processor time  server {}  worker read {}  wrote {}",
        number(profile.worker_cpu_ms_per_call, " ms"),
        number(profile.server_cpu_ms_per_call, " ms"),
        size(profile.read_bytes_per_call),
        size(profile.written_bytes_per_call)
    );
    let memory = |usage: &Usage| size(usage.rss_bytes.map(|bytes| bytes as f64));
    let _ = writeln!(
        out,
        "memory     workers before {}  after {}  server before {}  after {}",
        memory(&profile.workers.before),
        memory(&profile.workers.after),
        memory(&profile.server.before),
        memory(&profile.server.after)
    );
    for note in &profile.notes {
        let _ = writeln!(out, "note: {}", sanitize(note));
    }
    out.trim_end().to_owned() + "\n"
}
