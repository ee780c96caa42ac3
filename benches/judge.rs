//! What judging a second costs: 50 tools, and a day that went before. The bound is 200 µs.

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use kmtop::{
    analysis::{Analyst, Arrival, Scene, Setup, Stores},
    config::Settings,
    metrics::{Moment, Recorder, Store, Window},
    model::{
        CallRecord, Ending, Gauges, Interval, Policy, PoolStatus, Prediction, ProcessSample, SystemSample, Transport,
        WorkerState, WorkerStatus,
    },
    optimizer::{Advisor, Facts, Predict},
};

/// What the simulator says comes from a thread of its own; the hub only looks it up.
struct Answered;

impl Predict for Answered {
    fn wait(&self, _: &[Arrival], _: usize) -> Option<Prediction> {
        None
    }
}

const TOOLS: u64 = 50;
const DAY_S: u64 = 86_400;

fn call(id: u64, time_ms: u64) -> CallRecord {
    CallRecord {
        id,
        time_ms,
        tool: format!("tool_{:02}", id % TOOLS).into(),
        client: format!("client {}", id % 5).into(),
        token: None,
        subject: Some(format!("Macro {}", id % 20).into()),
        transport: Transport::Http,
        worker: Some(1),
        // Slow enough to be asked for its bottleneck.
        queued_us: Some(150_000 + id * 7_919 % 90_000),
        ran_us: Some(40_000 + id * 104_729 % 30_000),
        own_us: Some(38_000),
        total_us: 200_000 + id * 7_919 % 90_000,
        ending: if id.is_multiple_of(97) { Ending::Failed } else { Ending::Ok },
        code: None,
        trace: None,
    }
}

struct Server {
    recorder: Arc<Recorder>,
    store: Store,
    short: Window,
    minute: Window,
    pool: PoolStatus,
    system: SystemSample,
    analyst: Analyst,
    advisor: Advisor,
    settings: Settings,
    second: u64,
    calls: u64,
}

impl Server {
    fn new() -> Self {
        let recorder = Arc::new(Recorder::new([], Recorder::CAPACITY));
        let worker = |slot: u16| WorkerStatus {
            slot,
            pid: Some(100 + u32::from(slot)),
            state: WorkerState::Busy,
            tool: None,
            subject: None,
            busy_ms: Some(40),
            age_ms: 60_000,
            served: 1_000,
            utilisation: Some(0.9),
            rss_bytes: Some(60_000_000),
            peak_rss_bytes: None,
            cpu_percent: Some(20.0),
            crashes: 0,
            last: None,
            recycle: None,
        };
        let process = |pid| ProcessSample { pid, cpu_percent: Some(20.0), rss_bytes: 60_000_000 };
        Self {
            store: Store::new(Arc::clone(&recorder)),
            recorder,
            short: Window::new(10),
            minute: Window::new(60),
            pool: PoolStatus {
                min: 2,
                max: 15,
                target: 8,
                live: 8,
                busy: 8,
                workers: (1..=8).map(worker).collect(),
                ..PoolStatus::default()
            },
            system: SystemSample {
                own: Some(process(1)),
                workers: (101..=108).map(process).collect(),
                ..SystemSample::default()
            },
            analyst: Analyst::new(&Setup::default()),
            advisor: Advisor::default(),
            settings: Settings::default(),
            second: 0,
            calls: 0,
        }
    }

    /// Closes a second with so many calls, which is not what is measured.
    fn close(&mut self, calls: u64) -> Arc<Interval> {
        self.second += 1;
        for _ in 0..calls {
            self.calls += 1;
            self.recorder.record(call(self.calls, self.second * 1_000));
        }
        self.store.drain();
        let gauges =
            Gauges { cpu_percent: Some(40.0), memory_percent: Some(50.0), busy: 8, live: 8, target: 8, ..Gauges::default() };
        let interval = Arc::new(self.store.close(Moment { time_ms: self.second * 1_000, length_ms: 1_000 }, gauges));
        self.short.push(Arc::clone(&interval));
        self.minute.push(Arc::clone(&interval));
        interval
    }

    /// Judges it and advises, which is what is measured.
    fn judge(&mut self, interval: &Arc<Interval>) -> Duration {
        let began = Instant::now();
        let scene = Scene {
            interval,
            short: &self.short,
            minute: &self.minute,
            pool: &self.pool,
            system: &self.system,
            unreadable_files: 0,
            history: None,
            settings: None,
            stores: Stores::default(),
        };
        let verdict = self.analyst.judge(&scene);
        let facts = Facts {
            interval,
            pool: &self.pool,
            system: &self.system,
            trace: self.analyst.trace(),
            bottleneck: self.analyst.bottleneck(),
            alerts: &verdict.alerts,
            settings: &self.settings,
            policy: Policy::default(),
            caches: &[],
            costs: &[],
            tools_list: 10_000,
            predict: &Answered,
        };
        black_box(self.advisor.advise(&facts));
        black_box(self.analyst.renew_baseline(interval, &verdict.alerts));
        began.elapsed()
    }
}

fn judge(criterion: &mut Criterion) {
    let mut server = Server::new();
    for _ in 0..DAY_S {
        let interval = server.close(2);
        server.judge(&interval);
    }
    let mut group = criterion.benchmark_group("judge one second, 50 tools, a day before");
    for calls in [0, 10, 100] {
        group.bench_function(format!("{calls} calls"), |bencher| {
            bencher.iter_custom(|rounds| {
                (0..rounds)
                    .map(|_| {
                        let interval = server.close(calls);
                        server.judge(&interval)
                    })
                    .sum()
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    // A step of each kind comes round within a minute: as many rounds as show them all.
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(10));
    targets = judge
}
criterion_main!(benches);
