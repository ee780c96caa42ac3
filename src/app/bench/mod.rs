//! `kmtop bench`: a load test, from the target to the exit code.

mod asked;
mod compare;
mod own;

use std::{fs, path::Path, process::ExitCode, time::Duration};

use tokio_util::sync::CancellationToken;

use self::asked::{Asked, wrong};
use super::{Failure, Setup, block_on, serve};
use crate::{
    bench::{self, Address, Arriving, Bench, Environment, Live, Pace, Progress, Report, Settings, Step, Sweep, Track, Visit},
    cli, control, sample,
};

pub(super) use self::own::Served;

/// Sessions of a sweep for each worker: enough that none is ever idle.
const PER_WORKER: usize = 2;

/// Measures, and prints the report; exit code 1 when an objective did not hold, or calls were dropped.
pub(super) fn run(setup: &Setup, command: &cli::Bench) -> Result<ExitCode, Failure> {
    let asked = asked::read(setup, command)?;
    let sampled = sample::take_once(&std::env::temp_dir());
    let environment = Environment::of(&sampled);
    let report = block_on(async {
        let mut signals = serve::take_signals()?;
        let stop = CancellationToken::new();
        let mut live = Live::stderr(true);
        let mut show = |progress: &Progress<'_>| live.show(progress);
        let work = measure(setup, &asked, command, (environment, stop.clone()), &mut show);
        tokio::pin!(work);
        tokio::select! {
            report = &mut work => return report,
            () = signals.end() => stop.cancel(),
        }
        tokio::select! {
            report = &mut work => report,
            () = signals.end() => Err(Failure::wrong("ended at once by a second signal")),
        }
    })?;
    print(command, &report)?;
    let all_failed = report.calls.completed > 0 && report.calls.failed == report.calls.completed;
    let found = report.find_max.as_ref().is_none_or(|found| found.rate_per_s.is_some());
    // A search breaks objectives on purpose: what counts is whether it found a rate.
    let rolled_back = report.compare.as_ref().is_some_and(|compared| compared.decision == "roll_back");
    let good = if report.find_max.is_some() { found } else { report.passed && !rolled_back };
    Ok(if good && !all_failed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

type Show<'a> = &'a mut (dyn FnMut(&Progress<'_>) + 'a);

async fn measure(
    setup: &Setup,
    asked: &Asked,
    command: &cli::Bench,
    (environment, stop): (Environment, CancellationToken),
    show: Show<'_>,
) -> Result<Report, Failure> {
    if let Some(workers) = &asked.sweep {
        return sweep(asked, workers.clone(), (environment, stop), show).await;
    }
    if let Some(path) = &command.compare {
        return compare::run(asked, path, command.workers, (environment, stop), show).await;
    }
    let Some(address) = &asked.address else {
        let served = Served::temporary(command.workers).await?;
        let report = match (served.address(), served.track().await) {
            (Ok(address), Ok(track)) => one(asked, (&address, Some(&track)), &asked.settings, (environment, stop), show).await,
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        };
        served.end().await;
        return report;
    };
    if command.workers.is_some() {
        return Err(Failure::wrong("--workers is for a server of its own; leave the target out"));
    }
    let track = match address {
        Address::Url { url, .. } if asked::is_own(setup, url) => {
            control::attach(&setup.home.socket()).await.ok().map(|link| Track::follow(link, false))
        }
        _ => None,
    };
    let target = (address, track.as_ref());
    if !asked.ready || matches!(address, Address::Command(_)) {
        let settings = if asked.ready { restricted(asked, address).await? } else { (asked.settings.clone(), Vec::new()) };
        let mut report = one(asked, target, &settings.0, (environment, stop), show).await?;
        report.notes.extend(settings.1);
        return Ok(report);
    }
    let (visit, mix, left_out) = Visit::begin(address, &asked.settings.mix).await.map_err(wrong)?;
    let settings = Settings { mix, ..asked.settings.clone() };
    let report = one(asked, target, &settings, (environment, stop), show).await;
    let left_behind = visit.end(address).await;
    let mut report = report?;
    report.notes.extend(left_out.into_iter().chain(left_behind));
    Ok(report)
}

/// A program that is started for the test: what it cannot do is left out, and nothing is brought to it.
async fn restricted(asked: &Asked, address: &Address) -> Result<(Settings, Vec<String>), Failure> {
    let (mix, left_out) = Visit::look(address, &asked.settings.mix).await.map_err(wrong)?;
    Ok((Settings { mix, ..asked.settings.clone() }, left_out))
}

async fn one(
    asked: &Asked,
    (address, track): (&Address, Option<&Track>),
    settings: &Settings,
    (environment, stop): (Environment, CancellationToken),
    show: Show<'_>,
) -> Result<Report, Failure> {
    let bench = Bench { address, settings, track, pace: Pace::Thread, stop, environment };
    let report = if asked.find_max { bench.find_max(asked.start, asked.step, show).await } else { bench.run(show).await };
    report.map_err(wrong)
}

/// A server for each number of workers, each loaded by more clients than it has workers.
async fn sweep(
    asked: &Asked,
    workers: std::ops::RangeInclusive<u16>,
    (environment, stop): (Environment, CancellationToken),
    show: Show<'_>,
) -> Result<Report, Failure> {
    let clients = match &asked.settings.arriving {
        Arriving::Clients { clients, .. } if asked.clients_given => *clients,
        _ => usize::from(*workers.end()) * PER_WORKER,
    };
    let think = (Duration::ZERO, Duration::ZERO);
    let settings = Settings {
        arriving: Arriving::Clients { clients, think, length: asked.step },
        warm_up: asked.settings.warm_up.min(Duration::from_secs(1)),
        settle: Duration::ZERO,
        ..asked.settings.clone()
    };
    let mut best: Option<Report> = None;
    let swept: Sweep = bench::sweep(workers, async |workers| {
        if stop.is_cancelled() {
            return Ok(None);
        }
        let served = Served::temporary(Some(workers)).await?;
        let report = match (served.address(), served.track().await) {
            (Ok(address), Ok(track)) => {
                one(asked, (&address, Some(&track)), &settings, (environment.clone(), stop.clone()), &mut *show).await
            }
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        };
        served.end().await;
        let report = match report {
            Ok(report) if report.ended_early.is_none() => report,
            Ok(_) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let measured = Step { workers, rate_per_s: report.rate.achieved_per_s, p95_us: report.service.at(95.0) };
        if best.as_ref().is_none_or(|best| best.rate.achieved_per_s < measured.rate_per_s) {
            best = Some(report);
        }
        Ok::<_, Failure>(Some(measured))
    })
    .await?;
    let mut report = best.ok_or_else(|| Failure::wrong("nothing was measured"))?;
    report.notes.push("calls, latency and charts are those of the number of workers with the most calls per second".to_owned());
    report.sweep = Some(swept);
    Ok(report)
}

fn print(command: &cli::Bench, report: &Report) -> Result<(), Failure> {
    if let Some(path) = &command.html {
        write(path, bench::page(report).map_err(wrong)?.as_bytes())?;
    }
    if let Some(path) = &command.hdr {
        write(path, &bench::hdr_log(report).map_err(wrong)?)?;
    }
    let stdout = |error: std::io::Error| Failure::wrong(format!("stdout: {error}"));
    if command.json {
        let value = serde_json::to_value(report).map_err(|error| Failure::wrong(error.to_string()))?;
        return cli::value(&value).map_err(stdout);
    }
    cli::line(bench::report_text(report).trim_end()).map_err(stdout)
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))
}
