//! The command line of checks, and their table.

use std::{fmt::Write as _, path::PathBuf};

use clap::Args;

use crate::{
    contracts::{Line, Outcome, Verdict},
    util::text::sanitize,
};

/// What to hold promises against, and how to tell.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 kept, 1 broken, 2 could not measure. Without RUN and --since: the last 15 minutes of the running server, else the \
                  last 24 hours of the history."
)]
pub struct Check {
    /// A result of `kmtop bench --json`; - for stdin
    #[arg(value_name = "RUN.json", conflicts_with_all = ["since", "until", "live"])]
    pub run: Option<PathBuf>,
    /// A TOML file of what is promised; without it, the settings and the defaults
    #[arg(long, value_name = "FILE")]
    pub contracts: Option<PathBuf>,
    /// The history from then on: a time like 14:30, or a span like 24h, which is so long ago
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// The history until then
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The running server and nothing else, with what it promises now; its last hour at most
    #[arg(long, conflicts_with = "until")]
    pub live: bool,
    /// Default promises that could not be measured count as well
    #[arg(long)]
    pub strict: bool,
    /// The result as JSON on stdout
    #[arg(long)]
    pub json: bool,
    /// The result as `JUnit` XML in this file; - for stdout, in place of the table
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// A number with as many digits as anybody reads.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The unit as people write it.
fn unit(line: &Line) -> &'static str {
    match line.unit {
        "percent" => "%",
        "per_s" => "/s",
        other => other,
    }
}

/// A promise and its number in a few words.
pub(super) fn promise(line: &Line) -> String {
    let at = if matches!(line.measure, "success" | "rate") { "at least" } else { "at most" };
    format!("{} {at} {} {}", line.measure, number(line.limit), unit(line))
}

/// What was measured of a promise, or why it was not.
pub(super) fn finding(line: &Line) -> String {
    let measured = line.measured.map(|value| format!("{} {}", number(value), unit(line)));
    match (&line.why, measured) {
        (Some(why), Some(measured)) => format!("{measured}: {why}"),
        (Some(why), None) => why.clone(),
        (None, Some(measured)) if line.calls > 0 => format!("{measured} of {} calls", line.calls),
        (None, measured) => measured.unwrap_or_default(),
    }
}

/// All promises as a table. Defaults that could not be measured are only counted.
#[must_use]
pub fn check_table(verdict: &Verdict, strict: bool) -> String {
    let mut out = String::new();
    let shown = |line: &&Line| line.outcome != Outcome::NotMeasured || line.set || strict;
    let lines: Vec<&Line> = verdict.lines.iter().filter(shown).collect();
    let names = lines.iter().map(|line| line.subject.chars().count()).max().unwrap_or(0);
    for line in &lines {
        let subject = sanitize(&line.subject);
        let _ = writeln!(out, "{:<12}  {subject:<names$}  {:<26}  {}", line.outcome.words(), promise(line), finding(line));
    }
    let [kept, broken, missing] = [Outcome::Kept, Outcome::Broken, Outcome::NotMeasured].map(|outcome| verdict.count(outcome));
    let hidden = verdict.lines.len() - lines.len();
    let hidden = if hidden > 0 { format!(" ({hidden} defaults, not shown: --strict)") } else { String::new() };
    let _ = writeln!(out, "{kept} kept, {broken} broken, {missing} could not be measured{hidden}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::{Measured, Promises, check};

    #[test]
    fn the_table_names_each_promise_and_what_is_missing() {
        let promises =
            Promises::read("[[contract]]\ntool = \"km_run_macro\"\np95_ms = 80\n[process]\nmemory_mb = 100").expect("sound");
        let measured = Measured { own_rss_bytes: Some(120_000_000), ..Measured::default() };
        let table = check_table(&check(&promises, &measured), false);
        let expected = "not measured  km_run_macro  p95 at most 80.0 ms         it was not called\n\
                        BROKEN        kmtop         memory at most 100 MB       120 MB\n\
                        0 kept, 1 broken, 1 could not be measured\n";
        assert_eq!(table, expected);
        let usual = check_table(&check(&Promises::new(&[]), &Measured::default()), false);
        assert_eq!(usual, "0 kept, 0 broken, 2 could not be measured (2 defaults, not shown: --strict)\n");
    }
}
