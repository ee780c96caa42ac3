//! A change on trial: which calls belong to it, whose turn it is, what is told of it, and how it ended in words.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{
        Alert, CallRecord, Command, Ending, PoolStatus, RecycleReason, Resize, Severity, TrialArm, TrialEffect, TrialKind,
        TrialStatus,
    },
    pool::{Size, is_canary},
    sizing::trial::{Aim, Arm, Call, Effect, Health, TooFew, Trial, Verdict},
};

/// How long a change that should help is in force before the first block, in ms: workers start, the queue empties, and whoever asked for it sees
/// it at once.
const SETTLES_MS: u64 = 10_000;
/// So many workers replaced within a block say that the block is about something else.
const BURST: u64 = 3;
/// Kinds of work whose usual time is known.
const KINDS: usize = 512;

/// What is tried out.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The journal's number.
    pub(super) change: u64,
    /// The advice that it comes from, and its change: what is put away when it comes to nothing.
    pub(super) advice: (u64, Command),
    /// What is done, for people.
    pub(super) text: String,
    /// Who asked for it.
    pub(super) by: String,
    /// What puts it back as it was.
    pub(super) present: Command,
    /// What puts the change in force.
    pub(super) changed: Command,
    /// What it is for.
    pub(super) aim: Aim,
}

/// What the calls were like before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// Calls a second that want a worker.
    pub(super) rate: f64,
    /// 95th percentile of their latencies, in seconds.
    pub(super) p95_latency: f64,
    /// A wait that is still as promised, in seconds.
    pub(super) promised: f64,
    /// What was wrong then already is no reason to end the trial.
    pub(super) health: Health,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Nothing.
    Stay,
    /// It is the turn of this arm.
    Turn(Arm),
    /// It is over.
    End(Verdict),
}

/// What a command does to a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meddling {
    /// Nothing.
    No,
    /// The block that is under way says nothing any more.
    Disturbs,
    /// It sets what the trial is about: that stays, and the trial is over.
    Same,
    /// It sets something else that matters: the change goes, nobody knows whether it is good.
    Other,
}

/// A trial that runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) case: Case,
    trial: Trial,
    began_ms: u64,
    settles_until_ms: u64,
    promised: f64,
    health: Health,
    arm: Arm,
    /// The block that is under way, and workers that had been replaced when it began.
    block: Option<(usize, u64)>,
    /// What is known since the last block, which it takes some reckoning to find.
    known: (Option<TrialEffect>, Option<(f64, f64)>),
    usual: BTreeMap<Arc<str>, (f64, f64)>,
}

/// Whether a change may be tried out at all: it is one of a knob, and no remedy that cannot wait.
pub(super) fn is_knob(change: &Command) -> bool {
    matches!(change, Command::ResizePool(_) | Command::SetPolicy { .. } | Command::SetRecycling(_))
}

/// What a change of the size is for.
pub(super) fn aim(before: Size, after: Size) -> Aim {
    let size = |size: Size| (size.target, size.max, size.min);
    if size(after) < size(before) { Aim::Saving } else { Aim::Faster }
}

/// What sets this size; where the controller sizes the pool, only its bounds.
pub(super) fn sized(size: Size, controlled: bool) -> Resize {
    let Size { min, max, target } = size;
    if controlled { Resize::Bounds { min, max } } else { Resize::Exactly { min, max, target } }
}

/// What is wrong now with workers and machine.
pub(super) fn health(pool: &PoolStatus, alerts: &[Alert]) -> Health {
    let short = |alert: &Alert| alert.rule == "memory" && alert.severity == Severity::Critical;
    Health { crash_loop: pool.crash_loop.is_some(), memory_pressure: alerts.iter().any(short) }
}

impl Running {
    /// Begins a trial at this time; `changed_first` is chance's to say. The change is in force already.
    ///
    /// # Errors
    /// [`TooFew`] when there are too few calls.
    pub(super) fn begin(case: Case, now_ms: u64, before: Before, changed_first: bool) -> Result<Self, TooFew> {
        let settles = if case.aim == Aim::Faster && !case.is_canary() { SETTLES_MS } else { 0 };
        let from = settles as f64 / 1_000.0;
        let trial = if case.is_canary() {
            Trial::canary(from, before.rate, before.p95_latency)?
        } else {
            Trial::begin(case.aim, from, before.rate, before.p95_latency, changed_first)?
        };
        Ok(Self {
            case,
            trial,
            began_ms: now_ms,
            settles_until_ms: now_ms + settles,
            promised: before.promised,
            health: before.health,
            arm: Arm::Changed,
            block: None,
            known: (None, None),
            usual: BTreeMap::new(),
        })
    }

    /// The most seconds that it takes when no block is void.
    pub(super) fn longest_s(&self) -> f64 {
        let blocks = if self.case.is_canary() { Trial::most_blocks() / 2 } else { Trial::most_blocks() };
        (self.settles_until_ms - self.began_ms) as f64 / 1_000.0 + blocks as f64 * self.trial.block_length()
    }

    /// Takes in the calls that have ended.
    pub(super) fn take(&mut self, calls: &[CallRecord]) {
        for call in calls {
            let Some(mut seen) = self.seen(call) else { continue };
            if !self.case.is_canary() {
                self.trial.call(seen);
            } else if let Some(slot) = call.worker {
                seen.wait = self.beside_usual(&call.tool, call.subject.as_ref(), seen.service);
                seen.missed = false;
                self.trial.call_of(if is_canary(slot) { Arm::Changed } else { Arm::Present }, seen);
            }
        }
    }

    /// A call as the trial has it; `None` of one that wanted no worker, or that its caller gave up.
    fn seen(&self, call: &CallRecord) -> Option<Call> {
        let shed = call.ending == Ending::Shed && call.code.as_deref() == Some("busy");
        let waited = if shed { call.total_us } else { call.queued_us? };
        if call.ending == Ending::Cancelled {
            return None;
        }
        let came_ms = call.time_ms as f64 - call.total_us as f64 / 1_000.0;
        let wait = waited as f64 / 1e6;
        Some(Call {
            came: (came_ms - self.began_ms as f64) / 1_000.0,
            wait,
            service: call.ran_us.unwrap_or_default() as f64 / 1e6,
            missed: shed || wait > self.promised,
            failed: call.ending.is_error(),
        })
    }

    /// How often what is usual for its kind a call took.
    fn beside_usual(&mut self, tool: &Arc<str>, subject: Option<&Arc<str>>, service: f64) -> f64 {
        let key: Arc<str> = subject.map_or_else(|| Arc::clone(tool), |subject| format!("{tool} {subject}").into());
        if self.usual.len() >= KINDS && !self.usual.contains_key(&key) {
            self.usual.clear();
        }
        let (count, mean) = self.usual.entry(key).or_insert((0.0, 0.0));
        *count += 1.0;
        *mean += (service - *mean) / *count;
        service / mean.max(1e-6)
    }

    /// Time has gone on.
    pub(super) fn tick(&mut self, now_ms: u64, health: Health, pool: &PoolStatus) -> Step {
        if now_ms < self.began_ms {
            return Step::End(Verdict::Aborted { why: "the clock was set".to_owned() });
        }
        let blocks = self.trial.blocks().len() + self.trial.void_blocks();
        let by_itself = pool.recycled_by.iter().filter(|(reason, _)| **reason != RecycleReason::Size);
        let replaced: u64 = by_itself.map(|(_, count)| count).sum();
        if self.block.is_none_or(|(block, _)| block != blocks) {
            self.block = Some((blocks, replaced));
        } else if !self.case.is_canary() && self.block.is_some_and(|(_, before)| replaced.saturating_sub(before) >= BURST) {
            self.trial.disturb();
        }
        let news = Health {
            crash_loop: health.crash_loop && !self.health.crash_loop,
            memory_pressure: health.memory_pressure && !self.health.memory_pressure,
        };
        let now = (now_ms - self.began_ms) as f64 / 1_000.0;
        let over = self.trial.tick(now, news).cloned();
        if self.trial.blocks().len() + self.trial.void_blocks() > blocks {
            self.known = (self.trial.effect().map(percent), self.p95s_ms());
        }
        if let Some(verdict) = over {
            return Step::End(verdict);
        }
        let turn = if self.case.is_canary() || now_ms < self.settles_until_ms { Arm::Changed } else { self.trial.arm() };
        if turn == self.arm {
            return Step::Stay;
        }
        self.arm = turn;
        Step::Turn(turn)
    }

    /// Somebody did something by hand, or the size moved: this block says nothing.
    pub(super) fn disturb(&mut self) {
        self.trial.disturb();
    }

    /// What sets this arm.
    pub(super) fn command(&self, arm: Arm) -> Command {
        if arm == Arm::Changed { self.case.changed.clone() } else { self.case.present.clone() }
    }

    /// Why the pool is as it is, while it runs.
    pub(super) fn reason(&self) -> String {
        let arm = if self.arm == Arm::Changed { "with it" } else { "as before" };
        format!("trial of {}, {arm}", self.case.text)
    }

    /// What this command does to the trial.
    pub(super) fn meddling(&self, command: &Command) -> Meddling {
        let same = std::mem::discriminant(command) == std::mem::discriminant(&self.case.changed);
        match command {
            Command::ResizePool(_) | Command::SetPolicy { .. } | Command::SetRecycling(_) if same => Meddling::Same,
            Command::ResizePool(_)
            | Command::SetPolicy { .. }
            | Command::SetRecycling(_)
            | Command::ApplyAdvice { .. }
            | Command::ApproveAdvice { .. }
            | Command::ApplyAllSafe
            | Command::StopAll { lift: false } => Meddling::Other,
            Command::WarmAll | Command::DrainWorker { .. } | Command::SetContract(_) => Meddling::Disturbs,
            _ => Meddling::No,
        }
    }

    /// 95th percentile of the wait with the change, in ms, for the prediction that it was applied for.
    pub(super) fn measured_ms(&self) -> Option<f64> {
        self.trial.p95(Arm::Changed).filter(|_| !self.case.is_canary()).map(|seconds| seconds * 1_000.0)
    }

    /// It as everybody may see it.
    pub(super) fn status(&self, now_ms: u64) -> TrialStatus {
        let kind = if self.case.is_canary() { TrialKind::Canary } else { TrialKind::Blocks };
        let pair = if kind == TrialKind::Canary { 2 } else { 1 };
        let blocks = Trial::most_blocks() / pair;
        TrialStatus {
            change: self.case.change,
            text: self.case.text.clone(),
            by: self.case.by.clone(),
            kind,
            began_ms: self.began_ms,
            arm: if self.arm == Arm::Changed { TrialArm::Changed } else { TrialArm::Present },
            settling: now_ms < self.settles_until_ms,
            block: (self.trial.blocks().len() / pair + 1).min(blocks),
            blocks,
            block_s: self.trial.block_length(),
            void: self.trial.void_blocks(),
            effect: self.known.0,
            p95_ms: self.known.1,
            ends: "at once by more errors, three times the misses, a slowest hundredth three times as slow, dying workers, short memory \
                   or any change by hand; else by what 8, 12 or 16 blocks say"
                .to_owned(),
        }
    }

    fn p95s_ms(&self) -> Option<(f64, f64)> {
        let (before, after) = (self.trial.p95(Arm::Present)?, self.trial.p95(Arm::Changed)?);
        (!self.case.is_canary()).then_some((before * 1_000.0, after * 1_000.0))
    }

    /// How it ended, for the journal.
    pub(super) fn outcome(&self, verdict: &Verdict) -> String {
        let what = if self.case.is_canary() { "times" } else { "waits" };
        let effect = self.known.0.map(|effect| format!("{what} {}", effect.words()));
        let p95 = self.known.1.map(|(before, after)| format!("p95 wait {before:.0} -> {after:.0} ms"));
        let numbers: Vec<String> = p95.into_iter().chain(effect).collect();
        let numbers = numbers.join(", ");
        match verdict {
            Verdict::Keep { .. } => format!("kept: {numbers}"),
            Verdict::RollBack { ratio } if *ratio < 1.0 => format!("rolled back, it helps too little: {numbers}"),
            Verdict::RollBack { .. } => format!("rolled back, it does harm: {numbers}"),
            Verdict::Inconclusive { detectable: Some(least) } => {
                format!("rolled back, inconclusive: a change by {:.0} % would have been seen; {numbers}", least * 100.0)
            }
            Verdict::Inconclusive { detectable: None } => {
                "rolled back, inconclusive: too few blocks with calls enough".to_owned()
            }
            Verdict::Aborted { why } => format!("rolled back at once: {why}"),
            Verdict::Overruled => "no longer on trial: the same was set by hand".to_owned(),
        }
    }
}

impl Case {
    /// Whether it is tried out on part of the workers.
    pub(super) fn is_canary(&self) -> bool {
        matches!(self.changed, Command::SetRecycling(_))
    }
}

fn percent(effect: Effect) -> TrialEffect {
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    TrialEffect { percent: percent(effect.ratio), low: percent(effect.low), high: percent(effect.high) }
}
