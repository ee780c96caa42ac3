//! `kmtop simulate`: what was asked for, and its answer as text.

use std::{fmt::Write as _, path::PathBuf};

use clap::{ArgGroup, Args, ValueEnum};

use crate::{
    model::{Decided, Resize},
    sizing::{Choice, Outcome},
    util::text::sanitize,
};

/// What to simulate, and how.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("calls").required(true))]
pub struct Simulate {
    /// Calls from a CSV file with the columns `arrival_s,service_s`
    #[arg(long, value_name = "FILE", group = "calls")]
    pub trace: Option<PathBuf>,
    /// Calls of a named load: steady, step5, onoff, diurnal, slow-scripts, crash-storm, heavy-tail, contended or agent-batch
    #[arg(long, value_name = "NAME", group = "calls")]
    pub workload: Option<String>,
    /// Calls that this home's server recorded: since a time or a span like 2h, or between two as in 3h..1h
    #[arg(long, value_name = "RANGE", group = "calls")]
    pub history: Option<String>,
    /// What chance begins with
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Who decides: qsf, naive, doubling, fixed:N, hpa, fpm, aimd, busyness or, for a named load, oracle; several with commas, or all
    #[arg(long, value_name = "NAMES", default_value = "qsf", value_parser = choices)]
    pub controller: Choices,
    /// Smallest number of workers; 2, with --history that of the settings
    #[arg(long, value_name = "N", value_parser = size())]
    pub min: Option<u16>,
    /// Largest number of workers; 64, with --history that of the settings
    #[arg(long, value_name = "N", value_parser = size())]
    pub max: Option<u16>,
    /// Workers at first
    #[arg(long, value_name = "N", value_parser = size())]
    pub size: Option<u16>,
    /// Processors of the machine; 10, with --history those of this one
    #[arg(long, value_name = "N", value_parser = size())]
    pub cores: Option<u16>,
    /// What the start of a worker takes in the mean, in ms, half as much more or less
    #[arg(long, value_name = "MS", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=600_000))]
    pub start_ms: u32,
    /// Calls that may wait; 1000, with --history that of the settings
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub queue: Option<u32>,
    /// Longest wait, in ms; 10000, with --history that of the settings
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=3_600_000))]
    pub queue_ms: Option<u32>,
    /// The wait that is promised, in ms: who waits longer is a miss
    #[arg(long, value_name = "MS", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=600_000))]
    pub wait_ms: u32,
    /// Whether a standing queue is cut, as in the bulk lane, or not
    #[arg(long, value_enum, default_value_t = LaneChoice::Bulk)]
    pub lane: LaneChoice,
    /// Also list what was decided, and why
    #[arg(long, conflicts_with = "json")]
    pub decisions: bool,
    /// As JSON: an object, for several controllers an array of them
    #[arg(long)]
    pub json: bool,
}

/// Which lane the calls come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LaneChoice {
    /// A standing queue is cut by controlled delay
    Bulk,
    /// It is not
    Interactive,
}

/// Controllers, in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices(pub Vec<Choice>);

fn size() -> impl clap::builder::TypedValueParser<Value = u16> {
    clap::value_parser!(u16).range(1..=i64::from(Resize::LARGEST))
}

fn choices(text: &str) -> Result<Choices, String> {
    if text == "all" {
        return Ok(Choices(Choice::COMPARED.to_vec()));
    }
    let parsed: Result<_, _> = text.split(',').map(|name| name.trim().parse()).collect();
    parsed.map(Choices).map_err(|error: crate::sizing::UnknownController| error.to_string())
}

/// Outcomes as a table, beneath a line that says what was simulated.
pub fn outcome_table(what: &str, outcomes: &[Outcome]) -> String {
    let mut text = format!("{}\n", sanitize(what));
    let head = [
        "MISSED",
        "P50 WAIT",
        "P95 WAIT",
        "P99 WAIT",
        "WORKERS",
        "PEAK",
        "BUSY",
        "SHED",
        "RESIZES/H",
        "REVERSALS/H",
        "STARTS/H",
        "SCORE",
    ];
    let _ = write!(text, "{:<12}", "CONTROLLER");
    for name in head {
        let _ = write!(text, "{name:>12}");
    }
    for outcome in outcomes {
        let wait = |ms: f64| if ms < 1_000.0 { format!("{ms:.0} ms") } else { format!("{:.2} s", ms / 1_000.0) };
        let cells = [
            format!("{:.2}%", outcome.miss_share * 100.0),
            wait(outcome.p50_wait_ms),
            wait(outcome.p95_wait_ms),
            wait(outcome.p99_wait_ms),
            format!("{:.2}", outcome.mean_workers),
            outcome.peak_workers.to_string(),
            format!("{:.0}%", outcome.utilisation * 100.0),
            outcome.shed.to_string(),
            format!("{:.0}", outcome.resizes_per_h),
            format!("{:.0}", outcome.reversals_per_h),
            format!("{:.0}", outcome.spawns_per_h),
            format!("{:.2}", outcome.score),
        ];
        let _ = write!(text, "\n{:<12}", outcome.controller);
        for cell in cells {
            let _ = write!(text, "{cell:>12}");
        }
    }
    text
}

/// What was decided, a line each.
pub fn decision_lines(outcome: &Outcome) -> String {
    let mut text = format!("{} decided {} times", outcome.controller, outcome.decisions.len());
    for Decided { at_s, decision, .. } in &outcome.decisions {
        let _ = write!(text, "\n{at_s:>9.1} s  {:>3} -> {:<3}  {}", decision.from, decision.to, decision.reason);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controllers_are_read_and_unknown_ones_told() {
        assert_eq!(choices("qsf, fixed:3"), Ok(Choices(vec![Choice::Qsf, Choice::Fixed(3)])));
        assert_eq!(choices("all").map(|all| all.0.len()), Ok(Choice::COMPARED.len()));
        assert!(choices("qsf,best").is_err_and(|error| error.contains("\"best\"")));
    }

    #[test]
    fn a_table_has_a_row_for_each_controller() {
        let outcome = Outcome { controller: "qsf".into(), p95_wait_ms: 1_234.0, miss_share: 0.012, ..Outcome::default() };
        let table = outcome_table("steady", &[outcome.clone(), outcome]);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!((lines.len(), lines[0]), (4, "steady"));
        assert!(lines[2].starts_with("qsf") && lines[2].contains("1.20%") && lines[2].contains("1.23 s"), "{table}");
    }
}
