//! What the pool adds to a bare pipe: the same question to the same worker program, asked through two plain pipes by a thread
//! that waits, asked over the same pipes by an async task, and asked through the pool. The ratio of the last two is the pool's own.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use criterion::{Criterion, criterion_group, criterion_main};
use kmtop::{
    backend::{
        Channel, Process, Questions, Running,
        program::{Program, Stores},
        protocol::Request,
    },
    model::Job,
    pool::{self, Limits, Size},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const WORKER: &str = env!("CARGO_BIN_EXE_kmtop");

struct Nobody;

impl Questions for Nobody {
    fn answer(&self, _: &str, _: &Value) -> Value {
        Value::Null
    }
}

/// A worker behind two plain pipes.
struct Bare {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    line: String,
}

impl Bare {
    fn start() -> Self {
        let child = Command::new(WORKER).arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the worker starts");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut bare = Self { child, input, output, line: String::new() };
        bare.ask("{\"type\":\"hello\",\"version\":1,\"nonce\":\"n\",\"settings\":{\"variables\":\"/nowhere\"}}\n");
        bare
    }

    fn ask(&mut self, line: &str) {
        self.input.write_all(line.as_bytes()).expect("the worker reads");
        self.line.clear();
        self.output.read_line(&mut self.line).expect("the worker answers");
    }
}

fn dispatch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dispatch");
    let mut bare = Bare::start();
    let ping = "{\"type\":\"run\",\"id\":1,\"operation\":\"ping\",\"arguments\":{},\"deadline_ms\":1000}\n";
    group.bench_function("bare pipe, blocking", |bencher| bencher.iter(|| bare.ask(ping)));
    let _ = bare.child.kill();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut channel = runtime.block_on(async {
        let Running { input, output, life } = Process::start(WORKER.as_ref(), &["worker"]).expect("the worker starts");
        std::mem::forget(life);
        let mut channel = Channel::new(input, output, 1 << 20);
        let hello =
            Request::Hello { version: 1, nonce: channel.nonce().to_owned(), settings: json!({ "variables": "/nowhere" }) };
        channel.send(&hello).await.expect("the worker reads");
        channel.next().await.expect("the worker answers");
        channel
    });
    let job = Job::new("ping", json!({}), "bench", Duration::from_secs(10));
    group.bench_function("bare pipe, async", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                channel.send_job(1, &job).await.expect("the worker reads");
                channel.next().await.expect("the worker answers")
            })
        });
    });

    let pool = runtime.block_on(async {
        let nowhere = Stores { variables: "/nowhere".as_ref(), semaphores: "/nowhere".as_ref(), own: &[] };
        let backend = Program::embedded(WORKER.into(), nowhere, &kmtop::macros::Profile::default(), Arc::new(Nobody));
        let limits = Limits::new(Size::new(2, 2).expect("valid bounds"));
        pool::start(Arc::new(backend), limits)
    });
    group.bench_function("pool", |bencher| {
        bencher.iter(|| {
            let outcome = runtime.block_on(pool.run(job.clone(), CancellationToken::new()));
            outcome.expect("the worker answers")
        });
    });
    group.finish();
    runtime.block_on(pool.drain(Duration::ZERO));
}

criterion_group!(benches, dispatch);
criterion_main!(benches);
