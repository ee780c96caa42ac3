//! The controller of the size in a running pool: what it is told of jobs and workers, and what becomes of its decisions.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use super::{Core, Load};
use crate::{
    model::{Autopilot, Decided, DecisionPath, Lane, SizeDecision, SizingStatus, UsualLoad, WorkerState},
    sizing::{Controller, Knobs, Machine, Qsf, Sample, Seconds, Setting, View, room},
    util::numbers::small,
};

/// Decisions that are kept.
const KEPT: usize = 100;
/// Decisions that are shown.
const SHOWN: usize = 10;
/// A proposal that was not made again for so long no longer stands.
const STANDS: Duration = Duration::from_secs(10);
/// How long a size that was set by hand is left alone.
const BY_HAND: Duration = Duration::from_mins(1);
/// After a pause of this length (a sleeping machine) the past says nothing.
const PAUSE: Duration = Duration::from_secs(10);
/// A start takes so long, in seconds, as long as none was seen.
const START: f64 = 0.2;
/// Kinds of work whose usual time is known.
const KINDS: usize = 512;
/// Newer jobs weigh at least 1 in so many in what is usual.
const MEMORY: f64 = 200.0;
/// Deaths in a row that are a loop for the controller.
const LOOP: u32 = 5;

/// A job that runs.
#[derive(Debug)]
struct Running {
    at_once: u16,
    waited: Duration,
    key: Arc<str>,
}

/// What jobs of one kind take, as the mean of a logarithm.
#[derive(Debug, Default)]
struct Usual {
    count: f64,
    mean: f64,
}

#[derive(Debug)]
pub(super) struct Pilot {
    knobs: Knobs,
    controller: Qsf,
    seconds: Seconds,
    cores: u16,
    begun: Instant,
    /// Until when busy time is counted.
    counted: Instant,
    running: BTreeMap<u16, Running>,
    usual: HashMap<Arc<str>, Usual>,
    machine: Machine,
    room: u16,
    start: f64,
    proposal: Option<(SizeDecision, Instant)>,
    decisions: VecDeque<Decided>,
    by_hand: Option<Instant>,
}

impl Pilot {
    pub(super) fn new(knobs: Knobs, cores: u16, now: Instant) -> Self {
        Self {
            controller: Qsf::new(knobs.tuning),
            knobs,
            seconds: Seconds::default(),
            cores,
            begun: now,
            counted: now,
            running: BTreeMap::new(),
            usual: HashMap::new(),
            machine: Machine::default(),
            room: u16::MAX,
            start: START,
            proposal: None,
            decisions: VecDeque::new(),
            by_hand: None,
        }
    }

    fn is_on(&self) -> bool {
        self.knobs.autopilot != Autopilot::Off
    }

    fn seconds_since_start(&self, now: Instant) -> f64 {
        now.saturating_duration_since(self.begun).as_secs_f64()
    }

    /// Other knobs from now on; what was learnt stays.
    pub(super) fn steer(&mut self, knobs: Knobs) {
        if knobs.tuning != self.knobs.tuning {
            self.controller.tune(knobs.tuning);
        }
        if knobs.autopilot != self.knobs.autopilot {
            self.proposal = None;
        }
        self.knobs = knobs;
    }

    /// What the machine has room for.
    pub(super) fn note_machine(&mut self, machine: Machine) {
        self.machine = machine;
    }

    /// The size was set by hand: that wins for a while.
    pub(super) fn set_by_hand(&mut self, now: Instant) {
        self.by_hand = Some(now + BY_HAND);
        self.proposal = None;
    }

    fn count_work(&mut self, now: Instant) {
        let span = now.saturating_duration_since(self.counted).as_secs_f64();
        self.seconds.worked(span * self.running.len() as f64);
        self.counted = now;
    }

    /// A job has a worker. Control jobs are none of the controller's.
    pub(super) fn began(&mut self, slot: u16, lane: Lane, key: &Arc<str>, waited: Duration, now: Instant) {
        if self.is_on() && lane != Lane::Control {
            self.count_work(now);
            let at_once = small(self.running.len() + 1);
            self.running.insert(slot, Running { at_once, waited, key: Arc::clone(key) });
        }
    }

    /// Its worker no longer has it; `ran` is how long it took when it was done.
    pub(super) fn ended(&mut self, slot: u16, ran: Option<Duration>, now: Instant) {
        self.count_work(now);
        let Some(running) = self.running.remove(&slot) else { return };
        let Some(ran) = ran else { return };
        let service = ran.as_secs_f64();
        let ln_service = self.beside_usual(&running, service.max(1e-4).ln());
        self.seconds.ended(running.waited.as_secs_f64(), service, Sample { at_once: running.at_once, ln_service });
    }

    /// The logarithm less what is usual for its kind where no more run at once than there are processors: so another mix of work does
    /// not look like harm by more at once.
    fn beside_usual(&mut self, running: &Running, ln_service: f64) -> f64 {
        if self.usual.len() >= KINDS && !self.usual.contains_key(&running.key) {
            self.usual.clear();
        }
        let usual = self.usual.entry(Arc::clone(&running.key)).or_default();
        let before = if usual.count > 0.0 { usual.mean } else { ln_service };
        if running.at_once <= self.cores || usual.count == 0.0 {
            usual.count += 1.0;
            usual.mean += (ln_service - usual.mean) / usual.count.min(MEMORY);
        }
        ln_service - before
    }

    fn status(&self, now: Instant) -> SizingStatus {
        let standing = self.proposal.as_ref().filter(|(_, made)| now.saturating_duration_since(*made) < STANDS);
        let skipped = self.decisions.len().saturating_sub(SHOWN);
        SizingStatus {
            autopilot: self.knobs.autopilot,
            proposal: standing.map(|(decision, _)| decision.clone()),
            decisions: self.decisions.iter().skip(skipped).cloned().collect(),
            usual: self.controller.usual(),
            room: (self.room != u16::MAX).then_some(self.room),
        }
    }

    fn keep(&mut self, decision: SizeDecision, applied: bool, now: Instant) {
        if self.decisions.len() == KEPT {
            self.decisions.pop_front();
        }
        self.decisions.push_back(Decided { at_s: self.seconds_since_start(now), applied, decision });
    }
}

impl<L: Load> Core<L> {
    /// Other knobs from now on.
    pub(in crate::pool) fn steer(&mut self, knobs: Knobs) {
        self.pilot.steer(knobs);
        self.limits.lives.heavy_percent = knobs.heavy_percent;
        if let Some(lives) = &mut self.canary {
            lives.heavy_percent = knobs.heavy_percent;
        }
        self.queue.set_bound(knobs.queue.unwrap_or(self.limits.queue));
    }

    /// What usually comes at this time of day.
    pub(in crate::pool) fn expect(&mut self, usual: Option<UsualLoad>) {
        self.pilot.controller.expect(usual);
    }

    /// What the machine has room for.
    pub(in crate::pool) fn note_machine(&mut self, machine: Machine) {
        self.pilot.note_machine(machine);
        self.renew_room();
    }

    /// From which share of memory on nothing is added is the strategy's to say.
    fn renew_room(&mut self) {
        let memory = self.pilot.machine.used_percent.map(|(used, _)| (used, self.pilot.knobs.memory_percent));
        let machine = Machine { used_percent: memory, ..self.pilot.machine };
        if machine != Machine::default() {
            self.pilot.room = room(&machine, small(self.table.staying()));
        }
    }

    pub(super) fn sizing(&self, now: Instant) -> SizingStatus {
        self.pilot.status(now)
    }

    /// A second is over: the controller looks at it. One that is much longer says that nobody looked.
    pub(super) fn look(&mut self, length: Duration, now: Instant) {
        if !self.pilot.is_on() {
            return;
        }
        self.pilot.count_work(now);
        self.pilot.seconds.close();
        if length >= PAUSE {
            self.pilot.seconds.clear();
        }
        self.pilot.start = self.ledger.start().map_or(START, |start| start.p50_us as f64 / 1e6);
        self.renew_room();
        let decision = self.ask(now, Controller::tick);
        self.follow(decision, now);
    }

    /// A job has come.
    pub(super) fn note_arrival(&mut self, now: Instant) {
        if !self.pilot.is_on() {
            return;
        }
        let queued = self.queue.len();
        self.pilot.seconds.came(self.pilot.running.len() + queued);
        // What is only proposed need not be so quick.
        if self.pilot.knobs.autopilot == Autopilot::AutoSafe && queued > 0 && !self.table.has_idle() {
            let decision = self.ask(now, Controller::arrival);
            self.follow(decision, now);
        }
    }

    fn ask(&mut self, now: Instant, question: impl FnOnce(&mut Qsf, &View<'_>) -> Option<SizeDecision>) -> Option<SizeDecision> {
        let oldest = self.queue.oldest_wait(now).unwrap_or_default();
        let starting = [WorkerState::Starting, WorkerState::Warming, WorkerState::Backoff];
        let pilot = &mut self.pilot;
        let view = View {
            now: now.saturating_duration_since(pilot.begun).as_secs_f64(),
            setting: &Setting { min: self.size.min.max(1), max: self.size.max, cores: pilot.cores, start: pilot.start },
            target: self.size.target,
            busy: pilot.running.len(),
            idle: self.table.count(&[WorkerState::Idle]),
            starting: self.table.count(&starting),
            queued: self.queue.len(),
            oldest_wait: oldest.as_secs_f64(),
            deaths_in_row: if self.streak.looping() { LOOP } else { 0 },
            room: pilot.room,
            seconds: &pilot.seconds,
        };
        question(&mut pilot.controller, &view)
    }

    fn follow(&mut self, decision: Option<SizeDecision>, now: Instant) {
        let Some(decision) = decision else { return };
        // A target of 0 was set by hand, so that calls wait.
        let left_alone = self.size.target == 0 || self.pilot.by_hand.is_some_and(|until| until > now);
        if self.draining.is_some() || left_alone || decision.to == self.size.target {
            return;
        }
        if self.pilot.knobs.autopilot != Autopilot::AutoSafe {
            let same = |(before, _): &(SizeDecision, Instant)| (before.from, before.to) == (decision.from, decision.to);
            if !self.pilot.proposal.as_ref().is_some_and(same) {
                self.pilot.keep(decision.clone(), false, now);
            }
            self.pilot.proposal = Some((decision, now));
            return;
        }
        self.size.target = decision.to.clamp(self.size.min, self.size.max);
        self.at_max.set(self.size.is_at_max(), now);
        self.reason = format!("{} (autopilot)", decision.reason);
        let grew = matches!(decision.path, DecisionPath::Fast | DecisionPath::Up);
        tracing::info!(from = decision.from, to = decision.to, "autopilot: {}", decision.reason);
        self.pilot.keep(decision, true, now);
        if grew {
            self.fill(now);
        } else {
            self.shrink();
        }
        self.replace_marked();
        self.assign(now);
    }
}
