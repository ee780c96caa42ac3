//! One worker's two pipes as protocol lines.

use std::pin::Pin;

use futures_util::StreamExt;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_util::{
    bytes::BytesMut,
    codec::{Decoder, FramedRead, LinesCodec, LinesCodecError},
};

use super::protocol::{Message, Request};
use crate::model::{Job, Trace};

/// What goes to a worker's stdin.
pub type Input = Pin<Box<dyn AsyncWrite + Send>>;
/// What comes from a worker's stdout.
pub type Output = Pin<Box<dyn AsyncRead + Send>>;

/// Why a worker can no longer be spoken with. It has to be replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its stdout ended.
    #[error("closed its stdout")]
    Ended,
    /// A pipe failed.
    #[error("lost its pipe ({0})")]
    Pipe(String),
    /// It wrote a line that is too long.
    #[error("wrote a line of over {0} bytes")]
    LongLine(usize),
    /// It wrote something that is not of the protocol, or without its nonce. The bytes themselves are not shown to anybody.
    #[error("broke the worker protocol ({0})")]
    Protocol(&'static str),
}

/// Whole lines only: what stands after the last line's end when the output closes is half of something, and is thrown away.
struct WholeLines(LinesCodec);

impl Decoder for WholeLines {
    type Item = String;
    type Error = LinesCodecError;

    fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<String>, LinesCodecError> {
        self.0.decode(bytes)
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> Result<Option<String>, LinesCodecError> {
        let line = self.0.decode(bytes)?;
        if line.is_none() {
            bytes.clear();
        }
        Ok(line)
    }
}

/// Speaks the protocol over a worker's two pipes.
pub struct Channel {
    input: Input,
    lines: FramedRead<Output, WholeLines>,
    nonce: String,
    longest: usize,
    line: Vec<u8>,
}

/// [`Request::Run`] without a copy of the job.
#[derive(Serialize)]
struct RunLine<'a> {
    r#type: &'static str,
    id: u64,
    operation: &'a str,
    arguments: &'a serde_json::Value,
    deadline_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a Trace>,
}

impl Channel {
    /// A channel whose lines are at most `longest` bytes.
    pub fn new(input: Input, output: Output, longest: usize) -> Self {
        let lines = FramedRead::new(output, WholeLines(LinesCodec::new_with_max_length(longest)));
        Self { input, lines, nonce: uuid::Uuid::new_v4().to_string(), longest, line: Vec::new() }
    }

    /// The random text that every line of the worker must repeat.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Sends a line.
    ///
    /// # Errors
    /// When the pipe is closed.
    pub async fn send(&mut self, request: &Request) -> Result<(), Fault> {
        self.write(request).await
    }

    /// Sends a job.
    ///
    /// # Errors
    /// When the pipe is closed.
    pub async fn send_job(&mut self, id: u64, job: &Job) -> Result<(), Fault> {
        let deadline_ms = crate::util::clock::millis(job.run_limit);
        let trace = job.trace.as_deref();
        let line = RunLine { r#type: "run", id, operation: job.operation, arguments: &job.arguments, deadline_ms, trace };
        self.write(&line).await
    }

    async fn write(&mut self, line: &impl Serialize) -> Result<(), Fault> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(|error| Fault::Pipe(error.to_string()))?;
        self.line.push(b'\n');
        let written = self.input.write_all(&self.line).await;
        // A large job should not keep its memory for the worker's whole life.
        self.line.shrink_to(64 * 1024);
        written.map_err(|error| Fault::Pipe(error.kind().to_string()))
    }

    /// The worker's next line. Safe to abandon while it waits: nothing is lost.
    ///
    /// # Errors
    /// A [`Fault`] is final.
    pub async fn next(&mut self) -> Result<Message, Fault> {
        let line = match self.lines.next().await {
            None => return Err(Fault::Ended),
            Some(Ok(line)) => line,
            Some(Err(LinesCodecError::MaxLineLengthExceeded)) => return Err(Fault::LongLine(self.longest)),
            Some(Err(LinesCodecError::Io(error))) => return Err(Fault::Pipe(error.kind().to_string())),
        };
        let message: Message = serde_json::from_str(&line).map_err(|_| Fault::Protocol("a line that is no message"))?;
        if message.nonce() == self.nonce { Ok(message) } else { Err(Fault::Protocol("a line without the nonce")) }
    }

    /// Ends the worker's stdin, which tells it to go.
    pub async fn close(&mut self) {
        let _ = self.input.shutdown().await;
        // A pipe's end is seen only when it is dropped.
        self.input = Box::pin(tokio::io::sink());
    }

    /// Reads on until the worker's stdout ends, for the process groups that it reported as alive and nobody has read of. Lines
    /// without the nonce count for nothing: what a job prints must not name a process to kill. Call it after the worker was killed.
    pub async fn last_groups(&mut self) -> Vec<u32> {
        let mut groups = Vec::new();
        while let Some(Ok(line)) = self.lines.next().await {
            let Ok(message) = serde_json::from_str::<Message>(&line) else { continue };
            match message {
                Message::Group { process_group, alive, nonce, .. } if nonce == self.nonce => {
                    groups.retain(|group| *group != process_group);
                    groups.extend(alive.then_some(process_group));
                }
                _ => {}
            }
        }
        groups
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Channel").field("longest", &self.longest).finish_non_exhaustive()
    }
}
