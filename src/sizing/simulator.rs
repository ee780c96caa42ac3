//! A pool in virtual time: events in order, one call a worker, idle workers last in first out, calls first in first out.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap, VecDeque},
};

use super::{
    bound::At,
    chance::Chance,
    controller::{Controller, Setting, View},
    outcome::Outcome,
    seconds::{Sample, Seconds},
    simulation::{Lane, Simulation},
    tally::{Delay, Tally},
    workload::{Storm, Workload},
};
use crate::{
    model::{Decided, SizeDecision},
    util::numbers::small,
};

/// Deaths in a row from which on a replacement waits.
const CRASH_LOOP: u32 = 5;
/// Shortest and longest start, by the median.
const START_SPREAD: (f64, f64) = (0.5, 1.5);

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum What {
    Arrival { service: f64 },
    Done { worker: u64, service: f64, wait: f64, crash: bool },
    Up { worker: u64 },
    Respawn,
    Tick,
    Second,
}

/// An event: when, and its number among those of one time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Event(At, u64, What);

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// The pool.
pub(super) struct Pool<'a> {
    simulation: &'a Simulation,
    controller: Box<dyn Controller>,
    largest: u16,
    chance: Chance,
    now: f64,
    events: BinaryHeap<Reverse<Event>>,
    numbered: u64,
    queue: VecDeque<(f64, f64)>,
    idle: VecDeque<u64>,
    busy: HashMap<u64, u16>,
    starting: BTreeSet<u64>,
    /// Dead workers whose replacement waits.
    held_back: usize,
    /// Workers too many, which go as soon as they have nothing to do.
    surplus: usize,
    workers: u64,
    target: u16,
    deaths_in_row: u32,
    slowing: (f64, f64),
    storm: Option<Storm>,
    delay: Delay,
    seconds: Seconds,
    tally: Tally,
}

impl<'a> Pool<'a> {
    pub(super) fn new(simulation: &'a Simulation, controller: Box<dyn Controller>, largest: u16) -> Self {
        Self {
            controller,
            largest,
            chance: Chance::new(simulation.seed),
            now: 0.0,
            events: BinaryHeap::new(),
            numbered: 0,
            queue: VecDeque::new(),
            idle: VecDeque::new(),
            busy: HashMap::new(),
            starting: BTreeSet::new(),
            held_back: 0,
            surplus: 0,
            workers: 0,
            target: 0,
            deaths_in_row: 0,
            slowing: simulation.workload.map_or((0.0, 0.0), Workload::slowing),
            storm: simulation.workload.and_then(Workload::storm),
            delay: Delay::default(),
            seconds: Seconds::default(),
            tally: Tally::default(),
            simulation,
        }
    }

    /// Plays everything; `least` are the workers of the bound.
    pub(super) fn run(mut self, least: f64) -> Outcome {
        for arrival in self.simulation.trace.arrivals.iter() {
            self.plan(arrival.at, What::Arrival { service: arrival.service });
        }
        let first = self.controller.first(&self.simulation.setting);
        self.resize(self.simulation.first.unwrap_or(first));
        self.tally = Tally::default();
        let period = self.controller.period();
        self.plan(period, What::Tick);
        self.plan(1.0, What::Second);
        let end = self.simulation.trace.length;
        while let Some(Reverse(Event(At(at), _, what))) = self.events.pop() {
            if at > end {
                break;
            }
            self.pass(at);
            self.happen(what);
            self.tally.peak = self.tally.peak.max(self.live());
        }
        self.pass(end);
        for (came, _) in std::mem::take(&mut self.queue) {
            self.waited(end - came, end - came > self.simulation.tuning.wait);
        }
        self.tally.outcome(end, least)
    }

    fn plan(&mut self, at: f64, what: What) {
        self.numbered += 1;
        self.events.push(Reverse(Event(At(at), self.numbered, what)));
    }

    fn live(&self) -> usize {
        self.idle.len() + self.busy.len() + self.starting.len()
    }

    fn pass(&mut self, at: f64) {
        let span = at - self.now;
        if span > 0.0 {
            let worked = span * self.busy.len() as f64;
            self.tally.alive += span * self.live() as f64;
            self.tally.worked += worked;
            self.seconds.worked(worked);
        }
        self.now = at;
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Arrival { service } => self.arrive(service),
            What::Done { worker, service, wait, crash } => self.done(worker, service, wait, crash),
            What::Up { worker } => {
                self.starting.remove(&worker);
                self.keep_or_go(worker);
                self.dispatch();
            }
            What::Respawn => {
                self.held_back -= 1;
                if self.surplus > 0 {
                    self.surplus -= 1;
                } else if self.live() - self.surplus < usize::from(self.target) {
                    self.spawn();
                }
            }
            What::Tick => {
                let decision = self.ask(|controller, view| controller.tick(view));
                self.follow(decision);
                self.plan(self.now + self.controller.period(), What::Tick);
            }
            What::Second => {
                self.seconds.close();
                self.plan(self.now + 1.0, What::Second);
            }
        }
    }

    fn ask(&mut self, question: impl Fn(&mut dyn Controller, &View<'_>) -> Option<SizeDecision>) -> Option<SizeDecision> {
        let view = View {
            now: self.now,
            setting: &self.simulation.setting,
            target: self.target,
            busy: self.busy.len(),
            idle: self.idle.len(),
            starting: self.starting.len(),
            queued: self.queue.len(),
            oldest_wait: self.queue.front().map_or(0.0, |(came, _)| self.now - came),
            deaths_in_row: self.deaths_in_row,
            room: u16::MAX,
            seconds: &self.seconds,
        };
        question(self.controller.as_mut(), &view)
    }

    fn follow(&mut self, decision: Option<SizeDecision>) {
        let Some(decision) = decision else { return };
        self.resize(decision.to);
        self.tally.decisions.push(Decided { at_s: self.now, applied: true, decision });
    }

    fn resize(&mut self, target: u16) {
        let target = target.clamp(1, self.largest.max(1));
        if target == self.target {
            return;
        }
        let grew = target > self.target;
        self.tally.resizes += 1;
        self.tally.reversals += u32::from(self.tally.grew.is_some_and(|before| before != grew));
        self.tally.grew = Some(grew);
        self.target = target;
        let there = self.live() + self.held_back - self.surplus;
        let wanted = usize::from(target);
        if there < wanted {
            let kept = (wanted - there).min(self.surplus);
            self.surplus -= kept;
            (0..wanted - there - kept).for_each(|_| self.spawn());
        } else {
            // The ones that have been idle the longest go first.
            let gone = (there - wanted).min(self.idle.len());
            self.idle.drain(..gone);
            self.surplus += there - wanted - gone;
        }
    }

    fn spawn(&mut self) {
        self.workers += 1;
        self.tally.spawns += 1;
        self.starting.insert(self.workers);
        let Setting { start, cores, .. } = self.simulation.setting;
        let crowded = (self.starting.len() as f64 / f64::from(cores.max(1))).max(1.0);
        let took = self.chance.between(START_SPREAD.0 * start, START_SPREAD.1 * start) * crowded;
        self.plan(self.now + took, What::Up { worker: self.workers });
    }

    fn keep_or_go(&mut self, worker: u64) {
        if self.surplus > 0 {
            self.surplus -= 1;
        } else {
            self.idle.push_back(worker);
        }
    }

    fn waited(&mut self, wait: f64, missed: bool) {
        self.tally.waits.push(wait);
        self.tally.missed += u64::from(missed);
    }

    fn shed(&mut self, wait: f64) {
        self.tally.shed += 1;
        self.waited(wait, true);
    }

    fn arrive(&mut self, service: f64) {
        let limits = self.simulation.limits;
        if self.queue.len() >= limits.queue {
            self.seconds.came(0);
            return self.shed(limits.wait);
        }
        self.queue.push_back((self.now, service));
        self.dispatch();
        let decision = self.ask(|controller, view| controller.arrival(view));
        self.follow(decision);
        self.seconds.came(self.busy.len() + self.queue.len());
    }

    fn dispatch(&mut self) {
        while !self.idle.is_empty() {
            let Some((came, service)) = self.queue.pop_front() else { return };
            let wait = self.now - came;
            let limits = self.simulation.limits;
            if wait > limits.wait || (limits.lane == Lane::Bulk && self.delay.cuts(self.now, wait)) {
                self.shed(wait);
                continue;
            }
            let Some(worker) = self.idle.pop_back() else { return };
            self.give(worker, wait, service);
        }
    }

    fn give(&mut self, worker: u64, wait: f64, service: f64) {
        let at_once = small(self.busy.len() + 1);
        let (count, others) = (f64::from(at_once), f64::from(at_once - 1));
        let mut service = service * (1.0 + self.slowing.0 * others + self.slowing.1 * count * others);
        self.seconds.began(wait);
        let (now, chance) = (self.now, &mut self.chance);
        let crash = self.storm.as_ref().is_some_and(|storm| storm.during.contains(&now) && chance.share() < storm.share);
        if crash {
            service *= self.chance.share();
        }
        self.waited(wait, wait > self.simulation.tuning.wait || crash);
        self.busy.insert(worker, at_once);
        self.plan(now + service, What::Done { worker, service, wait, crash });
    }

    fn done(&mut self, worker: u64, service: f64, wait: f64, crash: bool) {
        let at_once = self.busy.remove(&worker).unwrap_or(1);
        self.seconds.ended(wait, service, Sample { at_once, ln_service: service.max(1e-4).ln() });
        if crash {
            // Only deaths in a row wait.
            self.deaths_in_row += 1;
            let steps = self.deaths_in_row.checked_sub(CRASH_LOOP);
            let delay =
                steps.map_or(0.0, |steps| (0.1 * f64::from(2_u32.pow(steps.min(6)))).min(5.0) * self.chance.between(0.5, 1.0));
            self.held_back += 1;
            self.plan(self.now + delay, What::Respawn);
        } else {
            self.deaths_in_row = 0;
            self.keep_or_go(worker);
        }
        self.dispatch();
    }
}
