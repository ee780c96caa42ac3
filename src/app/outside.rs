//! What other processes see of a server: the home's lock, the listener, the control socket, and what scripts read.

use std::{
    fs,
    io::{Read, Seek, Write},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    Failure,
    stack::{Doors, whole},
};
use crate::{
    access::{Access, Principal, Token},
    config::{Auth, Home, Settings},
    control, hub,
    mcp::{self, Guard},
    model::Transport,
    pool,
    telemetry::Telemetry,
    tools::Toolbox,
    util::files::replace,
};

/// What a server must hold before it is built: a second one in the same home, or on the same port, ends here.
pub(super) struct Claim {
    /// Held as long as the server lives.
    lock: fs::File,
    listener: TcpListener,
    /// Where the listener is.
    pub(super) address: SocketAddr,
    /// What callers over HTTP must show.
    pub(super) token: Option<Token>,
    /// Where metrics are served besides.
    side_door: Option<TcpListener>,
    conformance: bool,
}

impl Claim {
    /// Takes the home's lock and the address.
    pub(super) fn take(home: &Home, settings: &Settings, doors: Doors) -> Result<Self, Failure> {
        let lock = lock(home)?;
        let server = &settings.server;
        let listener = bind(server.listen, server.auth, doors.allow_remote, "--listen")?;
        let address = listener.local_addr().map_err(|error| Failure::wrong(format!("the listener has no address: {error}")))?;
        let token = load_token(home, server.auth)?;
        let beside = settings.metrics.address();
        let side_door = beside.map(|address| bind(address, server.auth, doors.allow_remote, METRICS)).transpose()?;
        Ok(Self { lock, listener, address, token, side_door, conformance: doors.conformance })
    }
}

/// What other processes see of a server. Undone in `Drop`.
pub(super) struct Outside {
    home: Home,
    endpoint: Option<mcp::http::Listening>,
    stop: CancellationToken,
    /// Held as long as the server lives.
    _lock: fs::File,
}

impl Outside {
    /// Opens the doors: the control socket first, so that whoever learns of the server can reach it.
    pub(super) fn open(
        claim: Claim,
        (home, settings): (&Home, &Settings),
        (hub, pool): (&hub::Handle, &pool::Handle),
        toolbox: &Arc<Toolbox>,
        telemetry: &Telemetry,
    ) -> Result<Self, Failure> {
        let stop = CancellationToken::new();
        let socket = home.socket();
        let right = Principal::stdio(false);
        let mcp = bridged(mcp::Server::new(Arc::clone(toolbox), settings, Transport::Stdio, right));
        let doors = control::Doors { hub: hub.clone(), toolbox: Arc::clone(toolbox), mcp };
        control::serve(&socket, doors, stop.clone())
            .map_err(|error| Failure::wrong(format!("the control socket {} cannot be made: {error}", socket.display())))?;
        let server = &settings.server;
        let body = settings.limits.value_bytes;
        let access = Arc::clone(&toolbox.context().access);
        let watched =
            claim.side_door.map(|listener| side_door(listener, settings, claim.token.as_ref().map(|_| Arc::clone(&access))));
        let side_door = watched.transpose()?;
        let metrics = side_door.as_ref().map(|(_, address)| *address);
        let endpoint = mcp::http::Endpoint {
            server: mcp::Server::new(Arc::clone(toolbox), settings, Transport::Http, Principal::nobody()),
            guard: Guard::new(claim.address, &server.allowed_hosts, &server.allowed_origins, Some(Arc::clone(&access)), body),
            access,
            sessions: whole(server.sessions),
            connections: whole(server.connections),
            body: usize::try_from(body).unwrap_or(usize::MAX),
            patience: Duration::from_secs(server.patience_s.into()),
            hub: hub.clone(),
            pool: pool.clone(),
            telemetry: telemetry.clone(),
            side_door: side_door.map(|(door, _)| door),
        };
        let endpoint = if claim.conformance {
            let server = mcp::conformance::Conformance::new(endpoint.server.clone());
            let server = server.map_err(|error| Failure::wrong(format!("the fixtures of --conformance: {error}")))?;
            mcp::http::listen(claim.listener, endpoint.with(server))
        } else {
            mcp::http::listen(claim.listener, endpoint)
        };
        let endpoint = endpoint.map_err(|error| Failure::wrong(format!("the HTTP endpoint cannot be started: {error}")))?;
        announce(home, claim.address, metrics)?;
        Ok(Self { home: home.clone(), endpoint: Some(endpoint), stop, _lock: claim.lock })
    }

    /// The HTTP endpoint, for whoever stops it.
    pub(super) fn take_endpoint(&mut self) -> Option<mcp::http::Listening> {
        self.endpoint.take()
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = fs::remove_file(self.home.server_file());
        let _ = fs::remove_file(self.home.socket());
    }
}

/// Speaks MCP with clients that come over the control socket.
fn bridged(server: mcp::Server) -> control::Host {
    let looking = server.by(Principal::stdio(true));
    Arc::new(move |carried| {
        let server = if carried.read_only { looking.clone() } else { server.clone() };
        Box::pin(mcp::lines::converse(server, carried.input, carried.output, carried.gone))
    })
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

/// Metrics on an address of their own: without a token on loopback, and with the same ones as the endpoint elsewhere.
fn side_door(
    listener: TcpListener,
    settings: &Settings,
    access: Option<Arc<Access>>,
) -> Result<(mcp::http::SideDoor, SocketAddr), Failure> {
    let address = listener.local_addr().map_err(|error| Failure::wrong(format!("{METRICS} has no address: {error}")))?;
    let server = &settings.server;
    let access = access.filter(|_| !address.ip().is_loopback());
    let trusted = access.is_some();
    // Nothing there reads a body.
    let guard = Guard::new(address, &server.allowed_hosts, &server.allowed_origins, access, 0);
    Ok((mcp::http::SideDoor { listener, guard, trusted }, address))
}

/// What the address of metrics is called in errors.
const METRICS: &str = "`listen` in [metrics]";

fn bind(address: SocketAddr, auth: Auth, allow_remote: bool, setting: &str) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() && (auth == Auth::None || !allow_remote) {
        return Err(Failure::wrong(format!(
            "{address} can be reached by other machines; that needs a token and --allow-remote. Safer: listen on 127.0.0.1 and \
             forward with: ssh -L {port}:127.0.0.1:{port} HOST",
            port = address.port()
        )));
    }
    TcpListener::bind(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::held(format!(
            "{address} is in use by another program; stop it, or choose another address with {setting} (port 0 takes a free one)"
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

/// Tells scripts where the server is.
fn announce(home: &Home, address: SocketAddr, metrics: Option<SocketAddr>) -> Result<(), Failure> {
    let mut said = json!({
        "pid": std::process::id(),
        "http": format!("http://{address}"),
        "socket": home.socket(),
        "token_file": home.token_file(),
    });
    if let Some(metrics) = metrics {
        said["metrics"] = json!(format!("http://{metrics}/metrics"));
    }
    let path = home.server_file();
    let written = replace(&path, format!("{said}\n").as_bytes());
    written.map_err(|error| Failure::wrong(format!("{} cannot be written: {error}", path.display())))
}
