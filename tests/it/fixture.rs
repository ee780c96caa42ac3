//! A server that never was: deterministic Intervals with every kind of thing in them, made by the real store.

use std::sync::Arc;

use kmtop::{
    link::Welcome,
    metrics::{Moment, Recorder, Store},
    model::{
        Advice, AdviceState, Alert, AlertState, CallRecord, Change, Client, Command, Disk, Ending, EngineStatus, Event, Gauges,
        Interval, Lane, Memory, Network, PoolCounters, PoolStatus, Prediction, ProcessSample, RecycleReason, Recycling, Resize,
        RiskClass, ServerInfo, Severity, ShedReason, SizingStatus, SlowCall, Spread, State, SystemSample, Transport, WorkerState,
        WorkerStatus,
    },
};

/// The end of the first Interval: a Wednesday at noon, UTC.
const START_MS: u64 = 1_767_182_400_000;

/// Makes one Interval after another.
pub(crate) struct Fixture {
    recorder: Arc<Recorder>,
    store: Store,
    random: u64,
    second: u64,
    id: u64,
}

/// Name, calls a second, typical microseconds, share of failures in 10,000, what it is about.
const TOOLS: [(&str, f64, u64, u64, Option<&str>); 10] = [
    ("km_run_macro", 12.4, 150_000, 42, Some("Export PDF")),
    ("km_get_variable", 31.0, 8_000, 0, Some("Clipboard History")),
    ("km_set_variable", 8.7, 10_000, 0, Some("Last Window")),
    ("km_list_macros", 0.6, 700_000, 640, None),
    ("km_search_macros", 0.9, 90_000, 0, None),
    ("km_process_tokens", 3.1, 40_000, 3, Some("%ExecutingMacro%")),
    ("run_script", 2.2, 190_000, 151, Some("tidy downloads.sh")),
    ("km_calculate", 0.4, 6_000, 0, None),
    ("km_get_macro", 0.02, 33_000, 0, Some("Ünïcode — 漢字 名前\u{202e}")),
    ("health_check", 1.0, 300, 0, None),
];

const CLIENTS: [(&str, Transport); 3] =
    [("claude-desktop", Transport::Stdio), ("cursor", Transport::Http), ("claude-code", Transport::Http)];

impl Default for Fixture {
    fn default() -> Self {
        let recorder = Arc::new(Recorder::new(TOOLS.map(|(name, ..)| Arc::from(name)), 65_536));
        Self { store: Store::new(Arc::clone(&recorder)), recorder, random: 0x9E37_79B9, second: 0, id: 88_000 }
    }
}

impl Fixture {
    /// 0 to 1, the same every time.
    fn random(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A slow wave between 0 and 1.
    fn wave(&self, period: f64, phase: f64) -> f64 {
        ((self.second as f64 / period + phase) * std::f64::consts::TAU).sin() / 2.0 + 0.5
    }

    /// The next second.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of a test")]
    pub(crate) fn next(&mut self) -> Interval {
        self.second += 1;
        let time_ms = START_MS + self.second * 1_000;
        for (tool, (_, rate, ..)) in TOOLS.iter().enumerate() {
            let expected = rate * (0.6 + 0.8 * self.wave(120.0, tool as f64 / 7.0));
            let calls = expected.floor() as u64 + u64::from(self.random() < expected.fract());
            for _ in 0..calls {
                let call = self.call(tool, time_ms);
                self.recorder.record(call);
            }
        }
        self.store.drain();
        if self.second.is_multiple_of(97) {
            self.store.event(Event { time_ms, severity: Severity::Info, text: "worker 3 recycled after 500 jobs".into() });
        }
        let gauges = self.gauges();
        let mut interval = self.store.close(Moment { time_ms, length_ms: 1_000 }, gauges);
        interval.state = Some(Box::new(self.state(time_ms, &gauges)));
        interval
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of a test")]
    fn call(&mut self, tool: usize, time_ms: u64) -> CallRecord {
        let (name, _, typical, failures, about) = TOOLS[tool];
        let spread = (self.random() + self.random() + self.random() - 1.5) * 1.6;
        let ran = (typical as f64 * spread.exp()) as u64 + 40;
        let worker = name != "health_check";
        let queued = (self.random().powi(6) * 180_000.0 * self.wave(90.0, 0.0)) as u64 + 15;
        let queued = if worker { queued } else { 0 };
        let own = ran - ran / 12;
        let failed = self.random() * 10_000.0 < failures as f64;
        let which = (self.random() * 3.0) as usize;
        self.id += 1;
        CallRecord {
            id: self.id,
            time_ms: time_ms - (self.random() * 900.0) as u64,
            tool: name.into(),
            client: CLIENTS[which].0.into(),
            token: None,
            subject: about.map(Arc::from),
            transport: CLIENTS[which].1,
            worker: worker.then_some(1 + (self.random() * 8.0) as u16),
            queued_us: worker.then_some(queued),
            ran_us: worker.then_some(ran),
            own_us: worker.then_some(own),
            total_us: queued + ran + 120,
            ending: if failed { Ending::Failed } else { Ending::Ok },
            code: failed.then(|| Arc::from("macro_failed")),
            trace: None,
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of a test")]
    fn gauges(&mut self) -> Gauges {
        // Half a minute without readings: a gap, not a zero.
        let asleep = (120..150).contains(&(self.second % 300));
        let known = |number: f64| (!asleep).then_some(number as f32);
        Gauges {
            cpu_percent: known(25.0 + 55.0 * self.wave(200.0, 0.1) * (0.6 + 0.4 * self.random())),
            memory_percent: known(71.0),
            disk_read: known(2.1e6 * self.wave(40.0, 0.0)),
            disk_write: known(8.4e6 * self.wave(55.0, 0.3)),
            received: known(1.2e6 * self.wave(70.0, 0.2)),
            sent: known(0.3e6 * self.wave(30.0, 0.5)),
            own_cpu_percent: known(1.4),
            own_rss_bytes: Some(38 << 20),
            queued: (9.0 * self.wave(90.0, 0.0).powi(2)) as u32,
            live: 8,
            busy: 5,
            target: 8,
            utilisation: known(0.55 + 0.3 * self.wave(90.0, 0.0)),
            oldest_wait_ms: (140.0 * self.wave(90.0, 0.05).powi(2)) as u32,
        }
    }

    fn state(&mut self, time_ms: u64, gauges: &Gauges) -> State {
        let clients: Vec<Client> = CLIENTS
            .iter()
            .enumerate()
            .map(|(at, (name, transport))| Client {
                name: Arc::from(*name),
                token: None,
                limited: 0,
                allowance: None,
                transport: *transport,
                calls: 40_000 / (at as u64 + 1),
                errors: [80, 0, 540][at],
                seen_ms: time_ms - at as u64 * 400,
            })
            .collect();
        State {
            system: system(gauges),
            pool: pool(time_ms, gauges),
            engine: EngineStatus { backend: "embedded".into(), status: "running".into(), macros: Some(412), unreadable_files: 1 },
            in_flight: vec![("km_run_macro".into(), 5), ("km_get_variable".into(), 1), ("km_list_macros".into(), 2)],
            calls: self.id - 88_000,
            errors: 12,
            connections: 3,
            alerts: alerts(time_ms),
            advice: vec![advice()],
            journal: vec![Change {
                id: 40,
                time_ms: START_MS + 4_000,
                by: "console".into(),
                text: "pool target 6 to 8".into(),
                inverse: Command::ResizePool(Resize::Target(6)),
                undone: false,
            }],
            clients,
            ..State::default()
        }
    }
}

fn system(gauges: &Gauges) -> SystemSample {
    let cpu = gauges.cpu_percent.unwrap_or(30.0);
    let process = |pid, percent, rss| ProcessSample { pid, cpu_percent: Some(percent), rss_bytes: rss };
    SystemSample {
        cpu_percent: gauges.cpu_percent,
        cpus: [1.4, 1.3, 0.9, 0.5, 0.4, 0.3, 1.0, 0.2].map(|share| (cpu * share).min(100.0)).to_vec(),
        load: Some([4.1, 3.8, 3.0]),
        memory: Some(Memory { total_bytes: 16 << 30, used_bytes: 12_240_000_000, available_bytes: 4 << 30 }),
        swap: Some(Memory { total_bytes: 2 << 30, used_bytes: 200 << 20, available_bytes: 0 }),
        disk: Some(Disk {
            read_bytes_per_s: gauges.disk_read.map(f64::from),
            write_bytes_per_s: gauges.disk_write.map(f64::from),
            used_percent: Some(58.0),
        }),
        network: Some(Network {
            received_bytes_per_s: gauges.received.map(f64::from),
            sent_bytes_per_s: gauges.sent.map(f64::from),
        }),
        own: Some(process(612, 1.4, 38 << 20)),
        workers: (0..8).map(|at| process(700 + at, 2.6, 51 << 20)).collect(),
        files: None,
    }
}

/// What a worker does: state, tool and subject, milliseconds.
type Slot = (WorkerState, Option<(&'static str, &'static str)>, u64);

fn pool(time_ms: u64, gauges: &Gauges) -> PoolStatus {
    use WorkerState::{Busy, Idle, Stuck, Warming};
    let states: [Slot; 8] = [
        (Busy, Some(("km_run_macro", "Export PDF")), 1_210),
        (Busy, Some(("km_run_macro", "Paste Plain")), 310),
        (Busy, Some(("km_list_macros", "")), 2_300),
        (Busy, Some(("run_script", "tidy downloads.sh")), 440),
        (Idle, None, 0),
        (Idle, None, 0),
        (Warming, None, 0),
        (Stuck, Some(("km_run_macro", "Export PDF")), 31_400),
    ];
    let workers = (1..).zip(states).map(|(slot, (state, work, busy_ms))| WorkerStatus {
        slot,
        pid: Some(700 + u32::from(slot)),
        state,
        tool: work.map(|(tool, _)| tool.into()),
        subject: work.map(|(_, subject)| subject).filter(|subject| !subject.is_empty()).map(Arc::from),
        busy_ms: work.map(|_| busy_ms),
        age_ms: 900_000,
        served: 412 / u64::from(slot),
        utilisation: Some([0.92, 0.88, 0.97, 0.71, 0.34, 0.22, 0.0, 1.0][usize::from(slot) - 1]),
        rss_bytes: Some(51 << 20),
        peak_rss_bytes: Some(60 << 20),
        cpu_percent: Some(2.6),
        crashes: u64::from(slot == 8),
        last: Some("km_run_macro Paste Plain".into()),
        recycle: (slot == 6).then_some(RecycleReason::Age),
    });
    let slow = |worker, subject: &str, ran_ms, ending: &str| SlowCall {
        time_ms: time_ms.saturating_sub(ran_ms * 3),
        tool: "km_run_macro".into(),
        subject: Some(subject.into()),
        client: "claude-code".into(),
        digest: "9f2c01d4a7e6b350".into(),
        phase: "run".into(),
        worker,
        queued_ms: 12,
        ran_ms,
        usual_ms: Some(310),
        ending: ending.into(),
    };
    PoolStatus {
        min: 2,
        max: 15,
        target: 8,
        live: 8,
        busy: 5,
        idle: 2,
        starting: 1,
        queued: gauges.queued,
        oldest_wait_ms: Some(u64::from(gauges.oldest_wait_ms)),
        queue_bound: 256,
        utilisation: gauges.utilisation.map(f64::from),
        workers: workers.collect(),
        spawned_last_hour: 9,
        at_max_ms: 42_000,
        offered_load: Some(5.4),
        reuse_share: Some(0.98),
        efficiency: Some(0.95),
        counters: PoolCounters { spawned: 212, recycled: 14, killed: 1, shed: 5, served: 9_000, ..PoolCounters::default() },
        sizing: SizingStatus::default(),
        stopped: None,
        recycling: Recycling { calls: 0, age_s: 1_800, memory_mb: 300 },
        reason: "set by the console".into(),
        degraded: None,
        queued_by_lane: [(Lane::Interactive, gauges.queued.saturating_sub(1)), (Lane::Bulk, 1)].into(),
        wait: Some(Spread { p50_us: 11_000, p95_us: 96_000, p99_us: 180_000, count: 4_200 }),
        pressure: false,
        reserve: None,
        start: Some(Spread { p50_us: 41_000, p95_us: 63_000, p99_us: 71_000, count: 64 }),
        shed_by: [(ShedReason::Full, 3), (ShedReason::Waited, 2)].into(),
        recycled_by: [(RecycleReason::Age, 11), (RecycleReason::Memory, 3)].into(),
        breakers: Vec::new(),
        crash_loop: None,
        slow: vec![slow(8, "Export PDF", 31_000, "timeout"), slow(2, "Slow Report", 2_400, "answered")],
    }
}

fn alerts(time_ms: u64) -> Vec<Alert> {
    let alert = |id, rule: &str, subject: &str, severity, value, limit, text: &str, evidence: &[&str]| Alert {
        id,
        rule: rule.into(),
        subject: subject.into(),
        severity,
        state: AlertState::Firing,
        value: Some(value),
        limit: Some(limit),
        since: time_ms.saturating_sub(id * 47_000),
        text: text.into(),
        evidence: evidence.iter().map(ToString::to_string).collect(),
    };
    vec![
        alert(
            1,
            "hung_worker",
            "worker 8",
            Severity::Critical,
            31_400.0,
            30_000.0,
            "worker 8 has been busy with km_run_macro \"Export PDF\" for 31.4s",
            &["pid 708", "served 51"],
        ),
        alert(
            2,
            "queue_wait",
            "server",
            Severity::Warning,
            121.0,
            100.0,
            "calls wait 121ms (p95) for a worker",
            &["queue 5", "util 71%", "cpu 62%"],
        ),
        alert(
            3,
            "error_share",
            "km_list_macros",
            Severity::Warning,
            1.85,
            1.0,
            "1.85% of km_list_macros fail",
            &["macro_failed 4 of 216"],
        ),
    ]
}

fn advice() -> Advice {
    Advice {
        id: 7,
        category: "pool".into(),
        priority: 1,
        issue: "calls wait longer than they run".into(),
        current: "8 workers".into(),
        target: "12 workers".into(),
        change: Command::ResizePool(Resize::Target(12)),
        steps: vec!["set the pool's target to 12".into(), "measure for 60s".into()],
        predicted: Some(Prediction { low: 30.0, mid: 41.0, high: 60.0, model: "ms p95 wait, M/M/c".into() }),
        cost: "about 200 MB of memory".into(),
        risk: "low".into(),
        undo: "u sets the target back to 8".into(),
        state: AdviceState::Open,
        risk_class: RiskClass::Safe,
        evidence: vec!["wait p95 121ms".into()],
    }
}

/// Who the server is.
pub(crate) fn info() -> ServerInfo {
    ServerInfo {
        version: "0.1.0".into(),
        host: "mini.local".into(),
        system: "Linux 6.1 x86_64".into(),
        pid: 612,
        started_ms: START_MS - 273_840_000,
        http: Some("http://127.0.0.1:4499".into()),
        connect: Some("claude mcp add --transport http kmtop http://127.0.0.1:4499/mcp".into()),
        backend: "embedded".into(),
        tools: TOOLS.map(|(name, ..)| Arc::from(name)).to_vec(),
        thresholds: vec![("error_share".into(), 1.0, 5.0), ("queue_wait".into(), 100.0, 500.0)],
        demo: false,
    }
}

/// What a server that has run for so many seconds says first.
pub(crate) fn welcome(fixture: &mut Fixture, seconds: usize) -> Welcome {
    let mut calls = Vec::new();
    let intervals = (0..seconds)
        .map(|_| {
            let mut interval = fixture.next();
            calls.append(&mut interval.calls);
            Arc::new(interval)
        })
        .collect();
    Welcome { info: info(), intervals, calls }
}
