//! What warm script workers save: the same variable read by a program that is started for each call, as servers without workers do
//! it, and by a worker that is there.
//!
//! The program is the tests' stand-in of macOS's `osascript`: it needs Node, takes 40 ms to start as the real one does, and its
//! Keyboard Maestro answers at once, so that all that is measured is the way there and back.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use criterion::{Criterion, criterion_group, criterion_main};
use kmtop::{
    backend::{
        Channel, Process, Questions, Running, SharedBackend,
        apple_events::Surroundings,
        program::{Program, WORKER_SCRIPT},
        protocol::{Message, Request, VERSION},
    },
    model::Job,
    pool::{self, Handle, Limits, Size},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

struct Nobody;

impl Questions for Nobody {
    fn answer(&self, _: &str, _: &Value) -> Value {
        Value::Null
    }
}

fn osascript() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bin/osascript")
}

fn read_one() -> Job {
    Job::new("get_variable", json!({ "name": "Total" }), "bench", Duration::from_secs(10))
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Starts the program, has it read one variable, and waits for its end.
async fn cold() {
    let arguments = ["-l", "JavaScript", "-e", WORKER_SCRIPT];
    let Running { input, output, mut life } = Process::start(&osascript(), &arguments).expect("it starts");
    let mut channel = Channel::new(input, output, 1 << 20);
    let nonce = channel.nonce().to_owned();
    channel.send(&Request::Hello { version: VERSION, nonce, settings: json!({}) }).await.expect("it reads");
    channel.next().await.expect("it says hello");
    channel.send_job(1, &read_one()).await.expect("it reads");
    assert!(matches!(channel.next().await, Ok(Message::Result { .. })), "it answers");
    channel.close().await;
    life.ended().await;
}

async fn ready() -> Handle {
    let backend: SharedBackend = Arc::new(Program::osascript(osascript(), &Surroundings::Unknown, Arc::new(Nobody)));
    let pool = pool::start(backend, Limits::new(Size::new(1, 1).expect("valid bounds")));
    while pool.status().await.is_none_or(|status| status.idle < 1) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    pool
}

async fn ask(pool: &Handle, job: Job) {
    pool.run(job, CancellationToken::new()).await.expect("the worker answers");
}

#[expect(clippy::print_stderr, reason = "who looks for these numbers should learn why they are not there")]
fn variables(criterion: &mut Criterion) {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    if !node.is_ok_and(|status| status.success()) {
        eprintln!("left out: the stand-in of osascript needs Node, and there is no `node` here");
        return;
    }
    let runtime = runtime();
    let mut group = criterion.benchmark_group("osascript");
    group.sample_size(20);
    group.bench_function("cold: one variable, a program for each call", |bencher| bencher.iter(|| runtime.block_on(cold())));
    let pool = runtime.block_on(ready());
    group.sample_size(100);
    group.bench_function("warm: one variable", |bencher| bencher.iter(|| runtime.block_on(ask(&pool, read_one()))));
    let names: Vec<String> = (0..20).map(|number| format!("Total {number}")).collect();
    let many = Job::new("get_variables", json!({ "names": names }), "bench", Duration::from_secs(10));
    group.bench_function("warm: twenty variables in one round trip", |bencher| {
        bencher.iter(|| runtime.block_on(ask(&pool, many.clone())));
    });
    group.finish();
    runtime.block_on(pool.drain(Duration::ZERO));
}

criterion_group!(benches, variables);
criterion_main!(benches);
