//! The engine's log, in the format of Keyboard Maestro's own `Engine.log`: writing it, and reading either.
//!
//! An entry is `YYYY-MM-DD HH:MM:SS message` in local time; what has no time at its start belongs to the entry before.

mod entry;
mod files;
mod filter;
mod split;
mod tail;
mod writer;

pub use entry::{LogEntry, action_failed, cancelled, started};
pub use files::{Rotation, log_files};
pub use filter::{LogFilter, LogPage, read_log};
pub use tail::Tail;
pub use writer::EngineLog;

#[cfg(test)]
mod tests;
