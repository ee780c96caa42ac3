//! Small files that were read, by identity: a name may lead to another file at any time.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cap_std::fs::{Metadata, MetadataExt as _};
use lru::LruCache;

use super::Meter;

/// Files of this size or more are not kept, in bytes.
const TOO_LARGE: u64 = 1_000_000;
/// A file that changed so lately may change again and look the same: the system's clock for files moves in steps.
const RACY: Duration = Duration::from_millis(100);

/// A file, whatever its name.
type Identity = (u64, u64);

/// What a file looked like when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    identity: Identity,
    modified: (i64, i64),
    changed: (i64, i64),
    size: u64,
}

impl Stamp {
    pub(super) fn of(about: &Metadata) -> Self {
        Self {
            identity: (about.dev(), about.ino()),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
            size: about.size(),
        }
    }

    fn is_settled(&self, now: SystemTime) -> bool {
        let since_1970 =
            |(seconds, nanos): (i64, i64)| Duration::new(u64::try_from(seconds).unwrap_or(0), u32::try_from(nanos).unwrap_or(0));
        let latest = since_1970(self.modified.max(self.changed));
        now.duration_since(UNIX_EPOCH).unwrap_or_default() > latest + RACY
    }
}

struct Kept {
    stamp: Stamp,
    bytes: Arc<[u8]>,
}

/// The files kept, the one unused for longest going first.
pub(super) struct Cache {
    most: u64,
    kept: Mutex<(LruCache<Identity, Kept>, u64)>,
    meter: Arc<Meter>,
}

impl Cache {
    /// A cache of at most so many bytes.
    pub(super) fn new(most: u64, meter: Arc<Meter>) -> Self {
        Self { most, kept: Mutex::new((LruCache::unbounded(), 0)), meter }
    }

    fn kept(&self) -> MutexGuard<'_, (LruCache<Identity, Kept>, u64)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a file of this stamp is of the kind that is kept.
    fn is_for(&self, stamp: &Stamp) -> bool {
        stamp.size < TOO_LARGE && stamp.size <= self.most
    }

    /// The content of a file that still looks as it did.
    pub(super) fn find(&self, stamp: &Stamp) -> Option<Arc<[u8]>> {
        if !self.is_for(stamp) {
            return None;
        }
        let found = self.kept().0.get(&stamp.identity).filter(|kept| kept.stamp == *stamp).map(|kept| Arc::clone(&kept.bytes));
        self.meter.looked_up(found.is_some());
        found
    }

    /// Keeps the whole content of a file that was read between two looks at it, both of this stamp.
    pub(super) fn keep(&self, stamp: Stamp, bytes: &Arc<[u8]>) {
        if !self.is_for(&stamp) || !stamp.is_settled(SystemTime::now()) {
            return;
        }
        let mut kept = self.kept();
        let (files, held) = &mut *kept;
        if let Some(old) = files.put(stamp.identity, Kept { stamp, bytes: Arc::clone(bytes) }) {
            *held -= old.bytes.len() as u64;
        }
        *held += bytes.len() as u64;
        while *held > self.most {
            let Some((_, gone)) = files.pop_lru() else { break };
            *held -= gone.bytes.len() as u64;
            self.meter.crowded_out(1);
        }
        self.meter.cached(files.len(), *held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(number: u64, size: u64) -> Stamp {
        Stamp { identity: (1, number), modified: (1_000, 0), changed: (1_000, 0), size }
    }

    fn content(size: usize) -> Arc<[u8]> {
        vec![7; size].into()
    }

    #[test]
    fn what_fits_is_kept_and_the_unused_goes() {
        let meter = Arc::new(Meter::default());
        let cache = Cache::new(1_000, Arc::clone(&meter));
        for number in 1..=3 {
            cache.keep(stamp(number, 400), &content(400));
            cache.find(&stamp(1, 400));
        }
        assert!(cache.find(&stamp(1, 400)).is_some() && cache.find(&stamp(2, 400)).is_none(), "the second was unused");
        let frame = meter.cache().expect("it was used");
        assert_eq!((frame.entries, frame.bytes, frame.hit_share), (2, 800, Some(0.8)));
        cache.keep(stamp(9, TOO_LARGE), &content(10));
        assert!(cache.find(&stamp(9, TOO_LARGE)).is_none());
    }

    #[test]
    fn another_look_another_content() {
        let cache = Cache::new(1_000, Arc::default());
        cache.keep(stamp(1, 4), &content(4));
        for other in [Stamp { modified: (1_000, 1), ..stamp(1, 4) }, Stamp { changed: (1_001, 0), ..stamp(1, 4) }, stamp(1, 5)] {
            assert!(cache.find(&other).is_none(), "{other:?}");
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let just = (i64::try_from(now.as_secs()).expect("small"), 0);
        let fresh = Stamp { modified: (just.0 + 5, 0), ..stamp(2, 4) };
        cache.keep(fresh, &content(4));
        assert!(cache.find(&fresh).is_none(), "it changed a moment ago");
    }
}
