//! The pool at work: how many jobs a second it hands out to one, eight and thirty-two callers at a time, what a job costs on a
//! cold worker beside a warm one, and what a macro costs beside a calculation. The workers are kmtop's own.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use kmtop::{
    backend::{
        Questions, SharedBackend,
        program::{Program, Stores},
    },
    macros::{Macro, Profile, read::parse},
    model::Job,
    pool::{self, Handle, Limits, Size},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// Answers every question with this macro, as workers ask for nothing else here.
struct Knows(Value);

impl Questions for Knows {
    fn answer(&self, _: &str, _: &Value) -> Value {
        self.0.clone()
    }
}

/// Five actions of the sample library: three calculations, an If, a Return.
fn five_actions() -> Macro {
    let groups = parse(include_bytes!("../assets/sample.kmmacros")).expect("the sample library reads");
    let mut macros = groups.into_iter().flat_map(|group| group.macros);
    let mut found = macros.find(|definition| definition.name == "Invoice Total").expect("a sample");
    found.actions.retain(|action| action.kind != "Comment");
    assert_eq!(found.actions.len(), 5);
    found
}

fn backend() -> SharedBackend {
    let nowhere = Stores { variables: "/nowhere".as_ref(), semaphores: "/nowhere".as_ref(), own: &[] };
    Arc::new(Program::embedded(
        env!("CARGO_BIN_EXE_kmtop").into(),
        nowhere,
        &Profile::default(),
        Arc::new(Knows(json!(five_actions()))),
    ))
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A pool of this size whose workers are ready.
async fn ready(size: u16) -> Handle {
    let pool = pool::start(backend(), Limits::new(Size::new(size, size).expect("valid bounds")));
    while pool.status().await.is_none_or(|status| status.idle < size) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    pool
}

async fn ask(pool: &Handle) {
    let job = Job::new("calculate", json!({ "expression": "6 * 7" }), "bench", Duration::from_secs(10));
    pool.run(job, CancellationToken::new()).await.expect("the worker answers");
}

fn throughput(criterion: &mut Criterion) {
    const JOBS: u64 = 64;
    let runtime = runtime();
    let pool = runtime.block_on(ready(2));
    let mut group = criterion.benchmark_group("throughput, two workers");
    group.throughput(Throughput::Elements(JOBS));
    for callers in [1, 8, 32] {
        group.bench_function(format!("{callers} callers"), |bencher| {
            bencher.iter(|| {
                let caller = async || {
                    for _ in 0..JOBS / callers {
                        ask(&pool).await;
                    }
                };
                runtime.block_on(join_all((0..callers).map(|_| caller())))
            });
        });
    }
    group.finish();
    runtime.block_on(pool.drain(Duration::ZERO));
}

fn start(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("first job");
    group.sample_size(20);
    group.bench_function("cold: start, warm up, do it", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                runtime.block_on(async {
                    let began = Instant::now();
                    let pool = pool::start(backend(), Limits::new(Size::new(1, 1).expect("valid bounds")));
                    ask(&pool).await;
                    spent += began.elapsed();
                    pool.drain(Duration::ZERO).await;
                });
            }
            spent
        });
    });
    let pool = runtime.block_on(ready(1));
    group.bench_function("warm", |bencher| {
        bencher.iter_batched(|| (), |()| runtime.block_on(ask(&pool)), BatchSize::SmallInput);
    });
    group.finish();
    runtime.block_on(pool.drain(Duration::ZERO));
}

fn run_macro(criterion: &mut Criterion) {
    let runtime = runtime();
    let pool = runtime.block_on(ready(1));
    let mut group = criterion.benchmark_group("macro");
    group.bench_function("one calculation", |bencher| bencher.iter(|| runtime.block_on(ask(&pool))));
    let uid = five_actions().uid;
    group.bench_function("five actions", |bencher| {
        bencher.iter(|| {
            // The same revision each time: the worker keeps the macro, as it does while the library stays the same.
            let arguments = json!({ "uid": uid, "run_id": "bench", "parameter": "12 * 4", "dry_run": false, "revision": 1 });
            let job = Job::new("run_macro", arguments, "bench", Duration::from_secs(10));
            runtime.block_on(pool.run(job, CancellationToken::new())).expect("the macro runs")
        });
    });
    group.finish();
    runtime.block_on(pool.drain(Duration::ZERO));
}

criterion_group!(benches, throughput, start, run_macro);
criterion_main!(benches);
