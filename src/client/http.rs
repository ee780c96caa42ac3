//! A lean MCP client over HTTP/1 that keeps its connections: for loads under which a full client would be what is measured.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use url::Url;

use super::{Answer, ClientError, message};

/// How long the first words may take, each.
const PATIENCE: Duration = Duration::from_secs(10);

type Sender = http1::SendRequest<Full<Bytes>>;

/// A lean client with one session over as many connections as calls are under way. It keeps only the content of failures.
#[derive(Clone)]
pub struct HttpClient {
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    /// What connects: host and port.
    address: String,
    /// What the Host header says.
    authority: String,
    path: String,
    token: Option<String>,
    session: Option<String>,
    protocol: String,
    /// Connections that wait for a request. The lock is held for a push or a pop.
    idle: Mutex<Vec<Sender>>,
    requests: AtomicU64,
}

/// What came back.
struct Received {
    status: StatusCode,
    session: Option<String>,
    is_stream: bool,
    body: Bytes,
}

impl HttpClient {
    /// Connects as `name` to the endpoint at `url`, which is `http://…`, with a bearer token if one is given.
    ///
    /// # Errors
    /// When the address cannot be used, or the server does not answer the hello.
    pub async fn connect(url: &str, token: Option<&str>, name: &str) -> Result<Self, ClientError> {
        let failed = |reason: String| ClientError::Connect { url: url.to_owned(), reason };
        let mut shared = Shared::new(url, token).map_err(failed)?;
        let received = timeout(PATIENCE, shared.exchange(&message::hello(name))).await;
        let received = received.map_err(|_| failed(format!("no answer within {} s", PATIENCE.as_secs())))?.map_err(failed)?;
        if received.status != StatusCode::OK {
            return Err(failed(refusal(&received)));
        }
        let result = message::result(message::in_body(&received.body, received.is_stream)).map_err(failed)?;
        if let Some(version) = result["protocolVersion"].as_str() {
            version.clone_into(&mut shared.protocol);
        }
        shared.session = received.session;
        let noted = timeout(PATIENCE, shared.exchange(&message::initialized())).await;
        noted.map_err(|_| failed("no answer to the second word".to_owned()))?.map_err(failed)?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Calls a tool; `arguments` must be an object.
    ///
    /// # Errors
    /// When the call breaks on its way or the server refuses it; a tool's own failure is an answer.
    pub async fn call(&self, tool: &str, arguments: &Value) -> Result<Answer, ClientError> {
        let id = self.shared.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let received = self.shared.exchange(&message::call(id, tool, arguments)).await;
        let received = received.map_err(|reason| ClientError::Call { tool: tool.to_owned(), reason })?;
        if received.status != StatusCode::OK {
            let (status, reason) = (received.status.as_u16(), refusal(&received));
            return Err(ClientError::Status { tool: tool.to_owned(), status, reason });
        }
        message::answer(tool, message::in_body(&received.body, received.is_stream))
    }

    /// Ends the session, so that the server need not keep it until it is forgotten.
    pub async fn close(self) {
        if self.shared.session.is_some()
            && let Ok(request) = self.shared.request(Method::DELETE, Bytes::new())
        {
            let _ = timeout(PATIENCE, self.shared.send(request)).await;
        }
    }
}

/// What a server that does not speak MCP here says, cut short.
fn refusal(received: &Received) -> String {
    let text = String::from_utf8_lossy(&received.body);
    let text: String = text.chars().filter(|character| !character.is_control()).take(200).collect();
    let hint = if received.status == StatusCode::UNAUTHORIZED { "; give its token with --token-file" } else { "" };
    format!("HTTP {}{hint} {text}", received.status).trim_end().to_owned()
}

impl Shared {
    fn new(url: &str, token: Option<&str>) -> Result<Self, String> {
        let parsed = Url::parse(url).map_err(|error| error.to_string())?;
        if parsed.scheme() != "http" {
            return Err(format!("the address begins with {}; only http:// can be called directly", parsed.scheme()));
        }
        let host = parsed.host_str().ok_or("the address has no host")?;
        let port = parsed.port_or_known_default().unwrap_or(80);
        let authority = parsed.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let path = parsed.query().map_or_else(|| parsed.path().to_owned(), |query| format!("{}?{query}", parsed.path()));
        Ok(Self {
            url: url.to_owned(),
            address: format!("{host}:{port}"),
            authority,
            path,
            token: token.map(|token| format!("Bearer {token}")),
            session: None,
            protocol: message::PROTOCOL.to_owned(),
            idle: Mutex::default(),
            requests: AtomicU64::new(0),
        })
    }

    async fn exchange(&self, message: &Value) -> Result<Received, String> {
        let body = serde_json::to_vec(message).map_err(|error| error.to_string())?;
        self.send(self.request(Method::POST, body.into())?).await
    }

    fn request(&self, method: Method, body: Bytes) -> Result<Request<Full<Bytes>>, String> {
        let mut request = Request::builder()
            .method(method)
            .uri(&self.path)
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", &self.protocol);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        request.body(Full::new(body)).map_err(|error| error.to_string())
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Received, String> {
        let mut request = request;
        // A connection that the server closed while it waited gives the request back unsent.
        loop {
            let idle = self.idle().pop();
            let Some(mut sender) = idle else { break };
            if sender.ready().await.is_err() {
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(response) => return self.receive(sender, response).await,
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(error.into_error().to_string()),
                },
            }
        }
        let mut sender = self.open().await?;
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        self.receive(sender, response).await
    }

    async fn open(&self) -> Result<Sender, String> {
        let stream = TcpStream::connect(&self.address).await.map_err(|error| format!("{}: {error}", self.url))?;
        let _ = stream.set_nodelay(true);
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn receive(&self, sender: Sender, response: http::Response<Incoming>) -> Result<Received, String> {
        let (head, body) = response.into_parts();
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let is_stream = text("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
        let session = text("mcp-session-id");
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        self.idle().push(sender);
        Ok(Received { status: head.status, session, is_stream, body })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Sender>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
