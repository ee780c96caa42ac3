//! The library's thread: looks at the files every two seconds and makes a new index when something changed.

use std::{
    collections::BTreeMap,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::{
    files::{Contents, Stamp, find, read},
    index::Index,
};
use crate::macros::Profile;

/// Most threads that read files at once.
const MOST_READERS: usize = 4;
/// From one look at the files to the next.
const INTERVAL: Duration = Duration::from_secs(2);

/// What the handles and the thread share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) index: Arc<ArcSwap<Index>>,
    pub(super) revisions: watch::Receiver<u64>,
    looks: Arc<Looks>,
    /// Asks for a look now; the thread ends when this is gone.
    wake: Sender<()>,
}

/// Counts the looks that were finished, for those who wait for one.
#[derive(Debug, Default)]
struct Looks {
    /// Looks begun and finished.
    count: Mutex<(u64, u64)>,
    finished: Condvar,
}

impl Looks {
    fn begin(&self) {
        self.count.lock().unwrap_or_else(PoisonError::into_inner).0 += 1;
    }

    fn finish(&self) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.1 = count.0;
        self.finished.notify_all();
    }

    /// The number of the next look to begin.
    fn next(&self) -> u64 {
        self.count.lock().unwrap_or_else(PoisonError::into_inner).0 + 1
    }

    fn wait_for(&self, look: u64, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        while count.1 < look {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            count = self.finished.wait_timeout(count, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Shared {
    pub(super) fn reload(&self, limit: Duration) -> bool {
        // A look that has begun already may have passed the file that changed.
        let look = self.looks.next();
        self.wake.send(()).is_ok() && self.looks.wait_for(look, limit)
    }

    pub(super) fn wait_ready(&self, limit: Duration) -> bool {
        self.looks.wait_for(1, limit)
    }
}

/// Starts the thread.
pub(super) fn start(paths: Vec<PathBuf>, profile: Arc<Profile>) -> Arc<Shared> {
    let (wake, waking) = mpsc::channel();
    let index = Arc::new(ArcSwap::from_pointee(Index::default()));
    let looks = Arc::new(Looks::default());
    let (told, revisions) = watch::channel(0);
    let watcher = Watcher {
        paths,
        profile,
        index: Arc::clone(&index),
        looks: Arc::clone(&looks),
        revisions: told,
        files: BTreeMap::new(),
        unreadable: BTreeMap::new(),
    };
    if let Err(error) = thread::Builder::new().name("library".into()).spawn(move || watcher.run(&waking)) {
        let problem = (PathBuf::new(), format!("the library's thread cannot be started: {error}"));
        let mut empty = Index::default();
        empty.files_unreadable.push(problem);
        index.store(Arc::new(empty));
    }
    Arc::new(Shared { index, revisions, looks, wake })
}

/// A macro file as it was read last.
struct File {
    stamp: Stamp,
    /// What it holds; what it held in its last sound state while it is broken, for example half-written.
    contents: Contents,
    /// Why it cannot be read now.
    problem: Option<String>,
}

impl File {
    fn of(stamp: Stamp, read: Result<Contents, String>, before: Option<Self>) -> Self {
        match read {
            Ok(contents) => Self { stamp, contents, problem: None },
            Err(problem) => {
                let contents = before.map(|before| before.contents).unwrap_or_default();
                let kept = if contents.entries.is_empty() { "" } else { "; its macros of before are kept" };
                Self { stamp, contents, problem: Some([&problem, kept].concat()) }
            }
        }
    }
}

/// Reads files, several at once; gives what they hold with their numbers, in any order.
fn read_all(files: &[(&PathBuf, Stamp)], profile: &Profile) -> Vec<(usize, Result<Contents, String>)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((path, stamp)) = files.get(number) else { return done };
            done.push((number, read(path, *stamp, profile)));
        }
    };
    let readers = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_READERS).min(files.len());
    thread::scope(|scope| {
        let helpers: Vec<_> = (1..readers).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        // What a helper that panicked has read is read again at the next look; it never should, reading catches panics.
        helpers.into_iter().filter_map(|helper| helper.join().ok()).for_each(|done| all.extend(done));
        all
    })
}

struct Watcher {
    paths: Vec<PathBuf>,
    profile: Arc<Profile>,
    index: Arc<ArcSwap<Index>>,
    looks: Arc<Looks>,
    revisions: watch::Sender<u64>,
    files: BTreeMap<PathBuf, File>,
    unreadable: BTreeMap<PathBuf, String>,
}

impl Watcher {
    fn run(mut self, waking: &Receiver<()>) {
        loop {
            self.looks.begin();
            // Those who wait for a look must not wait for a thread that is gone; the next look mends what this one left undone.
            if catch_unwind(AssertUnwindSafe(|| self.look())).is_err() {
                tracing::error!("a look at the macro files failed; please report it");
            }
            self.looks.finish();
            match waking.recv_timeout(INTERVAL) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Reads what is new or changed, and makes an index when anything was.
    fn look(&mut self) {
        let found = find(&self.paths);
        let mut changed = self.index.load().revision == 0 || self.unreadable != found.unreadable;
        let before = self.files.len();
        self.files.retain(|path, _| found.files.contains_key(path));
        changed |= self.files.len() != before;
        let is_new = |path: &PathBuf, stamp: &Stamp| self.files.get(path).is_none_or(|known| known.stamp != *stamp);
        let news: Vec<_> =
            found.files.iter().filter(|(path, stamp)| is_new(path, stamp)).map(|(path, stamp)| (path, *stamp)).collect();
        changed |= !news.is_empty();
        for (number, read) in read_all(&news, &self.profile) {
            let (path, stamp) = news[number];
            let before = self.files.remove(path);
            self.files.insert(path.clone(), File::of(stamp, read, before));
        }
        self.unreadable = found.unreadable;
        if changed {
            let index = self.build();
            let revision = index.revision;
            self.index.store(Arc::new(index));
            self.revisions.send_replace(revision);
        }
    }

    fn build(&self) -> Index {
        let read = || self.files.values().map(|file| &file.contents);
        let mut index = Index::build(self.index.load().revision + 1, read().map(|contents| contents.entries.as_slice()));
        index.groups = read().flat_map(|contents| contents.groups.iter().cloned()).collect();
        index.left_out = read().flat_map(|contents| contents.left_out.iter().cloned()).collect();
        index.files_unreadable = self.unreadable.iter().map(|(path, problem)| (path.clone(), problem.clone())).collect();
        let broken = self.files.iter().filter_map(|(path, file)| Some((path.clone(), file.problem.clone()?)));
        index.files_unreadable.extend(broken);
        index
    }
}
