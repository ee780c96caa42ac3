//! `kmtop profile`: one operation again and again, on the server of this home or on one that is started for it.

use std::{
    ffi::OsString,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{Failure, Setup, bench::Served, bench::write, block_on, serve};
use crate::{
    bench::{self, Ends, Environment, Live, Profile, ProfileProgress, Track, Usage},
    cli,
    control::{self, ControlError},
    model::CallRecord,
    sample,
    util::clock::unix_ms,
};

/// The name under which calls over the control socket are recorded.
const CALLER: &str = "kmtop call";
/// How long the records of the last calls may take.
const RECORDS: Duration = Duration::from_secs(5);

/// Prints the profile; exit code 1 when every call failed.
pub(super) fn run(setup: &Setup, asked: &cli::Profile, flags: Vec<OsString>) -> Result<ExitCode, Failure> {
    let arguments: Value = serde_json::from_str(&asked.arguments)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| Failure::wrong("the arguments must be a JSON object such as '{\"name\":\"Total\"}'"))?;
    let environment = Environment::of(&sample::take_once(&std::env::temp_dir()));
    let profile = block_on(async {
        let mut signals = serve::take_signals()?;
        let socket = setup.home.socket();
        let started = match control::frame(&socket).await {
            Ok(_) => None,
            Err(ControlError::Absent { .. }) => Some(Served::in_home(&setup.home, flags).await?),
            Err(error) => return Err(Failure::wrong(error.to_string())),
        };
        let pid = started.as_ref().map_or_else(|| running_pid(setup), Served::pid);
        let profile = measure(&socket, pid, asked, (arguments, environment), &mut signals).await;
        if let Some(started) = started {
            started.end().await;
        }
        profile
    })?;
    if let Some(path) = &asked.html {
        write(path, bench::profile_page(&profile).map_err(|error| Failure::wrong(error.to_string()))?.as_bytes())?;
    }
    let stdout = |error: std::io::Error| Failure::wrong(format!("stdout: {error}"));
    if asked.json {
        let value = serde_json::to_value(&profile).map_err(|error| Failure::wrong(error.to_string()))?;
        cli::value(&value).map_err(stdout)?;
    } else {
        cli::line(bench::profile_text(&profile).trim_end()).map_err(stdout)?;
    }
    Ok(if profile.failed == profile.calls { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The process of this home's server.
fn running_pid(setup: &Setup) -> Option<u32> {
    let said: Value = serde_json::from_slice(&std::fs::read(setup.home.server_file()).ok()?).ok()?;
    u32::try_from(said["pid"].as_u64()?).ok()
}

async fn measure(
    socket: &Path,
    server: Option<u32>,
    asked: &cli::Profile,
    (arguments, environment): (Value, Environment),
    signals: &mut super::signals::Signals,
) -> Result<Profile, Failure> {
    let wrong = |error: ControlError| Failure::wrong(error.to_string());
    let track = Track::follow(control::attach(socket).await.map_err(wrong)?, true);
    for _ in 0..asked.warm_up {
        let _ = control::call(socket, &asked.tool, arguments.clone()).await.map_err(wrong)?;
    }
    let workers = workers(socket).await.map_err(wrong)?;
    let usage = |pids: &[u32]| together(pids);
    let before = (usage(&workers), usage(server.as_slice()));
    let mut live = Live::stderr(true);
    let mut progress = ProfileProgress::new(u64::from(asked.number));
    let mut made = 0_usize;
    for _ in 0..asked.number {
        let began = Instant::now();
        let answered = tokio::select! {
            answered = control::call(socket, &asked.tool, arguments.clone()) => answered.map_err(wrong)?,
            () = signals.end() => break,
        };
        made += 1;
        progress.add(began.elapsed(), answered.is_ok());
        progress.show(&mut live);
    }
    live.clear();
    if made == 0 {
        return Err(Failure::wrong("nothing was measured"));
    }
    let after = (usage(&workers), usage(server.as_slice()));
    let calls = records(&track, asked, made).await;
    let ends = |before, after| Ends { before, after };
    let ends = (ends(before.0, after.0), ends(before.1, after.1));
    let mut profile = bench::phases(&asked.tool, &calls, ends, environment);
    if calls.len() < made {
        profile.notes.push(format!("of {made} calls the server told of {}", calls.len()));
    }
    let now = self::workers(socket).await.map_err(wrong)?;
    if now != workers {
        profile.notes.push("workers came or went meanwhile: what they used is that of those which were there before".to_owned());
    }
    Ok(profile)
}

/// The server's records of the calls that count.
async fn records(track: &Track, asked: &cli::Profile, made: usize) -> Vec<CallRecord> {
    let skipped = usize::try_from(asked.warm_up).unwrap_or(0);
    let deadline = Instant::now() + RECORDS;
    let mut calls: Vec<CallRecord> = Vec::new();
    while calls.len() < made + skipped && Instant::now() < deadline {
        track.wait_for(unix_ms(), Duration::from_millis(1_500)).await;
        let ours = |call: &CallRecord| *call.tool == *asked.tool && &*call.client == CALLER;
        calls.extend(track.take_calls().into_iter().filter(ours));
    }
    calls.sort_by_key(|call| call.id);
    // Those of another `kmtop call` at the same time cannot be told apart; the newest are ours.
    let first = calls.len().saturating_sub(made);
    calls.split_off(first)
}

/// The processes of the workers as they are now, once all that should be there are; after a while those that are.
async fn workers(socket: &Path) -> Result<Vec<u32>, ControlError> {
    let deadline = Instant::now() + RECORDS;
    loop {
        let told = control::call(socket, "pool_status", serde_json::json!({})).await?;
        let pool = told.unwrap_or_else(|(error, _)| error);
        let all = pool["workers"].as_array().into_iter().flatten();
        let mut pids: Vec<u32> = all.filter_map(|worker| u32::try_from(worker["pid"].as_u64()?).ok()).collect();
        if pool["live"].as_u64() >= pool["target"].as_u64() || Instant::now() >= deadline {
            pids.sort_unstable();
            return Ok(pids);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What these processes have used together; unknown as soon as one of them does not tell.
fn together(pids: &[u32]) -> Usage {
    let known: Vec<sample::ProcessUsage> = pids.iter().map(|pid| sample::process_usage(*pid)).collect();
    if known.is_empty() {
        return Usage::default();
    }
    Usage {
        cpu_ms: known.iter().map(|usage| usage.cpu_ms).sum(),
        rss_bytes: known.iter().map(|usage| usage.rss_bytes).sum(),
        read_bytes: known.iter().map(|usage| usage.read_bytes).sum(),
        written_bytes: known.iter().map(|usage| usage.written_bytes).sum(),
    }
}
