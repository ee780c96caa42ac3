//! An address of its own for programs that watch: metrics and health, and nothing that could change anything.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use http::{Request, StatusCode};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    ACCEPT_PAUSE,
    answers::{self, Answer},
    patient, protocol,
    watched::{self, Watched},
};
use crate::mcp::Guard;

/// Connections at once. Whoever watches comes alone or with a second one to be safe; one more waits.
const CONNECTIONS: usize = 16;

/// The address and who is let in there.
pub struct SideDoor {
    /// A bound listener.
    pub listener: TcpListener,
    /// Lets requests in.
    pub guard: Guard,
    /// Whether everybody who is let in has shown a token, and so may know the state of each part.
    pub trusted: bool,
}

/// Serves until it is dropped.
pub(super) async fn serve(door: SideDoor, watched: Watched, patience: Duration) {
    let SideDoor { listener, guard, trusted } = door;
    let taken = listener.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(listener));
    let listener = match taken {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the listener for metrics could not be taken over"),
    };
    let desk = Arc::new(Desk { guard, watched, trusted });
    let seats = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open = JoinSet::new();
    loop {
        // A connection over the bound is accepted when another one has ended.
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let desk = Arc::clone(&desk);
                open.spawn(async move {
                    let service = service_fn(|request| {
                        let desk = Arc::clone(&desk);
                        async move { Ok::<_, Infallible>(desk.answer(request, peer).await) }
                    });
                    let stream = TokioIo::new(patient(stream, patience));
                    if let Err(error) = protocol(patience).serve_connection(stream, service).await {
                        tracing::debug!(%error, "a connection for metrics ended early");
                    }
                    drop(seat);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection for metrics could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while open.try_join_next().is_some() {}
    }
}

struct Desk {
    guard: Guard,
    watched: Watched,
    trusted: bool,
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Answer {
        let path = request.uri().path();
        if let Err(verdict) = self.guard.check(request.uri(), request.headers(), watched::is_open(path), peer) {
            self.watched.telemetry.refused.note(verdict.0.as_u16());
            return answers::refuse(verdict);
        }
        let trusted = self.trusted && self.guard.knows(request.headers());
        let answer = self.watched.answer(path, request.method(), request.headers(), trusted).await;
        answer.unwrap_or_else(|| answers::text(StatusCode::NOT_FOUND, "not found\n"))
    }
}
