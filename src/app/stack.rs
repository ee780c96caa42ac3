//! A whole server: what it is made of, in the order in which it is made, and its end.

use std::{
    fs,
    io::{Read, Seek, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Failure;
use crate::{
    backend::{SharedBackend, embedded::Variables, program::Program},
    config::{Auth, BackendKind, Home, Settings},
    control, hub,
    library::Library,
    link::Link,
    mcp::{self, Guard, token::Token},
    metrics::Recorder,
    model::{ServerInfo, Transport},
    pool,
    sample::{self, Sampler, SamplerHandle, Watched},
    tools::{self, Toolbox},
    util::{clock::unix_ms, numbers},
};

/// How long running jobs may take to finish at shutdown.
const DRAIN: Duration = Duration::from_secs(10);
/// Length of a tick.
const TICK: Duration = Duration::from_secs(1);
/// A protocol line of a worker may be so much longer than the longest value: JSON writes some characters as six.
const LINE_PER_VALUE: u64 = 16;

/// Which of its doors a server opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doors {
    /// MCP over HTTP, and the control socket with the home's lock.
    pub(super) open: bool,
    /// Other machines may reach the address.
    pub(super) allow_remote: bool,
    /// This is the demo.
    pub(super) demo: bool,
}

/// A running server.
pub(super) struct Stack {
    pub(super) hub: hub::Handle,
    pub(super) toolbox: Arc<Toolbox>,
    pub(super) token: Option<Token>,
    pool: pool::Handle,
    /// Ends the sampler's thread when it goes.
    _sampler: SamplerHandle,
    outside: Option<Outside>,
}

/// What other processes see of a server. Undone in `Drop`.
struct Outside {
    home: Home,
    endpoint: Option<mcp::http::Listening>,
    stop: CancellationToken,
    /// Held as long as the server lives.
    _lock: fs::File,
}

impl Stack {
    /// Starts a server on the current runtime.
    pub(super) fn start(home: &Home, settings: &Settings, doors: Doors) -> Result<Self, Failure> {
        home.create()?;
        let lock = doors.open.then(|| lock(home)).transpose()?;
        let listener = doors.open.then(|| bind(settings.server.listen, settings.server.auth, doors.allow_remote)).transpose()?;
        let address = listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let token = doors.open.then(|| load_token(home, settings.server.auth)).transpose()?.flatten();
        let library = Library::start(settings.library(home));
        let pool = pool::start(backend(home, settings, &library)?, limits(settings)?);
        let watched = Watched::default();
        let sampler = Sampler::start(TICK, watched.clone(), &home.state_dir)
            .map_err(|error| Failure::wrong(format!("the system sampler cannot be started: {error}")))?;
        let tools = tools::all();
        let recorder = Arc::new(Recorder::new(tools.iter().map(|tool| Arc::clone(&tool.name)), Recorder::CAPACITY));
        let hub = hub::start(hub::Parts {
            info: Arc::new(info(home, settings, &tools, address, doors.demo)),
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
            call_limit: Duration::from_millis(settings.pool.call_timeout_ms),
            run_limit: Duration::from_millis(settings.pool.run_timeout_ms),
        };
        let toolbox = Arc::new(Toolbox::new(tools, context, recorder));
        let mut stack = Self { hub, toolbox, token, pool, _sampler: sampler, outside: None };
        if let (Some(lock), Some(listener)) = (lock, listener) {
            stack.outside = Some(stack.open(home, settings, listener, lock)?);
        }
        Ok(stack)
    }

    /// Opens the doors: the control socket first, so that whoever learns of the server can reach it.
    fn open(&self, home: &Home, settings: &Settings, listener: TcpListener, lock: fs::File) -> Result<Outside, Failure> {
        let stop = CancellationToken::new();
        let socket = home.socket();
        let doors = control::Doors { hub: self.hub.clone(), toolbox: Arc::clone(&self.toolbox) };
        control::serve(&socket, doors, stop.clone())
            .map_err(|error| Failure::wrong(format!("the control socket {} cannot be made: {error}", socket.display())))?;
        let address = listener.local_addr().map_err(|error| Failure::wrong(format!("the listener has no address: {error}")))?;
        let server = &settings.server;
        let body = settings.limits.value_bytes;
        let guard = Guard::new(address, &server.allowed_hosts, &server.allowed_origins, self.token.clone(), body);
        let endpoint = mcp::http::Endpoint {
            server: mcp::Server::new(Arc::clone(&self.toolbox), &settings.allow, Transport::Http),
            guard,
            sessions: whole(server.sessions),
            connections: whole(server.connections),
            body: usize::try_from(body).unwrap_or(usize::MAX),
            hub: self.hub.clone(),
            pool: self.pool.clone(),
        };
        let endpoint = mcp::http::listen(listener, endpoint)
            .map_err(|error| Failure::wrong(format!("the HTTP endpoint cannot be started: {error}")))?;
        announce(home, address)?;
        Ok(Outside { home: home.clone(), endpoint: Some(endpoint), stop, _lock: lock })
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
        if let Some(endpoint) = self.outside.as_mut().and_then(|outside| outside.endpoint.take()) {
            let _ = tokio::task::spawn_blocking(move || endpoint.stop()).await;
        }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = fs::remove_file(self.home.server_file());
        let _ = fs::remove_file(self.home.socket());
    }
}

fn whole(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Takes the home's lock, which the system gives back however this process ends.
fn lock(home: &Home) -> Result<fs::File, Failure> {
    let path = home.lock_file();
    let failed = |error: std::io::Error| Failure::wrong(format!("the lock {} cannot be taken: {error}", path.display()));
    let file = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "unknown" } else { holder.trim() };
            let home = home.state_dir.display();
            return Err(Failure::held(format!(
                "another kmtop (pid {holder}) already serves the home {home}; attach to it with: kmtop attach"
            )));
        }
        Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
    }
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
    written.map_err(failed)?;
    Ok(file)
}

fn bind(address: SocketAddr, auth: Auth, allow_remote: bool) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() && (auth == Auth::None || !allow_remote) {
        return Err(Failure::wrong(format!(
            "{address} can be reached by other machines; that needs a token and --allow-remote. Safer: listen on 127.0.0.1 and \
             forward with: ssh -L {port}:127.0.0.1:{port} HOST",
            port = address.port()
        )));
    }
    TcpListener::bind(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::held(format!(
            "{address} is in use by another program; stop it, or choose another address with --listen (port 0 takes a free one)"
        )),
        _ => Failure::wrong(format!("cannot listen on {address}: {error}")),
    })
}

fn load_token(home: &Home, auth: Auth) -> Result<Option<Token>, Failure> {
    match auth {
        Auth::None => Ok(None),
        Auth::Token => {
            let path = home.token_file();
            let token = Token::load_or_create(&path);
            token.map(Some).map_err(|error| Failure::wrong(format!("the token file {}: {error}", path.display())))
        }
    }
}

fn backend(home: &Home, settings: &Settings, library: &Library) -> Result<SharedBackend, Failure> {
    let macros = Arc::new(library.clone());
    match settings.backend.kind {
        BackendKind::Embedded => {
            let variables = home.variables_file();
            // Made and brought up to date before any worker opens it.
            Variables::create(&variables)
                .map_err(|error| Failure::wrong(format!("the variables file {}: {error}", variables.display())))?;
            Ok(Arc::new(Program::embedded(own_program()?, &variables, macros)))
        }
        BackendKind::Command => {
            let program = Program::command(&settings.backend.command, macros);
            Ok(Arc::new(program.map_err(|error| Failure::wrong(format!("[backend] command: {error}")))?))
        }
    }
}

/// The file of this very program. On Linux through the running image, which stays what it is when the file is replaced by an
/// upgrade.
fn own_program() -> Result<PathBuf, Failure> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe().map_err(|error| Failure::wrong(format!("kmtop cannot find its own program: {error}")))
}

fn limits(settings: &Settings) -> Result<pool::Limits, Failure> {
    let wanted = &settings.pool;
    let size = pool::Size::new(wanted.min, wanted.max).map_err(|error| Failure::wrong(format!("[pool]: {error}")))?;
    Ok(pool::Limits {
        size,
        queue: whole(wanted.queue),
        queue_limit: Duration::from_millis(wanted.queue_timeout_ms),
        start_limit: Duration::from_millis(wanted.start_timeout_ms),
        hung_after: Duration::from_millis(wanted.hung_after_ms),
        line: usize::try_from(settings.limits.value_bytes.saturating_mul(LINE_PER_VALUE)).unwrap_or(usize::MAX),
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

/// Tells scripts where the server is.
fn announce(home: &Home, address: SocketAddr) -> Result<(), Failure> {
    let said = json!({
        "pid": std::process::id(),
        "http": format!("http://{address}"),
        "socket": home.socket(),
        "token_file": home.token_file(),
    });
    let path = home.server_file();
    let fresh = path.with_extension("json.new");
    let written = fs::write(&fresh, format!("{said}\n")).and_then(|()| fs::rename(&fresh, &path));
    written.map_err(|error| Failure::wrong(format!("{} cannot be written: {error}", path.display())))
}
