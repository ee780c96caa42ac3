//! The result for people.

use std::fmt::Write as _;

use super::{Report, Summary};
use crate::{
    bench::{search::Found, slo::Verdict, sweep::Sweep},
    util::{
        numbers::nearest,
        text::sanitize,
        units::{bytes, percent, rate, span},
    },
};

/// The report as plain text.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    head(report, &mut out);
    latency(report, &mut out);
    operations(report, &mut out);
    target(report, &mut out);
    if let Some(found) = &report.find_max {
        find_max(found, &mut out);
    }
    if let Some(sweep) = &report.sweep {
        sweep_lines(sweep, &mut out);
    }
    if let Some(compared) = &report.compare {
        super::compared::lines(compared, &mut out);
    }
    verdicts(report, &mut out);
    environment(report, &mut out);
    out
}

fn head(report: &Report, out: &mut String) {
    let name = report.scenario.as_deref().unwrap_or("bench");
    let _ = writeln!(
        out,
        "{name}: {} by {} ({})",
        sanitize(&report.target.address),
        report.target.client,
        report.target.client_reason
    );
    let _ = writeln!(out, "{}", report.label);
    let load = &report.load;
    let how = match (load.clients, load.arrivals) {
        (Some(clients), _) => format!("{clients} clients{}", think(load.think_ms)),
        (None, Some(arrivals)) => {
            let stages = load.stages.iter().map(|stage| format!("{}/s for {:.1} s", rate(stage.rate_per_s), stage.seconds));
            format!("{arrivals} arrivals {}", stages.collect::<Vec<_>>().join(", "))
        }
        (None, None) => String::new(),
    };
    let warm = &report.warm_up;
    let _ = writeln!(
        out,
        "{}, seed {}; warm-up {:.1} s ({} calls, {})",
        how.trim_end(),
        load.seed,
        warm.seconds,
        warm.calls,
        if warm.calls == 0 {
            "none"
        } else if warm.steady {
            "steady"
        } else {
            "its time was up"
        }
    );
    if let Some(early) = report.ended_early {
        let _ = writeln!(out, "ended early: {early} after {:.1} s", report.seconds);
    }
    let calls = &report.calls;
    let planned = report.rate.planned_per_s.map_or_else(|| "–".to_owned(), |planned| format!("{}/s", rate(planned)));
    let _ = writeln!(
        out,
        "\ncalls      {} planned  {} done  {} failed  {} dropped  {} unanswered  {} under way at most",
        calls.planned, calls.completed, calls.failed, calls.dropped, calls.unanswered, calls.most_in_flight
    );
    let _ = writeln!(
        out,
        "rate       planned {planned}  achieved {}/s  peak {}/s  over {:.1} s",
        rate(report.rate.achieved_per_s),
        report.rate.peak_per_s,
        report.seconds
    );
    for (word, count) in &report.errors {
        let _ = writeln!(out, "failed     {count} × {}", sanitize(word));
    }
}

fn think(think: Option<[f64; 2]>) -> String {
    match think {
        Some([from, to]) if to > 0.0 => format!(" thinking {:.1} to {:.1} s", from / 1e3, to / 1e3),
        _ => " without a pause".to_owned(),
    }
}

fn latency(report: &Report, out: &mut String) {
    let closed = report.r#loop == "closed";
    let _ = writeln!(
        out,
        "\n           {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "mean", "p50", "p75", "p90", "p95", "p99", "p99.9", "max"
    );
    summary(if closed { "corrected" } else { "latency" }, &report.latency, out);
    summary(if closed { "raw" } else { "service" }, &report.service, out);
    let intervals = report.latency.percentiles.iter().filter_map(|percentile| {
        let (low, high) = (percentile.low_us?, percentile.high_us?);
        let name = percentile.percentile;
        (name >= 50.0 && ![75.0, 90.0].contains(&name)).then(|| format!("p{name} {}–{}", span(low), span(high)))
    });
    let intervals: Vec<String> = intervals.collect();
    if !intervals.is_empty() {
        let _ = writeln!(out, "95 % sure  {}", intervals.join("  "));
    }
    let lag = &report.generator_lag;
    if !closed {
        let late = if lag.late { "  LATE: over 1 ms" } else { "" };
        let _ = writeln!(
            out,
            "generator  late by p50 {}  p99 {}  max {}{late}",
            span(lag.p50_us),
            span(lag.p99_us),
            span(lag.max_us)
        );
    }
    if let Some(split) = &report.split {
        let part = |micros: f64| span(nearest(micros));
        let _ = writeln!(
            out,
            "mean call  {} waiting for a worker  {} at a worker  {} the rest of the server",
            part(split.wait_us),
            part(split.service_us),
            part(split.rest_us)
        );
    }
}

fn summary(name: &str, summary: &Summary, out: &mut String) {
    let shown = |micros: Option<u64>| micros.map_or_else(|| "–".to_owned(), span);
    let mean = summary.mean_us.map(nearest);
    let _ = write!(out, "{name:<10} {:>8}", shown(mean));
    for percentile in [50.0, 75.0, 90.0, 95.0, 99.0, 99.9] {
        let _ = write!(out, " {:>8}", shown(summary.at(percentile)));
    }
    let _ = writeln!(out, " {:>8}", shown(summary.max_us));
}

fn operations(report: &Report, out: &mut String) {
    let _ = writeln!(
        out,
        "\n{:<20} {:>6} {:>9} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "operation", "share", "calls", "failed", "per s", "p50", "p95", "p99", "max"
    );
    for operation in &report.operations {
        let shown = |micros: Option<u64>| micros.map_or_else(|| "–".to_owned(), span);
        let latency = &operation.latency;
        let _ = writeln!(
            out,
            "{:<20} {:>5}% {:>9} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8}",
            sanitize(&operation.name),
            percent(operation.share),
            operation.calls,
            operation.failed,
            rate(operation.rate_per_s),
            shown(latency.at(50.0)),
            shown(latency.at(95.0)),
            shown(latency.at(99.0)),
            shown(latency.max_us)
        );
    }
}

fn target(report: &Report, out: &mut String) {
    let memory = |bytes_: Option<u64>| bytes_.map_or_else(|| "–".to_owned(), |number| bytes(number as f64));
    if let Some(numbers) = &report.numbers {
        let cpu = |percent: Option<f64>| percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent:.0}%"));
        let _ = writeln!(
            out,
            "\nworkers    {:.1} worker-seconds, {:.1} of them busy  {} started  {} retired  {} died  {} killed  {} calls turned away  {} timed out",
            numbers.worker_seconds,
            numbers.busy_seconds,
            numbers.spawned,
            numbers.recycled,
            numbers.crashed,
            numbers.killed,
            numbers.shed,
            numbers.timeouts
        );
        let _ = writeln!(
            out,
            "target     server {} of a processor, {}  workers {}, {}",
            cpu(numbers.server_cpu_percent),
            memory(numbers.server_rss_bytes),
            cpu(numbers.workers_cpu_percent),
            memory(numbers.workers_rss_bytes)
        );
    }
    let recovery = &report.recovery;
    if recovery.baseline_us.is_some() || recovery.seconds.is_some() {
        let seconds = recovery.seconds.map_or_else(|| "not seen".to_owned(), |seconds| format!("{seconds:.2} s"));
        let _ = writeln!(
            out,
            "recovery   {seconds}  (a call without load {})",
            recovery.baseline_us.map_or_else(|| "–".to_owned(), span)
        );
    }
    if recovery.memory_peak_bytes.is_some() {
        let share = recovery.memory_recovered_share.map_or_else(|| "–".to_owned(), |share| format!("{}%", percent(share)));
        let _ = writeln!(
            out,
            "memory     before {}  most {}  after {}  given back {share}",
            memory(recovery.memory_before_bytes),
            memory(recovery.memory_peak_bytes),
            memory(recovery.memory_after_bytes)
        );
    }
}

fn find_max(found: &Found, out: &mut String) {
    let shown = |rate_: Option<f64>| rate_.map_or_else(|| "none".to_owned(), |number| format!("{}/s", rate(number)));
    let _ =
        writeln!(out, "\nhighest rate that held {}  lowest that broke {}", shown(found.rate_per_s), shown(found.broke_at_per_s));
    for tried in &found.tried {
        let p95 = tried.p95_us.map_or_else(|| "–".to_owned(), span);
        let word = if tried.held { "held" } else { "broke" };
        let _ = writeln!(
            out,
            "  {:>8}/s  {word:<5}  p95 {p95:>7}  achieved {}/s",
            rate(tried.rate_per_s),
            rate(tried.achieved_per_s)
        );
    }
}

fn sweep_lines(sweep: &Sweep, out: &mut String) {
    let _ = writeln!(out, "\nworkers      per s  by the law      p95");
    for step in &sweep.steps {
        let law = sweep.law.map_or_else(|| "–".to_owned(), |law| rate(law.at(f64::from(step.workers))));
        let p95 = step.p95_us.map_or_else(|| "–".to_owned(), span);
        let _ = writeln!(out, "{:>7} {:>10} {law:>11} {p95:>8}", step.workers, rate(step.rate_per_s));
    }
    if let Some(law) = &sweep.law {
        let peak = law.peak_workers.map_or_else(|| "none".to_owned(), |peak| format!("{peak:.1}"));
        let _ = writeln!(
            out,
            "universal scalability law: lambda {:.2}/s  sigma {:.4}  kappa {:.6}  N* {peak}  (relative error {:.1} %)",
            law.lambda,
            law.sigma,
            law.kappa,
            law.relative_error * 100.0
        );
    }
}

fn verdicts(report: &Report, out: &mut String) {
    if !report.slo.is_empty() {
        out.push('\n');
    }
    for verdict in &report.slo {
        let word = match verdict.held {
            Some(true) => "held  ",
            Some(false) => "BROKEN",
            None => "unknown",
        };
        let _ = writeln!(out, "{word} {}  measured {}", sanitize(&verdict.objective), shown(verdict));
    }
    for note in &report.notes {
        let _ = writeln!(out, "note: {}", sanitize(note));
    }
}

fn shown(verdict: &Verdict) -> String {
    match (verdict.measured, verdict.unit) {
        (None, _) => "nothing".to_owned(),
        (Some(micros), "us") => span(nearest(micros)),
        (Some(share), "share") => format!("{}%", percent(share)),
        (Some(number), _) => format!("{}/s", rate(number)),
    }
}

fn environment(report: &Report, out: &mut String) {
    let environment = &report.environment;
    let load = environment.load.map_or_else(|| "–".to_owned(), |[one, ..]| format!("{one:.2}"));
    let git = environment.git.as_deref().map_or_else(String::new, |git| format!(" at {git}"));
    let _ = writeln!(
        out,
        "\n{} on {}, {}, {} processors, load {load} before; kmtop {}{}{git}",
        environment.time,
        sanitize(&environment.host),
        environment.system,
        environment.processors,
        environment.version,
        if environment.optimized { "" } else { " (debug build)" }
    );
}
