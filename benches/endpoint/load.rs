//! Load: connections that each ask again as soon as they have their answer.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::servers::Server;

/// Which generation of the protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// 2026-07-28: every request stands alone.
    Stateless,
    /// 2025-11-25: a session for each connection.
    Session,
}

/// What is asked.
pub(crate) struct Question {
    pub(crate) tool: &'static str,
    pub(crate) arguments: Value,
}

impl Question {
    /// What the server answers by itself.
    pub(crate) fn health() -> Self {
        Self { tool: "health_check", arguments: json!({}) }
    }
}

/// What one round gave.
pub(crate) struct Sample {
    pub(crate) calls_per_s: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Asks a server over so many connections for a while.
pub(crate) fn run(server: &Server, (protocol, question): (Protocol, &Question), connections: usize, span: Duration) -> Sample {
    let began = Instant::now();
    let times: Vec<Vec<Duration>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(move || {
                    let mut client = Connection::open(server, protocol, question);
                    let mut times = Vec::new();
                    let began = Instant::now();
                    while began.elapsed() < span {
                        let asked = Instant::now();
                        client.call();
                        times.push(asked.elapsed());
                    }
                    times
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    Sample::of(times.into_iter().flatten(), began.elapsed())
}

impl Sample {
    /// Of the times of calls that were made within `took`.
    pub(crate) fn of(times: impl Iterator<Item = Duration>, took: Duration) -> Self {
        let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1_000.0).collect();
        times.sort_by(f64::total_cmp);
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        Self { calls_per_s: times.len() as f64 / took.as_secs_f64(), p50_ms: at(50), p99_ms: at(99) }
    }
}

/// One connection with its request ready.
struct Connection {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    fn open(server: &Server, protocol: Protocol, question: &Question) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut connection = Self { stream: BufReader::new(stream), request: Vec::new(), answer: Vec::new() };
        let mut headers = match protocol {
            Protocol::Stateless => {
                format!("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {}\r\n", question.tool)
            }
            Protocol::Session => "MCP-Protocol-Version: 2025-11-25\r\n".to_owned(),
        };
        let mut params = json!({ "name": question.tool, "arguments": question.arguments });
        match protocol {
            Protocol::Stateless => {
                params["_meta"] = json!({
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
                    "io.modelcontextprotocol/clientCapabilities": {},
                });
            }
            Protocol::Session => {
                let session = connection.hello(server);
                headers = format!("{headers}Mcp-Session-Id: {session}\r\n");
                let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
                connection.exchange(&request(server, &headers, &ready));
            }
        }
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        connection.request = request(server, &headers, &message);
        connection
    }

    /// Begins a session.
    fn hello(&mut self, server: &Server) -> String {
        let client = json!({ "name": "bench", "version": "1" });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        let message = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
        let head = self.exchange(&request(server, "", &message));
        let session = head.lines().find_map(|line| line.to_lowercase().strip_prefix("mcp-session-id:").map(str::to_owned));
        session.expect("a session").trim().to_owned()
    }

    fn call(&mut self) {
        let request = std::mem::take(&mut self.request);
        let head = self.exchange(&request);
        self.request = request;
        let good = head.starts_with("HTTP/1.1 200 ") && is_good(&self.answer);
        assert!(good, "{head}\n{}", String::from_utf8_lossy(&self.answer));
    }

    /// Sends a request and reads its whole answer; the head comes back.
    fn exchange(&mut self, request: &[u8]) -> String {
        self.stream.get_mut().write_all(request).unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).unwrap() > 0, "the server closed the connection: {head}");
        }
        let header =
            |name: &str| head.lines().find_map(|line| line.split_once(':').filter(|(known, _)| known.eq_ignore_ascii_case(name)));
        self.answer.clear();
        if let Some((_, length)) = header("content-length") {
            self.read(length.trim().parse().unwrap());
        } else if header("transfer-encoding").is_some() {
            loop {
                let mut line = String::new();
                self.stream.read_line(&mut line).unwrap();
                let length = usize::from_str_radix(line.trim(), 16).unwrap();
                self.read(length + 2);
                if length == 0 {
                    break;
                }
            }
        }
        head
    }

    fn read(&mut self, length: usize) {
        let from = self.answer.len();
        self.answer.resize(from + length, 0);
        self.stream.read_exact(&mut self.answer[from..]).unwrap();
    }
}

/// Whether an answer has a result that is no error.
pub(crate) fn is_good(answer: &[u8]) -> bool {
    let has = |word: &[u8]| answer.windows(word.len()).any(|window| window == word);
    has(b"structuredContent") && !has(b"\"isError\":true")
}

fn request(server: &Server, headers: &str, message: &Value) -> Vec<u8> {
    let body = message.to_string();
    let token = server.token.as_ref().map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    format!(
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{token}{headers}Content-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n{body}",
        server.port,
        body.len()
    )
    .into_bytes()
}
