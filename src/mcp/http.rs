//! Streamable HTTP on a runtime of its own.
//!
//! The listener has its own current-thread runtime on its own thread: next to the pool on one runtime the slowest percent of calls
//! took ten times as long. Connections run on hyper's HTTP/1 alone, with a timer on headers and idleness: hyper's automatic choice
//! of version leaves silent connections open for ever.

use std::{convert::Infallible, io, net::TcpListener, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

use super::{Guard, Server, Verdict, sessions::Sessions};
use crate::{hub, pool};

/// The endpoint's path.
pub const PATH: &str = "/mcp";
/// How long a request's head may take, and a connection be silent between requests.
const HEAD_LIMIT: Duration = Duration::from_secs(30);
/// How long a client may leave an answer unread before its connection ends.
const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// How long open connections may take to end at shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(3);

/// What the endpoint needs.
pub struct Endpoint {
    /// Answers MCP.
    pub server: Server,
    /// Lets requests in.
    pub guard: Guard,
    /// Sessions of older clients that are kept.
    pub sessions: usize,
    /// Connections that are served at once; more wait to be accepted.
    pub connections: usize,
    /// Longest body in bytes.
    pub body: usize,
    /// Where connections are counted.
    pub hub: hub::Handle,
    /// Asked for readiness.
    pub pool: pool::Handle,
}

/// A listening endpoint.
#[derive(Debug)]
pub struct Listening {
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

struct Routes {
    mcp: StreamableHttpService<Server, Sessions>,
    guard: Guard,
    pool: pool::Handle,
}

/// Serves the endpoint on a bound listener until it is stopped.
///
/// # Errors
/// When the thread or its runtime cannot be made.
pub fn listen(listener: TcpListener, endpoint: Endpoint) -> io::Result<Listening> {
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

async fn serve(listener: TcpListener, endpoint: Endpoint, stop: CancellationToken) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the listener could not be taken over"),
    };
    let Endpoint { server, guard, sessions, connections, body, hub, pool } = endpoint;
    let config = StreamableHttpServerConfig::default()
        // The guard has checked both, on every route and with better words.
        .disable_allowed_hosts()
        .with_json_response(true)
        .with_max_request_body_bytes(body)
        .with_cancellation_token(stop.child_token());
    let mcp = StreamableHttpService::new(move || Ok(server.clone()), Arc::new(Sessions::new(sessions)), config);
    let routes = Arc::new(Routes { mcp, guard, pool });
    let room = Arc::new(Semaphore::new(connections));
    let mut open = JoinSet::new();
    loop {
        // Room is made before accepting: surplus connections wait in the system's queue and cost nothing.
        let permit = tokio::select! {
            permit = Arc::clone(&room).acquire_owned() => permit,
            () = stop.cancelled() => break,
        };
        let Ok(permit) = permit else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (routes, stop, counted) = (Arc::clone(&routes), stop.clone(), hub.connected());
                open.spawn(async move {
                    connection(stream, routes, stop).await;
                    drop((permit, counted));
                });
            }
            Err(error) => {
                // Out of file descriptors, or the client gave up: neither ends the server.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        while open.try_join_next().is_some() {}
    }
    let ended = async { while open.join_next().await.is_some() {} };
    let _ = timeout(SHUTDOWN_GRACE, ended).await;
}

async fn connection(stream: TcpStream, routes: Arc<Routes>, stop: CancellationToken) {
    // Without it every answer that is streamed takes 44 ms.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let routes = Arc::clone(&routes);
        async move { Ok::<_, Infallible>(routes.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(patient(stream)), service);
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

/// The stream with an end to waiting for a client that does not read: hyper has no limit on writes, and each such connection would
/// hold its place for ever.
fn patient<S: AsyncRead + AsyncWrite>(stream: S) -> Pin<Box<TimeoutStream<S>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_LIMIT));
    Box::pin(stream)
}

impl Routes {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path();
        let open = matches!(path, "/healthz" | "/readyz");
        if let Err(verdict) = self.guard.check(request.uri(), request.headers(), open) {
            return refuse(verdict);
        }
        match path {
            PATH => self.mcp.handle(request).await,
            "/healthz" => text(StatusCode::OK, "ok\n"),
            "/readyz" => self.ready().await,
            _ => text(StatusCode::NOT_FOUND, "not found\n"),
        }
    }

    /// Ready when a call would find a worker, or one that finishes in time.
    async fn ready(&self) -> Answer {
        match self.pool.status().await {
            Some(status) if status.live > 0 => text(StatusCode::OK, "ready\n"),
            Some(_) => text(StatusCode::SERVICE_UNAVAILABLE, "no worker is ready\n"),
            None => text(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
        }
    }
}

fn refuse(Verdict(status, words): Verdict) -> Answer {
    tracing::debug!(%status, words, "request refused");
    let mut answer = text(status, words);
    let headers = answer.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer realm=\"kmtop\""));
    }
    // What follows such a request on the connection is not to be trusted either.
    headers.insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    answer
}

fn text(status: StatusCode, words: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(words.as_bytes())).boxed());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_given_up_and_a_slow_one_is_not() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = patient(near);
        let slow = tokio::spawn(async move {
            let mut byte = [0];
            for _ in 0..100 {
                tokio::time::sleep(WRITE_LIMIT / 2).await;
                far.read_exact(&mut byte).await.expect("there is more");
            }
            far
        });
        near.write_all(&[7; 128]).await.expect("it reads, if slowly");
        let _unread = slow.await.expect("no panic");
        let given_up = timeout(WRITE_LIMIT * 2, near.write_all(&[7; 1_024])).await.expect("not for ever");
        assert_eq!(given_up.expect_err("nobody reads").kind(), io::ErrorKind::TimedOut);
    }
}
