//! What is called, and how it is reached.

use std::{ffi::OsString, process::Stdio, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStderr, Command},
};

use super::{BenchError, line::Line};
use crate::client::{Client, ClientError, HttpClient, PipeClient};

/// The name that load tests give to servers: `[pool] bench_clients` may put it behind all others.
pub const CLIENT: &str = "kmtop-bench";
/// How long a server that was started may take to end by itself.
const END: Duration = Duration::from_secs(3);
/// Lines of a server's stderr that are told when it does not answer.
const LAST_WORDS: usize = 5;

/// Where a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Streamable HTTP endpoint.
    Url {
        /// `http://…`
        url: String,
        /// The bearer token.
        token: Option<String>,
    },
    /// A program that speaks MCP on stdin and stdout, with its arguments.
    Command(Vec<OsString>),
}

/// Which client makes the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// rmcp's: all that a client does.
    Full,
    /// No more than a call needs.
    Lean,
}

/// Ways to a target, until they are closed.
#[expect(clippy::struct_field_names, reason = "a line is what it is called everywhere")]
pub struct Lines {
    /// One for each client.
    pub lines: Vec<Arc<dyn Line>>,
    full: Vec<Arc<Client>>,
    lean: Vec<HttpClient>,
    child: Option<Child>,
}

impl Address {
    /// It for people, without its token.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Url { url, .. } => url.clone(),
            Self::Command(words) => words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "),
        }
    }

    /// The word for the client that is used, as the report has it.
    #[must_use]
    pub fn client_word(&self, client: ClientKind) -> &'static str {
        match (client, self) {
            (ClientKind::Full, _) => "rmcp",
            (ClientKind::Lean, Self::Url { .. }) => "raw http",
            (ClientKind::Lean, Self::Command(_)) => "raw stdio",
        }
    }

    /// The names of the target's tools.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn tools(&self) -> Result<Vec<String>, BenchError> {
        let mut opened = self.connect(ClientKind::Full, 1).await?;
        let client = opened.full.first().cloned();
        let tools = match &client {
            Some(client) => client.tools().await,
            None => Ok(Vec::new()),
        };
        drop(client);
        opened.lines.clear();
        opened.close().await;
        Ok(tools?)
    }

    /// Opens so many ways: sessions over HTTP; a program is started once, and all calls go over its pipes.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn connect(&self, kind: ClientKind, count: usize) -> Result<Lines, BenchError> {
        let mut opened = Lines { lines: Vec::new(), full: Vec::new(), lean: Vec::new(), child: None };
        match self {
            Self::Url { url, token } => {
                for _ in 0..count {
                    match kind {
                        ClientKind::Full => opened.add_full(Client::connect(url, token.as_deref(), CLIENT).await?),
                        ClientKind::Lean => {
                            let client = HttpClient::connect(url, token.as_deref(), CLIENT).await?;
                            opened.lines.push(Arc::new(client.clone()));
                            opened.lean.push(client);
                        }
                    }
                }
            }
            Self::Command(words) => self.start(words, kind, &mut opened).await?,
        }
        Ok(opened)
    }

    async fn start(&self, words: &[OsString], kind: ClientKind, opened: &mut Lines) -> Result<(), BenchError> {
        let (program, arguments) = words.split_first().ok_or_else(|| BenchError::new("-- must be followed by a program"))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: Ctrl-C ends the measurement, and the measurement ends the program.
        command.process_group(0).kill_on_drop(true);
        let shown = self.shown();
        let mut child = command.spawn().map_err(|error| BenchError::new(format!("{shown} cannot be started: {error}")))?;
        let (Some(input), Some(output), Some(words)) = (child.stdout.take(), child.stdin.take(), child.stderr.take()) else {
            return Err(BenchError::new(format!("{shown} has no pipes")));
        };
        let words = tokio::spawn(last_words(words));
        let connected = match kind {
            ClientKind::Full => {
                Client::connect_pipes(input, output, (&shown, CLIENT)).await.map(|client| opened.add_full(client))
            }
            ClientKind::Lean => PipeClient::connect(input, output, (&shown, CLIENT)).await.map(|client| {
                opened.lines.push(Arc::new(client));
            }),
        };
        match connected {
            Ok(()) => {
                opened.child = Some(child);
                Ok(())
            }
            Err(error) => {
                let _ = child.kill().await;
                let words = tokio::time::timeout(END, words).await.ok().and_then(Result::ok).unwrap_or_default();
                let said = if words.is_empty() { String::new() } else { format!("; it said: {words}") };
                Err(BenchError::new(format!("{error}{said}")))
            }
        }
    }
}

/// Reads what a program says on stderr, so that it never waits for that, and gives its last lines.
async fn last_words(stderr: ChildStderr) -> String {
    let mut lines = BufReader::new(stderr).lines();
    let mut last = std::collections::VecDeque::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if last.len() == LAST_WORDS {
            last.pop_front();
        }
        last.push_back(crate::util::text::sanitize(&line).to_string());
    }
    Vec::from(last).join(" | ")
}

impl Lines {
    fn add_full(&mut self, client: Client) {
        let client = Arc::new(client);
        self.lines.push(Arc::new(Arc::clone(&client)));
        self.full.push(client);
    }

    /// Ends all sessions, and the program if one was started.
    pub async fn close(self) {
        let Self { lines, full, lean, child } = self;
        drop(lines);
        for client in full {
            if let Some(client) = Arc::into_inner(client) {
                client.close().await;
            }
        }
        for client in lean {
            client.close().await;
        }
        if let Some(mut child) = child
            && tokio::time::timeout(END, child.wait()).await.is_err()
        {
            let _ = child.kill().await;
        }
    }
}

impl From<ClientError> for BenchError {
    fn from(error: ClientError) -> Self {
        Self::new(error.to_string())
    }
}
