//! A server that is pretended: its machine, its pool and its calls wander by chance around what is usual, second by second, and whatever a
//! test sets is otherwise.

use std::sync::Arc;

use crate::{
    analysis::{Analyst, DaySlots, Scene, Setup, Slot, Stores, Verdict, detect::Dice},
    metrics::{Moment, Recorder, Store, Window},
    model::{
        CallRecord, Disk, Ending, Gauges, Interval, PoolCounters, PoolStatus, ProcessSample, SystemSample, Transport,
        WorkerState, WorkerStatus,
    },
};

/// Steps of time that are made once, with their calls, and then come again in any order: what is judged is judged anew each time.
const MADE: usize = 60;
/// Workers of the pool.
const WORKERS: u16 = 3;
const MEGABYTE: f64 = 1e6;

/// A number that wanders: x ← φx + noise, with this deviation around its mean.
struct Wandering {
    mean: f64,
    deviation: f64,
    phi: f64,
    x: f64,
}

impl Wandering {
    fn new(mean: f64, deviation: f64, phi: f64) -> Self {
        Self { mean, deviation, phi, x: 0.0 }
    }

    fn next(&mut self, dice: &mut Dice) -> f64 {
        self.x = self.phi * self.x + (1.0 - self.phi * self.phi).sqrt() * dice.normal();
        (self.mean + self.deviation * self.x).max(0.0)
    }
}

/// What calls are like in a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calls {
    /// A second, in the mean.
    pub(super) rate: f64,
    /// Median milliseconds that kmtop adds to each.
    pub(super) added_ms: f64,
    /// Median milliseconds of a wait for a worker, which are a part of these.
    pub(super) waited_ms: f64,
    /// Share that fails.
    pub(super) failing: f64,
    /// They come in one of so many steps, as agents call: in bursts.
    pub(super) burst: u32,
}

impl Calls {
    /// As they are while nothing is wrong.
    pub(super) const USUAL: Self = Self { rate: 0.6, added_ms: 5.0, waited_ms: 1.0, failing: 0.0002, burst: 1 };
    /// The same in bursts.
    pub(super) const IN_BURSTS: Self = Self { burst: 6, ..Self::USUAL };
}

/// What the next step is like; a test sets what should be otherwise.
#[derive(Debug, Clone)]
pub(super) struct Now {
    pub(super) gauges: Gauges,
    pub(super) system: SystemSample,
    pub(super) pool: PoolStatus,
    pub(super) stores: Stores,
    pub(super) unreadable_files: u64,
    pub(super) history: Option<String>,
    pub(super) settings: Option<String>,
    pub(super) dropped: u64,
}

/// The server.
pub(super) struct Server {
    pub(super) analyst: Analyst,
    pub(super) dice: Dice,
    made: Vec<Interval>,
    short: Window,
    minute: Window,
    burst: u32,
    cpu: Wandering,
    memory: Wandering,
    disk: Wandering,
    rss: Vec<Wandering>,
    time_ms: u64,
    step_ms: u64,
}

impl Server {
    /// One that is looked at every so many milliseconds.
    pub(super) fn new(seed: u64, step_ms: u64, calls: Calls) -> Self {
        let mut dice = Dice::new(seed);
        let made = make(&mut dice, step_ms, calls);
        let rss = (0..=WORKERS).map(|process| Wandering::new(40.0 + 10.0 * f64::from(process), 1.0, 0.3)).collect();
        Self {
            analyst: Analyst::new(&Setup { host: "pretended".into(), ..Setup::default() }),
            dice,
            made,
            short: Window::new(10),
            minute: Window::new(60),
            burst: calls.burst,
            cpu: Wandering::new(30.0, 6.0, 0.9),
            memory: Wandering::new(50.0, 1.5, 0.95),
            disk: Wandering::new(2.0, 1.0, 0.5),
            rss,
            // A Monday at midnight.
            time_ms: 1_767_571_200_000,
            step_ms,
        }
    }

    /// Milliseconds since 1970.
    pub(super) fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// Calls are like this from now on.
    pub(super) fn calls(&mut self, calls: Calls) {
        self.made = make(&mut self.dice, self.step_ms, calls);
        self.burst = calls.burst;
    }

    /// Four days in which the same ten minutes had about so many calls a second.
    pub(super) fn know_days(&mut self, rate: f64) {
        // A count of calls scatters by its root, and of bursts of them as much more as there are calls in one.
        let in_burst = rate * f64::from(self.burst) * self.step_ms as f64 / 1_000.0;
        let alone = if self.burst > 1 { 1.0 + in_burst * (1.0 - 1.0 / f64::from(self.burst)) } else { 1.0 };
        let scatter = (rate / 600.0 * alone).sqrt();
        let days = (0..7).map(|_| Slot { rate_per_s: rate + scatter * self.dice.normal(), jobs_per_s: rate }).collect();
        self.analyst.set_slots(DaySlots { began_ms: DaySlots::begin(self.time_ms + self.step_ms), days, next: Vec::new() });
    }

    /// One step: `change` sets what is not as usual in it.
    pub(super) fn step(&mut self, change: impl FnOnce(&mut Now)) -> Verdict {
        self.time_ms += self.step_ms;
        let mut now = self.now();
        change(&mut now);
        let chosen = self.dice.even() * self.made.len() as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
        let place = chosen as usize;
        let calls = self.dice.even() * f64::from(self.burst) < 1.0;
        let length_ms = u32::try_from(self.step_ms).unwrap_or(u32::MAX);
        let mut interval = if calls { self.made[place].clone() } else { Interval { length_ms, ..Interval::default() } };
        for call in &mut interval.calls {
            call.time_ms += self.time_ms;
        }
        (interval.time_ms, interval.gauges, interval.dropped) = (self.time_ms, now.gauges, now.dropped);
        let interval = Arc::new(interval);
        self.short.push(Arc::clone(&interval));
        self.minute.push(Arc::clone(&interval));
        let verdict = self.analyst.judge(&Scene {
            interval: &interval,
            short: &self.short,
            minute: &self.minute,
            pool: &now.pool,
            system: &now.system,
            unreadable_files: now.unreadable_files,
            history: now.history,
            settings: now.settings,
            stores: now.stores,
        });
        self.analyst.renew_baseline(&interval, &verdict.alerts);
        verdict
    }

    fn now(&mut self) -> Now {
        let dice = &mut self.dice;
        let [cpu, memory, disk] = [&mut self.cpu, &mut self.memory, &mut self.disk].map(|number| number.next(dice));
        #[expect(clippy::cast_possible_truncation, reason = "percents and bytes a second")]
        let [cpu, memory, moved] = [cpu, memory, disk * MEGABYTE].map(|number| number as f32);
        // What is freed now and then: a saw of five minutes.
        let saw = 3.0 * (self.time_ms % 300_000) as f64 / 300_000.0;
        let mut processes = (100_u32..).zip(&mut self.rss).map(|(pid, rss)| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
            let rss_bytes = ((rss.next(dice) + saw) * MEGABYTE) as u64;
            #[expect(clippy::cast_possible_truncation, reason = "percents")]
            let cpu_percent = Some((20.0 + 10.0 * dice.normal()).clamp(0.0, 75.0) as f32);
            ProcessSample { pid, cpu_percent, rss_bytes }
        });
        let own = processes.next().map(|own| ProcessSample { cpu_percent: Some(5.0), ..own });
        let workers: Vec<ProcessSample> = processes.collect();
        let pool = PoolStatus {
            min: 2,
            max: 6,
            target: WORKERS,
            live: WORKERS,
            idle: WORKERS,
            queue_bound: 256,
            efficiency: Some(0.98),
            workers: (1..=WORKERS).map(worker).collect(),
            counters: PoolCounters { served: 10_000, ..PoolCounters::default() },
            ..PoolStatus::default()
        };
        let gauges = Gauges {
            cpu_percent: Some(cpu),
            memory_percent: Some(memory),
            disk_read: Some(moved / 2.0),
            disk_write: Some(moved / 2.0),
            own_rss_bytes: own.map(|own| own.rss_bytes),
            live: WORKERS,
            target: WORKERS,
            ..Gauges::default()
        };
        let disk = Some(Disk { read_bytes_per_s: None, write_bytes_per_s: None, used_percent: Some(40.0) });
        Now {
            gauges,
            system: SystemSample { disk, own, workers, ..SystemSample::default() },
            pool,
            stores: Stores {
                file_read_ms: Some(2.0),
                file_slots_share: Some(0.1),
                evidence: vec!["as they were counted".into()],
                ..Stores::default()
            },
            unreadable_files: 0,
            history: None,
            settings: None,
            dropped: 0,
        }
    }
}

fn worker(slot: u16) -> WorkerStatus {
    WorkerStatus {
        slot,
        pid: Some(100 + u32::from(slot)),
        state: WorkerState::Idle,
        tool: None,
        subject: None,
        busy_ms: None,
        age_ms: 60_000,
        served: 1_000,
        utilisation: Some(0.2),
        rss_bytes: None,
        peak_rss_bytes: None,
        cpu_percent: None,
        crashes: 0,
        last: None,
        recycle: None,
    }
}

/// Steps with calls of this kind; the times of the calls are those from a step's end.
fn make(dice: &mut Dice, step_ms: u64, calls: Calls) -> Vec<Interval> {
    let recorder = Arc::new(Recorder::new([], 1_000));
    let mut store = Store::new(Arc::clone(&recorder));
    let length_ms = u32::try_from(step_ms).expect("a short step");
    let one = |_| {
        // Poisson, as a count of exponential gaps.
        let mut left = calls.rate * f64::from(calls.burst) * step_ms as f64 / 1_000.0;
        loop {
            left += dice.even().max(1e-12).ln();
            if left < 0.0 {
                break;
            }
            recorder.record(call(dice, calls, recorder.next_id()));
        }
        store.drain();
        store.close(Moment { time_ms: 0, length_ms }, Gauges::default())
    };
    (0..MADE).map(one).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "microseconds of short calls")]
fn call(dice: &mut Dice, calls: Calls, id: u64) -> CallRecord {
    let mut around = |median_ms: f64| (median_ms * 1_000.0 * (0.3 * dice.normal()).exp()) as u64;
    let (waited, added, own) = (around(calls.waited_ms), around(calls.added_ms), around(80.0));
    let added = added.max(waited);
    let ending = if dice.even() < calls.failing { Ending::Failed } else { Ending::Ok };
    CallRecord {
        id,
        time_ms: 0,
        tool: if id.is_multiple_of(4) { "km_get_variable".into() } else { "km_run_macro".into() },
        client: "agent".into(),
        token: None,
        subject: Some("Sort".into()),
        transport: Transport::Http,
        worker: Some(1),
        queued_us: Some(waited),
        ran_us: Some(own + (added - waited) / 2),
        own_us: Some(own),
        total_us: own + added,
        ending,
        code: None,
        trace: None,
    }
}
