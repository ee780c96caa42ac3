//! Counts what is done with files.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::{
    model::{CacheFrame, IoFrame},
    util::clock::micros,
};

/// Counts since the start of the server; shared by all who read and write.
#[derive(Debug, Default)]
pub struct Meter {
    reads: Kind,
    writes: Kind,
    hits: AtomicU64,
    misses: AtomicU64,
    entries: AtomicU64,
    cached_bytes: AtomicU64,
    crowded_out: AtomicU64,
}

#[derive(Debug, Default)]
struct Kind {
    count: AtomicU64,
    bytes: AtomicU64,
    micros: AtomicU64,
}

impl Kind {
    fn note(&self, bytes: u64, took: Duration) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.micros.fetch_add(micros(took), Ordering::Relaxed);
    }

    fn mean_us(&self) -> Option<f64> {
        let count = self.count.load(Ordering::Relaxed);
        (count > 0).then(|| self.micros.load(Ordering::Relaxed) as f64 / count as f64)
    }
}

impl Meter {
    pub(super) fn read(&self, bytes: usize, began: Instant) {
        self.reads.note(bytes as u64, began.elapsed());
    }

    pub(super) fn wrote(&self, bytes: usize, began: Instant) {
        self.writes.note(bytes as u64, began.elapsed());
    }

    pub(super) fn looked_up(&self, found: bool) {
        if found { &self.hits } else { &self.misses }.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn cached(&self, entries: usize, bytes: u64) {
        self.entries.store(entries as u64, Ordering::Relaxed);
        self.cached_bytes.store(bytes, Ordering::Relaxed);
    }

    /// So many files that were kept made room for others.
    pub(super) fn crowded_out(&self, files: u64) {
        self.crowded_out.fetch_add(files, Ordering::Relaxed);
    }

    /// What was read and written; `None` before anything was.
    pub fn io(&self) -> Option<IoFrame> {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let frame = IoFrame {
            reads: count(&self.reads.count),
            writes: count(&self.writes.count),
            mean_read_us: self.reads.mean_us(),
            mean_write_us: self.writes.mean_us(),
            bytes_read: count(&self.reads.bytes),
            bytes_written: count(&self.writes.bytes),
        };
        (frame.reads + frame.writes > 0).then_some(frame)
    }

    /// The cache of files; `None` before anything was looked up in it.
    pub fn cache(&self) -> Option<CacheFrame> {
        let [hits, misses] = [&self.hits, &self.misses].map(|counter| counter.load(Ordering::Relaxed));
        let looked_up = hits + misses;
        (looked_up > 0).then(|| CacheFrame {
            name: CacheFrame::FILES.to_owned(),
            entries: self.entries.load(Ordering::Relaxed),
            bytes: self.cached_bytes.load(Ordering::Relaxed),
            hit_share: Some(hits as f64 / looked_up as f64),
            lookups: looked_up,
            expired: 0,
            crowded_out: self.crowded_out.load(Ordering::Relaxed),
        })
    }
}
