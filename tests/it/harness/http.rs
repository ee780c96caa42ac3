//! HTTP byte by byte, for requests that no well-behaved client sends.

use std::{
    fmt::Write as _,
    io::{Read, Write as _},
    net::TcpStream,
    sync::Once,
};

use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};

use super::{LIMIT, Server};

/// The protocol version without sessions.
pub(crate) const STATELESS: &str = "2026-07-28";

/// A request in the making.
#[derive(Clone)]
pub(crate) struct Request {
    port: u16,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A request with a good Host and the token, and nothing else.
    pub(crate) fn new(server: &Server, method: &str, target: &str) -> Self {
        let headers = [
            ("Host", format!("127.0.0.1:{}", server.port())),
            ("Authorization", format!("Bearer {}", server.token())),
            ("Connection", "close".to_owned()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { port: server.port(), method: method.into(), target: target.into(), headers, body: Vec::new() }
    }

    pub(crate) fn get(server: &Server, target: &str) -> Self {
        Self::new(server, "GET", target)
    }

    /// A message to the MCP endpoint.
    pub(crate) fn post(server: &Server, message: &Value) -> Self {
        let request = Self::new(server, "POST", "/mcp").body(message.to_string());
        request.add("Content-Type", "application/json").add("Accept", "application/json, text/event-stream")
    }

    /// A request of the protocol without sessions: its three headers agree with the message.
    pub(crate) fn stateless(server: &Server, method: &str, mut params: Value) -> Self {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": STATELESS,
            "io.modelcontextprotocol/clientInfo": { "name": "raw", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = params["name"].as_str().map(str::to_owned);
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = Self::post(server, &message).add("MCP-Protocol-Version", STATELESS).add("Mcp-Method", method);
        if let Some(name) = name { request.add("Mcp-Name", &name) } else { request }
    }

    /// A tool's call in the protocol without sessions.
    pub(crate) fn call(server: &Server, tool: &str, arguments: &Value) -> Self {
        Self::stateless(server, "tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    pub(crate) fn add(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.without(name).add(name, value)
    }

    /// The same to another port of this machine.
    pub(crate) fn at(mut self, port: u16) -> Self {
        self.port = port;
        self.set("Host", &format!("127.0.0.1:{port}"))
    }

    pub(crate) fn target(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.set("Content-Length", &length)
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.body
    }

    /// It as it goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }

    /// Sends it and leaves the connection open for whoever wants to break it.
    pub(crate) fn begin(&self) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        // A server that refuses from the head alone may close before the body is written.
        let _ = stream.write_all(&self.bytes());
        stream
    }

    /// Sends it and reads the answer until the server closes the connection.
    #[track_caller]
    pub(crate) fn send(&self) -> Answer {
        let mut bytes = Vec::new();
        // A server that refuses early may reset the connection behind its answer.
        let ended = self.begin().read_to_end(&mut bytes);
        Answer::parse(&bytes).unwrap_or_else(|| panic!("no answer: {ended:?}, {:?}", String::from_utf8_lossy(&bytes)))
    }

    #[track_caller]
    pub(crate) fn status(&self) -> u16 {
        self.send().status
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let mut answer = Self { status, head, body: String::new() };
        let rest = &bytes[end + 4..];
        let body = if answer.header("transfer-encoding").is_some() { unchunk(rest)? } else { rest.to_vec() };
        answer.body = String::from_utf8(body).ok()?;
        Some(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The message in it: the body, or the last event with data.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let mut events = self.body.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        let text = events.rfind(|data| !data.is_empty()).unwrap_or(&self.body);
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?.trim(), 16).ok()?;
        let chunk = bytes.get(end + 2..end + 2 + length)?;
        body.extend_from_slice(chunk);
        if length == 0 {
            return Some(body);
        }
        bytes = bytes.get(end + 2 + length + 2..)?;
    }
}

/// Lets this process hold as many connections as a flood needs: where a shell starts, it may often hold no more than 1,024 files.
pub(crate) fn many_connections() {
    static RAISED: Once = Once::new();
    RAISED.call_once(|| {
        let mut limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.map_or(DESCRIPTORS, |most| most.min(DESCRIPTORS));
        if limit.current.is_some_and(|current| current < wanted) {
            limit.current = Some(wanted);
            setrlimit(Resource::Nofile, limit).expect("as many files as the system allows");
        }
    });
}

/// Descriptors for all floods at once.
const DESCRIPTORS: u64 = 6_000;
