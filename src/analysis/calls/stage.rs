//! A pool on a stage: arrivals by chance, workers, locks, limits, starts. It is played event by event and shares nothing with the model that
//! has to see through it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    sync::Arc,
};

use super::{Inquiry, Machinery, Trace};
use crate::{
    analysis::detect::Dice,
    model::{Bottleneck, CallRecord, Cause, Ending, Interval, PoolStatus, Transport},
};

/// Seconds of quiet before the trouble, and of trouble.
const QUIET_S: u64 = 300;
const TROUBLE_S: u64 = 120;
const SECOND: u64 = 1_000_000;

/// A macro on the stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    pub(super) name: &'static str,
    /// Mean milliseconds of its own work, exponential.
    pub(super) own_ms: f64,
    /// Calls a second while it is quiet.
    pub(super) quiet_per_s: f64,
    /// Calls a second in trouble.
    pub(super) trouble_per_s: f64,
    /// It becomes so many times slower in trouble.
    pub(super) slower: f64,
    /// What it drives does one thing at a time, and its jobs wait for that at their workers.
    pub(super) locks: bool,
    /// At most so many of it at once; others wait in the queue. 0 for any number.
    pub(super) limit: usize,
}

impl Act {
    pub(super) const fn new(name: &'static str, own_ms: f64, quiet_per_s: f64, trouble_per_s: f64) -> Self {
        Self { name, own_ms, quiet_per_s, trouble_per_s, slower: 1.0, locks: false, limit: 0 }
    }
}

/// What is played.
#[derive(Debug, Clone)]
pub(super) struct Play {
    pub(super) seed: u64,
    pub(super) workers: usize,
    /// So many of the workers are there when the trouble begins; the others come up after so many seconds.
    pub(super) cold: Option<(usize, u64)>,
    pub(super) acts: Vec<Act>,
    /// Clients with their weights in quiet and in trouble.
    pub(super) clients: Vec<(&'static str, f64, f64)>,
    /// Whether the usual times are known from a baseline, or only from the ten minutes that are kept.
    pub(super) baseline: bool,
    /// The machine's part of what is known.
    pub(super) machine: Machinery,
}

struct Job {
    act: usize,
    client: &'static str,
    at: u64,
    own: u64,
    begun: u64,
    worked: u64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Up,
    Down,
    Ends(usize),
    Comes(usize),
}

fn pick(dice: &mut Dice, clients: &[(&'static str, f64, f64)], trouble: bool) -> &'static str {
    let weight = |client: &(&str, f64, f64)| if trouble { client.2 } else { client.1 };
    let mut left = dice.even() * clients.iter().map(weight).sum::<f64>();
    let found = clients.iter().find(|client| {
        left -= weight(client);
        left <= 0.0
    });
    found.or(clients.last()).map_or("client", |client| client.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "microseconds of a few minutes")]
fn jobs(play: &Play) -> Vec<Job> {
    let mut dice = Dice::new(play.seed);
    let mut jobs = Vec::new();
    for (number, act) in play.acts.iter().enumerate() {
        let mut at = 0.0;
        loop {
            let trouble = at >= QUIET_S as f64;
            let rate = if trouble { act.trouble_per_s } else { act.quiet_per_s };
            let gap = -dice.even().max(1e-12).ln() / rate.max(1e-9);
            // A gap that would leave the quiet time begins anew with the trouble's rate: chance has no memory.
            at = if !trouble && at + gap > QUIET_S as f64 { QUIET_S as f64 } else { at + gap };
            if at >= (QUIET_S + TROUBLE_S) as f64 {
                break;
            }
            if !trouble && at >= QUIET_S as f64 {
                continue;
            }
            let slower = if trouble { act.slower } else { 1.0 };
            let own = -dice.even().max(1e-12).ln() * act.own_ms * 1_000.0 * slower;
            let client = pick(&mut dice, &play.clients, trouble);
            jobs.push(Job { act: number, client, at: (at * 1e6) as u64, own: own as u64, begun: 0, worked: 0 });
        }
    }
    jobs.sort_by_key(|job| job.at);
    jobs
}

/// One pool at work.
struct Pool<'p> {
    play: &'p Play,
    jobs: Vec<Job>,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    waiting: VecDeque<usize>,
    running: Vec<usize>,
    locked_until: Vec<u64>,
    live: usize,
    busy: usize,
}

impl Pool<'_> {
    /// Gives idle workers what may run, the longest wait first.
    fn assign(&mut self, now: u64) {
        while self.busy < self.live {
            let may = |job: &usize| {
                let act = self.jobs[*job].act;
                let limit = self.play.acts[act].limit;
                limit == 0 || self.running[act] < limit
            };
            let Some(place) = self.waiting.iter().position(may) else { return };
            let Some(number) = self.waiting.remove(place) else { return };
            let job = &mut self.jobs[number];
            let begins = if self.play.acts[job.act].locks { self.locked_until[job.act].max(now) } else { now };
            let ends = begins + job.own;
            self.locked_until[job.act] = ends;
            (job.begun, job.worked) = (now, ends - now);
            self.running[job.act] += 1;
            self.busy += 1;
            // The way to the worker and back.
            self.events.push(Reverse((ends + 1_000, Event::Ends(number))));
        }
    }

    fn record(&self, number: usize, now: u64) -> CallRecord {
        let job = &self.jobs[number];
        CallRecord {
            id: number as u64,
            time_ms: now / 1_000,
            tool: "km_run_macro".into(),
            client: job.client.into(),
            token: None,
            subject: Some(self.play.acts[job.act].name.into()),
            transport: Transport::Http,
            worker: Some(1),
            queued_us: Some(job.begun - job.at),
            ran_us: Some(now - job.begun),
            own_us: Some(job.worked),
            total_us: now - job.at,
            ending: Ending::Ok,
            code: None,
            trace: None,
        }
    }
}

/// Plays it and asks what holds the pool back.
pub(super) fn named(play: &Play) -> Option<Bottleneck> {
    let count = play.acts.len();
    let mut pool = Pool {
        play,
        jobs: jobs(play),
        events: BinaryHeap::new(),
        waiting: VecDeque::new(),
        running: vec![0; count],
        locked_until: vec![0; count],
        live: play.workers,
        busy: 0,
    };
    for (number, job) in pool.jobs.iter().enumerate() {
        pool.events.push(Reverse((job.at, Event::Comes(number))));
    }
    if let Some((left, after)) = play.cold {
        for _ in left..play.workers {
            pool.events.push(Reverse((QUIET_S * SECOND, Event::Down)));
            pool.events.push(Reverse(((QUIET_S + after) * SECOND, Event::Up)));
        }
    }
    let mut trace = Trace::default();
    let mut calls = Vec::new();
    let mut own: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let mut second = 1;
    while let Some(Reverse((now, event))) = pool.events.pop() {
        while now >= second * SECOND && second <= QUIET_S + TROUBLE_S {
            let status = PoolStatus {
                live: u16::try_from(pool.live).unwrap_or(u16::MAX),
                target: u16::try_from(play.workers).unwrap_or(u16::MAX),
                starting: u16::try_from(play.workers.saturating_sub(pool.live)).unwrap_or(u16::MAX),
                ..PoolStatus::default()
            };
            let interval =
                Interval { time_ms: second * 1_000, length_ms: 1_000, calls: std::mem::take(&mut calls), ..Interval::default() };
            if second <= QUIET_S {
                for call in &interval.calls {
                    let kind = format!("km_run_macro {}", call.subject.clone().unwrap_or_default());
                    let sum = own.entry(kind).or_default();
                    *sum = (sum.0 + 1.0, sum.1 + call.own_us.unwrap_or_default() as f64);
                }
            }
            trace.push(&interval, &status);
            second += 1;
        }
        match event {
            Event::Comes(number) => pool.waiting.push_back(number),
            Event::Up => pool.live += 1,
            Event::Down => pool.live -= 1,
            Event::Ends(number) => {
                pool.busy -= 1;
                pool.running[pool.jobs[number].act] -= 1;
                calls.push(pool.record(number, now));
            }
        }
        pool.assign(now);
    }
    let known = own.into_iter().filter(|(_, (count, _))| play.baseline && *count >= 20.0);
    let usual = Arc::new(known.map(|(kind, (count, sum))| (kind, sum / count)).collect());
    let machinery = Machinery { workers: play.workers, usual, ..play.machine.clone() };
    let mut inquiry = Inquiry::default();
    // One step takes up the case, one each looks at a suspect, the last names.
    (0..Cause::ALL.len() + 2).for_each(|_| inquiry.step(&trace, || machinery.clone()));
    inquiry.named().cloned()
}
