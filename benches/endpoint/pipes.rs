//! Load over pipes: one client that keeps so many calls under way, as a client of a desktop program may.

use std::{
    collections::HashMap,
    ffi::OsString,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::load::{Sample, is_good};

/// A server behind two pipes; killed when it is dropped.
pub(crate) struct Piped {
    pub(crate) name: &'static str,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Piped {
    /// The bare server.
    pub(crate) fn bare() -> Self {
        let program = std::env::current_exe().unwrap();
        Self::start("bare rmcp", Command::new(program).arg("--bare-pipes"))
    }

    /// kmtop with everything in one process.
    pub(crate) fn standalone(home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmtop"));
        Self::start("kmtop --standalone", command.args(["--serve", "--stdio", "--standalone"]).env("KMTOP_HOME", home))
    }

    /// kmtop that carries the stream to the server of this home.
    pub(crate) fn bridged(home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmtop"));
        Self::start("kmtop, bridged", command.args(["--serve", "--stdio"]).env("KMTOP_HOME", home))
    }

    fn start(name: &'static str, command: &mut Command) -> Self {
        let log: OsString = "error".into();
        let mut child = command.env("KMTOP_LOG", log).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut piped = Self { name, child, input, output, next: 1 };
        let client = json!({ "name": "bench", "version": "1" });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        piped.say(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }));
        assert_eq!(piped.hear(), Some(0), "{name} greets");
        piped.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        piped
    }

    /// Asks for a while, with so many calls under way.
    pub(crate) fn run(&mut self, depth: usize, span: Duration) -> Sample {
        let began = Instant::now();
        let mut asked = HashMap::new();
        let mut times = Vec::new();
        for _ in 0..depth {
            self.ask(&mut asked);
        }
        while !asked.is_empty() {
            let Some(id) = self.hear() else { continue };
            times.push(asked.remove(&id).map(|at: Instant| at.elapsed()).expect("an answer to a call under way"));
            if began.elapsed() < span {
                self.ask(&mut asked);
            }
        }
        Sample::of(times.into_iter(), began.elapsed())
    }

    fn ask(&mut self, asked: &mut HashMap<u64, Instant>) {
        let id = self.next;
        self.next += 1;
        asked.insert(id, Instant::now());
        let params = json!({ "name": "health_check", "arguments": {} });
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }));
    }

    fn say(&mut self, message: &Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).unwrap();
    }

    /// Reads a line; the id of the answer, if it is one.
    fn hear(&mut self) -> Option<u64> {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "{} goes on", self.name);
        let message: Value = serde_json::from_str(&line).unwrap();
        let id = message["id"].as_u64()?;
        assert!(id == 0 || is_good(line.as_bytes()), "{line}");
        Some(id)
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
