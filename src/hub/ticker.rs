//! The loop itself.

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
};
use crate::{
    analysis::Scene,
    link::Welcome,
    metrics::{Kept, Moment, Store, Window},
    model::{
        Advice, AdviceState, Command, CommandError, Contract, Event, Gauges, Interval, PoolStatus, Reply, Resize, Severity,
        State, SystemSample,
    },
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
    journal: Journal,
    state: State,
    intervals: broadcast::Sender<Arc<Interval>>,
    anchor: Anchor,
    last_tick: Instant,
    last_sample: Option<Instant>,
}

impl Hub {
    pub(super) fn new(parts: Parts, connections: Arc<AtomicU32>) -> Self {
        Self {
            store: Store::new(Arc::clone(&parts.recorder)),
            kept: Kept::default(),
            frame: Window::new(FRAME_S),
            short: Window::new(10),
            minute: Window::new(60),
            mind: Mind::new(&parts.judging, &parts.info.host),
            journal: Journal::default(),
            state: State::default(),
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
        let events = self.mind.think(&self.parts.judging, &scene, kept, self.parts.recorder.take_answers());
        // They belong to the Interval that is open now; the closed one is on its way already.
        for event in events.into_iter().chain(access::events(&self.parts.access, kept.time_ms)) {
            self.store.event(event);
        }
        self.mind.tell_state(&mut self.state);
        self.state.journal = self.journal.shown();
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

    /// The one door through which anything changes.
    async fn obey(&mut self, command: Command, by: &str) -> Result<Reply, CommandError> {
        let reply = match command {
            Command::ResizePool(resize) => self.resize(resize, by).await?,
            Command::ApplyAdvice { id } => self.apply(id, by).await?,
            Command::UndoChange => self.undo().await?,
            Command::SetContract(contract) => self.set_contract(contract, by)?,
            Command::ByHand(step) => return Err(by_hand(&step)),
            Command::AnswerCall { id, decision } => self.note(access::answer(&self.parts.access, id, decision, by)?, by),
            Command::ForgetApproval { id } => self.note(access::forget(&self.parts.access, id)?, by),
            Command::ReadTokens => access::read_tokens(&self.parts.access)?,
        };
        if let Some(change) = &reply.change {
            self.mind.changed(&self.parts.judging, change);
        }
        // What was changed stands in the journal; only what was taken back would be seen nowhere else.
        if reply.change.as_ref().is_some_and(|change| change.undone) {
            self.event(Severity::Info, format!("{} (by {by})", reply.text));
        }
        self.state.journal = self.journal.shown();
        Ok(reply)
    }

    /// Notes what can be taken back as a change, and the rest as something that happened.
    fn note(&mut self, done: access::Done, by: &str) -> Reply {
        let access::Done { text, inverse } = done;
        let change = inverse.map(|inverse| self.journal.note(self.now_ms(), by, text.clone(), inverse));
        if change.is_none() {
            self.event(Severity::Info, format!("{text} (by {by})"));
        }
        Reply { text, change }
    }

    async fn resize(&mut self, resize: Resize, by: &str) -> Result<Reply, CommandError> {
        let (before, after) = self.parts.pool.resize(resize).await?;
        if before == after {
            return Ok(Reply { text: format!("the pool is at {} already", after.target), change: None });
        }
        self.drop_advice();
        self.mind.disturbed();
        let text = if (before.min, before.max) == (after.min, after.max) {
            format!("pool {} -> {}", before.target, after.target)
        } else {
            let size = |size: crate::pool::Size| format!("{} ({} to {})", size.target, size.min, size.max);
            format!("pool {} -> {}", size(before), size(after))
        };
        let inverse = Command::ResizePool(Resize::Exactly { min: before.min, max: before.max, target: before.target });
        let change = self.journal.note(self.now_ms(), by, text.clone(), inverse);
        Ok(Reply { text, change: Some(change) })
    }

    /// What was advised for the size before does not hold for the new one.
    fn drop_advice(&mut self) {
        self.state.advice.retain(|advice| advice.state != AdviceState::Open);
    }

    async fn apply(&mut self, id: Option<u64>, by: &str) -> Result<Reply, CommandError> {
        let open = |advice: &&mut Advice| advice.state == AdviceState::Open && id.is_none_or(|id| advice.id == id);
        let advice = self.state.advice.iter_mut().find(open);
        let missing = || match id {
            Some(id) => format!("advice {id} no longer stands"),
            None => "there is no advice to apply".to_owned(),
        };
        let advice = advice.ok_or_else(|| CommandError::new("no_advice", missing()))?;
        let (number, change) = (advice.id, advice.change.clone());
        let resize = match change {
            Command::ResizePool(resize) => resize,
            Command::ByHand(step) => return Err(by_hand(&step)),
            _ => return Err(CommandError::new("no_advice", format!("advice {number} cannot be applied by itself"))),
        };
        advice.state = AdviceState::Applied;
        let applied = advice.clone();
        let reply = self.resize(resize, &format!("advice {number}, {by}")).await?;
        self.mind.applied(self.now_ms(), &applied, &reply.text, &self.minute);
        Ok(Reply { text: format!("applied: {}", reply.text), ..reply })
    }

    fn set_contract(&mut self, contract: Contract, by: &str) -> Result<Reply, CommandError> {
        contract.check().map_err(|what| CommandError::new("bad_contract", format!("the contract {what}")))?;
        if !self.parts.info.tools.iter().any(|tool| **tool == *contract.tool) {
            return Err(CommandError::new("bad_contract", format!("there is no tool {:?}", contract.tool)));
        }
        let before = self.mind.contract(&contract.tool);
        if before == contract {
            return Ok(Reply { text: format!("{} is promised that already", contract.tool), change: None });
        }
        let text = format!("{}: {}", contract.tool, contract.words());
        self.mind.set_contract(contract);
        let change = self.journal.note(self.now_ms(), by, text.clone(), Command::SetContract(before));
        Ok(Reply { text, change: Some(change) })
    }

    async fn undo(&mut self) -> Result<Reply, CommandError> {
        let change = self.journal.newest()?;
        match &change.inverse {
            Command::ResizePool(resize) => {
                self.parts.pool.resize(*resize).await?;
                self.drop_advice();
                self.mind.disturbed();
            }
            Command::SetContract(contract) => self.mind.set_contract(contract.clone()),
            // One that somebody has forgotten already is as it should be.
            Command::ForgetApproval { id } => drop(access::forget(&self.parts.access, *id)),
            _ => return Err(CommandError::new("nothing_to_undo", format!("\"{}\" cannot be taken back", change.text))),
        }
        let undone = self.journal.mark_undone(change.id);
        Ok(Reply { text: format!("undone: {}", change.text), change: undone })
    }
}

fn by_hand(step: &str) -> CommandError {
    CommandError::new("by_hand", format!("kmtop cannot do this by itself; do it by hand: {step}"))
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
