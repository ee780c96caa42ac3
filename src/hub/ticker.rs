//! The loop itself.

mod crash;
mod door;
mod trials;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::{
    sync::{broadcast, mpsc},
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    LAG, Numbers, Parts, Request, access, engine,
    journal::Journal,
    judging::{Mind, stores},
    trial::Running,
};
use crate::{
    analysis::Scene,
    link::Welcome,
    metrics::{Kept, Moment, Store, Window},
    model::{Command, Event, Gauges, Interval, PoolStatus, Severity, State, SystemSample, UsualLoad},
    optimizer::Proposals,
    sizing::Machine,
    util::{
        clock::{Anchor, millis},
        numbers::{count, narrow},
    },
};

/// Seconds of the hub's own Frame.
const FRAME_S: u64 = 300;
/// Ticks without a new reading of the system from which on the last one no longer counts. Hub and sampler keep the same pace but
/// not the same beat, so one tick without is nothing.
const STALE_TICKS: u32 = 3;

pub(super) struct Hub {
    parts: Parts,
    connections: Arc<AtomicU32>,
    store: Store,
    kept: Kept,
    frame: Window,
    short: Window,
    minute: Window,
    mind: Mind,
    proposals: Proposals,
    journal: Journal,
    /// Advice that was put away, by its change, and until when.
    away: Vec<(Command, u64)>,
    /// The change that is being tried out.
    trial: Option<Running>,
    /// What the pool was told of what is usual at this time of day.
    usual: Option<UsualLoad>,
    state: State,
    intervals: broadcast::Sender<Arc<Interval>>,
    anchor: Anchor,
    last_tick: Instant,
    last_sample: Option<Instant>,
}

impl Hub {
    pub(super) fn new(mut parts: Parts, connections: Arc<AtomicU32>) -> Self {
        Self {
            store: Store::new(Arc::clone(&parts.recorder)),
            kept: Kept::default(),
            frame: Window::new(FRAME_S),
            short: Window::new(10),
            minute: Window::new(60),
            mind: Mind::new(&parts.judging, &parts.info.host),
            proposals: Proposals::default(),
            journal: Journal::new(parts.changes.take()),
            away: Vec::new(),
            trial: None,
            usual: None,
            state: State { policy: parts.policy, ..State::default() },
            intervals: broadcast::channel(LAG).0,
            anchor: (parts.clock)(),
            last_tick: Instant::now(),
            last_sample: None,
            connections,
            parts,
        }
    }

    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut ticks = interval(self.parts.period);
        // After a pause (a sleeping machine, a stopped process) there is one long Interval, not a storm of short ones.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        ticks.tick().await;
        self.tune();
        self.roll_back().await;
        self.state.engine = engine(&self.parts.info.backend, &self.state, (self.parts.library)());
        loop {
            tokio::select! {
                _ = ticks.tick() => self.tick().await,
                request = requests.recv() => match request {
                    Some(request) => self.answer(request).await,
                    None => return,
                },
            }
        }
    }

    async fn answer(&mut self, request: Request) {
        access::renew(&self.parts.access, &mut self.state);
        match request {
            Request::Command { command, by, reply } => {
                let result = self.obey(command, &by).await;
                let _ = reply.send(result);
            }
            Request::Subscribe(reply) => {
                let _ = reply.send((self.welcome(), self.intervals.subscribe()));
            }
            Request::Frame(reply) => {
                (self.state.caches, self.state.io) = (self.parts.caches)();
                let _ = reply.send(self.frame.frame(&self.parts.info, &self.state));
            }
            Request::Note(severity, text) => self.event(severity, text),
            Request::State(reply) => {
                let _ = reply.send(self.state.clone());
            }
            Request::Numbers(reply) => {
                let frame = self.frame.frame(&self.parts.info, &self.state);
                let (state, calls) = (self.state.clone(), self.store.cumulative().clone());
                let _ = reply.send(Numbers { frame, state, calls, ..Numbers::default() });
            }
        }
    }

    fn now_ms(&self) -> u64 {
        // The runtime's own clock, so that a test may pause it.
        self.anchor.unix_ms(Instant::now().into_std())
    }

    /// One second: everything that happened becomes one Interval.
    async fn tick(&mut self) {
        let now = Instant::now();
        let length = now.saturating_duration_since(self.last_tick);
        self.last_tick = now;
        self.follow_clock(length);
        // The pool ends before the server does, and what was called in its last second counts as well.
        let pool = self.parts.pool.measure().await.unwrap_or_else(|| self.state.pool.without_workers());
        let system = self.sample(now);
        self.store.drain();
        let moment = Moment { time_ms: self.now_ms(), length_ms: count(usize::try_from(millis(length)).unwrap_or(usize::MAX)) };
        let mut closed = self.store.close(moment, gauges(system.as_deref(), &pool));
        let kept = self.kept.push(&closed);
        for window in [&mut self.frame, &mut self.short, &mut self.minute] {
            window.push(Arc::clone(&kept));
        }
        self.renew_state(pool, system.as_deref());
        self.judge(&kept, &closed);
        self.follow_trial(&closed.calls).await;
        self.tell_usual();
        closed.state = Some(Box::new(self.state.clone()));
        // Nobody may be listening.
        let _ = self.intervals.send(Arc::new(closed));
    }

    /// The newest reading of the system, unless the sampler has fallen silent: then there is a gap, not an old number.
    fn sample(&mut self, now: Instant) -> Option<Arc<SystemSample>> {
        if self.parts.samples.has_changed().unwrap_or(false) {
            self.last_sample = Some(now);
        }
        let fresh = self.last_sample.is_some_and(|at| now.saturating_duration_since(at) <= self.parts.period * STALE_TICKS);
        let sample = self.parts.samples.borrow_and_update().clone();
        sample.filter(|_| fresh)
    }

    /// The calendar clock can be set while the monotonic one goes on. Small steps are left alone: anchoring anew each tick would
    /// let the calendar's jitter into the Intervals.
    fn follow_clock(&mut self, length: std::time::Duration) {
        let fresh = (self.parts.clock)();
        let at = std::time::Instant::now();
        if fresh.unix_ms(at).abs_diff(self.anchor.unix_ms(at)) > 2_000 {
            let text = format!("the system clock was set; graphs may show a gap (tick of {} ms)", length.as_millis());
            self.anchor = fresh;
            self.mind.restart();
            self.event(Severity::Info, text);
        }
    }

    fn renew_state(&mut self, mut pool: PoolStatus, system: Option<&SystemSample>) {
        let pids = pool.workers.iter().chain(&pool.reserve).filter_map(|worker| worker.pid).collect();
        (self.parts.watch_workers)(pids);
        if let Some(system) = system {
            pool.note_processes(&system.workers);
            self.parts.pool.note_memory(system.workers.iter().map(|worker| (worker.pid, worker.rss_bytes)).collect());
            self.parts.pool.note_machine(machine(system));
            self.state.system = system.clone();
        }
        self.state.pool = pool;
        self.state.in_flight = self.parts.recorder.in_flight();
        self.state.connections = self.connections.load(Ordering::Relaxed);
        self.state.tool_totals = self.store.tool_totals();
        self.state.calls = self.state.tool_totals.iter().map(|(_, calls, _)| calls).sum();
        self.state.errors = self.state.tool_totals.iter().map(|(_, _, errors)| errors).sum();
        self.state.clients = self.store.clients();
        access::renew(&self.parts.access, &mut self.state);
        self.state.dropped = self.store.dropped();
        (self.state.caches, self.state.io) = (self.parts.caches)();
        self.state.engine = engine(&self.parts.info.backend, &self.state, (self.parts.library)());
    }

    /// Judges the second that was closed: as it is kept, and with its calls.
    fn judge(&mut self, kept: &Arc<Interval>, closed: &Interval) {
        let scene = Scene {
            interval: closed,
            short: &self.short,
            minute: &self.minute,
            pool: &self.state.pool,
            system: &self.state.system,
            unreadable_files: self.state.engine.unreadable_files,
            history: (self.parts.history)(),
            settings: (self.parts.settings)(),
            stores: stores(&self.state),
        };
        let beside = (self.parts.recorder.take_answers(), self.state.policy, &self.state.caches[..]);
        let events = self.mind.think(&self.parts.judging, &scene, kept, beside);
        // They belong to the Interval that is open now; the closed one is on its way already.
        for event in events.into_iter().chain(access::events(&self.parts.access, kept.time_ms)) {
            self.store.event(event);
        }
        self.mind.tell_state(&mut self.state);
        let advice = self.proposals.place(std::mem::take(&mut self.state.advice), &self.state.pool);
        let advice = self.without_dismissed(advice);
        self.state.advice = self.without_knobs(advice);
        self.state.journal = self.journal.shown();
    }

    /// Tells the controller of the pool's size what usually comes at this time of day.
    fn tell_usual(&mut self) {
        let usual = self.mind.usual(self.now_ms());
        if usual != self.usual {
            self.usual = usual;
            self.parts.pool.expect(usual);
        }
    }

    fn welcome(&self) -> Welcome {
        let mut intervals: Vec<_> = self.kept.intervals().cloned().collect();
        if let Some(last) = intervals.last_mut() {
            let newest = Interval { state: Some(Box::new(self.state.clone())), ..Interval::clone(last) };
            *last = Arc::new(newest);
        }
        Welcome { info: (*self.parts.info).clone(), intervals, calls: self.kept.calls().cloned().collect() }
    }

    fn event(&mut self, severity: Severity, text: String) {
        let time_ms = self.now_ms();
        self.store.event(Event { time_ms, severity, text });
    }
}

/// What the machine has room for, as far as the sampler knows.
fn machine(system: &SystemSample) -> Machine {
    let mut workers: Vec<u64> = system.workers.iter().map(|worker| worker.rss_bytes).collect();
    workers.sort_unstable();
    let large = workers.get((workers.len() * 95).div_ceil(100).saturating_sub(1)).copied();
    let cores = crate::util::numbers::small(system.cpus.len());
    Machine {
        available: system.memory.map(|memory| memory.available_bytes),
        worker: large,
        // From which share on is the strategy's to say.
        used_percent: system.memory.and_then(|memory| memory.used_percent()).map(|used| (used, 100.0)),
        load: system.load.filter(|_| cores > 0).map(|load| load[0]),
        cores,
    }
}

fn gauges(system: Option<&SystemSample>, pool: &PoolStatus) -> Gauges {
    let disk = system.and_then(|system| system.disk);
    let network = system.and_then(|system| system.network);
    let own = system.and_then(|system| system.own);
    Gauges {
        cpu_percent: system.and_then(|system| system.cpu_percent),
        memory_percent: system.and_then(|system| system.memory).and_then(|memory| memory.used_percent()).map(narrow),
        disk_read: disk.and_then(|disk| disk.read_bytes_per_s).map(narrow),
        disk_write: disk.and_then(|disk| disk.write_bytes_per_s).map(narrow),
        received: network.and_then(|network| network.received_bytes_per_s).map(narrow),
        sent: network.and_then(|network| network.sent_bytes_per_s).map(narrow),
        own_cpu_percent: own.and_then(|own| own.cpu_percent),
        own_rss_bytes: own.map(|own| own.rss_bytes),
        queued: pool.queued,
        live: pool.live,
        busy: pool.busy,
        target: pool.target,
        utilisation: pool.utilisation.map(narrow),
        oldest_wait_ms: pool.oldest_wait_ms.map_or(0, |wait| u32::try_from(wait).unwrap_or(u32::MAX)),
    }
}
