//! The command line of stored baselines, and their tables.

use std::{fmt::Write as _, path::PathBuf};

use clap::{Args, Subcommand};

use crate::{
    regression::{Baseline, Course, Judgement, LEAST_CALLS, Level, Shown, Source},
    util::{numbers::nearest, text::sanitize, units},
};

/// Stored baselines. NAME is a name, or a file when it ends in .json or has a slash in it.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Add windows to a baseline: results of `kmtop bench --json`, or five minutes each of the history; the newest 20 are kept
    Save(SaveBaseline),
    /// All baselines of this home
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The windows of a baseline, with their circumstances
    Show {
        /// The baseline
        name: String,
        /// As JSON, histograms included
        #[arg(long)]
        json: bool,
    },
    /// What became slower since: exit code 1 when that is confirmed, 2 when nothing could be compared
    Compare(CompareBaseline),
}

/// What to add to which baseline.
#[derive(Debug, Args)]
pub struct SaveBaseline {
    /// The baseline
    pub name: String,
    /// Results of `kmtop bench --json`, each a window; without any, the history
    #[arg(value_name = "RUN.json")]
    pub runs: Vec<PathBuf>,
    /// The history from then on: a time like 14:30, or a span like 24h, which is so long ago
    #[arg(long, value_name = "TIME", conflicts_with = "runs", default_value = "24h")]
    pub since: String,
    /// The history until then
    #[arg(long, value_name = "TIME", conflicts_with = "runs", default_value = "now")]
    pub until: String,
    /// Begin the baseline anew
    #[arg(long)]
    pub fresh: bool,
}

/// What to hold against which baseline.
#[derive(Debug, Args)]
pub struct CompareBaseline {
    /// The baseline
    pub name: String,
    /// Results of `kmtop bench --json`, oldest first; the last three count, and two of them confirm. Without any, the history
    #[arg(value_name = "RUN.json")]
    pub runs: Vec<PathBuf>,
    /// The history from then on; its last three windows count
    #[arg(long, value_name = "TIME", conflicts_with = "runs", default_value = "30m")]
    pub since: String,
    /// The history until then
    #[arg(long, value_name = "TIME", conflicts_with = "runs", default_value = "now")]
    pub until: String,
    /// Compare with what was measured on another machine
    #[arg(long)]
    pub any_host: bool,
    /// The result as JSON on stdout
    #[arg(long)]
    pub json: bool,
    /// The result as `JUnit` XML in this file; - for stdout, in place of the table
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Bench => "bench",
        Source::History => "history",
    }
}

fn time(time_ms: u64) -> String {
    let time = i64::try_from(time_ms).ok().and_then(|time| jiff::Timestamp::from_millisecond(time).ok());
    time.map_or_else(|| "?".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// All baselines, a line each.
#[must_use]
pub fn baseline_list(baselines: &[Baseline]) -> String {
    if baselines.is_empty() {
        return "there are no baselines; make one with: kmtop baseline save NAME RUN.json …".to_owned();
    }
    let mut out = String::new();
    for baseline in baselines {
        let count = |source| baseline.windows.iter().filter(|window| window.source == source).count();
        let (bench, history) = (count(Source::Bench), count(Source::History));
        let name = sanitize(&baseline.name);
        let _ = writeln!(out, "{name:<24}  {bench:>2} bench  {history:>2} history  saved {}", time(baseline.saved_ms));
    }
    out.trim_end().to_owned()
}

/// The windows of a baseline, and how often each operation is in them.
#[must_use]
pub fn baseline_whole(baseline: &Baseline) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}: {} windows, saved {}", sanitize(&baseline.name), baseline.windows.len(), time(baseline.saved_ms));
    for window in &baseline.windows {
        let context = &window.context;
        let workers = context.workers.map_or_else(|| "–".to_owned(), |workers| workers.to_string());
        let commit = context.git.as_deref().map_or_else(String::new, |git| format!(" {git}"));
        let work = context.work.as_deref().map_or_else(String::new, |work| format!("  calls {work}"));
        let _ = writeln!(
            out,
            "{}  {:<7}  {:>5}/s  {workers:>3} workers  {}  {}{}{}",
            time(window.time_ms),
            source(window.source),
            units::rate(context.rate_per_s),
            sanitize(&context.host),
            sanitize(&context.version),
            sanitize(&commit),
            sanitize(&work)
        );
    }
    let mut names: Vec<&String> = baseline.windows.iter().flat_map(|window| window.operations.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let all = || baseline.windows.iter().filter_map(|window| window.operations.get(name));
        let enough = all().filter(|measured| measured.calls >= LEAST_CALLS).count();
        let calls: u64 = all().map(|measured| measured.calls).sum();
        let _ = writeln!(out, "  {:<40}  {enough:>2} windows with {LEAST_CALLS} calls or more, {calls} calls", sanitize(name));
    }
    out.trim_end().to_owned()
}

/// What became of an operation, and how sure that is.
pub(super) fn course(shown: &Shown) -> String {
    let sure = format!("{:.1} % sure", shown.confidence * 100.0);
    let says = format!("{} of {} windows", shown.windows_that_say_so, shown.windows);
    match shown.course {
        Course::Slower => format!("SLOWER, confirmed by {says}, {sure}"),
        Course::PerhapsSlower => format!("perhaps slower, {says} say so, {sure}: measure again"),
        Course::Quicker => format!("quicker, {says}, {sure}"),
        Course::Alike => "alike".to_owned(),
    }
}

/// By how much an operation changed.
pub(super) fn change(shown: &Shown) -> String {
    let part = |name: &str, level: &Level| {
        let percent = |factor: f64| format!("{:+.1}", (factor - 1.0) * 100.0);
        format!(
            "{name} {} → {} ({} %, {} to {})",
            units::span(nearest(level.before_us)),
            units::span(nearest(level.now_us)),
            percent(level.factor),
            percent(level.low),
            percent(level.high)
        )
    };
    format!("{}, {}", part("body", &shown.body), part("p95", &shown.tail))
}

/// A comparison as a table.
#[must_use]
pub fn compare_table(judgement: &Judgement) -> String {
    let mut out = String::new();
    let names = judgement.operations.iter().map(|shown| shown.operation.chars().count()).max().unwrap_or(0);
    for shown in &judgement.operations {
        let _ = writeln!(out, "{:<names$}  {}", sanitize(&shown.operation), course(shown));
        let _ = writeln!(out, "{:<names$}    {}; {} windows before", "", change(shown), shown.baseline_windows);
    }
    for missing in &judgement.not_measured {
        let word = if missing.expected { "NOT MEASURED" } else { "not measured" };
        let _ = writeln!(out, "{word}  {}: {}", sanitize(&missing.operation), missing.why);
    }
    let slower: Vec<&str> = judgement.slower().map(|shown| shown.operation.as_str()).collect();
    let _ = match (slower.as_slice(), judgement.operations.len()) {
        ([], 0) => writeln!(out, "nothing could be compared"),
        ([], compared) => writeln!(out, "{compared} compared, none slower beyond doubt"),
        (slower, _) => writeln!(out, "slower beyond doubt: {}", sanitize(&slower.join(", "))),
    };
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_names_what_is_slower_by_how_much_and_how_sure() {
        let level = Level { factor: 1.25, low: 1.2, high: 1.3, before_us: 20_000.0, now_us: 25_000.0 };
        let shown = Shown {
            operation: "km_run_macro".into(),
            course: Course::Slower,
            confidence: 0.998,
            body: level,
            tail: level,
            windows_that_say_so: 2,
            windows: 3,
            baseline_windows: 10,
            calls: 500,
        };
        let table = compare_table(&Judgement { operations: vec![shown], not_measured: Vec::new() });
        let expected = "km_run_macro  SLOWER, confirmed by 2 of 3 windows, 99.8 % sure\n                body 20ms → 25ms (+25.0 %, +20.0 to +30.0), p95 \
                        20ms → 25ms (+25.0 %, +20.0 to +30.0); 10 windows before\nslower beyond doubt: km_run_macro";
        assert_eq!(table, expected);
        assert_eq!(compare_table(&Judgement::default()), "nothing could be compared");
        assert!(baseline_list(&[]).contains("kmtop baseline save"));
    }
}
