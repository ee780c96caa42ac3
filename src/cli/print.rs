//! Plain answers on stdout: text for people, JSON for programs, never an escape sequence.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use serde_json::Value;

use crate::{
    model::{Frame, PoolStatus, Severity, ToolFrame, Totals},
    util::text::sanitize,
};

/// Prints one line. A reader that has gone, as in `kmtop once | head -1`, is no error.
///
/// # Errors
/// When stdout cannot be written for another reason.
pub fn line(text: &str) -> io::Result<()> {
    let written = writeln!(io::stdout().lock(), "{text}");
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints a JSON value, indented.
///
/// # Errors
/// When stdout cannot be written.
pub fn value(value: &Value) -> io::Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}

/// Prints a Frame as one JSON object.
///
/// # Errors
/// When stdout cannot be written.
pub fn frame_json(frame: &Frame) -> io::Result<()> {
    line(&serde_json::to_string_pretty(frame)?)
}

/// A Frame as text.
pub fn frame_text(frame: &Frame) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "kmtop {}  {}  {}", frame.version, sanitize(&frame.host), uptime(frame));
    system(frame, &mut text);
    if let Some(pool) = &frame.pool {
        pool_lines(pool, &mut text);
    }
    if let Some(totals) = &frame.totals {
        totals_line(totals, &mut text);
    }
    for tool in frame.tools.iter().flatten() {
        tool_line(tool, &mut text);
    }
    for call in frame.held.iter().flatten() {
        let (tool, who) = (sanitize(&call.tool), sanitize(&call.who));
        let _ = writeln!(text, "HELD      {tool} of {who} waits for you: kmtop approve {}", call.id);
    }
    for alert in frame.alerts.iter().flatten() {
        let word = match alert.severity {
            Severity::Critical => "CRITICAL",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        };
        let _ = writeln!(text, "{word:<9} {}", sanitize(&alert.text));
    }
    for advice in frame.advice.iter().flatten() {
        let _ = writeln!(text, "ADVICE    {}: {} -> {}", sanitize(&advice.issue), advice.current, advice.target);
    }
    text.trim_end().to_owned()
}

fn uptime(frame: &Frame) -> String {
    match frame.uptime_s {
        Some(seconds) => format!("up {}h{:02}m{:02}s", seconds / 3_600, seconds / 60 % 60, seconds % 60),
        None => "no server is running".into(),
    }
}

fn known<T>(number: Option<T>, show: impl Fn(T) -> String) -> String {
    number.map_or_else(|| "-".into(), show)
}

fn milliseconds(micros: u64) -> String {
    format!("{:.1} ms", micros as f64 / 1_000.0)
}

fn system(frame: &Frame, text: &mut String) {
    let system = &frame.system;
    let cpu = known(system.cpu_percent, |percent| format!("{percent:.0}%"));
    let memory = known(system.memory.and_then(|memory| memory.used_percent()), |percent| format!("{percent:.0}%"));
    let load = known(system.load, |[one, five, fifteen]| format!("{one:.2} {five:.2} {fifteen:.2}"));
    let _ = writeln!(text, "cpu {cpu}  load {load}  memory {memory}");
}

fn pool_lines(pool: &PoolStatus, text: &mut String) {
    let PoolStatus { live, target, busy, queued, min, max, .. } = pool;
    let wait = known(pool.oldest_wait_ms, |wait| format!(", oldest waits {wait} ms"));
    let wait = if pool.oldest_wait_ms.is_some() { wait } else { String::new() };
    let _ = writeln!(text, "pool {live} live of {target} ({min} to {max}), {busy} busy, {queued} queued{wait}");
}

fn totals_line(totals: &Totals, text: &mut String) {
    let rate = known(totals.rate_per_s, |rate| format!("{rate:.1}/s"));
    let errors = known(totals.error_share, |share| format!("{:.2}%", share * 100.0));
    let _ = writeln!(text, "calls {}  rate {rate}  errors {errors}  in flight {}", totals.calls, totals.in_flight);
}

fn tool_line(tool: &ToolFrame, text: &mut String) {
    let ToolFrame { name, calls, errors, .. } = tool;
    // A percentile needs calls: of three calls the 95th is only the longest, which stands beside it.
    let percentile = |micros: Option<u64>, needed| known(micros.filter(|_| *calls >= needed), milliseconds);
    let (p50, p95, p99) = (percentile(tool.p50_us, 1), percentile(tool.p95_us, 20), percentile(tool.p99_us, 100));
    let longest = known(tool.max_us, milliseconds);
    let _ = writeln!(
        text,
        "  {name:<20} calls {calls:>6}  p50 {p50:>9}  p95 {p95:>9}  p99 {p99:>9}  max {longest:>9}  errors {errors}"
    );
}
