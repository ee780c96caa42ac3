//! The worker protocol, version 1: one JSON object per line on the worker's stdin and stdout.
//!
//! `docs/worker-protocol.md` describes it for writers of workers in other languages; this file is what the server speaks.
//! stdout carries protocol lines only; whatever a worker wants to say to people goes to stderr.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{JobError, Trace};

/// The version that this build speaks.
pub const VERSION: u32 = 1;

/// A line from the server to the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// The first line. The worker answers with [`Message::Hello`] and the same nonce.
    Hello {
        /// Protocol version that the server speaks.
        version: u32,
        /// Random text of this process; every line of the worker repeats it, so that what a job prints cannot pass for an answer.
        nonce: String,
        /// Settings of the backend, for example the path of the variables file.
        settings: Value,
    },
    /// One job. The next `run` comes only after this one's `result` or `error`.
    Run {
        /// Identifies the job in every line about it.
        id: u64,
        /// What to do, for example `run_macro`.
        operation: String,
        /// The operation's arguments, always data, never source text.
        arguments: Value,
        /// Milliseconds from now after which the server kills the worker's process group.
        deadline_ms: u64,
        /// The trace that it belongs to, when its caller told one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace: Option<Trace>,
    },
    /// Please stop this job; answer it with an `error` whose code is `cancelled`.
    Cancel {
        /// The job.
        id: u64,
    },
    /// The answer to [`Message::Ask`].
    Answer {
        /// The question's number.
        ask: u64,
        /// What was asked for, `null` when there is no such thing.
        answer: Value,
    },
}

/// A line from the worker to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Ready: the answer to [`Request::Hello`].
    Hello {
        /// Protocol version that the worker speaks; another one than the server's ends the start.
        version: u32,
        /// The server's nonce.
        nonce: String,
        /// The worker's name for people.
        name: String,
        /// The operations that it takes.
        operations: Vec<String>,
    },
    /// The job is done.
    Result {
        /// The job.
        id: u64,
        /// The server's nonce.
        nonce: String,
        /// What the operation returns.
        value: Value,
        /// Microseconds that the job itself took inside the worker; what the server measures beyond it is overhead.
        own_us: u64,
    },
    /// The job failed; the worker is fit for the next one.
    Error {
        /// The job.
        id: u64,
        /// The server's nonce.
        nonce: String,
        /// Why.
        error: JobError,
        /// Microseconds that the job itself took inside the worker.
        own_us: u64,
    },
    /// The job started or reaped a process group of its own, which the server kills along with the worker.
    Group {
        /// The job.
        id: u64,
        /// The server's nonce.
        nonce: String,
        /// The process group's number.
        process_group: u32,
        /// False once the group has ended.
        alive: bool,
    },
    /// The worker needs something that only the server has. Allowed only while a job runs.
    Ask {
        /// The job.
        id: u64,
        /// The server's nonce.
        nonce: String,
        /// Numbers the question within this process.
        ask: u64,
        /// What is asked: `macro` with `{"uid": …}`.
        about: String,
        /// The question's arguments.
        arguments: Value,
    },
    /// Something that the server may want to know, and that nobody answers. Allowed only while a job runs.
    Tell {
        /// The job.
        id: u64,
        /// The server's nonce.
        nonce: String,
        /// What is told: `progress`, `variables`.
        about: String,
        /// The facts.
        arguments: Value,
    },
    /// Something worth a line in the server's log.
    Log {
        /// The job, if one runs.
        id: Option<u64>,
        /// The server's nonce.
        nonce: String,
        /// The line.
        text: String,
    },
}

impl Message {
    /// The nonce that the line carries.
    pub fn nonce(&self) -> &str {
        match self {
            Self::Hello { nonce, .. }
            | Self::Result { nonce, .. }
            | Self::Error { nonce, .. }
            | Self::Group { nonce, .. }
            | Self::Ask { nonce, .. }
            | Self::Tell { nonce, .. }
            | Self::Log { nonce, .. } => nonce,
        }
    }
}
