//! What the command line asks for, as settings of a measurement.

use std::{fs, path::Path, time::Duration};

use jiff::Zoned;

use crate::{
    app::{Failure, Setup},
    bench::{
        self, Address, Arrivals, Arriving, ClientChoice, ClientKind, Mix, Operation, Scenario, Settings, Shape, Stage, Template,
        Work,
    },
    cli::{self, BenchClient, point_in_time},
    config,
    history::Reader,
    model::Interval,
    record::{Recording, Source},
};

/// The scenario when none is named.
const USUAL: &str = "quick";
/// How long a rate is kept that is searched, and a number of workers in a sweep.
const STEP: Duration = Duration::from_secs(5);
/// What must hold in a search when nothing is said.
const USUAL_OBJECTIVES: [&str; 2] = ["p95<100ms", "error<1%"];
/// Intervals of a recording that are read at once.
const PAGE: usize = 60;
/// Longest plan of recorded arrivals that is taken.
const MOST_RECORDED: usize = 5_000_000;

/// What a measurement is to do.
pub(super) struct Asked {
    pub(super) settings: Settings,
    /// Where; `None` for a server of its own.
    pub(super) address: Option<Address>,
    /// Whether the operations are kmtop's own, and not the user's.
    pub(super) ready: bool,
    /// The first rate of a search.
    pub(super) start: f64,
    /// How long each of its tries takes.
    pub(super) step: Duration,
    /// How long each block of a comparison takes, if anybody says.
    pub(super) block: Option<Duration>,
    pub(super) sweep: Option<std::ops::RangeInclusive<u16>>,
    /// Whether a search is wanted.
    pub(super) find_max: bool,
    /// Whether a number of clients was given.
    pub(super) clients_given: bool,
}

/// Reads the command line.
pub(super) fn read(setup: &Setup, asked: &cli::Bench) -> Result<Asked, Failure> {
    let (scenario, url) = names(asked)?;
    let sweep = asked.sweep.as_deref().map(bench::workers).transpose().map_err(Failure::wrong)?;
    let plain = asked.rate.is_some() || asked.stages.is_some() || asked.clients.is_some() || asked.replay.is_some();
    let named = scenario.is_some();
    // Flags that say how calls come stand alone; otherwise they change a scenario.
    let scenario = scenario.unwrap_or_else(usual);
    let mix = mix(asked, &scenario, sweep.is_some())?;
    mix.check_macros().map_err(wrong)?;
    let think = match &asked.think {
        Some(text) => bench::spans(text).map_err(Failure::wrong)?,
        None => scenario.think,
    };
    let seed = asked.seed;
    let arriving = arriving(setup, asked, &scenario, think, &mix)?;
    let span = |text: &str| bench::span(text).map_err(Failure::wrong);
    let objectives: Vec<&str> = if asked.slo.is_empty() && asked.find_max {
        USUAL_OBJECTIVES.to_vec()
    } else {
        asked.slo.iter().map(String::as_str).collect()
    };
    let objectives: Vec<bench::Objective> =
        objectives.iter().map(|text| text.parse()).collect::<Result<_, String>>().map_err(Failure::wrong)?;
    for name in objectives.iter().filter_map(|objective| objective.operation.as_deref()) {
        if mix.operations().iter().all(|operation| operation.name != name) {
            let known: Vec<&str> = mix.operations().iter().map(|operation| operation.name.as_str()).collect();
            return Err(Failure::wrong(format!(
                "an objective is about {name}, which is not called; called are {}",
                known.join(", ")
            )));
        }
    }
    let settings = Settings {
        scenario: (named || !(plain || asked.find_max || sweep.is_some())).then(|| scenario.name.to_owned()),
        arriving,
        mix,
        seed,
        in_flight: usize::try_from(asked.in_flight).unwrap_or(usize::MAX),
        timeout: span(&asked.timeout)?,
        warm_up: span(&asked.warm_up)?,
        settle: span(&asked.settle)?,
        objectives,
        abort_after: asked.abort_on_fail.then(|| span(&asked.delay)).transpose()?,
        client: match asked.client {
            BenchClient::Auto => ClientChoice::Auto,
            BenchClient::Rmcp => ClientChoice::Fixed(ClientKind::Full),
            BenchClient::Raw => ClientChoice::Fixed(ClientKind::Lean),
        },
        sessions: usize::try_from(asked.sessions).unwrap_or(1),
    };
    let address = address(setup, asked, url)?;
    if sweep.is_some() && address.is_some() {
        return Err(Failure::wrong(
            "--sweep changes the number of workers, so it measures a server of its own; leave the target out",
        ));
    }
    let start = asked.rate.as_deref().map(bench::rate).transpose().map_err(Failure::wrong)?.unwrap_or(50.0);
    let block = asked.duration.as_deref().map(bench::span).transpose().map_err(Failure::wrong)?;
    let step = block.unwrap_or(STEP);
    Ok(Asked {
        settings,
        address,
        ready: asked.call.is_empty() && asked.mix_file.is_none(),
        start,
        step,
        block,
        sweep,
        find_max: asked.find_max,
        clients_given: asked.clients.is_some(),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
pub(super) fn wrong(error: bench::BenchError) -> Failure {
    Failure::wrong(error.to_string())
}

fn usual() -> Scenario {
    bench::find_scenario(USUAL).unwrap_or_else(|| bench::scenarios().remove(0))
}

/// The scenario and the address among the words that stand alone.
fn names(asked: &cli::Bench) -> Result<(Option<Scenario>, Option<String>), Failure> {
    let (mut scenario, mut url) = (None, None);
    let known = || bench::scenarios().iter().map(|scenario| scenario.name).collect::<Vec<_>>().join(", ");
    for word in asked.what.iter().chain(&asked.scenario) {
        if word.contains("://") && url.is_none() {
            url = Some(word.clone());
        } else if let (Some(found), None) = (bench::find_scenario(word), &scenario) {
            scenario = Some(found);
        } else {
            return Err(Failure::wrong(format!(
                "\"{word}\" is neither a scenario nor an address, or the second of its kind; scenarios: {}; an address: http://127.0.0.1:4499/mcp",
                known()
            )));
        }
    }
    Ok((scenario, url))
}

fn address(setup: &Setup, asked: &cli::Bench, url: Option<String>) -> Result<Option<Address>, Failure> {
    if !asked.command.is_empty() {
        if url.is_some() {
            return Err(Failure::wrong("there are two targets: an address and a command behind --"));
        }
        return Ok(Some(Address::Command(asked.command.clone())));
    }
    let Some(url) = url else { return Ok(None) };
    let token = match (&asked.token, &asked.token_file) {
        (Some(token), _) => Some(token.clone()),
        (None, Some(path)) => {
            let read = fs::read_to_string(path).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))?;
            Some(read.trim().to_owned())
        }
        // This home's own server: its token is at hand.
        (None, None) if is_own(setup, &url) => super::own::token(&setup.home)?,
        (None, None) => None,
    };
    Ok(Some(Address::Url { url, token }))
}

/// Whether the address is that of this home's running server.
pub(super) fn is_own(setup: &Setup, url: &str) -> bool {
    let said = fs::read(setup.home.server_file()).ok();
    let said: Option<serde_json::Value> = said.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    said.and_then(|said| said["http"].as_str().map(|http| url == http || url.starts_with(&format!("{http}/")))).unwrap_or(false)
}

fn mix(asked: &cli::Bench, scenario: &Scenario, sweeps: bool) -> Result<Mix, Failure> {
    if !asked.call.is_empty() {
        let operations = asked.call.iter().map(|text| operation(text)).collect::<Result<_, _>>()?;
        return Mix::new(operations).map_err(wrong);
    }
    if let Some(path) = &asked.mix_file {
        return bench::read_mix(path).map_err(wrong);
    }
    if let Some(text) = &asked.mix {
        return bench::ready(&bench::weights(text).map_err(Failure::wrong)?).map_err(wrong);
    }
    if sweeps {
        // Work that waits: then workers count, and not processors.
        return bench::ready(&[("waiting".to_owned(), 1.0)]).map_err(wrong);
    }
    match scenario.work {
        Work::Weights(weights) => {
            let weights: Vec<(String, f64)> = weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
            bench::ready(&weights).map_err(wrong)
        }
        Work::LargeValues => {
            let limit = config::Settings::default().limits.value_bytes;
            bench::large_values(usize::try_from(limit).unwrap_or(1 << 20)).map_err(wrong)
        }
    }
}

/// `TOOL[@WEIGHT][=JSON]`.
fn operation(text: &str) -> Result<Operation, Failure> {
    let (head, arguments) = text.split_once('=').map_or((text, "{}"), |(head, arguments)| (head, arguments));
    let (tool, weight) = match head.split_once('@') {
        Some((tool, weight)) => {
            let weight = weight.parse::<f64>().ok().filter(|weight| *weight > 0.0);
            (tool, weight.ok_or_else(|| Failure::wrong(format!("the weight in \"{text}\" must be a number over 0")))?)
        }
        None => (head, 1.0),
    };
    let arguments = serde_json::from_str(arguments).map_err(|error| {
        Failure::wrong(format!("the arguments in \"{text}\" are not JSON: {error}; write TOOL={{\"name\":\"x\"}}"))
    })?;
    let template = Template::new(tool, arguments).map_err(wrong)?;
    Ok(Operation { name: tool.to_owned(), weight, calls: vec![template] })
}

fn arriving(
    setup: &Setup,
    asked: &cli::Bench,
    scenario: &Scenario,
    think: (Duration, Duration),
    mix: &Mix,
) -> Result<Arriving, Failure> {
    let arrivals = if asked.constant { Arrivals::Constant } else { Arrivals::Poisson };
    let duration = asked.duration.as_deref().map(bench::span).transpose().map_err(Failure::wrong)?;
    if duration.is_some_and(|duration| duration.is_zero()) {
        return Err(Failure::wrong("--duration must be over 0"));
    }
    if let Some(path) = &asked.replay {
        let plan = bench::replay_plan(&recorded(setup, asked, path)?, asked.speed, mix, asked.seed).map_err(wrong)?;
        return if plan.times.len() > MOST_RECORDED {
            Err(Failure::wrong(format!("{} calls were recorded; choose fewer with --since and --until", plan.times.len())))
        } else {
            Ok(Arriving::Recorded(plan))
        };
    }
    if let Some(text) = &asked.stages {
        return Ok(Arriving::Stages(bench::stages(text).map_err(Failure::wrong)?, arrivals));
    }
    let shape = scenario.shape.clone();
    let usual = match &shape {
        Shape::Clients(_, length) => *length,
        Shape::Stages(stages) => stages.iter().map(|stage| stage.length).sum(),
    };
    let length = duration.unwrap_or(usual);
    if let Some(text) = &asked.rate {
        let rate = bench::rate(text).map_err(Failure::wrong)?;
        return Ok(Arriving::Stages(vec![Stage { rate, length }], arrivals));
    }
    if let Some(clients) = asked.clients {
        let clients = usize::try_from(clients).unwrap_or(usize::MAX);
        return Ok(Arriving::Clients { clients, think, length });
    }
    Ok(match shape.lasting(length) {
        Shape::Stages(stages) => Arriving::Stages(stages, arrivals),
        Shape::Clients(clients, length) => Arriving::Clients { clients, think, length },
    })
}

/// The Intervals that were recorded, with no more in them than arrivals need.
fn recorded(setup: &Setup, asked: &cli::Bench, path: &Path) -> Result<Vec<Interval>, Failure> {
    if !(0.001..=1_000.0).contains(&asked.speed) {
        return Err(Failure::wrong("--speed must be from 0.001 to 1000"));
    }
    let now = Zoned::now();
    let point = |text: &Option<String>, otherwise| {
        text.as_deref().map_or(Ok(otherwise), |text| point_in_time(text, &now)).map_err(Failure::wrong)
    };
    let (from, to) = (point(&asked.since, 0)?, point(&asked.until, u64::MAX >> 1)?);
    let strip = |interval: &Interval| Interval {
        time_ms: interval.time_ms,
        length_ms: interval.length_ms,
        tools: interval.tools.clone(),
        calls: interval.calls.clone(),
        ..Interval::default()
    };
    let mut intervals = Vec::new();
    if path == Path::new("history") {
        let reader = Reader::open(&setup.home.history_file()).map_err(|error| Failure::wrong(error.to_string()))?;
        let each = reader.each((from, to), 1, |interval| {
            intervals.push(strip(&interval));
            true
        });
        each.map_err(|error| Failure::wrong(error.to_string()))?;
    } else {
        let mut recording = Recording::open(path).map_err(|error| Failure::wrong(error.to_string()))?;
        let all = recording.times().len();
        for start in (0..all).step_by(PAGE) {
            let page = recording.read(start..all.min(start + PAGE));
            intervals
                .extend(page.iter().filter(|interval| (from..=to).contains(&interval.time_ms)).map(|interval| strip(interval)));
        }
    }
    Ok(intervals)
}
