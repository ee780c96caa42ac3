//! The pool's mind at work in virtual time: calls by chance, workers that take their time, things that are driven one at a time. Each second
//! is judged as in a running server, by the same code.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use super::super::{Effect, Gone, WorkerId, world::Chance};
use crate::{
    analysis::{Analyst, Scene, Setup, Stores},
    metrics::{Moment, Recorder, Store, Window},
    model::{Bottleneck, CallRecord, Ending, Gauges, Job, Resize, RunError, SystemSample, Transport},
    pool::{
        Limits, Size,
        core::{Core, End, Ticket},
    },
};

/// Seconds of quiet before the trouble: a minute more than it takes until what is usual is known.
const QUIET_S: u32 = 370;
/// Seconds of trouble.
const TROUBLE_S: u32 = 120;
/// When the stage opens, milliseconds since 1970.
const OPENS_MS: u64 = 1_767_571_200_000;
/// What the way to a worker and back takes.
const WAY: Duration = Duration::from_millis(1);
/// What a start takes while nothing is wrong.
const START: Duration = Duration::from_millis(200);

/// A macro on the stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    pub(super) name: &'static str,
    /// Mean milliseconds of its own work, exponential.
    pub(super) own_ms: f64,
    /// Calls a second while it is quiet, and in trouble.
    pub(super) rates: (f64, f64),
    /// It becomes so many times slower in trouble.
    pub(super) slower: f64,
    /// What it drives does one thing at a time, and its jobs wait for that at their workers.
    pub(super) locks: bool,
    /// At most so many of it at once, by `[limits.target]`; 0 for any number.
    pub(super) limit: u16,
}

impl Act {
    pub(super) const fn new(name: &'static str, own_ms: f64, quiet: f64, trouble: f64) -> Self {
        Self { name, own_ms, rates: (quiet, trouble), slower: 1.0, locks: false, limit: 0 }
    }
}

/// What the machine is like in trouble.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Machine {
    pub(super) cpu_percent: Option<f32>,
    pub(super) memory_percent: Option<f32>,
    pub(super) disk_bytes_per_s: Option<f32>,
    /// Calls fail with this code instead of being done.
    pub(super) failing: Option<&'static str>,
}

/// What is played.
#[derive(Debug, Clone)]
pub(super) struct Play {
    pub(super) seed: u64,
    pub(super) workers: u16,
    /// So many workers are there when the trouble begins; the others come up so many seconds after.
    pub(super) cold: Option<(u16, u64)>,
    pub(super) acts: Vec<Act>,
    /// Clients with their weights in quiet and in trouble.
    pub(super) clients: Vec<(&'static str, f64, f64)>,
    /// Whether the usual times are known from a baseline, or only from the ten minutes that are kept.
    pub(super) baseline: bool,
    pub(super) machine: Machine,
}

enum Due {
    /// A call of this act by this client.
    Comes(usize, &'static str),
    Ready(WorkerId, Duration),
    Done(WorkerId),
}

/// A job at a worker.
struct Running {
    ticket: Ticket<Gone>,
    act: usize,
    given: Instant,
    own: Duration,
}

struct Stage<'p> {
    play: &'p Play,
    core: Core<Gone>,
    dice: Chance,
    begun: Instant,
    now: Instant,
    due: BTreeMap<(Instant, u64), Due>,
    count: u64,
    running: HashMap<WorkerId, Running>,
    locked_until: Vec<Instant>,
    acts_of: HashMap<u64, usize>,
    recorder: Arc<Recorder>,
    start: Duration,
}

impl<'p> Stage<'p> {
    fn new(play: &'p Play) -> Self {
        let now = Instant::now();
        let size = Size::new(play.cold.map_or(play.workers, |(left, _)| left), play.workers).expect("valid bounds");
        let mut limits = Limits::new(size);
        limits.queue = 2_000;
        limits.queue_limit = Duration::from_secs(30);
        let limited = play.acts.iter().filter(|act| act.limit > 0);
        limits.targets = limited.map(|act| (act.name.to_owned(), act.limit)).collect();
        let core = Core::new(limits, now, Box::new(|| 0.5));
        let mut stage = Self {
            play,
            core,
            dice: Chance::new(play.seed),
            begun: now,
            now,
            due: BTreeMap::new(),
            count: 0,
            running: HashMap::new(),
            locked_until: vec![now; play.acts.len()],
            acts_of: HashMap::new(),
            recorder: Arc::new(Recorder::new([], Recorder::CAPACITY)),
            start: START,
        };
        stage.core.begin(now);
        stage.obey();
        stage
    }

    fn exponential(&mut self, mean: f64) -> Duration {
        Duration::from_secs_f64(-(1.0 - self.dice.share()).max(1e-12).ln() * mean)
    }

    fn later(&mut self, at: Instant, due: Due) {
        self.count += 1;
        self.due.insert((at, self.count), due);
    }

    /// The calls of a span, with the rates of quiet or of trouble.
    fn plan(&mut self, seconds: u32, trouble: bool) {
        let end = self.now + Duration::from_secs(seconds.into());
        for (number, act) in self.play.acts.iter().enumerate() {
            let rate = if trouble { act.rates.1 } else { act.rates.0 };
            if rate <= 0.0 {
                continue;
            }
            let mut at = self.now + self.exponential(1.0 / rate);
            while at < end {
                let client = self.client(trouble);
                self.later(at, Due::Comes(number, client));
                at += self.exponential(1.0 / rate);
            }
        }
    }

    fn client(&mut self, trouble: bool) -> &'static str {
        let clients = &self.play.clients;
        let weight = |client: &(&str, f64, f64)| if trouble { client.2 } else { client.1 };
        let mut left = self.dice.share() * clients.iter().map(weight).sum::<f64>();
        let found = clients.iter().find(|client| {
            left -= weight(client);
            left <= 0.0
        });
        found.or(clients.last()).map_or("client", |client| client.0)
    }

    fn obey(&mut self) {
        loop {
            let effects: Vec<_> = self.core.effects().collect();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Start(id, delay) => {
                        self.core.started(id, Some(1), self.now);
                        self.later(self.now + delay + self.start, Due::Ready(id, self.start));
                    }
                    Effect::Give(id, ticket) => self.work(id, ticket),
                    Effect::Retire(id) => {
                        if !self.running.contains_key(&id) {
                            self.core.ended(id, &End::Retired, None, self.now);
                        }
                    }
                    Effect::Answer(ticket, error) => self.refused(&ticket, &error),
                    Effect::Stop(_) | Effect::Slow(_) => {}
                }
            }
        }
    }

    fn is_trouble(&self) -> bool {
        self.now >= self.begun + Duration::from_secs(QUIET_S.into())
    }

    /// A worker begins with a job.
    fn work(&mut self, id: WorkerId, ticket: Ticket<Gone>) {
        let number = self.acts_of.remove(&ticket.id).expect("it came from here");
        let act = self.play.acts[number];
        let trouble = self.is_trouble();
        let slower = if trouble { act.slower } else { 1.0 };
        let mut own = self.exponential(act.own_ms * slower / 1_000.0);
        if trouble && self.play.machine.failing.is_some() {
            own = Duration::from_millis(5);
        }
        if act.locks {
            let begins = self.locked_until[number].max(self.now);
            self.locked_until[number] = begins + own;
            own += begins - self.now;
        }
        self.later(self.now + own + WAY, Due::Done(id));
        self.running.insert(id, Running { ticket, act: number, given: self.now, own });
    }

    fn record(&self, ticket: &Ticket<Gone>, number: usize) -> CallRecord {
        let since = |from: Instant| u64::try_from(self.now.saturating_duration_since(from).as_micros()).expect("minutes");
        CallRecord {
            id: ticket.id,
            time_ms: OPENS_MS + since(self.begun) / 1_000,
            tool: "km_run_macro".into(),
            client: Arc::clone(&ticket.job.client),
            token: None,
            subject: Some(self.play.acts[number].name.into()),
            transport: Transport::Http,
            worker: None,
            queued_us: Some(since(ticket.asked)),
            ran_us: None,
            own_us: None,
            total_us: since(ticket.asked),
            ending: Ending::Ok,
            code: None,
            trace: None,
        }
    }

    fn refused(&mut self, ticket: &Ticket<Gone>, error: &RunError) {
        let number = self.acts_of.remove(&ticket.id).expect("it came from here");
        let code = if matches!(error, RunError::Busy { .. }) { "busy" } else { "queue_timeout" };
        let record = CallRecord { ending: Ending::Failed, code: Some(code.into()), ..self.record(ticket, number) };
        self.recorder.record(record);
    }

    fn done(&mut self, id: WorkerId) {
        let Running { ticket, act, given, own } = self.running.remove(&id).expect("it works");
        let micros = |span: Duration| u64::try_from(span.as_micros()).expect("minutes");
        let ran = self.now - given;
        let failing = self.play.machine.failing.filter(|_| self.is_trouble());
        self.recorder.record(CallRecord {
            worker: Some(id.slot),
            queued_us: Some(micros(given - ticket.asked)),
            ran_us: Some(micros(ran)),
            own_us: Some(micros(own)),
            ending: if failing.is_some() { Ending::Failed } else { Ending::Ok },
            code: failing.map(Into::into),
            ..self.record(&ticket, act)
        });
        self.core.finished(id, ran, false, None, self.now);
    }

    fn come(&mut self, number: usize, client: &'static str) {
        self.count += 1;
        let name = self.play.acts[number].name;
        let limited = self.play.acts[number].limit > 0;
        let job = Job {
            client: client.into(),
            key: format!("run_macro {name}").into(),
            targets: if limited { vec![name.into()] } else { Vec::new() },
            ..Job::new("run_macro", serde_json::Value::Null, "km_run_macro", Duration::from_mins(1))
        };
        self.acts_of.insert(self.count, number);
        let ticket = Ticket { id: self.count, job, asked: self.now, again: false, load: Gone::default() };
        self.core.accept(ticket, self.now);
    }

    fn advance_to(&mut self, until: Instant) {
        loop {
            let event = self.due.first_key_value().map(|((at, _), _)| *at);
            let tick = self.core.deadline().filter(|tick| *tick > self.now);
            let Some(at) = event.into_iter().chain(tick).min().filter(|at| *at <= until) else { break };
            self.now = at;
            match self
                .due
                .first_entry()
                .filter(|entry| entry.key().0 == at)
                .map(std::collections::btree_map::OccupiedEntry::remove)
            {
                Some(Due::Comes(act, client)) => self.come(act, client),
                Some(Due::Ready(id, took)) => self.core.ready(id, took, at),
                Some(Due::Done(id)) => self.done(id),
                None => self.core.tick(at),
            }
            self.obey();
        }
        self.now = until;
    }
}

/// Plays it, judges each second, and says what was named last in trouble: some of it is over before the play is.
pub(super) fn named(play: &Play) -> Option<Bottleneck> {
    let mut last = None;
    let mut stage = Stage::new(play);
    let mut store = Store::new(Arc::clone(&stage.recorder));
    let mut analyst = Analyst::new(&Setup::default());
    let (mut short, mut minute) = (Window::new(10), Window::new(60));
    stage.plan(QUIET_S, false);
    for second in 1..=QUIET_S + TROUBLE_S {
        let trouble = second > QUIET_S;
        stage.advance_to(stage.begun + Duration::from_secs(second.into()));
        if second == QUIET_S {
            stage.plan(TROUBLE_S, true);
            if let Some((_, after_s)) = play.cold {
                stage.start = Duration::from_secs(after_s);
                stage.core.resize(Resize::Target(play.workers), stage.now).expect("in bounds");
                stage.obey();
            }
        }
        stage.core.measure(stage.now);
        stage.obey();
        let pool = stage.core.status(stage.now);
        let machine = if trouble { play.machine } else { Machine::default() };
        let gauges = Gauges {
            cpu_percent: machine.cpu_percent.or(Some(30.0)),
            memory_percent: machine.memory_percent.or(Some(50.0)),
            disk_read: Some(0.0),
            disk_write: machine.disk_bytes_per_s.or(Some(1e6)),
            live: pool.live,
            busy: pool.busy,
            queued: pool.queued,
            target: pool.target,
            ..Gauges::default()
        };
        store.drain();
        let moment = Moment { time_ms: OPENS_MS + u64::from(second) * 1_000, length_ms: 1_000 };
        let interval = Arc::new(store.close(moment, gauges));
        short.push(Arc::clone(&interval));
        minute.push(Arc::clone(&interval));
        let verdict = analyst.judge(&Scene {
            interval: &interval,
            short: &short,
            minute: &minute,
            pool: &pool,
            system: &SystemSample::default(),
            unreadable_files: 0,
            history: None,
            settings: None,
            stores: Stores::default(),
        });
        if play.baseline {
            analyst.renew_baseline(&interval, &verdict.alerts);
        }
        last = analyst.bottleneck().filter(|_| trouble).cloned().or(last);
    }
    last
}
