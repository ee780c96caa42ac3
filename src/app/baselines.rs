//! `kmtop baseline`: stored baselines, a file each.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use jiff::Zoned;

use super::{
    Failure, Setup,
    check::{junit, read_json},
};
use crate::{
    cli::{self, BaselineCommand, CompareBaseline, SaveBaseline, point_in_time},
    history::Reader,
    regression::{Baseline, Context, Judgement, Window, judge, split},
    util::{clock::unix_ms, files},
};

/// Does what is asked of baselines.
pub(super) fn run(setup: &Setup, asked: &BaselineCommand) -> Result<ExitCode, Failure> {
    match asked {
        BaselineCommand::Save(asked) => save(setup, asked),
        BaselineCommand::List { json } => list(setup, *json),
        BaselineCommand::Show { name, json } => {
            let baseline = load(&place(setup, name)?)?.ok_or_else(|| absent(name))?;
            print(*json, &baseline, || cli::baseline_whole(&baseline))?;
            Ok(ExitCode::SUCCESS)
        }
        BaselineCommand::Compare(asked) => compare(setup, asked),
    }
}

fn save(setup: &Setup, asked: &SaveBaseline) -> Result<ExitCode, Failure> {
    let path = place(setup, &asked.name)?;
    let windows = windows(setup, &asked.runs, (&asked.since, &asked.until))?;
    if windows.is_empty() {
        return Err(Failure::gone(format!(
            "no whole window of five minutes is stored between {} and {}",
            asked.since, asked.until
        )));
    }
    let known = if asked.fresh { None } else { load(&path)? };
    let mut baseline = known.unwrap_or_else(|| Baseline::new(&asked.name));
    let added = baseline.add(windows);
    baseline.saved_ms = unix_ms();
    store(&path, &baseline)?;
    let words = format!("{added} windows added to {}; it has {}", asked.name, baseline.windows.len());
    cli::line(&words).map_err(stdout)?;
    Ok(ExitCode::SUCCESS)
}

fn list(setup: &Setup, json: bool) -> Result<ExitCode, Failure> {
    let folder = setup.home.baselines_dir();
    let mut baselines = Vec::new();
    match fs::read_dir(&folder) {
        Ok(entries) => {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            for path in paths.filter(|path| path.extension().is_some_and(|end| end == "json")) {
                baselines.extend(load(&path)?);
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Failure::wrong(format!("{}: {error}", folder.display()))),
    }
    baselines.sort_by(|one: &Baseline, other| one.name.cmp(&other.name));
    let names: Vec<_> = baselines
        .iter()
        .map(|baseline| serde_json::json!({ "name": baseline.name, "saved_ms": baseline.saved_ms, "windows": baseline.windows.len() }))
        .collect();
    print(json, &names, || cli::baseline_list(&baselines))?;
    Ok(ExitCode::SUCCESS)
}

fn compare(setup: &Setup, asked: &CompareBaseline) -> Result<ExitCode, Failure> {
    let baseline = load(&place(setup, &asked.name)?)?.ok_or_else(|| absent(&asked.name))?;
    let windows = windows(setup, &asked.runs, (&asked.since, &asked.until))?;
    let judgement = judge(&baseline, &windows, asked.any_host);
    if let Some(path) = &asked.junit {
        junit(path, &cli::compare_junit(&asked.name, &judgement).map_err(Failure::wrong)?)?;
    }
    if asked.json || asked.junit.as_deref() != Some(Path::new("-")) {
        print(asked.json, &judgement, || cli::compare_table(&judgement))?;
    }
    Ok(code(&judgement, !asked.runs.is_empty()))
}

/// 1 when something is slower beyond doubt; 2 when nothing was compared, or a load test left out what the baseline knows. A server may well not
/// be asked for something for a while.
fn code(judgement: &Judgement, load_test: bool) -> ExitCode {
    let missed = load_test && judgement.not_measured.iter().any(|missing| missing.expected);
    match () {
        () if judgement.slower().next().is_some() => ExitCode::from(1),
        () if judgement.operations.is_empty() || missed => ExitCode::from(2),
        () => ExitCode::SUCCESS,
    }
}

/// The windows of load tests, in the order in which they were named; else those of the history.
fn windows(setup: &Setup, runs: &[PathBuf], (since, until): (&str, &str)) -> Result<Vec<Window>, Failure> {
    let of_run = |path: &PathBuf| {
        Window::of_bench(&read_json(path)?).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))
    };
    if !runs.is_empty() {
        return runs.iter().map(of_run).collect();
    }
    let now = Zoned::now();
    let point = |text: &str| point_in_time(text, &now).map_err(Failure::wrong);
    let (from, to) = (point(since)?, point(until)?);
    let failed = |error: crate::history::HistoryError| Failure::wrong(error.to_string());
    let reader = Reader::open(&setup.home.history_file()).map_err(failed)?;
    let info = reader.info(to).map_err(failed)?.unwrap_or_default();
    let context = Context { host: info.host, version: info.version, ..Context::default() };
    let mut intervals = Vec::new();
    // A minute is fine enough to be cut into five.
    reader
        .each((from, to), 60, |interval| {
            intervals.push(interval);
            true
        })
        .map_err(failed)?;
    Ok(split(intervals, &context))
}

/// The file of a baseline: in this home by its name, else where the path says.
fn place(setup: &Setup, name: &str) -> Result<PathBuf, Failure> {
    if name.contains('/') || Path::new(name).extension().is_some_and(|end| end == "json") {
        return Ok(Path::new(".").join(name));
    }
    let fits = !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|letter| letter.is_alphanumeric() || "-_. ".contains(letter));
    if !fits {
        return Err(Failure::wrong(format!(
            "\"{name}\" is no name for a baseline; use letters, digits, - and _, or a path of a .json file"
        )));
    }
    Ok(setup.home.baselines_dir().join(format!("{name}.json")))
}

fn load(path: &Path) -> Result<Option<Baseline>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::wrong(format!("{}: {error}", path.display()));
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| failed(&format!("it is no baseline: {error}"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

fn store(path: &Path, baseline: &Baseline) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::wrong(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    let text = serde_json::to_string(baseline).map_err(|error| failed(&error))?;
    files::replace(path, text.as_bytes()).map_err(|error| failed(&error))
}

fn absent(name: &str) -> Failure {
    Failure::wrong(format!("there is no baseline {name}; make one with kmtop baseline save {name}, see kmtop baseline list"))
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn stdout(error: std::io::Error) -> Failure {
    Failure::wrong(format!("stdout: {error}"))
}

fn print(json: bool, value: &impl serde::Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
    if json {
        let value = serde_json::to_value(value).map_err(|error| Failure::wrong(error.to_string()))?;
        return cli::value(&value).map_err(stdout);
    }
    cli::line(&text()).map_err(stdout)
}
