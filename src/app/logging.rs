//! The log: a file in the state folder, never the terminal of a console and never stdout.

use std::{fs, io, path::Path, sync::OnceLock};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// A log longer than this is set aside at the next start, and the one set aside before it is gone.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Lines that wait for the disk at a time; those beyond are dropped. Room for all of them is taken at the start, 32 bytes each.
const LINES: usize = 8_192;

type Change = Box<dyn Fn(EnvFilter) + Send + Sync>;

/// Puts another filter in its place; the log is the process's own, and so is this.
static CHANGE: OnceLock<Change> = OnceLock::new();

/// Starts logging into this file at this level. The guard writes out what waits when it is dropped. A log that cannot be written
/// keeps nobody from working: then there is none.
pub(super) fn start(path: &Path, level: &str) -> Option<WorkerGuard> {
    let file = open(path).ok()?;
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES).finish(file);
    let builder = tracing_subscriber::fmt().with_env_filter(filter(level)).with_ansi(false).with_writer(writer);
    let builder = builder.with_filter_reloading();
    let handle = builder.reload_handle();
    tracing::subscriber::set_global_default(builder.finish()).ok()?;
    // Only the first log of a process becomes its log.
    let _ = CHANGE.set(Box::new(move |filter| {
        if let Err(error) = handle.reload(filter) {
            tracing::error!(%error, "the log's level cannot be changed");
        }
    }));
    Some(guard)
}

/// Writes lines from this level on; nothing where there is no log.
pub(super) fn set_level(level: &str) {
    if let Some(change) = CHANGE.get() {
        change(filter(level));
    }
}

fn filter(level: &str) -> EnvFilter {
    // rmcp's own debug lines hold the arguments of calls, and with them values: they stay out whatever the level.
    let filter = EnvFilter::try_new(format!("{level},rmcp=warn,hyper=info,reqwest=warn"));
    filter.unwrap_or_else(|_| EnvFilter::new("info,rmcp=warn,hyper=info,reqwest=warn"))
}

fn open(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > LARGEST) {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}
