//! The worker's side of the wire: one line per message.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use crate::{backend::protocol::Message, model::JobError};

/// Longest log line and error message, in characters.
const LONGEST_TEXT: usize = 4096;
/// Most log lines that a job sends; the run's report has more of them.
const MOST_LINES: u32 = 200;

/// Where lines go. Background scripts report their end from threads of their own, so it is locked for each line.
type Writer = Arc<Mutex<Box<dyn Write + Send>>>;

/// Writes messages, each marked with the server's nonce. A write that fails is kept: the job goes on to its end, then the worker
/// leaves.
pub(super) struct Output {
    writer: Writer,
    line: Vec<u8>,
    pub(super) nonce: String,
    /// The job that runs.
    job: u64,
    /// Log lines that it has sent.
    lines: u32,
    pub(super) broken: bool,
}

impl Output {
    pub(super) fn new(writer: Box<dyn Write + Send>, nonce: String) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), line: Vec::new(), nonce, job: 0, lines: 0, broken: false }
    }

    /// What is sent from now on is about this job.
    pub(super) fn begin(&mut self, job: u64) {
        self.job = job;
        self.lines = 0;
    }

    pub(super) fn send(&mut self, message: &Message) {
        self.broken |= self.write(message).is_err();
    }

    fn write(&mut self, message: &Message) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, message)?;
        self.line.push(b'\n');
        write_line(&self.writer, &self.line)
    }

    /// Tells of the end of a process group later, from another thread.
    pub(super) fn group_report(&self, process_group: u32) -> GroupReport {
        let message = Message::Group { id: self.job, nonce: self.nonce.clone(), process_group, alive: false };
        GroupReport { writer: Arc::clone(&self.writer), message }
    }

    pub(super) fn hello(&mut self, operations: &[&str]) {
        self.send(&Message::Hello {
            version: crate::backend::protocol::VERSION,
            nonce: self.nonce.clone(),
            name: concat!("kmtop embedded ", env!("CARGO_PKG_VERSION")).into(),
            operations: operations.iter().map(|operation| (*operation).to_owned()).collect(),
        });
    }

    pub(super) fn answer(&mut self, outcome: Result<Value, JobError>, own_us: u64) {
        let (id, nonce) = (self.job, self.nonce.clone());
        self.send(&match outcome {
            Ok(value) => Message::Result { id, nonce, value, own_us },
            Err(mut error) => {
                error.message = shortened(&error.message);
                Message::Error { id, nonce, error, own_us }
            }
        });
    }

    pub(super) fn group(&mut self, process_group: u32, alive: bool) {
        self.send(&Message::Group { id: self.job, nonce: self.nonce.clone(), process_group, alive });
    }

    pub(super) fn ask(&mut self, ask: u64, about: &str, arguments: Value) {
        self.send(&Message::Ask { id: self.job, nonce: self.nonce.clone(), ask, about: about.into(), arguments });
    }

    /// Tells the server something that nobody answers.
    pub(super) fn tell(&mut self, about: &str, arguments: Value) {
        self.send(&Message::Tell { id: self.job, nonce: self.nonce.clone(), about: about.into(), arguments });
    }

    pub(super) fn log(&mut self, text: &str) {
        self.lines += 1;
        let text = match self.lines {
            1..MOST_LINES => shortened(text),
            MOST_LINES => "the job logs more than is passed on; its report has more".into(),
            _ => return,
        };
        self.send(&Message::Log { id: Some(self.job), nonce: self.nonce.clone(), text });
    }
}

fn write_line(writer: &Writer, line: &[u8]) -> io::Result<()> {
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    writer.write_all(line)?;
    writer.flush()
}

/// The end of a process group, to be told when it comes.
pub(super) struct GroupReport {
    writer: Writer,
    message: Message,
}

impl GroupReport {
    /// Tells it.
    pub(super) fn ended(&self) {
        if let Ok(mut line) = serde_json::to_vec(&self.message) {
            line.push(b'\n');
            // A server that is gone need not know.
            let _ = write_line(&self.writer, &line);
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => [&text[..end], "…"].concat(),
        None => text.to_owned(),
    }
}
