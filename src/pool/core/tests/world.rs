//! A world around the pool's mind: workers that start, work, fail and die by chance, and callers who come and go. Nothing in it is
//! real, and every history follows from its seed.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use super::super::{Core, Effect, End, Limits, Load, Size, Ticket, WorkerId};
use crate::model::{Autopilot, Job, Lane, Resize};

/// Chance that is the same for the same seed (xorshift64*).
#[derive(Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 33) % end as u64).expect("small")
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 33) as f64 / f64::from(1_u32 << 31)
    }
}

/// A caller, who may go.
#[derive(Debug, Clone, Default)]
pub(super) struct Gone(Rc<Cell<bool>>);

impl Gone {
    pub(super) fn go(&self) {
        self.0.set(true);
    }
}

impl Load for Gone {
    fn is_gone(&self) -> bool {
        self.0.get()
    }
}

pub(super) fn ticket(id: u64, lane: Lane, client: &str, key: &str, asked: Instant) -> Ticket<Gone> {
    let job =
        Job { lane, client: client.into(), key: key.into(), ..Job::new("run", Value::Null, "test", Duration::from_secs(30)) };
    Ticket { id, job, asked, again: false, load: Gone::default() }
}

/// What a worker of this world does.
enum Doing {
    Starting,
    Idle,
    Work(Box<Ticket<Gone>>),
    /// It was stopped, and is about to end.
    Ending,
}

struct Fellow {
    doing: Doing,
    retired: bool,
    pid: u32,
}

pub(super) struct World {
    seed: u64,
    chance: Chance,
    pub(super) core: Core<Gone>,
    pub(super) now: Instant,
    fellows: BTreeMap<WorkerId, Fellow>,
    /// Callers without an answer.
    open: BTreeMap<u64, Gone>,
    answered: BTreeSet<u64>,
    next: u64,
}

const TARGET_LIMIT: u16 = 1;

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut limits = Limits::new(Size::new(1 + u16::try_from(chance.below(3)).expect("small"), 6).expect("valid"));
        limits.queue = 1 + chance.below(10);
        limits.targets.insert("Finder".into(), TARGET_LIMIT);
        limits.lives.calls = chance.one_in(2).then_some(4);
        limits.knobs.autopilot = Autopilot::ALL[chance.below(3)];
        let mut own = chance.clone();
        let now = Instant::now();
        let core = Core::new(limits, now, Box::new(move || own.share()));
        let mut world =
            Self { seed, chance, core, now, fellows: BTreeMap::new(), open: BTreeMap::new(), answered: BTreeSet::new(), next: 1 };
        world.core.begin(now);
        world.obey();
        world
    }

    /// Does what the mind says, and looks whether it may say so.
    fn obey(&mut self) {
        loop {
            let effects: Vec<_> = self.core.effects().collect();
            if effects.is_empty() {
                break;
            }
            for effect in effects {
                self.perform(effect);
            }
        }
        self.check();
    }

    fn perform(&mut self, effect: Effect<Gone>) {
        let seed = self.seed;
        match effect {
            Effect::Start(id, _) => {
                let pid = u32::try_from(id.generation).expect("small");
                let before = self.fellows.insert(id, Fellow { doing: Doing::Starting, retired: false, pid });
                assert!(before.is_none(), "seed {seed}: {id:?} twice");
            }
            Effect::Give(id, ticket) => {
                let fellow = self.fellows.get_mut(&id).unwrap_or_else(|| panic!("seed {seed}: a job for nobody, {id:?}"));
                assert!(!fellow.retired, "seed {seed}: a job for one that was let go");
                assert!(matches!(fellow.doing, Doing::Idle), "seed {seed}: a job for one that is not idle");
                fellow.doing = Doing::Work(Box::new(ticket));
            }
            Effect::Retire(id) => {
                if let Some(fellow) = self.fellows.get_mut(&id) {
                    fellow.retired = true;
                }
            }
            Effect::Stop(id) => {
                if self.fellows.get(&id).is_some_and(|fellow| matches!(fellow.doing, Doing::Work(_))) {
                    self.stop(id);
                }
            }
            Effect::Answer(ticket, error) => {
                assert_eq!(error.certainty(), crate::model::Certainty::NotRun, "seed {seed}: {error}");
                self.answer(ticket.id);
            }
            Effect::Slow(_) => {}
        }
    }

    fn answer(&mut self, id: u64) {
        assert!(self.open.remove(&id).is_some(), "seed {}: {id} was not asked, or answered before", self.seed);
        assert!(self.answered.insert(id), "seed {}: {id} is answered twice", self.seed);
    }

    /// What must hold at any time.
    fn check(&mut self) {
        let seed = self.seed;
        let held = |fellow: &&Fellow| matches!(fellow.doing, Doing::Work(_));
        let working = self.fellows.values().filter(held).count();
        let waiting = self.core.queue.len() + self.core.control.len();
        // Callers who went may have been dropped on the way.
        let here = self.open.values().filter(|caller| !caller.is_gone()).count();
        assert!(working + waiting >= here && working + waiting <= self.open.len(), "seed {seed}: a call is lost");
        let finder = self.fellows.values().filter(|fellow| match &fellow.doing {
            Doing::Work(ticket) => !ticket.job.targets.is_empty(),
            _ => false,
        });
        assert!(finder.count() <= usize::from(TARGET_LIMIT), "seed {seed}: more than its target takes");
        assert!(self.core.table.staying() <= usize::from(self.core.size.target), "seed {seed}: too many workers");
        if self.core.table.has_idle() {
            let held = self.core.queue.take_all(|ticket| ticket.job.targets.is_empty());
            assert!(held.is_empty() && self.core.control.is_empty(), "seed {seed}: jobs wait beside idle workers");
        }
    }

    pub(super) fn submit(&mut self) {
        let id = self.next;
        self.next += 1;
        let lane = [Lane::Control, Lane::Interactive, Lane::Interactive, Lane::Bulk, Lane::Bench][self.chance.below(5)];
        let (client, key) = (["a", "b", "c"][self.chance.below(3)], ["x", "y", "z"][self.chance.below(3)]);
        let mut ticket = ticket(id, lane, client, key, self.now);
        ticket.job.repeatable = self.chance.one_in(2);
        if lane != Lane::Control && self.chance.one_in(4) {
            ticket.job.targets = vec!["Finder".into()];
        }
        self.open.insert(id, ticket.load.clone());
        self.core.accept(ticket, self.now);
    }

    fn any_fellow(&mut self, wanted: impl Fn(&Fellow) -> bool) -> Option<WorkerId> {
        let found: Vec<WorkerId> = self.fellows.iter().filter(|(_, fellow)| wanted(fellow)).map(|(id, _)| *id).collect();
        (!found.is_empty()).then(|| found[self.chance.below(found.len())])
    }

    /// One thing happens.
    pub(super) fn step(&mut self) {
        self.now += Duration::from_millis([0, 1, 20, 300, 2_000, 40_000][self.chance.below(6)]);
        match self.chance.below(17) {
            0..4 => self.submit(),
            4 | 5 => self.advance(),
            6 | 7 => self.finish_one(),
            8 => self.fail_one(),
            9 => {
                let working = self.any_fellow(|fellow| matches!(fellow.doing, Doing::Work(_)));
                if let Some(id) = working {
                    self.stop(id);
                }
            }
            10 => {
                let sizes = [(0, 0), (0, 6), (1, 1), (1, 4), (2, 3)];
                let (min, target) = sizes[self.chance.below(sizes.len())];
                self.core.resize(Resize::Exactly { min, max: 6, target }, self.now).expect("in bounds");
            }
            11 => {
                let number = 1 + self.chance.below(usize::try_from(self.next).expect("small")) as u64;
                self.core.cancel(number, self.now);
            }
            12 => {
                let callers: Vec<Gone> = self.open.values().cloned().collect();
                if !callers.is_empty() {
                    callers[self.chance.below(callers.len())].go();
                }
            }
            13 | 14 => self.core.measure(self.now),
            15 => self.owner(),
            _ => {
                let held: Vec<(u32, u64)> =
                    self.fellows.values().map(|fellow| (fellow.pid, [20, 70, 200, 400][fellow.pid as usize % 4] << 20)).collect();
                self.core.weigh(&held, self.now);
            }
        }
        self.obey();
        if self.core.deadline().is_some_and(|deadline| deadline <= self.now) {
            self.core.tick(self.now);
            self.obey();
            assert!(self.core.deadline().is_none_or(|next| next > self.now), "seed {}: a deadline that never passes", self.seed);
        }
    }

    /// What the owner may do to the whole pool or one worker.
    fn owner(&mut self) {
        match self.chance.below(5) {
            0 => drop(self.core.stop("owner".into(), self.now)),
            1 => drop(self.core.lift()),
            2 => drop(self.core.warm(self.now)),
            3 => drop(self.core.drain_worker(1, self.now)),
            _ => drop(self.core.kill_worker(1, self.now)),
        }
    }

    /// A worker on its way comes up.
    fn advance(&mut self) {
        let starting = self.any_fellow(|fellow| matches!(fellow.doing, Doing::Starting));
        if let Some(id) = starting {
            self.come_up(id);
        }
    }

    fn come_up(&mut self, id: WorkerId) {
        let Some(fellow) = self.fellows.get_mut(&id) else { return };
        if fellow.retired {
            return self.end(id, &End::Retired, None);
        }
        fellow.doing = Doing::Idle;
        let pid = fellow.pid;
        self.core.started(id, Some(pid), self.now);
        self.core.greeted(id);
        self.core.ready(id, Duration::from_millis(20), self.now);
    }

    fn finish_one(&mut self) {
        let working = self.any_fellow(|fellow| !matches!(fellow.doing, Doing::Starting));
        if let Some(id) = working {
            self.finish(id);
        }
    }

    fn finish(&mut self, id: WorkerId) {
        let Some(fellow) = self.fellows.get_mut(&id) else { return };
        match std::mem::replace(&mut fellow.doing, Doing::Idle) {
            Doing::Work(ticket) => {
                self.answer(ticket.id);
                self.core.finished(id, Duration::from_millis(5), false, None, self.now);
            }
            Doing::Ending => self.end(id, &End::Retired, None),
            // One that was let go ends; another goes on being idle.
            _ if fellow.retired => self.end(id, &End::Retired, None),
            _ => {}
        }
    }

    fn fail_one(&mut self) {
        let Some(id) = self.any_fellow(|_| true) else { return };
        let Some(fellow) = self.fellows.get_mut(&id) else { return };
        match std::mem::replace(&mut fellow.doing, Doing::Ending) {
            Doing::Starting => self.end(id, &End::NotStarted("failed".into()), None),
            Doing::Idle => self.end(id, &End::Died { how: "died".into(), at_work: false }, None),
            Doing::Ending => self.end(id, &End::Retired, None),
            // A fault of the program itself: the caller is told that the call was lost.
            Doing::Work(ticket) if self.chance.one_in(8) => {
                self.answer(ticket.id);
                self.end(id, &End::Died { how: "was lost".into(), at_work: false }, None);
            }
            Doing::Work(ticket) if self.chance.one_in(3) => {
                self.end(id, &End::Died { how: "was not well".into(), at_work: false }, Some(*ticket));
            }
            Doing::Work(ticket) => {
                let end = End::Died { how: "died".into(), at_work: true };
                if ticket.job.repeatable && !ticket.again {
                    return self.end(id, &end, Some(Ticket { again: true, ..*ticket }));
                }
                self.answer(ticket.id);
                self.end(id, &end, None);
            }
        }
    }

    fn stop(&mut self, id: WorkerId) {
        let Some(fellow) = self.fellows.get_mut(&id) else { return };
        if let Doing::Work(ticket) = std::mem::replace(&mut fellow.doing, Doing::Ending) {
            self.answer(ticket.id);
            self.core.stopping(id, true, Duration::from_secs(1), None, self.now);
        }
    }

    fn end(&mut self, id: WorkerId, end: &End, missed: Option<Ticket<Gone>>) {
        self.fellows.remove(&id);
        self.core.ended(id, end, missed, self.now);
    }

    /// All goes well from now on: every call is answered and the pool has its size.
    pub(super) fn settle(&mut self) {
        self.core.lift();
        self.core.resize(Resize::Exactly { min: 1, max: 6, target: 3 }, self.now).expect("in bounds");
        self.obey();
        for _ in 0..2_000 {
            self.now += Duration::from_millis(500);
            self.core.tick(self.now);
            self.obey();
            let all: Vec<(WorkerId, bool)> =
                self.fellows.iter().map(|(id, fellow)| (*id, matches!(fellow.doing, Doing::Starting))).collect();
            for (id, starting) in all {
                if starting {
                    self.come_up(id);
                } else {
                    self.finish(id);
                }
                self.obey();
            }
            let rising = self.core.table.rising() + self.core.queue.len() + self.core.control.len();
            let busy = self.fellows.values().any(|fellow| matches!(fellow.doing, Doing::Work(_)));
            if !busy && rising == 0 && self.core.table.live() == 3 && self.core.table.staying() == 3 {
                break;
            }
        }
        let seed = self.seed;
        let here = self.open.values().filter(|caller| !caller.is_gone()).count();
        assert_eq!(here, 0, "seed {seed}: callers wait for ever");
        let pool = self.core.status(self.now);
        assert_eq!((pool.live, pool.queued, pool.starting), (3, 0, 0), "seed {seed}: {pool:#?}");
        let trials = pool.breakers.iter().filter(|breaker| breaker.state == crate::model::BreakerState::HalfOpen).count();
        assert_eq!(trials, 0, "seed {seed}: a trial that nobody runs refuses its work for ever: {:#?}", pool.breakers);
        assert_eq!(pool.counters.shed, pool.shed_by.values().sum::<u64>(), "seed {seed}");
        assert_eq!(pool.counters.recycled, pool.recycled_by.values().sum::<u64>(), "seed {seed}");
    }

    pub(super) fn drain(&mut self) {
        self.core.drain(Duration::from_secs(10), self.now);
        self.obey();
        let ends = self.now + Duration::from_mins(1);
        while !self.core.is_drained() {
            assert!(self.now < ends, "seed {}: the drain does not end", self.seed);
            self.now += Duration::from_millis(500);
            if self.core.deadline().is_some_and(|deadline| deadline <= self.now) {
                self.core.tick(self.now);
            }
            // Workers that have nothing to do go; those that work go on until they are stopped.
            let going: Vec<WorkerId> =
                self.fellows.iter().filter(|(_, fellow)| !matches!(fellow.doing, Doing::Work(_))).map(|(id, _)| *id).collect();
            for id in going {
                self.end(id, &End::Retired, None);
            }
            self.obey();
        }
        assert!(self.open.values().all(Gone::is_gone), "seed {}: a call is left", self.seed);
    }
}
