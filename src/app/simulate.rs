//! `kmtop simulate`: controllers of the pool's size on a named load, a trace, or what was recorded.

use std::{path::Path, process::ExitCode};

use jiff::Zoned;

use super::{Failure, Setup};
use crate::{
    cli::{self, LaneChoice, Simulate, point_in_time},
    history::Reader,
    sizing::{Lane, Recorded, Setting, Simulation, Trace, Workload, bound, simulate},
};

/// Largest trace file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 28;

/// Simulates what is asked for, and prints what comes of it.
pub(super) fn run(setup: &Setup, asked: &Simulate) -> Result<ExitCode, Failure> {
    let (mut simulation, name) = calls(setup, asked)?;
    settle(setup, asked, &mut simulation)?;
    let mut outcomes = Vec::new();
    for choice in &asked.controller.0 {
        let outcome = simulate(&simulation, *choice);
        outcomes.push(outcome.ok_or_else(|| Failure::wrong("the oracle knows the rates of named loads only; leave it out"))?);
    }
    let printed = if asked.json {
        let mut values = outcomes.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
        let one = values.as_mut().ok().filter(|values| values.len() == 1).and_then(Vec::pop);
        one.map_or_else(|| values.map(serde_json::Value::Array), Ok).map_err(Into::into).and_then(|value| cli::value(&value))
    } else {
        cli::line(&cli::outcome_table(&headline(&simulation, &name), &outcomes)).and_then(|()| {
            let mut listed = outcomes.iter().filter(|_| asked.decisions);
            listed.try_for_each(|outcome| cli::line(&format!("\n{}", cli::decision_lines(outcome))))
        })
    };
    printed.map(|()| ExitCode::SUCCESS).map_err(|error| Failure::wrong(format!("stdout cannot be written: {error}")))
}

fn headline(simulation: &Simulation, name: &str) -> String {
    let trace = simulation.trace();
    let least = bound(trace, simulation.setting.start);
    let Setting { min, max, cores, .. } = simulation.setting;
    format!(
        "{name}: {} calls in {:.0} s, {:.2} erlang; {min} to {max} workers, {cores} processors; without any wait at least {:.2} workers, {} at most",
        trace.arrivals.len(),
        trace.length,
        trace.offered(),
        least.workers,
        least.peak
    )
}

fn calls(setup: &Setup, asked: &Simulate) -> Result<(Simulation, String), Failure> {
    if let Some(name) = &asked.workload {
        let workload = Workload::find(name).map_err(|error| Failure::wrong(error.to_string()))?;
        let simulation = Simulation::of_workload(workload, asked.seed);
        return Ok((simulation, format!("{name}, seed {}", asked.seed)));
    }
    if let Some(path) = &asked.trace {
        return Ok((Simulation::of_trace(read(path)?, asked.seed), path.display().to_string()));
    }
    let range = asked.history.as_deref().unwrap_or_default();
    Ok((Simulation::of_trace(recorded(setup, range, asked.seed)?, asked.seed), format!("history {range}")))
}

fn read(path: &Path) -> Result<Trace, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::wrong(format!("{}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| failed(&error))?.len();
    if size > LARGEST_FILE {
        return Err(failed(&format!("a trace has at most {} MB, and this file has {}", LARGEST_FILE >> 20, size >> 20)));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    Trace::read(&text).map_err(|error| match error {
        crate::sizing::BadTrace::Line { line, what } => Failure::wrong(format!(
            "{}:{line}: {what}; a line is `arrival_s,service_s`, two numbers of seconds, for example `12.5,0.2`",
            path.display()
        )),
        error @ crate::sizing::BadTrace::Empty => failed(&error),
    })
}

fn recorded(setup: &Setup, range: &str, seed: u64) -> Result<Trace, Failure> {
    let now = Zoned::now();
    let (since, until) = range.split_once("..").unwrap_or((range, "now"));
    let point = |text: &str| point_in_time(text, &now).map_err(Failure::wrong);
    let (since, until) = (point(since)?, point(until)?);
    if since >= until {
        return Err(Failure::wrong(format!("{range}: the first time is not before the second")));
    }
    let failed = |error: crate::history::HistoryError| Failure::wrong(error.to_string());
    let reader = Reader::open(&setup.home.history_file()).map_err(failed)?;
    let mut recorded = Recorded::new(seed);
    let each = reader.each((since, until), 1, |interval| {
        recorded.push(&interval);
        true
    });
    each.map_err(failed)?;
    if recorded.calls() == 0 {
        return Err(Failure::gone(format!("no call that had a worker is stored in {range}; see kmtop export for what is")));
    }
    Ok(recorded.finish())
}

/// Bounds, machine and limits: what was asked for; else of recorded calls those of the settings, and of others those of the comparison.
fn settle(setup: &Setup, asked: &Simulate, simulation: &mut Simulation) -> Result<(), Failure> {
    let pool = &setup.settings.pool;
    if asked.history.is_some() {
        let cores = std::thread::available_parallelism().map_or(1, |cores| crate::util::numbers::small(cores.get()));
        simulation.setting = Setting { min: pool.min, max: pool.max, cores, ..simulation.setting };
        simulation.limits.queue = usize::try_from(pool.queue).unwrap_or(usize::MAX);
        simulation.limits.wait = pool.queue_timeout_ms as f64 / 1_000.0;
    }
    let setting = &mut simulation.setting;
    setting.min = asked.min.or(asked.max.map(|max| setting.min.min(max))).unwrap_or(setting.min);
    setting.max = asked.max.unwrap_or(setting.max.max(setting.min));
    if setting.min > setting.max {
        return Err(Failure::wrong(format!("--min {} is above --max {}", setting.min, setting.max)));
    }
    setting.cores = asked.cores.unwrap_or(setting.cores);
    setting.start = f64::from(asked.start_ms) / 1_000.0;
    if let Some(queue) = asked.queue {
        simulation.limits.queue = usize::try_from(queue).unwrap_or(usize::MAX);
    }
    if let Some(wait) = asked.queue_ms {
        simulation.limits.wait = f64::from(wait) / 1_000.0;
    }
    simulation.limits.lane = match asked.lane {
        LaneChoice::Bulk => Lane::Bulk,
        LaneChoice::Interactive => Lane::Interactive,
    };
    simulation.tuning.wait = f64::from(asked.wait_ms) / 1_000.0;
    simulation.first = asked.size;
    Ok(())
}
