//! The controller of kmtop: queueing theory says how many are needed, a fast path adds some when calls would wait longer than a start
//! takes, growth beyond the processors is verified, and what has not been needed for a while goes.

use std::collections::VecDeque;

use super::{
    controller::{Controller, Setting, View},
    erlang::Flow,
    estimate::Estimate,
    guard::Guard,
    numbers::{ceil, quantile, size, whole},
};
use crate::{
    model::{DecisionInputs, DecisionPath, SizeDecision, UsualLoad},
    util::numbers::count,
};

/// Seconds of wishes that are kept.
const KEPT: usize = 600;
/// Seconds in which a queue that is there should be gone.
const DRAIN: f64 = 2.0;
/// Seconds between two steps down.
const STEP_DOWN: f64 = 5.0;
/// In the first seconds nothing is let go.
const SETTLING: f64 = 30.0;
/// Longest hold, in seconds.
const LONGEST_HOLD: f64 = 300.0;
/// Deaths in a row from which on nothing is added.
const CRASH_LOOP: u32 = 5;

/// What is promised and how patient the controller is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    /// A wait for a worker that is still good, in seconds.
    pub wait: f64,
    /// Share of calls that may wait longer, above 0 and below 1.
    pub late: f64,
    /// For how long fewer workers must have been enough before one goes, in seconds; grows by itself when that was too soon.
    pub hold: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { wait: 0.25, late: 0.01, hold: 60.0 }
    }
}

/// The controller. Its periods are seconds.
#[derive(Debug)]
pub struct Qsf {
    tuning: Tuning,
    estimate: Estimate,
    /// `None` until the machine is known.
    guard: Option<Guard>,
    hold: f64,
    /// What was needed by theory and what was there at once, second by second.
    wishes: VecDeque<(u16, u16)>,
    last_shrink: f64,
    next_shrink: f64,
    last_penalty: f64,
    flow: Flow,
    needed: u16,
    /// What usually comes at this time of day, and the workers that it needs.
    usual: Option<UsualLoad>,
}

impl Default for Qsf {
    fn default() -> Self {
        Self::new(Tuning::default())
    }
}

impl Qsf {
    /// A controller that knows nothing yet.
    pub fn new(tuning: Tuning) -> Self {
        Self {
            tuning,
            estimate: Estimate::default(),
            guard: None,
            hold: tuning.hold,
            wishes: VecDeque::new(),
            last_shrink: f64::NEG_INFINITY,
            next_shrink: 0.0,
            last_penalty: f64::NEG_INFINITY,
            flow: Flow { rate: 0.0, service: 0.2, variability: 1.0 },
            needed: 0,
            usual: None,
        }
    }

    /// What usually comes at this time of day: workers for it are there before it comes.
    pub fn expect(&mut self, usual: Option<UsualLoad>) {
        self.usual = usual;
    }

    /// The same, with the workers that are kept ready.
    pub fn usual(&self) -> Option<UsualLoad> {
        self.usual
    }

    /// Promises something else from now on; what was learnt stays.
    pub fn tune(&mut self, tuning: Tuning) {
        self.tuning = tuning;
        self.hold = tuning.hold;
    }

    fn limit(&mut self, view: &View<'_>) -> u16 {
        let cores = view.setting.cores;
        let guard = self.guard.get_or_insert_with(|| Guard::new(cores));
        guard.limit(view.target, cores, view.now).min(view.room).clamp(view.setting.min.min(view.setting.max), view.setting.max)
    }

    fn learn(&mut self, view: &View<'_>) {
        let guard = self.guard.get_or_insert_with(|| Guard::new(view.setting.cores));
        for sample in view.seconds.newest().into_iter().flat_map(|second| &second.samples) {
            guard.learn(sample.at_once, sample.ln_service, view.now);
        }
    }

    /// Growth so soon after letting one go says that it went too soon: from now on the hold is longer.
    fn regret(&mut self, now: f64) {
        if now - self.last_shrink < self.hold && now - self.last_penalty > self.hold {
            self.hold = (self.hold * 1.5).min(LONGEST_HOLD);
            self.last_penalty = now;
        }
    }

    fn inputs(&self, view: &View<'_>, limit: u16) -> DecisionInputs {
        DecisionInputs {
            rate_per_s: self.flow.rate,
            service_s: self.flow.service,
            variability: self.flow.variability,
            needed: self.needed,
            limit,
            queued: count(view.queued),
            busy: count(view.busy),
            starting: count(view.starting),
        }
    }

    fn decide(&self, view: &View<'_>, to: u16, limit: u16, path: DecisionPath, reason: String) -> SizeDecision {
        SizeDecision { from: view.target, to, path, reason, inputs: self.inputs(view, limit) }
    }

    fn back(&self, view: &View<'_>, limit: u16) -> SizeDecision {
        let to = limit.max(view.target - (view.target / 4).max(1));
        let why = match self.guard.as_ref().and_then(Guard::cap) {
            Some(cap) if cap == limit => format!("calls took so much longer beyond {cap} at once that fewer were served"),
            _ if view.room <= limit => format!("the machine has room for {limit}: memory or load"),
            _ => format!("at most {limit} until more at once is known to do no harm"),
        };
        self.decide(view, to, limit, DecisionPath::Guard, why)
    }

    fn up(&self, view: &View<'_>, need: u16, limit: u16) -> SizeDecision {
        let target = view.target;
        let to = need.min(target + target.max(4)).min(limit);
        let Flow { rate, service, .. } = self.flow;
        let Tuning { wait, late, .. } = self.tuning;
        let mut why = format!(
            "{rate:.1} calls/s of {service:.2} s need {} so that at most {}% wait over {:.0} ms",
            self.needed,
            late * 100.0,
            wait * 1_000.0
        );
        if let Some(usual) = self.usual.filter(|usual| usual.workers >= Some(need) && self.needed < need) {
            why = format!(
                "{:.1} calls/s are usual at this time of day ({} days): {need} are kept ready",
                usual.rate_per_s, usual.days
            );
        } else if view.queued > 0 {
            why = format!("{why}, and {} wait", view.queued);
        }
        self.decide(view, to, limit, DecisionPath::Up, why)
    }

    /// Workers that what usually comes needs, each taking as long as calls take now.
    fn renew_ready(&mut self, most: usize) -> u16 {
        let (flow, Tuning { wait, late, .. }) = (self.flow, self.tuning);
        let Some(usual) = self.usual.as_mut() else { return 0 };
        let ready = size(Flow { rate: usual.rate_per_s, ..flow }.staff(wait, late, most));
        usual.workers = Some(ready);
        ready
    }

    /// What has been enough for as long as the hold.
    fn enough(&self, setting: &Setting) -> u16 {
        let span = whole(self.hold).min(self.wishes.len());
        let newest = || self.wishes.iter().skip(self.wishes.len() - span);
        let mut needed: Vec<u16> = newest().map(|wish| wish.0).collect();
        let mut demand: Vec<u16> = newest().map(|wish| wish.1).collect();
        needed.sort_unstable();
        demand.sort_unstable();
        let at = |sorted: &[u16], share| quantile(sorted, share).unwrap_or(0);
        setting.min.max(at(&needed, 0.9)).max(at(&demand, 0.95))
    }

    fn down(&mut self, view: &View<'_>, limit: u16) -> Option<SizeDecision> {
        let enough = self.enough(view.setting);
        if view.target <= enough {
            return None;
        }
        self.next_shrink = view.now + STEP_DOWN;
        self.last_shrink = view.now;
        let to = enough.max(view.target - (view.target / 10).max(1));
        let why = format!("{enough} were enough for the last {:.0} s", self.hold);
        Some(self.decide(view, to, limit, DecisionPath::Down, why))
    }
}

impl Controller for Qsf {
    fn first(&mut self, setting: &Setting) -> u16 {
        setting.clamp(4)
    }

    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        self.flow = self.estimate.renew(view.seconds);
        self.learn(view);
        let setting = view.setting;
        let most = usize::from(setting.max);
        let needed = self.flow.staff(self.tuning.wait, self.tuning.late, most);
        self.needed = size(needed);
        let drain = if view.queued > 0 { ceil(view.queued as f64 * self.flow.service / DRAIN) } else { 0 };
        let ready = self.renew_ready(most);
        let need = size((needed + drain).min(most)).max(ready);
        let before = view.seconds.newest().map_or(0, |second| second.demand);
        let demand = size(usize::try_from(before).unwrap_or(most).max(view.busy + view.queued));
        if self.wishes.len() == KEPT {
            self.wishes.pop_front();
        }
        self.wishes.push_back((self.needed.max(ready), demand.min(setting.max)));
        let limit = self.limit(view);
        if view.target > limit {
            return Some(self.back(view, limit));
        }
        if need > view.target && view.target < limit {
            self.regret(view.now);
            return Some(self.up(view, need, limit));
        }
        if view.now >= self.next_shrink && view.now > SETTLING {
            let down = self.down(view, limit);
            if down.is_some() {
                return down;
            }
        }
        if view.now - self.last_penalty > 2.0 * self.hold && self.hold > self.tuning.hold {
            self.hold = (self.hold * 0.999).max(self.tuning.hold);
        }
        None
    }

    fn arrival(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        let setting = view.setting;
        let cores = usize::from(setting.cores);
        let View { target, queued, starting, busy, .. } = *view;
        if queued == 0 || target >= setting.max || queued <= starting || starting >= 2 * cores {
            return None;
        }
        if view.deaths_in_row >= CRASH_LOOP {
            return None;
        }
        let work = queued as f64 * self.estimate.service();
        let wait = work / busy.max(1) as f64;
        if wait <= setting.start {
            return None;
        }
        let limit = self.limit(view);
        let wanted = ceil(work / self.tuning.wait).saturating_sub(busy + starting);
        let room = usize::from(limit.saturating_sub(target));
        let more = (queued - starting).min(wanted).min(2 * cores - starting).min(room);
        if more == 0 {
            return None;
        }
        self.regret(view.now);
        let why =
            format!("{queued} wait and none is idle: {:.0} ms, a start takes {:.0} ms", wait * 1_000.0, setting.start * 1_000.0);
        Some(self.decide(view, target + size(more), limit, DecisionPath::Fast, why))
    }
}
