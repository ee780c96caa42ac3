//! Streamable HTTP on a runtime of its own.
//!
//! The listener has its own current-thread runtime on its own thread: next to the pool on one runtime the slowest percent of calls
//! took ten times as long. Connections run on hyper's HTTP/1 alone, with a timer on headers and idleness: hyper's automatic choice
//! of version leaves silent connections open for ever.

mod answers;
mod body;
mod routes;
mod seats;
mod side_door;
mod watched;

use std::{
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener},
    pin::Pin,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::{
    ServerHandler,
    transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use self::{
    routes::Routes,
    seats::{Held, Seats, Taken},
    watched::Watched,
};
use super::{Guard, sessions::Sessions};
use crate::{access::Access, hub, pool, telemetry::Telemetry};

pub use routes::PATH;
pub use side_door::SideDoor;

/// Longest head of a request, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;
/// When a client whose stream broke is asked to come back at the earliest.
const RETRY_AFTER: Duration = Duration::from_secs(3);
/// How much later the next one is. Not all at once: they may all have been sent away together.
const RETRY_STEP: Duration = Duration::from_millis(250);
/// How many moments there are.
const RETRY_MOMENTS: u32 = 8;
/// How long to wait after a connection could not be accepted, with nobody there who could make room.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long somebody who is to make room has for it.
const ROOM_PAUSE: Duration = Duration::from_millis(5);
/// How long open connections may take to end at shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);

/// What the endpoint needs.
pub struct Endpoint<H> {
    /// Answers MCP.
    pub server: H,
    /// Lets requests in.
    pub guard: Guard,
    /// Learns of those that are turned away.
    pub access: Arc<Access>,
    /// Sessions of older clients that are kept.
    pub sessions: usize,
    /// Connections that are served at once. One more ends the one that has been quiet for longest.
    pub connections: usize,
    /// Longest body in bytes.
    pub body: usize,
    /// How long a client may take for a head, for a body, between requests, and for reading on in an answer.
    pub patience: Duration,
    /// Where connections are counted.
    pub hub: hub::Handle,
    /// Asked for readiness.
    pub pool: pool::Handle,
    /// Tells programs that watch.
    pub telemetry: Telemetry,
    /// Where metrics are served besides.
    pub side_door: Option<SideDoor>,
}

impl<H> Endpoint<H> {
    /// The same with another server.
    pub fn with<S>(self, server: S) -> Endpoint<S> {
        let Self { guard, access, sessions, connections, body, patience, hub, pool, telemetry, side_door, .. } = self;
        Endpoint { server, guard, access, sessions, connections, body, patience, hub, pool, telemetry, side_door }
    }
}

/// A listening endpoint.
#[derive(Debug)]
pub struct Listening {
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Serves the endpoint on a bound listener until it is stopped.
///
/// # Errors
/// When the thread or its runtime cannot be made.
pub fn listen<H: ServerHandler + Clone>(listener: TcpListener, endpoint: Endpoint<H>) -> io::Result<Listening> {
    listener.set_nonblocking(true)?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new().name("mcp-http".into()).spawn(move || {
        runtime.block_on(serve(listener, endpoint, stopped));
        runtime.shutdown_background();
    })?;
    Ok(Listening { stop, thread: Some(thread) })
}

impl Listening {
    /// Stops accepting, ends open connections, and waits until all is done: a few seconds at most.
    pub fn stop(mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn serve<H: ServerHandler + Clone>(listener: TcpListener, endpoint: Endpoint<H>, stop: CancellationToken) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the listener could not be taken over"),
    };
    let Endpoint { server, guard, access, sessions, connections, body, patience, hub, pool, telemetry, side_door } = endpoint;
    let watched = Watched { pool, telemetry };
    let beside = side_door.map(|door| side_door::serve(door, watched.clone(), patience));
    let _beside = beside.map(|serving| AbortOnDropHandle::new(tokio::spawn(serving)));
    let config = StreamableHttpServerConfig::default()
        // The guard has checked both, on every route and with better words.
        .disable_allowed_hosts()
        .with_json_response(true)
        .with_max_request_body_bytes(body)
        .with_cancellation_token(stop.child_token());
    let sessions = Arc::new(Sessions::new(sessions, hub.clone()));
    let mcp = StreamableHttpService::new(move || Ok(server.clone()), Arc::clone(&sessions), config);
    let mcp = (0..RETRY_MOMENTS).map(|moment| coming_back(mcp.clone(), moment)).collect();
    let routes = Arc::new(Routes { mcp, turn: AtomicUsize::new(0), sessions, guard, access, watched, body, patience });
    let seats = Arc::new(Seats::new(connections));
    let mut open = JoinSet::new();
    let accepting = async {
        let mut troubles = Troubles::default();
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let seat = seats.take().await;
                    let (routes, stop, counted) = (Arc::clone(&routes), stop.clone(), hub.connected());
                    open.spawn(async move {
                        let leave = seat.leave();
                        tokio::select! {
                            () = connection((stream, peer), routes, seat, stop) => {}
                            () = leave.cancelled() => tracing::debug!("a quiet connection made room"),
                        }
                        drop(counted);
                    });
                }
                Err(error) => troubles.meet(&error, &seats).await,
            }
            while open.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop.cancelled() => {}
    }
    let ended = async { while open.join_next().await.is_some() {} };
    let _ = timeout(SHUTDOWN_GRACE, ended).await;
}

/// What goes wrong when connections are accepted: told once a second at most.
#[derive(Default)]
struct Troubles {
    told: Option<Instant>,
}

impl Troubles {
    /// None of them ends the server: the client gave up, or file descriptors have run out.
    async fn meet(&mut self, error: &io::Error, seats: &Seats) {
        if self.told.is_none_or(|told| told.elapsed() >= Duration::from_secs(1)) {
            self.told = Some(Instant::now());
            tracing::warn!(%error, "a connection could not be accepted");
        }
        // A quiet connection gives its descriptor back; then there is one to accept with.
        tokio::time::sleep(if seats.evict() { ROOM_PAUSE } else { ACCEPT_PAUSE }).await;
    }
}

/// The service with one of the moments at which clients are asked to come back.
fn coming_back<H>(mut mcp: StreamableHttpService<H, Sessions>, moment: u32) -> StreamableHttpService<H, Sessions> {
    mcp.config.sse_retry = Some(RETRY_AFTER + RETRY_STEP * moment);
    mcp
}

async fn connection<H: ServerHandler>(
    (stream, peer): (TcpStream, SocketAddr),
    routes: Arc<Routes<H>>,
    seat: Taken,
    stop: CancellationToken,
) {
    // Without it every answer that is streamed takes 44 ms.
    let _ = stream.set_nodelay(true);
    let (routes, seat, patience) = (&*routes, &seat, routes.patience);
    let service = service_fn(move |request| async move {
        let (answer, asked) = routes.answer(request, seat, peer).await;
        Ok::<_, Infallible>(answer.map(|body| Held::new(body, asked)))
    });
    let connection = protocol(patience).serve_connection(TokioIo::new(patient(stream, patience)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// HTTP/1 with a limit on the length of heads, on how long they take, and on the silence between requests.
fn protocol(patience: Duration) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(LONGEST_HEAD);
    protocol
}

/// The stream with an end to waiting for a client that does not read: hyper has no limit on writes, and each such connection would
/// hold its place for ever.
fn patient<S: AsyncRead + AsyncWrite>(stream: S, patience: Duration) -> Pin<Box<TimeoutStream<S>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    Box::pin(stream)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Response;
    use http_body_util::Full;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
        time::Instant,
    };

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// How long a connection stays open on which `said` is said, and then a byte of a header every five seconds if it `drips`.
    async fn open_for(said: &[u8], drips: bool) -> Duration {
        let (near, mut far): (DuplexStream, DuplexStream) = tokio::io::duplex(1_024);
        let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok")))) });
        let served = tokio::spawn(protocol(PATIENCE).serve_connection(TokioIo::new(near), service));
        let began = Instant::now();
        far.write_all(said).await.expect("room");
        while !served.is_finished() && began.elapsed() < 10 * PATIENCE {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if drips {
                let _ = far.write_all(b"a").await;
            }
        }
        began.elapsed()
    }

    /// T0, T1.
    #[tokio::test(start_paused = true)]
    async fn silence_and_heads_that_drip_have_an_end() {
        let limit = PATIENCE + Duration::from_secs(5);
        assert!(open_for(b"", false).await <= limit, "T0");
        assert!(open_for(b"GET / HTTP/1.1\r\nHost: x\r\nSlow: ", true).await <= limit, "T1");
        let idle = open_for(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", false).await;
        assert!(idle <= limit, "also between requests: {idle:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_given_up_and_a_slow_one_is_not() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = patient(near, PATIENCE);
        let slow = tokio::spawn(async move {
            let mut byte = [0];
            for _ in 0..100 {
                tokio::time::sleep(PATIENCE / 2).await;
                far.read_exact(&mut byte).await.expect("there is more");
            }
            far
        });
        near.write_all(&[7; 128]).await.expect("it reads, if slowly");
        let _unread = slow.await.expect("no panic");
        let given_up = timeout(PATIENCE * 2, near.write_all(&[7; 1_024])).await.expect("not for ever");
        assert_eq!(given_up.expect_err("nobody reads").kind(), io::ErrorKind::TimedOut);
    }
}
