//! A whole server: what it is made of, in the order in which it is made, and its end.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    Failure,
    outside::{Claim, Outside},
    questions::Answers,
};
use crate::{
    backend::{
        SharedBackend,
        embedded::{Variables, VariablesError},
        program::{Program, Stores},
    },
    config::{AccessClass, Auth, BackendKind, Home, Settings},
    hub,
    library::{
        Library,
        engine_log::{EngineLog, Rotation},
        keyboard_maestro::KeyboardMaestroFiles,
        statistics::Statistics,
    },
    link::Link,
    macros::Profile,
    mcp::{self, token::Token},
    metrics::Recorder,
    model::ServerInfo,
    pool,
    sample::{self, Sampler, SamplerHandle, Watched},
    tools::{self, Records, Runs, Toolbox},
    util::{clock::unix_ms, numbers},
};

/// How long running jobs may take to finish at shutdown.
const DRAIN: Duration = Duration::from_secs(10);
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
    pool: pool::Handle,
    records: Records,
    /// Ends the sampler's thread when it goes.
    _sampler: SamplerHandle,
    outside: Option<Outside>,
}

impl Stack {
    /// Starts a server on the current runtime.
    pub(super) fn start(home: &Home, settings: &Settings, doors: Option<Doors>) -> Result<Self, Failure> {
        home.create()?;
        let claim = doors.map(|doors| Claim::take(home, settings, doors)).transpose()?;
        let address = claim.as_ref().map(|claim| claim.address);
        let token = claim.as_ref().and_then(|claim| claim.token.clone());
        let profile = Arc::new(profile(settings));
        let records = records(home, settings);
        let library = Library::start_under(macro_files(home, settings), Arc::clone(&profile));
        let runs = Runs::new(settings.backend.kind == BackendKind::Embedded);
        let run_limit = Duration::from_millis(settings.pool.run_timeout_ms);
        let targets: Vec<Arc<str>> = settings.limits.target.keys().map(|name| Arc::from(&**name)).collect();
        let answers = Answers::new(library.clone(), Arc::clone(&runs), records.clone(), run_limit, targets.clone());
        let pool = pool::start(backend(home, settings, &profile, Arc::clone(&answers))?, limits(home, settings)?);
        answers.start_in(pool.clone());
        let watched = Watched::default();
        let sampler = Sampler::start(TICK, watched.clone(), &home.state_dir)
            .map_err(|error| Failure::wrong(format!("the system sampler cannot be started: {error}")))?;
        let tools = tools::all();
        let recorder = Arc::new(Recorder::new(tools.iter().map(|tool| Arc::clone(&tool.name)), Recorder::CAPACITY));
        let hub = hub::start(hub::Parts {
            info: Arc::new(info(home, settings, &tools, address, doors.is_some_and(|doors| doors.demo))),
            recorder: Arc::clone(&recorder),
            pool: pool.clone(),
            samples: sampler.samples(),
            watch_workers: Box::new(move |pids| watched.set(pids)),
            library: Box::new({
                let library = library.clone();
                move || count_library(&library)
            }),
            alerts: settings.alerts.clone(),
            period: TICK,
        });
        let context = tools::Context {
            hub: hub.clone(),
            pool: pool.clone(),
            library,
            runs,
            profile,
            records: records.clone(),
            allow: settings.allow.clone(),
            queue_limit: Duration::from_millis(settings.pool.queue_timeout_ms),
            call_limit: Duration::from_millis(settings.pool.call_timeout_ms),
            run_limit,
            bulk_clients: settings.pool.bulk_clients.clone(),
            targets,
        };
        let toolbox = Arc::new(Toolbox::new(tools, context, recorder));
        tracing::info!(version = env!("CARGO_PKG_VERSION"), pid = std::process::id(), ?address, "kmtop starts");
        let outside = claim.map(|claim| Outside::open(claim, (home, settings), (&hub, &pool), &toolbox)).transpose()?;
        Ok(Self { hub, toolbox, token, pool, records, _sampler: sampler, outside })
    }

    /// The address of the endpoint, `http://address:port/mcp`.
    pub(super) fn url(&self) -> Option<String> {
        self.hub.info().http.as_ref().map(|http| format!("{http}{}", mcp::http::PATH))
    }

    /// The pool, for those who wait for it.
    pub(super) fn pool(&self) -> &pool::Handle {
        &self.pool
    }

    /// A link for a screen in this process.
    pub(super) fn link(&self) -> Link {
        self.hub.link()
    }

    /// Ends the server: no new calls, running ones finish for a while, workers end, nothing is left behind.
    pub(super) async fn stop(self) {
        self.stop_within(DRAIN).await;
    }

    /// The same with `grace` for running calls.
    pub(super) async fn stop_within(mut self, grace: Duration) {
        // Running calls answer over connections that are still open; the pool turns new ones away meanwhile.
        self.pool.drain(grace).await;
        // Runs that went on beyond their calls have ended by now, and are on the disk before the process goes.
        let records = self.records.clone();
        let _ = tokio::task::spawn_blocking(move || records.flush(FLUSH)).await;
        if let Some(endpoint) = self.outside.as_mut().and_then(Outside::take_endpoint) {
            let _ = tokio::task::spawn_blocking(move || endpoint.stop()).await;
        }
    }
}

pub(super) fn whole(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What macros may count on here, by the settings.
pub(super) fn profile(settings: &Settings) -> Profile {
    let network = settings.allow.contains(&AccessClass::Network);
    Profile { network, desktop: settings.engine.simulate.desktop() }
}

/// The macro files and folders that are served: those of the settings, or else the home's library and Keyboard Maestro's own file.
pub(super) fn macro_files(home: &Home, settings: &Settings) -> Vec<PathBuf> {
    let mut paths = settings.library(home);
    if settings.engine.library.is_empty() {
        paths.extend(keyboard_maestro(home, settings).map(|files| files.macros()));
    }
    paths
}

/// Keyboard Maestro's own files, where there are any.
fn keyboard_maestro(home: &Home, settings: &Settings) -> Option<KeyboardMaestroFiles> {
    let user = home.user_dir.as_ref().filter(|_| settings.engine.keyboard_maestro_files)?;
    Some(KeyboardMaestroFiles::under(user)).filter(KeyboardMaestroFiles::are_there)
}

fn records(home: &Home, settings: &Settings) -> Records {
    let rotation = Rotation { bytes: settings.engine.log_bytes, files: whole(settings.engine.log_files) };
    Records {
        log: EngineLog::start(home.engine_log_file(), rotation),
        statistics: Statistics::start(home.statistics_file()),
        keyboard_maestro: keyboard_maestro(home, settings),
    }
}

fn backend(home: &Home, settings: &Settings, profile: &Profile, answers: Arc<Answers>) -> Result<SharedBackend, Failure> {
    match settings.backend.kind {
        BackendKind::Embedded => {
            let variables = home.variables_file();
            let semaphores = home.semaphores_dir();
            let own = home.own();
            let stores = Stores { variables: &variables, semaphores: &semaphores, own: &own };
            // Made and brought up to date before any worker opens it.
            let failed = |error: VariablesError| Failure::wrong(format!("the variables file {}: {error}", variables.display()));
            match Variables::create(&variables) {
                Err(VariablesError::Sqlite(error)) if is_damage(&error) => {
                    put_aside(&variables)?;
                    Variables::create(&variables).map_err(failed)?
                }
                created => created.map_err(failed)?,
            };
            Ok(Arc::new(Program::embedded(own_program()?, stores, profile, answers)))
        }
        BackendKind::Command => {
            let program = Program::command(&settings.backend.command, answers);
            Ok(Arc::new(program.map_err(|error| Failure::wrong(format!("[backend] command: {error}")))?))
        }
    }
}

/// Whether the file is no database any more. Whatever else is the matter, the file may be good.
fn is_damage(error: &rusqlite::Error) -> bool {
    let damage = [rusqlite::ErrorCode::NotADatabase, rusqlite::ErrorCode::DatabaseCorrupt];
    error.sqlite_error_code().is_some_and(|code| damage.contains(&code))
}

/// Keeps a damaged file under another name, so that the server can go on and somebody can save what is in it.
#[expect(clippy::print_stderr, reason = "whoever starts the server has to know that variables are gone")]
fn put_aside(path: &Path) -> Result<(), Failure> {
    let aside = path.with_extension(format!("sqlite.corrupt-{}", unix_ms()));
    std::fs::rename(path, &aside)
        .map_err(|error| Failure::wrong(format!("the damaged variables file {} cannot be put aside: {error}", path.display())))?;
    let text = format!("the variables file {} is damaged and was put aside as {}", path.display(), aside.display());
    tracing::error!("{text}");
    eprintln!("kmtop: {text}; variables start empty");
    Ok(())
}

/// The file of this very program. On Linux through the running image, which stays what it is when the file is replaced by an
/// upgrade.
pub(super) fn own_program() -> Result<PathBuf, Failure> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe().map_err(|error| Failure::wrong(format!("kmtop cannot find its own program: {error}")))
}

fn limits(home: &Home, settings: &Settings) -> Result<pool::Limits, Failure> {
    let wanted = &settings.pool;
    let size = pool::Size::new(wanted.min, wanted.max).map_err(|error| Failure::wrong(format!("[pool]: {error}")))?;
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
        },
        targets: settings.limits.target.clone(),
        slow_log: Some(home.slow_log()),
        ..pool::Limits::new(size)
    })
}

fn info(home: &Home, settings: &Settings, tools: &[tools::Tool], address: Option<SocketAddr>, demo: bool) -> ServerInfo {
    let http = address.map(|address| format!("http://{address}"));
    let alerts = &settings.alerts;
    let levels = [
        ("cpu", alerts.cpu_percent),
        ("memory", alerts.memory_percent),
        ("error_share", alerts.error_percent),
        ("queue_wait", alerts.queue_wait_ms),
        ("hung_worker", alerts.hung_worker_ms),
    ];
    ServerInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: sample::host(),
        system: sample::system(),
        pid: std::process::id(),
        started_ms: unix_ms(),
        connect: http.as_ref().map(|http| connect_line(http, settings.server.auth, &home.token_file())),
        http,
        backend: settings.backend.kind.word().to_owned(),
        tools: tools.iter().map(|tool| Arc::clone(&tool.name)).collect(),
        thresholds: levels.map(|(rule, levels)| (rule.to_owned(), levels.warning, levels.critical)).to_vec(),
        demo,
    }
}

/// The line that adds this server to a client, ready to paste. The token stays in its file: the shell puts it in.
fn connect_line(http: &str, auth: Auth, token: &Path) -> String {
    let add = format!("claude mcp add --transport http kmtop {http}{}", mcp::http::PATH);
    match auth {
        Auth::None => add,
        Auth::Token => format!("{add} --header \"Authorization: Bearer $(cat '{}')\"", token.display()),
    }
}

fn count_library(library: &Library) -> (Option<u64>, u64) {
    let index = library.index();
    let macros = (index.revision > 0).then(|| u64::from(numbers::count(index.macros.len())));
    (macros, u64::from(numbers::count(index.files_unreadable.len())))
}
