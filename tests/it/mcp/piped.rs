//! A client of MCP on the stdin and stdout of a process.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio},
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
};

use serde_json::{Value, json};

use crate::harness::{Home, LIMIT, drain, until};

/// A client of a process that keeps everything to itself.
pub(crate) const STANDALONE: [&str; 3] = ["--serve", "--stdio", "--standalone"];
/// A client of the home's server.
pub(crate) const BRIDGED: [&str; 2] = ["--serve", "--stdio"];

/// A client on two pipes; its process is killed when it is dropped.
pub(crate) struct Piped {
    pub(crate) child: Child,
    pub(crate) input: Option<ChildStdin>,
    pub(crate) lines: Receiver<String>,
    stderr: Option<thread::JoinHandle<String>>,
    pub(crate) home: Arc<Home>,
    id: u64,
}

/// The process alone.
pub(crate) fn spawn(home: &Home, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
    let mut command = home.command(arguments);
    command.envs(environment.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if sender.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    lines
}

impl Piped {
    /// A client that has said hello.
    #[track_caller]
    pub(crate) fn start(home: impl Into<Arc<Home>>, arguments: &[&str], environment: &[(&str, &str)], name: &str) -> Self {
        let mut piped = Self::silent(home, arguments, environment);
        piped.greet(name);
        piped
    }

    /// A client that has said nothing.
    pub(crate) fn silent(home: impl Into<Arc<Home>>, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let home = home.into();
        let mut child = spawn(&home, arguments, environment);
        let lines = lines(child.stdout.take().unwrap());
        let stderr = Some(drain(child.stderr.take().unwrap()));
        Self { input: child.stdin.take(), child, lines, stderr, home, id: 0 }
    }

    #[track_caller]
    pub(crate) fn greet(&mut self, name: &str) {
        let client = json!({ "name": name, "version": "1" });
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        assert_eq!(self.request("initialize", &hello)["result"]["serverInfo"]["name"], "kmtop");
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.say_bytes(line.as_bytes());
    }

    pub(crate) fn say_bytes(&mut self, line: &[u8]) {
        self.input.as_mut().unwrap().write_all(&[line, b"\n"].concat()).unwrap();
    }

    /// The next message, but for the news that a list has changed: that comes when it comes.
    #[track_caller]
    pub(crate) fn hear(&self) -> Value {
        loop {
            let message = self.hear_any();
            if !message["method"].as_str().is_some_and(|method| method.ends_with("/list_changed")) {
                return message;
            }
        }
    }

    /// The next line, which must be a message.
    #[track_caller]
    pub(crate) fn hear_any(&self) -> Value {
        let line = self.lines.recv_timeout(LIMIT).expect("a line in time");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    pub(crate) fn send(&mut self, method: &str, params: &Value) -> u64 {
        self.id += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params });
        self.say(&message.to_string());
        self.id
    }

    #[track_caller]
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> Value {
        let id = self.send(method, params);
        let answer = self.hear();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// The answer to a request, and what was told before it.
    #[track_caller]
    pub(crate) fn conversation(&mut self, method: &str, params: &Value) -> (Value, Vec<Value>) {
        let id = self.send(method, params);
        let mut told = Vec::new();
        loop {
            let message = self.hear();
            if message["id"] == id {
                return (message, told);
            }
            assert!(message["id"].is_null() && message["method"].is_string(), "{message}");
            told.push(message);
        }
    }

    /// The next notification of this kind.
    #[track_caller]
    pub(crate) fn told(&self, method: &str) -> Value {
        loop {
            let message = self.hear_any();
            if message["method"] == method {
                return message["params"].clone();
            }
        }
    }

    /// A tool's structured answer.
    #[track_caller]
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.request("tools/call", &json!({ "name": tool, "arguments": arguments }));
        answer["result"]["structuredContent"].clone()
    }

    #[track_caller]
    pub(crate) fn calculate(&mut self) {
        assert_eq!(self.call("km_calculate", &json!({ "expression": "6 * 7" })), json!({ "result": "42" }));
    }

    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        until("its end", || self.child.try_wait().unwrap().ok_or_else(|| "it runs".to_owned()))
    }

    /// What it said on stderr, once it has ended.
    #[track_caller]
    pub(crate) fn stderr(&mut self) -> String {
        self.stderr.take().unwrap().join().unwrap()
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
