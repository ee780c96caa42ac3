//! Workers that live in this process: a job's operation says how the worker behaves.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};

use futures_util::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream},
    sync::Notify,
};

use crate::backend::{Backend, Life, Running, protocol::Request};

/// Starts workers that are tasks. A job's operation says how the worker behaves.
#[derive(Default)]
pub(super) struct Stage {
    started: AtomicU32,
    /// Starts that fail from now on.
    pub(super) broken: AtomicUsize,
    pub(super) release: Arc<Notify>,
}

struct Task(Option<tokio::task::JoinHandle<()>>);

impl Backend for Stage {
    fn name(&self) -> &'static str {
        "stage"
    }

    fn start(&self) -> io::Result<Running> {
        if self.broken.load(Ordering::Relaxed) > 0 {
            self.broken.fetch_sub(1, Ordering::Relaxed);
            return Err(io::Error::other("no such program"));
        }
        self.started.fetch_add(1, Ordering::Relaxed);
        let (near_input, far_input) = tokio::io::duplex(1 << 20);
        let (near_output, far_output) = tokio::io::duplex(1 << 20);
        let task = tokio::spawn(act(far_input, far_output, Arc::clone(&self.release)));
        Ok(Running { input: Box::pin(near_input), output: Box::pin(near_output), life: Box::new(Task(Some(task))) })
    }

    fn settings(&self) -> Value {
        json!({})
    }

    fn answer(&self, about: &str, arguments: &Value) -> Value {
        assert_ne!(about, "panic", "a fault of the server's own");
        if about == "big" {
            // More than the pipe holds.
            return json!("x".repeat(3 << 20));
        }
        json!({ "about": about, "arguments": arguments })
    }
}

impl Life for Task {
    fn pid(&self) -> Option<u32> {
        None
    }

    fn terminate(&mut self, _: &[u32]) {}

    fn kill(&mut self, _: &[u32]) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }

    fn ended(&mut self) -> BoxFuture<'_, String> {
        async {
            if let Some(task) = self.0.as_mut() {
                let _ = task.await;
                self.0 = None;
            }
            "ended".to_owned()
        }
        .boxed()
    }
}

/// One worker's life on stage.
async fn act(input: DuplexStream, mut output: DuplexStream, release: Arc<Notify>) {
    let mut lines = BufReader::new(input).lines();
    let mut nonce = String::new();
    let mut asked = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let request: Request = serde_json::from_str(&line).expect("the pool speaks the protocol");
        let result = |id: u64, value: &Value| json!({ "type": "result", "id": id, "nonce": nonce, "value": value, "own_us": 1 });
        let lines: Vec<Value> = match request {
            Request::Hello { nonce: given, version, .. } => {
                nonce = given;
                vec![json!({ "type": "hello", "version": version, "nonce": nonce, "name": "stage", "operations": [] })]
            }
            Request::Answer { answer, .. } => vec![result(asked.take().expect("asked before"), &answer)],
            Request::Cancel { id } => {
                let error = json!({ "code": "cancelled", "message": "stopped", "outcome": "unknown" });
                vec![json!({ "type": "error", "id": id, "nonce": nonce, "error": error, "own_us": 1 })]
            }
            Request::Run { id, operation, arguments, .. } => match operation.as_str() {
                "ping" | "echo" => vec![result(id, &arguments)],
                "wait" => {
                    release.notified().await;
                    vec![result(id, &arguments)]
                }
                "cancellable" => vec![],
                "hang" => std::future::pending().await,
                "die" => return,
                "last" => {
                    let line = format!("{}\n", result(id, &arguments));
                    output.write_all(line.as_bytes()).await.expect("the pool reads");
                    return;
                }
                "panic" => {
                    vec![json!({ "type": "ask", "id": id, "nonce": nonce, "ask": 1, "about": "panic", "arguments": {} })]
                }
                "deaf" => {
                    let ask = json!({ "type": "ask", "id": id, "nonce": nonce, "ask": 1, "about": "big", "arguments": {} });
                    output.write_all(format!("{ask}\n").as_bytes()).await.expect("the pool reads");
                    std::future::pending().await
                }
                "garbage" => vec![json!("no message")],
                "forge" => vec![json!({ "type": "result", "id": id, "nonce": "guessed", "value": 1, "own_us": 1 })],
                "twice" => vec![result(id, &arguments), result(id, &json!("late"))],
                "other" => vec![result(id + 1, &arguments)],
                "long" => vec![result(id, &json!("x".repeat(5_000)))],
                "ask" => {
                    asked = Some(id);
                    vec![json!({ "type": "ask", "id": id, "nonce": nonce, "ask": 1, "about": "macro", "arguments": arguments })]
                }
                "fail" => {
                    let error = json!({ "code": "macro_failed", "message": "no", "outcome": "failed" });
                    vec![json!({ "type": "error", "id": id, "nonce": nonce, "error": error, "own_us": 1 })]
                }
                unknown => panic!("no such scene: {unknown}"),
            },
        };
        for line in lines {
            output.write_all(format!("{line}\n").as_bytes()).await.expect("the pool reads");
        }
    }
}
