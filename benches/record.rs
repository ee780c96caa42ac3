//! What recording costs a call: one push onto the queue, beside what it takes to make the record; and what the hub pays later to
//! close a second of calls and to roll a window over it.

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use kmtop::{
    metrics::{Moment, Recorder, Store, Window},
    model::{CallRecord, Ending, Gauges, Interval, Transport},
};

fn call(id: u64) -> CallRecord {
    CallRecord {
        id,
        time_ms: 1,
        tool: "km_run_macro".into(),
        client: "bench".into(),
        token: None,
        subject: None,
        transport: Transport::Http,
        worker: Some(1),
        queued_us: Some(40 + id % 50),
        ran_us: Some(900 + id % 700),
        own_us: Some(800),
        total_us: 1_000 + id % 900,
        ending: Ending::Ok,
        code: None,
        trace: None,
    }
}

fn record(criterion: &mut Criterion) {
    let recorder = Arc::new(Recorder::new([Arc::from("km_run_macro")], Recorder::CAPACITY));
    let mut store = Store::new(Arc::clone(&recorder));
    let sample = call(1);
    let mut group = criterion.benchmark_group("one call");
    group.bench_function("make the record", |bencher| bencher.iter(|| black_box(sample.clone())));
    group.bench_function("make and record it", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            let mut left = rounds;
            // The queue is emptied between stretches, outside of what is timed.
            while left > 0 {
                let stretch = left.min(10_000);
                let began = Instant::now();
                for _ in 0..stretch {
                    recorder.record(sample.clone());
                }
                spent += began.elapsed();
                left -= stretch;
                store.drain();
                store.close(Moment { time_ms: 1, length_ms: 1_000 }, Gauges::default());
            }
            spent
        });
    });
    group.finish();
}

fn second(store: &mut Store, recorder: &Recorder, time_ms: u64, calls: u64) -> Arc<Interval> {
    (0..calls).for_each(|id| recorder.record(call(id)));
    store.drain();
    Arc::new(store.close(Moment { time_ms, length_ms: 1_000 }, Gauges::default()))
}

fn close(criterion: &mut Criterion) {
    let recorder = Arc::new(Recorder::new([Arc::from("km_run_macro")], Recorder::CAPACITY));
    let mut store = Store::new(Arc::clone(&recorder));
    let mut group = criterion.benchmark_group("one second of 1,000 calls");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("drain and close", |bencher| {
        let fill = || (0..1_000).for_each(|id| recorder.record(call(id)));
        bencher.iter_batched(
            fill,
            |()| {
                store.drain();
                store.close(Moment { time_ms: 1, length_ms: 1_000 }, Gauges::default())
            },
            BatchSize::PerIteration,
        );
    });
    let mut window = Window::new(300);
    let mut time_ms = 0;
    group.bench_function("roll a window of 5 minutes", |bencher| {
        let next = || {
            time_ms += 1_000;
            second(&mut store, &recorder, time_ms, 1_000)
        };
        bencher.iter_batched(next, |interval| window.push(interval), BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, record, close);
criterion_main!(benches);
