//! The slow log on disk: one JSON line for every slow call.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use crate::model::SlowCall;

/// From this length on the file is put aside, in bytes; the one put aside before goes.
const LONGEST: u64 = 1 << 20;
/// Lines that may wait to be written; under a flood the rest is not kept on disk.
const WAITING: usize = 256;

/// Writes slow calls down on a thread of its own: a disk that does not answer must not hold the pool.
#[derive(Debug)]
pub(super) struct SlowLog {
    lines: SyncSender<String>,
}

impl SlowLog {
    /// A log in this file; `None` when the system gives no thread.
    pub(super) fn start(path: PathBuf) -> Option<Self> {
        let (lines, waiting) = sync_channel::<String>(WAITING);
        let write = move || {
            let mut failed = false;
            for line in waiting {
                match append(&path, &line) {
                    Ok(()) => failed = false,
                    // Once, not for every line.
                    Err(error) if !failed => {
                        failed = true;
                        tracing::warn!(%error, "the slow log {} cannot be written", path.display());
                    }
                    Err(_) => {}
                }
            }
        };
        thread::Builder::new().name("slow-log".into()).spawn(write).ok()?;
        Some(Self { lines })
    }

    /// Writes a call down, soon.
    pub(super) fn write(&self, call: &SlowCall) {
        if let Ok(line) = serde_json::to_string(call) {
            let _ = self.lines.try_send(line);
        }
    }
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    if fs::metadata(path).is_ok_and(|file| file.len() + line.len() as u64 > LONGEST) {
        fs::rename(path, path.with_extension("old.jsonl"))?;
    }
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_put_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("slow.jsonl");
        let line = "x".repeat(300_000);
        for _ in 0..5 {
            append(&path, &line).expect("written");
        }
        let length = |path: &Path| fs::metadata(path).expect("is there").len();
        assert_eq!((length(&path), length(&folder.path().join("slow.old.jsonl"))), (600_002, 900_003));
    }
}
