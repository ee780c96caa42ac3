//! Where a job runs: worker processes, and the protocol that they speak.
//!
//! A [`Backend`] starts workers and answers what they ask; the pool does the rest through a [`Channel`]. [`program::Program`] runs
//! any program that speaks the protocol: [`embedded`] and [`web`] are the bodies of kmtop's own, `assets/worker.js` that of the
//! scripts which drive Keyboard Maestro, and [`apple_events`] knows what their errors mean.

pub mod apple_events;
mod channel;
pub mod embedded;
#[cfg(test)]
pub(crate) mod nothing;
mod process;
pub mod program;
pub mod protocol;
pub mod web;

use std::{io, sync::Arc};

use serde_json::Value;

pub use channel::{Channel, Fault, Input, Output};
pub use process::Process;

/// Starts workers and answers their questions.
pub trait Backend: Send + Sync + 'static {
    /// The backend's name for people: `embedded`, `osascript`, `web`, `command`.
    fn name(&self) -> &str;

    /// Starts one worker. It has said nothing yet.
    ///
    /// # Errors
    /// When the program cannot be started.
    fn start(&self) -> io::Result<Running>;

    /// What the worker is told in its hello.
    fn settings(&self) -> Value;

    /// A worker's first job, operation and arguments: one that touches what jobs touch and changes nothing. With `ping` the answer
    /// must be good.
    fn warm_up(&self) -> (&'static str, Value) {
        ("ping", serde_json::json!({}))
    }

    /// Answers a question of a worker; `Null` when there is no such thing.
    fn answer(&self, about: &str, arguments: &Value) -> Value;

    /// Takes note of what a worker tells: nobody waits for anything.
    fn note(&self, _about: &str, _arguments: &Value) {}
}

/// Answers what workers ask.
pub trait Questions: Send + Sync + 'static {
    /// The answer to a question, at once; `Null` when there is no such thing. A worker's job waits for it, and its worker's other
    /// lines too.
    fn answer(&self, about: &str, arguments: &Value) -> Value;

    /// Takes note of what a worker tells, at once.
    fn note(&self, _about: &str, _arguments: &Value) {}
}

/// A backend that everybody shares.
pub type SharedBackend = Arc<dyn Backend>;

/// A started worker: its two ends and what ends it.
pub struct Running {
    /// Goes to its stdin.
    pub input: Input,
    /// Comes from its stdout.
    pub output: Output,
    /// Ends it.
    pub life: Box<dyn Life>,
}

/// A started worker's life, apart from what it says.
pub trait Life: Send {
    /// The process number, if it is a process.
    fn pid(&self) -> Option<u32>;

    /// Asks it and everything that it started to end, by a signal that they may catch: its own process group and these ones.
    fn terminate(&mut self, process_groups: &[u32]);

    /// Ends it and everything that it started, at once: its own process group and these ones.
    fn kill(&mut self, process_groups: &[u32]);

    /// Waits until it has ended, and says how, for people: `exited with status 3`, `was killed by signal 9`.
    fn ended(&mut self) -> futures_util::future::BoxFuture<'_, String>;
}
