//! What is asked for, and who answers.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{Empty, Full};
use hyper::body::Incoming;
use rmcp::{ServerHandler, transport::streamable_http_server::StreamableHttpService};

use super::{
    answers::{self, Answer},
    body,
    seats::{Asked, Taken},
    watched::{self, Watched},
};
use crate::{
    access::{Access, Principal, Visitor},
    mcp::{
        Guard, Verdict,
        message::{self, Refusal},
        sessions::{Belongs, Sessions},
        tasks::older,
    },
    model::SecurityKind,
};

/// The endpoint's path.
pub const PATH: &str = "/mcp";

/// The header with a session's id.
const SESSION: &str = "mcp-session-id";

/// Headers that must not come twice: readers differ on which of the two counts.
const ONCE: [&str; 4] = ["mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name"];

/// Everything that answers.
pub(super) struct Routes<H> {
    /// The same service, with different moments at which clients are asked to come back.
    pub(super) mcp: Vec<StreamableHttpService<H, Sessions>>,
    pub(super) turn: AtomicUsize,
    pub(super) sessions: Arc<Sessions>,
    pub(super) guard: Guard,
    /// Learns of those that are turned away.
    pub(super) access: Arc<Access>,
    pub(super) watched: Watched,
    /// Longest body in bytes.
    pub(super) body: usize,
    /// How long a body may take.
    pub(super) patience: Duration,
}

impl<H: ServerHandler> Routes<H> {
    /// The answer to a request, and what holds its place until the answer is written.
    pub(super) async fn answer(&self, mut request: Request<Incoming>, seat: &Taken, peer: SocketAddr) -> (Answer, Option<Asked>) {
        let open = watched::is_open(request.uri().path());
        let principal = match self.guard.check(request.uri(), request.headers(), open, peer) {
            Ok(principal) => principal,
            Err(verdict) => return (self.refuse(verdict), None),
        };
        let Some(principal) = principal else { return self.route(request, seat, peer).await };
        if let Err(over) = principal.take_request() {
            self.access.refused(SecurityKind::RateLimited, principal.name(), "requests over HTTP");
            self.watched.telemetry.refused.note(StatusCode::TOO_MANY_REQUESTS.as_u16());
            return (answers::enough(over), None);
        }
        if let Err(answer) = self.check_session(request.headers(), &principal) {
            return (answer, None);
        }
        request.extensions_mut().insert(Visitor { principal: Arc::clone(&principal), peer });
        let (mut answer, asked) = self.route(request, seat, peer).await;
        if let Some(id) = answer.headers().get(SESSION).and_then(|id| id.to_str().ok()) {
            self.sessions.claim(id, principal.key(), principal.sessions()).await;
        }
        answers::tell_allowance(&mut answer, &principal);
        (answer, asked)
    }

    /// A session is of use to the one alone who began it: to all others there is none.
    fn check_session(&self, headers: &HeaderMap, principal: &Principal) -> Result<(), Answer> {
        let Some(id) = headers.get(SESSION).and_then(|id| id.to_str().ok()) else { return Ok(()) };
        if self.sessions.belongs(id, principal.key()) != Belongs::Other {
            return Ok(());
        }
        self.access.refused(SecurityKind::SessionRefused, principal.name(), "a session of another token");
        Err(answers::text(StatusCode::NOT_FOUND, "Session not found"))
    }

    async fn route(&self, request: Request<Incoming>, seat: &Taken, peer: SocketAddr) -> (Answer, Option<Asked>) {
        let path = request.uri().path();
        let answer = match path {
            PATH if request.method() == Method::POST => return self.post(request, seat, peer).await,
            PATH => {
                let mut asked = seat.ask();
                let method = request.method().clone();
                // No other method has a body that anybody reads.
                let mut answer = self.mcp().handle(request.map(|_| Empty::<Bytes>::new())).await;
                if method == Method::GET {
                    asked.listen();
                }
                if method == Method::DELETE && answer.status() == StatusCode::ACCEPTED {
                    // The session has ended, and clients take "accepted" for a failure.
                    *answer.status_mut() = StatusCode::NO_CONTENT;
                }
                return (answer, Some(asked));
            }
            _ => {
                let trusted = self.guard.knows(request.headers());
                if path == "/metrics" && !trusted {
                    // Who has not the class `read` has nothing to read here either.
                    return (answers::text(StatusCode::NOT_FOUND, "not found\n"), None);
                }
                let answer = self.watched.answer(path, request.method(), request.headers(), trusted).await;
                answer.unwrap_or_else(|| answers::text(StatusCode::NOT_FOUND, "not found\n"))
            }
        };
        (answer, None)
    }

    fn refuse(&self, verdict: Verdict) -> Answer {
        self.watched.telemetry.refused.note(verdict.0.as_u16());
        answers::refuse(verdict)
    }

    /// A message: read whole and found sound before anything of the protocol looks at it.
    async fn post(&self, request: Request<Incoming>, seat: &Taken, peer: SocketAddr) -> (Answer, Option<Asked>) {
        if let Err(verdict) = check_media(request.headers()) {
            return (self.refuse(verdict), None);
        }
        let (parts, body) = request.into_parts();
        let bytes = match body::read(body, self.body, self.patience).await {
            Ok(bytes) => bytes,
            Err(verdict) => {
                if verdict.0 == StatusCode::PAYLOAD_TOO_LARGE {
                    self.guard.too_large(peer, PATH);
                }
                return (self.refuse(verdict), None);
            }
        };
        let mut asked = seat.ask();
        let message = match message::check(&bytes) {
            Ok(message) => message,
            Err(refusal) => return (answers::error(StatusCode::BAD_REQUEST, &refusal), Some(asked)),
        };
        if ONCE.iter().any(|name| parts.headers.get_all(*name).iter().nth(1).is_some()) {
            let refusal = Refusal::new(-32020, "a header of the protocol comes twice", message.id().cloned());
            return (answers::error(StatusCode::BAD_REQUEST, &refusal), Some(asked));
        }
        let has = |name: &str, value: &str| parts.headers.get(name).is_some_and(|given| given.as_bytes() == value.as_bytes());
        let listens = has("mcp-method", "subscriptions/listen");
        let begins = !parts.headers.contains_key(SESSION);
        let bytes = older::renamed(&bytes).map_or(bytes, Bytes::from);
        let answer = self.mcp().handle(Request::from_parts(parts, Full::new(bytes))).await;
        if begins && answer.status().is_server_error() && self.sessions.is_full().await {
            return (answers::full(&message), Some(asked));
        }
        if listens && answer.status().is_success() {
            asked.listen();
        }
        (answers::tidy(answer, &message), Some(asked))
    }

    fn mcp(&self) -> &StreamableHttpService<H, Sessions> {
        &self.mcp[self.turn.fetch_add(1, Ordering::Relaxed) % self.mcp.len()]
    }
}

/// A page can send some types without asking first; JSON is not among them, so nothing else is read.
fn check_media(headers: &HeaderMap) -> Result<(), Verdict> {
    const REFUSED: StatusCode = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let essence = |value: &str| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (types.next(), types.next()) else {
        return Err(Verdict(REFUSED, "one Content-Type header is required: application/json"));
    };
    if !kind.to_str().is_ok_and(essence) {
        return Err(Verdict(REFUSED, "the Content-Type must be application/json"));
    }
    let plain = |encoding: &header::HeaderValue| encoding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        return Err(Verdict(REFUSED, "the body must not be encoded or compressed"));
    }
    Ok(())
}
