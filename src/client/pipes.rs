//! A lean MCP client over a pair of pipes: one line for each message, and answers in any order.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{Answer, ClientError, message};

/// How long the first words may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A lean client on the stdin and stdout of a server. It keeps only the content of failures.
#[derive(Clone)]
pub struct PipeClient {
    shared: Arc<Shared>,
}

struct Shared {
    lines: mpsc::UnboundedSender<Vec<u8>>,
    waiting: Arc<Waiting>,
    requests: AtomicU64,
}

/// Who waits for which answer; `None` after the server's end.
type Waiting = Mutex<Option<HashMap<u64, oneshot::Sender<Vec<u8>>>>>;

impl PipeClient {
    /// Says hello as `name` to the server behind these pipes, which is called `server` in errors.
    ///
    /// # Errors
    /// When the server does not answer the hello.
    pub async fn connect(
        input: impl AsyncRead + Unpin + Send + 'static,
        output: impl AsyncWrite + Unpin + Send + 'static,
        (server, name): (&str, &str),
    ) -> Result<Self, ClientError> {
        let failed = |reason: &str| ClientError::Connect { url: server.to_owned(), reason: reason.to_owned() };
        let (lines, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        tokio::spawn(write(output, receiver));
        tokio::spawn(read(input, Arc::clone(&waiting), lines.clone()));
        let client = Self { shared: Arc::new(Shared { lines, waiting, requests: AtomicU64::new(0) }) };
        let answer = timeout(PATIENCE, client.ask(0, &message::hello(name))).await;
        let answer = answer.map_err(|_| failed("no answer to the hello"))?.map_err(|reason| failed(&reason))?;
        message::result(&answer).map_err(|reason| failed(&reason))?;
        client.say(&message::initialized()).map_err(|reason| failed(&reason))?;
        Ok(client)
    }

    /// Calls a tool; `arguments` must be an object.
    ///
    /// # Errors
    /// When the call breaks on its way or the server refuses it; a tool's own failure is an answer.
    pub async fn call(&self, tool: &str, arguments: &Value) -> Result<Answer, ClientError> {
        let id = self.shared.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let answer = self.ask(id, &message::call(id, tool, arguments)).await;
        let answer = answer.map_err(|reason| ClientError::Call { tool: tool.to_owned(), reason })?;
        message::answer(tool, &answer)
    }

    async fn ask(&self, id: u64, request: &Value) -> Result<Vec<u8>, String> {
        let (sender, answer) = oneshot::channel();
        match lock(&self.shared.waiting).as_mut() {
            Some(waiting) => waiting.insert(id, sender),
            None => return Err("the server has ended".to_owned()),
        };
        self.say(request)?;
        answer.await.map_err(|_| "the server ended before its answer".to_owned())
    }

    fn say(&self, said: &Value) -> Result<(), String> {
        let mut line = serde_json::to_vec(said).map_err(|error| error.to_string())?;
        line.push(b'\n');
        self.shared.lines.send(line).map_err(|_| "the server takes no more lines".to_owned())
    }
}

async fn write(mut output: impl AsyncWrite + Unpin, mut lines: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(line) = lines.recv().await {
        if output.write_all(&line).await.is_err() || output.flush().await.is_err() {
            return;
        }
    }
}

async fn read(input: impl AsyncRead + Unpin, waiting: Arc<Waiting>, lines: mpsc::UnboundedSender<Vec<u8>>) {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    while matches!(input.read_until(b'\n', &mut line).await, Ok(read) if read > 0) {
        let line = std::mem::take(&mut line);
        let Ok(head) = serde_json::from_slice::<message::Head>(&line) else { continue };
        match (head.method, head.id) {
            // A server may ask whether we are there; whatever else it asks, we cannot do.
            (Some(_), Some(id)) => {
                let reply = json!({ "jsonrpc": "2.0", "id": id, "result": {} }).to_string();
                let _ = lines.send([reply.as_bytes(), b"\n"].concat());
            }
            (None, Some(id)) => {
                let caller = id.as_u64().and_then(|id| lock(&waiting).as_mut()?.remove(&id));
                if let Some(caller) = caller {
                    let _ = caller.send(line);
                }
            }
            (_, None) => {}
        }
    }
    lock(&waiting).take();
}

fn lock(waiting: &Waiting) -> std::sync::MutexGuard<'_, Option<HashMap<u64, oneshot::Sender<Vec<u8>>>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
