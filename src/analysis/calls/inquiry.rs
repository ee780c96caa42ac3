//! What holds the server back: each suspect is taken away in a model of the recorded calls, and the one without which the 95th percentile
//! falls most is named.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Arrival, Done, Trace,
    beside::{Beside, most_at_once},
    found::{Found, name},
    kind::Kind,
    replay,
    replay::{percentile, replay_behind},
};
use crate::model::{Bottleneck, Cause};

/// Calls that the model takes, the newest.
pub(super) const MOST_CALLS: usize = 2_000;
/// How far back the present goes, in microseconds: what was before tells what is usual.
pub(super) const PRESENT_US: u64 = 120_000_000;
/// Fewer calls than this say nothing.
pub(super) const LEAST_CALLS: usize = 20;
/// A 95th percentile of what is too much under this, in microseconds, holds nobody back.
const TROUBLE_US: u64 = 100_000;
/// Seconds between two cases.
const PAUSE: u32 = 5;
/// A job's own time is longer than usual from this factor on.
const SLOWER: f64 = 1.4;
/// Kinds of work that are compared, those that take most time.
const BUSIEST: usize = 5;
/// A macro takes long by itself from this mean on, in microseconds.
const LONG_US: f64 = 1_000_000.0;
/// A macro rules from this share of the workers' time on.
const RULES: f64 = 0.5;
/// A client rules from this share of calls and of the workers' time on.
const CLIENT_RULES: f64 = 0.65;

/// What is known besides the calls.
#[derive(Debug, Clone, Default)]
pub(in crate::analysis) struct Machinery {
    /// Workers that can work.
    pub(in crate::analysis) workers: usize,
    /// Busy share of the processors in the last minute, in percent, when it is over its critical limit.
    pub(in crate::analysis) cpu: Option<f64>,
    /// Used share of memory in percent, when it is over its critical limit.
    pub(in crate::analysis) memory: Option<f64>,
    /// Megabytes a second that the disk moves, when that is over its limit.
    pub(in crate::analysis) disk: Option<f64>,
    /// Why the engine does not answer.
    pub(in crate::analysis) down: Option<String>,
    /// The usual own time of each kind of work, in microseconds, from a quiet time.
    pub(in crate::analysis) usual: Arc<BTreeMap<String, f64>>,
}

/// One call in the model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Modelled {
    pub(super) arrival: Arrival,
    /// Waited because all workers were busy, by the model.
    pub(super) capacity: u64,
    /// Waited though a worker would have been free: for a place at its target.
    target: u64,
    pub(super) start: u64,
    /// Longer at its own work than usual.
    excess: u64,
    /// All else that kmtop added.
    rest: u64,
    pub(super) key: usize,
    client: usize,
}

#[derive(Debug, Default)]
struct Case {
    calls: Vec<Modelled>,
    kinds: Vec<Kind>,
    clients: Vec<(Arc<str>, usize, u64)>,
    p95: u64,
    machinery: Machinery,
}

/// Goes from suspect to suspect, one each second, so that no second pays for all.
#[derive(Debug, Default)]
pub struct Inquiry {
    case: Option<Case>,
    pause: u32,
    next: usize,
    found: Vec<Found>,
    named: Option<Bottleneck>,
}

impl Inquiry {
    /// Goes one step on: takes up a case, or looks at the next suspect, or names the bottleneck.
    pub(in crate::analysis) fn step(&mut self, trace: &Trace, machinery: impl FnOnce() -> Machinery) {
        let Some(case) = &self.case else {
            let machinery = machinery();
            if let Some(reason) = &machinery.down {
                // No model is needed for that, and nothing else matters beside it.
                self.named = Some(Bottleneck::whole(Cause::EngineDown, reason));
                return;
            }
            self.named.take_if(|named| named.cause == Cause::EngineDown);
            if self.pause > 0 {
                self.pause -= 1;
                return;
            }
            self.pause = PAUSE;
            let case = Case::new(trace, machinery);
            self.found.clear();
            self.next = 0;
            // Nothing is slow: nothing holds anybody back.
            if case.calls.len() < LEAST_CALLS || case.p95 < TROUBLE_US {
                self.named = None;
            } else {
                self.case = Some(case);
            }
            return;
        };
        if let Some(cause) = Cause::ALL.get(self.next) {
            self.next += 1;
            self.found.extend(case.without(*cause));
        } else {
            self.named = name(&self.found, case.p95, case.calls.len());
            self.case = None;
        }
    }

    /// What holds the server back, by the last case that was closed.
    #[must_use]
    pub fn named(&self) -> Option<&Bottleneck> {
        self.named.as_ref()
    }
}

impl Case {
    fn new(trace: &Trace, machinery: Machinery) -> Self {
        let newest = trace.calls().next_back().map_or(0, |call| call.arrived_us);
        let mut present: Vec<&Done> = trace.calls().rev().take(MOST_CALLS).filter(|call| call.worker).collect();
        present.retain(|call| call.arrived_us + PRESENT_US >= newest);
        present.sort_by_key(|call| call.arrived_us);
        if present.len() < LEAST_CALLS {
            return Self { machinery, ..Self::default() };
        }
        let mut names: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut clients: Vec<(Arc<str>, usize, u64)> = Vec::new();
        let mut kinds: Vec<Kind> = Vec::new();
        let mut calls: Vec<Modelled> = Vec::with_capacity(present.len());
        for call in &present {
            let key = *names.entry(Arc::clone(&call.key)).or_insert_with(|| {
                kinds.push(Kind {
                    name: Arc::clone(&call.key),
                    calls: 0,
                    own: 0,
                    squares: 0.0,
                    service: 0,
                    slower: 1.0,
                    serial: false,
                });
                kinds.len() - 1
            });
            let client = clients.iter().position(|(name, ..)| *name == call.client).unwrap_or_else(|| {
                clients.push((Arc::clone(&call.client), 0, 0));
                clients.len() - 1
            });
            let (kind, from) = (&mut kinds[key], &mut clients[client]);
            (kind.calls, kind.own, kind.service) = (kind.calls + 1, kind.own + call.own_us, kind.service + call.service_us());
            kind.squares += (call.own_us as f64 / 1e6).powi(2);
            (from.1, from.2) = (from.1 + 1, from.2 + call.service_us());
            calls.push(Modelled {
                arrival: Arrival::from(*call),
                capacity: call.queued_us,
                target: 0,
                start: call.start_us,
                excess: 0,
                rest: call.run_us + call.reply_us,
                key,
                client,
            });
        }
        let mut case = Self { calls, kinds, clients, p95: 0, machinery };
        case.compare(trace);
        case.split_waits();
        for (call, done) in case.calls.iter_mut().zip(&present) {
            let slower = case.kinds[call.key].slower;
            let part = if slower > SLOWER { 1.0 - 1.0 / slower } else { 0.0 };
            call.excess = scaled(done.own_us, part);
        }
        case.p95 = case.percentile(Modelled::too_much);
        case
    }

    /// Holds the own times of the kinds that take most time against what is usual, and asks whether jobs wait for each other.
    fn compare(&mut self, trace: &Trace) {
        let mut busiest: Vec<usize> = (0..self.kinds.len()).collect();
        busiest.sort_by_key(|key| std::cmp::Reverse(self.kinds[*key].own));
        let mut compared = Vec::with_capacity(BUSIEST);
        for key in busiest.into_iter().take(BUSIEST) {
            let kind = &self.kinds[key];
            if kind.calls < LEAST_CALLS / 2 {
                continue;
            }
            let mean = kind.own as f64 / kind.calls as f64;
            let course = Beside::of(trace, &kind.name);
            let usual = self.machinery.usual.get(&*kind.name).copied().or(course.earlier_us);
            let slower = usual.filter(|usual| *usual > 0.0).map_or(1.0, |usual| (mean / usual).max(1.0));
            let slower = if slower.ln() > kind.chance() { slower } else { 1.0 };
            self.kinds[key].serial = slower > SLOWER && course.serial(slower);
            self.kinds[key].slower = slower;
            compared.push(key);
        }
        // What slows all kinds of work is what they have in common, and not what one of them drives.
        if compared.len() > 1 && compared.iter().all(|key| self.kinds[*key].slower > SLOWER) {
            for key in &compared {
                self.kinds[*key].serial = false;
            }
        }
    }

    /// What of each wait is explained by busy workers; the rest is a wait for a place at the target. Work that holds half of the workers at
    /// times waits for the others' half, which the pool keeps for other work: for workers, that is.
    fn split_waits(&mut self) {
        let waits = replay_behind(&self.arrivals(), self.machinery.workers, self.calls.first().map_or(0, |first| first.capacity));
        let most = most_at_once(&self.calls, self.kinds.len());
        let half = (self.machinery.workers / 2).max(1);
        for (call, modelled) in self.calls.iter_mut().zip(waits) {
            if most[call.key] < half {
                call.target = call.capacity.saturating_sub(modelled);
                call.capacity -= call.target;
            }
        }
    }

    fn arrivals(&self) -> Vec<Arrival> {
        self.calls.iter().map(|call| call.arrival).collect()
    }

    fn percentile(&self, number: impl Fn(&Modelled) -> u64) -> u64 {
        let numbers: Vec<u64> = self.calls.iter().map(number).collect();
        percentile(&numbers, 0.95).unwrap_or_default()
    }

    fn without(&self, cause: Cause) -> Option<Found> {
        match cause {
            // It is named without a model.
            Cause::EngineDown => None,
            Cause::Cpu => self.without_strain(cause, self.machinery.cpu, "% of the processors busy in the last minute"),
            Cause::MemoryPressure => self.without_strain(cause, self.machinery.memory, "% of memory used"),
            Cause::Disk => self.without_strain(cause, self.machinery.disk, "MB a second to and from the disk"),
            Cause::TargetSerialises => self.without_serial_target(),
            Cause::ColdStarts => {
                let waited = self.calls.iter().filter(|call| call.start > 0).count();
                let evidence = vec![format!("{waited} of {} calls waited for workers on their way up", self.calls.len())];
                let left: Vec<u64> = self.calls.iter().map(|call| call.too_much() - call.start).collect();
                Some(Found::new(cause, self.p95, &left, String::new(), evidence))
            }
            Cause::SlowMacro => self.without_slow_kind(),
            Cause::ClientRate => self.without_client(),
            Cause::PoolTooSmall => self.with_more_workers(),
        }
    }

    /// What would be too much of each call if calls took other times at the workers.
    fn with_services(&self, service: impl Fn(&Modelled) -> u64, gone: impl Fn(&Modelled) -> u64) -> Vec<u64> {
        let arrivals: Vec<Arrival> =
            self.calls.iter().map(|call| Arrival { service_us: service(call), ..call.arrival }).collect();
        let waits = replay(&arrivals, self.machinery.workers);
        let left = self.calls.iter().zip(waits).map(|(call, wait)| {
            let rest = call.too_much() - call.capacity;
            rest.saturating_sub(gone(call)) + wait.min(call.capacity)
        });
        left.collect()
    }

    /// Without strain on the machine all work would take its usual time.
    fn without_strain(&self, cause: Cause, level: Option<f64>, what: &str) -> Option<Found> {
        let level = level?;
        // Where nothing is known of what is usual, a strained machine is taken for half as fast.
        let known = self.kinds.iter().any(|kind| kind.slower > SLOWER);
        let slower = |call: &Modelled| if known { self.kinds[call.key].slower } else { 2.0 };
        let left =
            self.with_services(|call| scaled(call.arrival.service_us, 1.0 / slower(call)), |call| call.excess + call.rest / 2);
        let most = self.kinds.iter().map(|kind| kind.slower).fold(1.0, f64::max);
        let evidence = vec![format!("{level:.0} {what}"), format!("work takes up to {most:.1} times its usual time")];
        Some(Found::new(cause, self.p95, &left, String::new(), evidence))
    }

    fn without_serial_target(&self) -> Option<Found> {
        let mut waited = vec![0; self.kinds.len()];
        for call in &self.calls {
            waited[call.key] += call.target;
        }
        let all: u64 = waited.iter().sum();
        let most = (0..self.kinds.len()).max_by_key(|key| waited[*key])?;
        // Waits that no worker explains are those of a limit where one kind of work has nearly all; one worker alone explains them all.
        let limited = self.machinery.workers > 1 && all > 0 && waited[most] as f64 > 0.7 * all as f64;
        let serial = self.kinds.iter().position(|kind| kind.serial);
        let key = serial.or(limited.then_some(most))?;
        let kind = &self.kinds[key];
        let hit = |call: &Modelled| call.key == key;
        let left = self.with_services(
            |call| if hit(call) { scaled(call.arrival.service_us, 1.0 / kind.slower) } else { call.arrival.service_us },
            |call| if hit(call) { call.excess + call.target } else { 0 },
        );
        let evidence = if kind.serial {
            format!("its jobs take {:.1} times as long when others of them run beside", kind.slower)
        } else {
            format!(
                "{} calls waited for it while workers were free",
                self.calls.iter().filter(|call| hit(call) && call.target > 0).count()
            )
        };
        Some(Found::new(Cause::TargetSerialises, self.p95, &left, kind.name.to_string(), vec![evidence]))
    }

    fn without_slow_kind(&self) -> Option<Found> {
        let all: u64 = self.kinds.iter().map(|kind| kind.service).sum();
        let key = (0..self.kinds.len()).max_by_key(|key| self.kinds[*key].service)?;
        let kind = &self.kinds[key];
        let share = kind.service as f64 / all.max(1) as f64;
        let others = (all - kind.service) as f64 / (self.calls.len() - kind.calls).max(1) as f64;
        let mean = kind.service as f64 / kind.calls as f64;
        let stands_out = self.calls.len() > kind.calls && mean > 3.0 * others && mean > LONG_US;
        if share < RULES || kind.serial || !(stands_out || kind.slower > SLOWER) {
            return None;
        }
        let factor = if kind.slower > SLOWER { 1.0 / kind.slower } else { others / mean };
        let hit = |call: &Modelled| call.key == key;
        let left = self.with_services(
            |call| if hit(call) { scaled(call.arrival.service_us, factor) } else { call.arrival.service_us },
            |call| if hit(call) { call.excess } else { 0 },
        );
        let mut evidence = vec![format!("{:.0}% of the workers' time, {:.0} ms each", share * 100.0, mean / 1_000.0)];
        if kind.slower > SLOWER {
            evidence.push(format!("{:.1} times its usual time", kind.slower));
        }
        Some(Found::new(Cause::SlowMacro, self.p95, &left, kind.name.to_string(), evidence))
    }

    fn without_client(&self) -> Option<Found> {
        let client = (0..self.clients.len()).max_by_key(|client| self.clients[*client].1)?;
        let (name, calls, service) = &self.clients[client];
        let all: u64 = self.clients.iter().map(|(.., service)| service).sum();
        let share = *calls as f64 / self.calls.len() as f64;
        let rules = share > CLIENT_RULES && *service as f64 > CLIENT_RULES * all as f64;
        if self.clients.len() < 2 || !rules || self.calls.len() - calls < LEAST_CALLS / 4 {
            return None;
        }
        let others: Vec<&Modelled> = self.calls.iter().filter(|call| call.client != client).collect();
        let arrivals: Vec<Arrival> = others.iter().map(|call| call.arrival).collect();
        let waits = replay(&arrivals, self.machinery.workers);
        let left: Vec<u64> =
            others.iter().zip(waits).map(|(call, wait)| call.too_much() - call.capacity + wait.min(call.capacity)).collect();
        let evidence = vec![format!(
            "{:.0}% of the calls, {:.0}% of the workers' time",
            share * 100.0,
            *service as f64 / all.max(1) as f64 * 100.0
        )];
        Some(Found::new(Cause::ClientRate, self.p95, &left, name.to_string(), evidence))
    }

    fn with_more_workers(&self) -> Option<Found> {
        // A machine that is strained has no room for more.
        let Machinery { workers, cpu, memory, .. } = &self.machinery;
        if cpu.is_some() || memory.is_some() {
            return None;
        }
        let more = 4 * workers + 8;
        let waits = replay(&self.arrivals(), more);
        let left: Vec<u64> =
            self.calls.iter().zip(waits).map(|(call, wait)| call.too_much() - call.capacity + wait.min(call.capacity)).collect();
        let waited = self.calls.iter().filter(|call| call.capacity > 0).count();
        let evidence = vec![format!("{waited} of {} calls waited for one of {workers} workers", self.calls.len())];
        Some(Found::new(Cause::PoolTooSmall, self.p95, &left, String::new(), evidence))
    }
}

impl Modelled {
    /// What is too much of a call's time: all but its own work at its usual speed.
    fn too_much(&self) -> u64 {
        self.capacity + self.target + self.start + self.excess + self.rest
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "microseconds times a share of at most 1")]
fn scaled(micros: u64, factor: f64) -> u64 {
    (micros as f64 * factor) as u64
}
