//! `kmtop check`: promises held against a load test, the history or the running server.

use std::{
    fs,
    io::Read,
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Zoned;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Failure, Setup, bench::write, block_on};
use crate::{
    cli::{self, Check, point_in_time},
    contracts::{Collector, Measured, Outcome, Promises, Verdict, check},
    control::{self, ControlError},
    history::Reader,
    link::{LinkEvent, Listener, Offer, Welcome},
    util::clock::unix_ms,
};

/// How far back the running server is looked at, and the history where none runs.
const LIVE: &str = "15m";
const STORED: &str = "24h";
/// How long the server may take to tell what it keeps.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was measured, where, and what is promised.
struct Found {
    measured: Measured,
    promises: Promises,
    source: String,
}

/// Checks, and tells: exit code 0 kept, 1 broken, 2 could not measure.
pub(super) fn run(setup: &Setup, asked: &Check) -> Result<ExitCode, Failure> {
    let set = promises(setup, asked.contracts.as_deref())?;
    let found = find(setup, asked, set)?;
    let verdict = check(&found.promises, &found.measured);
    let outcome = verdict.outcome(asked.strict);
    if let Some(path) = &asked.junit {
        junit(path, &cli::check_junit(&verdict, asked.strict).map_err(Failure::wrong)?)?;
    }
    tell(asked, &found, &verdict, outcome)?;
    Ok(match outcome {
        Outcome::Kept => ExitCode::SUCCESS,
        Outcome::Broken => ExitCode::from(1),
        Outcome::NotMeasured => ExitCode::from(2),
    })
}

/// What is promised: by a file, else by the settings and the defaults.
pub(super) fn promises(setup: &Setup, file: Option<&Path>) -> Result<Promises, Failure> {
    let Some(path) = file else { return Ok(Promises::new(&setup.settings.contract)) };
    let failed = |error: &dyn std::fmt::Display| Failure::wrong(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    Promises::read(&text).map_err(|error| failed(&error))
}

/// Writes `JUnit` XML to a file, or for - to stdout.
pub(super) fn junit(path: &Path, xml: &str) -> Result<(), Failure> {
    if path == Path::new("-") {
        return cli::line(xml.trim_end()).map_err(|error| Failure::wrong(format!("stdout: {error}")));
    }
    write(path, xml.as_bytes())
}

/// A JSON document of a file, or for - of stdin.
pub(super) fn read_json(path: &Path) -> Result<Value, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::wrong(format!("{}: {error}", path.display()));
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map_err(|error| failed(&error))?;
    } else {
        text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    }
    serde_json::from_str(&text).map_err(|error| failed(&format!("it is no JSON: {error}")))
}

fn find(setup: &Setup, asked: &Check, promises: Promises) -> Result<Found, Failure> {
    if let Some(path) = &asked.run {
        let measured = Measured::of_bench(&read_json(path)?);
        let measured = measured.map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))?;
        return Ok(Found { measured, promises, source: format!("load test {}", path.display()) });
    }
    if asked.live || (asked.since.is_none() && asked.until.is_none()) {
        match block_on(welcome(setup)) {
            Ok(Some(welcome)) => return live(asked, &welcome, promises),
            Ok(None) if asked.live => {
                return Err(Failure::wrong("no server of this home runs; start one with kmtop --serve, or leave --live out"));
            }
            Ok(None) => {}
            Err(failure) => return Err(failure),
        }
    }
    stored(setup, asked, promises)
}

fn stored(setup: &Setup, asked: &Check, promises: Promises) -> Result<Found, Failure> {
    let now = Zoned::now();
    let point = |text: &str| point_in_time(text, &now).map_err(Failure::wrong);
    let since = asked.since.as_deref().unwrap_or(STORED);
    let range = (point(since)?, asked.until.as_deref().map_or(Ok(u64::MAX >> 1), point)?);
    let failed = |error: crate::history::HistoryError| Failure::wrong(error.to_string());
    let mut collector = Collector::default();
    let reader = Reader::open(&setup.home.history_file()).map_err(failed)?;
    reader
        .each(range, 60, |interval| {
            collector.push(&interval);
            true
        })
        .map_err(failed)?;
    Ok(Found { measured: collector.finish(), promises, source: format!("history since {since}") })
}

/// What the running server keeps in memory, with what it promises now unless a file says otherwise.
fn live(asked: &Check, welcome: &Welcome, mut promises: Promises) -> Result<Found, Failure> {
    let since = asked.since.as_deref().unwrap_or(LIVE);
    let since_ms = point_in_time(since, &Zoned::now()).map_err(Failure::wrong)?;
    let mut collector = Collector::default();
    welcome.intervals.iter().filter(|interval| interval.time_ms > since_ms).for_each(|interval| collector.push(interval));
    if asked.contracts.is_none() {
        let state = welcome.intervals.last().and_then(|interval| interval.state.as_deref());
        promises.follow(state.into_iter().flat_map(|state| &state.contracts).map(|status| &status.contract));
    }
    Ok(Found { measured: collector.finish(), promises, source: format!("running server, last {since}") })
}

/// Takes the first word of a server and nothing else.
#[derive(Default)]
struct Ear {
    welcome: Mutex<Option<Box<Welcome>>>,
    heard: Notify,
}

struct Shared(Arc<Ear>);

impl Listener for Shared {
    fn offer(&self, event: LinkEvent) -> Offer {
        match event {
            LinkEvent::Welcome(welcome) => {
                *self.0.welcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(welcome);
                self.0.heard.notify_one();
            }
            LinkEvent::Lost { .. } => self.0.heard.notify_one(),
            _ => {}
        }
        Offer::Taken
    }
}

/// What the server of this home keeps; `None` when none runs.
async fn welcome(setup: &Setup) -> Result<Option<Box<Welcome>>, Failure> {
    let link = match control::attach(&setup.home.socket()).await {
        Ok(link) => link,
        Err(ControlError::Absent { .. }) => return Ok(None),
        Err(error) => return Err(Failure::wrong(error.to_string())),
    };
    let ear = Arc::new(Ear::default());
    let _requests = link.open(Shared(Arc::clone(&ear)));
    let heard = tokio::time::timeout(PATIENCE, ear.heard.notified()).await;
    let welcome = ear.welcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (heard, welcome) {
        (Ok(()), Some(welcome)) => Ok(Some(welcome)),
        _ => Err(Failure::wrong(format!("the server did not tell what it keeps within {} s", PATIENCE.as_secs()))),
    }
}

fn tell(asked: &Check, found: &Found, verdict: &Verdict, outcome: Outcome) -> Result<(), Failure> {
    let stdout = |error: std::io::Error| Failure::wrong(format!("stdout: {error}"));
    if asked.json {
        let count = |outcome| verdict.count(outcome);
        let told = json!({
            "source": found.source,
            "time_ms": unix_ms(),
            "seconds": found.measured.seconds,
            "outcome": outcome,
            "kept": count(Outcome::Kept),
            "broken": count(Outcome::Broken),
            "not_measured": count(Outcome::NotMeasured),
            "promises": verdict.lines,
            "notes": found.measured.notes,
        });
        return cli::value(&told).map_err(stdout);
    }
    if asked.junit.as_deref() == Some(Path::new("-")) {
        return Ok(());
    }
    let notes: String = found.measured.notes.iter().flat_map(|note| [note.as_str(), "\n"]).collect();
    let words = match outcome {
        Outcome::Kept => "kept",
        Outcome::Broken => "BROKEN",
        Outcome::NotMeasured => "could not be measured",
    };
    let table = cli::check_table(verdict, asked.strict);
    let text = format!("{}: {:.0} s measured\n{notes}{table}{words}", found.source, found.measured.seconds);
    cli::line(&text).map_err(stdout)
}
