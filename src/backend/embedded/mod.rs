//! The embedded backend: a worker process that runs macro files itself.
//!
//! [`run_worker`] is the body of the hidden `kmtop worker`. One thread reads what the server says and puts it into the inbox, one
//! does the jobs; whatever a job waits for (an answer, a script, the clock) it waits for at its inbox, so that a cancellation or
//! the end of the server reaches it wherever it is.

mod background;
mod clipboards;
mod commands;
mod dictionaries;
mod environment;
mod fetch;
mod files;
mod host;
mod inbox;
mod jobs;
mod output;
mod runs;
mod semaphores;
mod shell;
mod texts;
mod told;
mod variables;
mod watch;
mod worker;
mod written;

pub use variables::{Variables, VariablesError};
pub use worker::{OPERATIONS, run_worker};
