//! The stand-in worker, and a pool of it in this very process.

use std::{path::PathBuf, process::Command, sync::Arc, time::Duration};

use futures_util::future::join_all;
use kmtop::{
    backend::{Questions, SharedBackend, program::Program},
    model::{Job, Outcome, PoolStatus, RunError},
    pool::{self, Handle, Limits, Size},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::harness::{LIMIT, data};

pub(crate) struct Nobody;

impl Questions for Nobody {
    fn answer(&self, _: &str, _: &Value) -> Value {
        Value::Null
    }
}

pub(crate) fn program() -> PathBuf {
    data("bin/stand_in.sh")
}

/// Workers that begin with this fault; none with an empty word.
pub(crate) fn backend(fault: &str) -> SharedBackend {
    Language::Shell.backend(fault)
}

/// What a stand-in worker is written in. Both know the same faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Shell,
    /// From the description of the protocol alone; it hears cancels while it works, and its children have groups of their own.
    Python,
}

impl Language {
    /// Those that can be run here.
    #[expect(clippy::print_stderr, reason = "what was left out must not look like what passed")]
    pub(crate) fn all() -> Vec<Self> {
        let python = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
        if !python {
            eprintln!("left out: the worker in Python, because there is no `python3` here");
        }
        [Self::Shell].into_iter().chain(python.then_some(Self::Python)).collect()
    }

    /// Each of these with each language.
    pub(crate) fn with<T: Copy>(faults: impl IntoIterator<Item = T>) -> Vec<(T, Self)> {
        let languages = Self::all();
        faults.into_iter().flat_map(|fault| languages.iter().map(move |language| (fault, *language))).collect()
    }

    /// Workers that begin with this fault.
    pub(crate) fn backend(self, fault: &str) -> SharedBackend {
        let command = match self {
            Self::Shell => ["/bin/sh".to_owned(), program().display().to_string(), fault.to_owned()].to_vec(),
            Self::Python => ["python3", &data("bin/worker.py").display().to_string(), fault].map(str::to_owned).to_vec(),
        };
        Arc::new(Program::command(&command, Arc::new(Nobody)).unwrap())
    }
}

pub(crate) fn limits(size: u16) -> Limits {
    // Where many tests run at once, a start takes its time.
    Limits { start_limit: LIMIT, queue_limit: LIMIT, ..Limits::new(Size::new(size, 16.max(size)).unwrap()) }
}

/// A pool of stand-in workers.
pub(crate) struct Pool {
    pub(crate) handle: Handle,
}

impl Pool {
    pub(crate) fn start(backend: SharedBackend, limits: Limits) -> Self {
        Self { handle: pool::start(backend, limits) }
    }

    /// So many workers, all of them ready.
    pub(crate) async fn of(size: u16) -> Self {
        Self::of_workers_in(Language::Shell, size).await
    }

    /// The same in this language.
    pub(crate) async fn of_workers_in(language: Language, size: u16) -> Self {
        let pool = Self::start(language.backend(""), limits(size));
        pool.whole(size).await;
        pool
    }

    /// Has a worker do what the words say.
    pub(crate) async fn run(&self, words: &str) -> Result<Outcome, RunError> {
        self.run_for(words, LIMIT).await
    }

    /// The same with so much time.
    pub(crate) async fn run_for(&self, words: &str, limit: Duration) -> Result<Outcome, RunError> {
        self.handle.run(job(words, limit), CancellationToken::new()).await
    }

    pub(crate) fn spawn(&self, words: &str, limit: Duration) -> tokio::task::JoinHandle<Result<Outcome, RunError>> {
        let (handle, job) = (self.handle.clone(), job(words, limit));
        tokio::spawn(async move { handle.run(job, CancellationToken::new()).await })
    }

    pub(crate) async fn status(&self) -> PoolStatus {
        self.handle.status().await.expect("the pool lives")
    }

    /// Waits until the pool is as it should be.
    pub(crate) async fn until(&self, what: &str, good: impl Fn(&PoolStatus) -> bool) -> PoolStatus {
        let deadline = tokio::time::Instant::now() + LIMIT;
        loop {
            let status = self.status().await;
            if good(&status) {
                return status;
            }
            assert!(tokio::time::Instant::now() < deadline, "{what}: not within {LIMIT:?}; at last: {status:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until there are so many workers, all idle.
    pub(crate) async fn whole(&self, size: u16) -> PoolStatus {
        self.until("the pool is whole", |status| status.idle == size && status.workers.len() == usize::from(size)).await
    }

    /// What must hold after any fault: a worker answers, and it answers this caller's own question.
    pub(crate) async fn assert_well(&self, size: u16) {
        self.whole(size).await;
        for turn in 0..3 {
            let words = format!("do:echo {turn}");
            let outcome = self.run(&words).await.unwrap_or_else(|error| panic!("after the fault: {error:?}"));
            assert_eq!(outcome.value["result"], turn.to_string());
        }
    }
}

pub(crate) fn job(words: &str, limit: Duration) -> Job {
    // Each fault is work of its own: one kind of work that kills its workers is refused after a while.
    Job { key: words.into(), ..Job::new("process_tokens", json!({ "text": words }), "test", limit) }
}

/// The processes of the pool's workers.
pub(crate) fn pids(status: &PoolStatus) -> Vec<u32> {
    status.workers.iter().filter_map(|worker| worker.pid).collect()
}

/// Runs a test on a runtime of its own.
pub(crate) fn run<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    crate::harness::block_on(async { test().await });
}

/// Each in a pool of its own, side by side: most of the time is spent on the patience that workers get.
pub(crate) fn each<T: Copy>(faults: impl IntoIterator<Item = T>, test: impl AsyncFn(T)) {
    run(async || {
        let test = &test;
        join_all(faults.into_iter().map(|fault| test(fault))).await;
    });
}
