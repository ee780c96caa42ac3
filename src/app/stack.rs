//! A whole server: what it is made of, in the order in which it is made, and its end.

use std::{sync::Arc, time::Duration};

use tokio_util::task::AbortOnDropHandle;

use super::{
    Failure,
    alert_recordings::AlertRecordings,
    desk,
    engine::Engine,
    health, history,
    hub_parts::{caches, changes, counted, info, trouble_of, tuned},
    judging::judging,
    mirror::Mirror,
    offered::Offered,
    otlp::Otlp,
    outside::{Claim, Outside},
    questions::Work,
    reload::Trouble,
    workers,
};
use crate::{
    access::{Access, Token},
    config::{AccessClass, BackendKind, Home, Settings},
    files::Meter,
    history::History,
    hub,
    library::{
        Library,
        engine_log::{EngineLog, Rotation},
        statistics::Statistics,
    },
    link::Link,
    macros::Profile,
    mcp,
    metrics::Recorder,
    pool,
    sample::{self, Sampler, SamplerHandle, Watched},
    sizing::{Knobs, warm},
    telemetry::Telemetry,
    tools::{self, News, Records, Runs, Share, Toolbox},
    util::{clock::Anchor, numbers},
};

/// How long the last lines of the engine's log and the statistics may take to the disk, each.
const FLUSH: Duration = Duration::from_secs(2);
/// Length of a tick.
const TICK: Duration = Duration::from_secs(1);
/// A protocol line of a worker may be so much longer than the longest value: JSON writes some characters as six.
const LINE_PER_VALUE: u64 = 16;

/// How a server opens its doors: MCP over HTTP, and the control socket with the home's lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Doors {
    /// Other machines may reach the address.
    pub(super) allow_remote: bool,
    /// This is the demo.
    pub(super) demo: bool,
    /// HTTP also offers what the conformance suite calls.
    pub(super) conformance: bool,
}

/// A running server.
pub(super) struct Stack {
    pub(super) hub: hub::Handle,
    pub(super) toolbox: Arc<Toolbox>,
    pub(super) token: Option<Token>,
    /// Tools that follow the settings and the library.
    pub(super) offered: Arc<Offered>,
    /// What is wrong with the settings' file.
    pub(super) trouble: Trouble,
    /// Keep those tools, and who listens, in step with the library, and record what came before alerts, until they go.
    _following: Vec<AbortOnDropHandle<()>>,
    pool: pool::Handle,
    /// How long running jobs may take to finish at shutdown.
    drain: Duration,
    records: Records,
    history: Option<History>,
    access: Arc<Access>,
    /// The list of a Mac elsewhere, when macros run there.
    mirror: Option<Mirror>,
    /// Ends the sampler's thread when it goes.
    _sampler: SamplerHandle,
    outside: Option<Outside>,
    /// Sends traces and metrics, when the settings name a collector.
    otlp: Option<Otlp>,
}

impl Stack {
    /// Starts a server on the current runtime.
    pub(super) fn start(home: &Home, settings: &Settings, doors: Option<Doors>) -> Result<Self, Failure> {
        home.create()?;
        let claim = doors.map(|doors| Claim::take(home, settings, doors)).transpose()?;
        let (address, held) = (claim.as_ref().map(|claim| claim.address), claim.as_ref().map(|_| home));
        let token = claim.as_ref().and_then(|claim| claim.token.clone());
        let access =
            Access::start(settings, token.as_ref(), held).map_err(|error| Failure::wrong(format!("the tokens: {error}")))?;
        let profile = Arc::new(profile(settings));
        let engine = Engine::of(home, settings);
        let records = records(home, settings, &engine);
        let library = Library::start_under(engine.macro_files(home, settings), Arc::clone(&profile));
        let runs = Runs::new(engine.kind == BackendKind::Embedded);
        let targets: Vec<Arc<str>> = settings.limits.target.keys().map(|name| Arc::from(&**name)).collect();
        let (news, share) = (News::default(), Share::new(Duration::from_millis(settings.server.cache_ms)));
        let work = Work {
            library: library.clone(),
            runs: Arc::clone(&runs),
            records: records.clone(),
            news: news.clone(),
            share: Arc::clone(&share),
        };
        let (pool, commands) = workers::start(&engine, (home, settings), &profile, work, &targets)?;
        let (trouble, meter) = (Trouble::default(), Arc::new(Meter::default()));
        let mirror = engine.mirror(home).map(|file| Mirror::start(file, pool.clone()));
        let watched = Watched::default();
        let sampler = sampler(home, &watched)?;
        // Only who holds the home's lock writes its history.
        let history = held.and_then(|home| history::start(home, settings));
        let changes = held.map(changes).transpose()?;
        let tools = tools::all();
        let recorder = Arc::new(Recorder::new(tools.iter().map(|tool| Arc::clone(&tool.name)), Recorder::CAPACITY));
        let (judging, recordings) = judged((home, settings), &tools, history.is_some(), held.is_some());
        let hub = hub::start(hub::Parts {
            info: Arc::new(info((home, settings), engine.kind, &tools, address, doors.is_some_and(|doors| doors.demo))),
            recorder: Arc::clone(&recorder),
            pool: pool.clone(),
            samples: sampler.samples(),
            watch_workers: Box::new(move |pids| watched.set(pids)),
            library: counted(library.clone()),
            history: trouble_of(history.clone()),
            policy: settings.optimizer,
            tune: tuned(&share, settings),
            smallest: Some(settings.pool.min),
            changes,
            settings: trouble.teller(),
            caches: caches(&share, &meter),
            access: Arc::clone(&access),
            judging,
            period: TICK,
            clock: Box::new(Anchor::now),
        });
        let recordings = keep(&hub, home, history.clone(), recordings);
        let told = news.follow(library.clone());
        let health = health::of(home, engine.kind, (&hub, &pool), &library, history.clone());
        let telemetry = Telemetry { hub: hub.clone(), health: Arc::clone(&health), refused: Arc::default() };
        let context = tools::Context {
            hub: hub.clone(),
            health,
            pool: pool.clone(),
            commands,
            osascript: settings.backend.osascript.clone(),
            embedded: engine.kind == BackendKind::Embedded,
            library,
            runs,
            profile,
            records: records.clone(),
            own_files: engine.own_files(),
            news,
            share,
            allow: settings.offered(),
            access: Arc::clone(&access),
            queue_limit: Duration::from_millis(settings.pool.queue_timeout_ms),
            call_limit: Duration::from_millis(settings.pool.call_timeout_ms),
            run_limit: workers::run_limit(settings),
            bulk_clients: settings.pool.bulk_clients.clone(),
            bench_clients: settings.pool.bench_clients.clone(),
            targets,
        };
        let toolbox = Arc::new(Toolbox::new(tools, context, recorder));
        let (offered, following) = Offered::start(home, settings, Arc::clone(&toolbox), meter)?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), pid = std::process::id(), ?address, "kmtop starts");
        let outside =
            claim.map(|claim| Outside::open(claim, (home, settings), (&hub, &pool), &toolbox, &telemetry)).transpose()?;
        let otlp = Otlp::start(&telemetry, &settings.otlp)?;
        Ok(Self {
            hub,
            toolbox,
            token,
            offered,
            trouble,
            pool,
            drain: Duration::from_millis(settings.pool.drain_timeout_ms),
            records,
            history,
            access,
            mirror,
            _sampler: sampler,
            _following: [told, following].into_iter().chain(recordings).collect(),
            outside,
            otlp,
        })
    }

    /// The address of the endpoint, `http://address:port/mcp`.
    pub(super) fn url(&self) -> Option<String> {
        self.hub.info().http.as_ref().map(|http| format!("{http}{}", mcp::http::PATH))
    }

    /// The pool, for those who wait for it.
    pub(super) fn pool(&self) -> &pool::Handle {
        &self.pool
    }

    /// Waits until the macros of a Mac elsewhere are known, at most `limit`; there is nothing to wait for when they are here.
    pub(super) async fn wait_for_list(&self, limit: Duration) {
        if let Some(mirror) = &self.mirror {
            mirror.wait(limit, &self.toolbox.context().library).await;
        }
    }

    /// A link for a screen in this process.
    pub(super) fn link(&self) -> Link {
        self.hub.link().with_desk(desk::of_toolbox(Arc::clone(&self.toolbox)))
    }

    /// Ends the server: no new calls, running ones finish for a while, workers end, nothing is left behind.
    pub(super) async fn stop(self) {
        let drain = self.drain;
        self.stop_within(drain).await;
    }

    /// The same with `grace` for running calls.
    pub(super) async fn stop_within(mut self, grace: Duration) {
        // Running calls answer over connections that are still open; the pool turns new ones away meanwhile.
        let beside = self.toolbox.context();
        let programs = async {
            if let Some(pool) = beside.commands.started().filter(|_| !beside.embedded) {
                pool.drain(grace).await;
            }
        };
        tokio::join!(self.pool.drain(grace), programs);
        // Runs that went on beyond their calls have ended by now, and are on the disk before the process goes.
        let (records, history, access) = (self.records.clone(), self.history.clone(), Arc::clone(&self.access));
        let otlp = self.otlp.take();
        let flush = move || {
            if let Some(otlp) = otlp {
                otlp.end();
            }
            records.flush(FLUSH);
            let _ = access.flush(FLUSH);
            history.is_none_or(|history| history.flush(FLUSH))
        };
        let _ = tokio::task::spawn_blocking(flush).await;
        if let Some(endpoint) = self.outside.as_mut().and_then(Outside::take_endpoint) {
            let _ = tokio::task::spawn_blocking(move || endpoint.stop()).await;
        }
    }
}

fn sampler(home: &Home, watched: &Watched) -> Result<SamplerHandle, Failure> {
    Sampler::start(TICK, watched.clone(), &home.state_dir)
        .map_err(|error| Failure::wrong(format!("the system sampler cannot be started: {error}")))
}

/// What the hub judges by; and who records what came before an alert, where the home is this server's own and the settings say so.
fn judged(
    (home, settings): (&Home, &Settings),
    tools: &[tools::Tool],
    history: bool,
    held: bool,
) -> (hub::Judging, Option<AlertRecordings>) {
    let mut judging = judging(home, settings, tools, &sample::host(), history);
    let recordings = (held && settings.history.record_alerts).then(|| AlertRecordings::listen(&mut judging));
    (judging, recordings)
}

/// Lets what is kept on the disk follow the hub.
fn keep(
    hub: &hub::Handle,
    home: &Home,
    history: Option<History>,
    recordings: Option<AlertRecordings>,
) -> Option<AbortOnDropHandle<()>> {
    history::follow(hub, history);
    recordings.map(|recordings| recordings.start(hub, home.recordings_dir()))
}

pub(super) fn whole(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What macros may count on here, by the settings.
pub(super) fn profile(settings: &Settings) -> Profile {
    let network = settings.allow.contains(&AccessClass::Network);
    Profile { network, desktop: settings.engine.simulate.desktop() }
}

fn records(home: &Home, settings: &Settings, engine: &Engine) -> Records {
    let rotation = Rotation { bytes: settings.engine.log_bytes, files: whole(settings.engine.log_files) };
    Records {
        log: EngineLog::start(home.engine_log_file(), rotation),
        statistics: Statistics::start(home.statistics_file()),
        keyboard_maestro: engine.files.clone(),
    }
}

pub(super) fn limits(home: &Home, settings: &Settings) -> Result<pool::Limits, Failure> {
    let wanted = &settings.pool;
    let warm = warm(settings.optimizer.strategy).map_or(wanted.min, |warm| warm.min(wanted.max));
    let size = pool::Size::new(warm, wanted.max).map_err(|error| Failure::wrong(format!("[pool]: {error}")))?;
    let unless_0 = |number: u64| (number > 0).then_some(number);
    Ok(pool::Limits {
        queue: whole(wanted.queue),
        queue_limit: Duration::from_millis(wanted.queue_timeout_ms),
        start_limit: Duration::from_millis(wanted.start_timeout_ms),
        hung_after: Duration::from_millis(wanted.hung_after_ms),
        check_after: Duration::from_millis(wanted.check_after_ms),
        line: usize::try_from(settings.limits.value_bytes.saturating_mul(LINE_PER_VALUE)).unwrap_or(usize::MAX),
        lives: pool::Lives {
            calls: unless_0(wanted.worker_calls),
            age: unless_0(wanted.worker_age_s).map(Duration::from_secs),
            memory: unless_0(wanted.worker_memory_mb).map(|megabytes| megabytes * 1_000_000),
            ..pool::Lives::default()
        },
        targets: settings.limits.target.clone(),
        knobs: Knobs::of(&settings.optimizer),
        cores: std::thread::available_parallelism().map_or(1, |cores| numbers::small(cores.get())),
        slow_log: Some(home.slow_log()),
        ..pool::Limits::new(size)
    })
}
