//! Trials of changes: begun when advice is applied, carried on each second, ended by their own rules or by a change by hand.

use super::{Hub, door::Made};
use crate::{
    hub::trial::{Before, Case, Meddling, Running, Step, aim, health, is_knob, sized},
    metrics::quantile,
    model::{Advice, Autopilot, CallRecord, Command, CommandError, Policy, Reply, Severity},
    pool::{Part, Size},
    sizing::{
        Knobs,
        trial::{Aim, Arm, TooFew, Verdict},
    },
};

/// How long a change that came to nothing is not advised again, in seconds: growth, and what saves.
const COOL_DOWN_S: (u64, u64) = (300, 600);

/// Why a change is not tried out.
#[derive(Debug, thiserror::Error)]
enum NoTrial {
    #[error(transparent)]
    TooFew(#[from] TooFew),
    #[error("nothing changes at once that could be compared; the effect is modelled")]
    SameSize,
}

/// What a trial switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Setup {
    size: Size,
    policy: Policy,
}

impl Hub {
    /// Does what a piece of advice says: on trial if it is a change of a knob and there are calls enough, else for good.
    pub(super) async fn change_or_try(&mut self, advice: &Advice, by: &str) -> Result<Reply, CommandError> {
        // Memory that is short cannot wait for a trial.
        if !is_knob(&advice.change) || advice.category == "memory" {
            return self.change(advice.change.clone(), by).await;
        }
        let checkpoint = self.checkpoint(&advice.change).await;
        let id = self.journal.begin(by, super::door::describe(&advice.change), checkpoint).await?;
        let before = self.setup().await?;
        let made = match advice.change.clone() {
            Command::SetRecycling(wanted) => self.set_recycling(wanted, Part::Canary).await,
            other => self.make(other).await,
        };
        let (text, inverse) = match made {
            Ok(Made { text, inverse: Some(inverse) }) => (text, inverse),
            Ok(Made { text, inverse: None }) => {
                self.journal.failed(id).await;
                return Ok(Reply { text, change: None });
            }
            Err(error) => {
                self.journal.failed(id).await;
                return Err(error);
            }
        };
        let now_ms = self.now_ms();
        match self.begin_trial((id, text.clone()), advice, by, (before, inverse.clone())).await {
            Ok(length_s) => {
                let text = format!("{text} (on trial, up to {:.0} min)", (length_s / 60.0).ceil());
                let change = self.journal.tried(id, now_ms, by, text.clone(), inverse).await;
                self.event(Severity::Info, format!("trial begins: {text} ({by})"));
                self.tell_trial();
                Ok(Reply { text, change: Some(change) })
            }
            Err(why) => {
                if let Command::SetRecycling(wanted) = advice.change {
                    self.set_recycling(wanted, Part::All).await?;
                }
                let text = format!("{text}; no trial: {why}");
                let change = self.journal.done(id, now_ms, by, text.clone(), inverse).await;
                Ok(Reply { text, change: Some(change) })
            }
        }
    }

    async fn setup(&mut self) -> Result<Setup, CommandError> {
        let pool = self.parts.pool.status().await.ok_or_else(super::super::ended)?;
        Ok(Setup { size: Size { min: pool.min, max: pool.max, target: pool.target }, policy: self.state.policy })
    }

    /// Begins the trial of a change that is in force, and says how many seconds it takes at most.
    async fn begin_trial(
        &mut self,
        (change, text): (u64, String),
        advice: &Advice,
        by: &str,
        (before, inverse): (Setup, Command),
    ) -> Result<f64, NoTrial> {
        let after = self.setup().await.unwrap_or(before);
        let controlled = after.policy.autopilot == Autopilot::AutoSafe;
        let set = |setup: Setup| match &advice.change {
            Command::SetPolicy { .. } => {
                Command::SetPolicy { change: setup.policy.whole(), size: Some(sized(setup.size, controlled)) }
            }
            _ => Command::ResizePool(sized(setup.size, controlled)),
        };
        let (present, changed, aim) = match &advice.change {
            Command::SetRecycling(_) => (inverse, advice.change.clone(), Aim::Saving),
            Command::ResizePool(_) if before.size.target == after.size.target && !controlled => return Err(NoTrial::SameSize),
            _ => (set(before), set(after), aim(before.size, after.size)),
        };
        let waits = &self.minute.all().queued;
        let known = Before {
            rate: self.minute.rate(waits.len()).unwrap_or_default(),
            p95_latency: quantile(&self.minute.all().total, 0.95).unwrap_or_default() as f64 / 1e6,
            promised: Knobs::of(&before.policy).tuning.wait,
            health: health(&self.state.pool, &self.state.alerts),
        };
        let advice = (advice.id, advice.change.clone());
        let case = Case { change, advice, text, by: by.to_owned(), present, changed, aim };
        let running = Running::begin(case, self.now_ms(), known, fastrand::bool())?;
        let length_s = running.longest_s();
        self.trial = Some(running);
        Ok(length_s)
    }

    /// A second is over.
    pub(super) async fn follow_trial(&mut self, calls: &[CallRecord]) {
        let now_ms = self.now_ms();
        let health = health(&self.state.pool, &self.state.alerts);
        let Some(running) = &mut self.trial else { return };
        running.take(calls);
        match running.tick(now_ms, health, &self.state.pool) {
            Step::Stay => {}
            Step::Turn(arm) => {
                let (command, reason) = (running.command(arm), running.reason());
                if let Err(error) = self.put_in_force(command, reason).await {
                    self.end_trial(&Verdict::Aborted { why: error.message }).await;
                }
            }
            Step::End(verdict) => {
                self.end_trial(&verdict).await;
            }
        }
        self.tell_trial();
    }

    /// Sets an arm; it is no change of its own, so the journal has nothing of it.
    async fn put_in_force(&mut self, command: Command, reason: String) -> Result<(), CommandError> {
        match command {
            Command::ResizePool(resize) => self.parts.pool.resize_for(resize, reason).await.map(|_| ()),
            Command::SetPolicy { change, size } => {
                if let Some(resize) = size {
                    self.parts.pool.resize_for(resize, reason).await?;
                }
                self.state.policy = self.state.policy.changed(change);
                self.parts.pool.steer(Knobs::of(&self.state.policy));
                Ok(())
            }
            Command::SetRecycling(limits) => {
                self.parts.pool.recycle(limits, Part::All).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Ends the trial that runs: the change stays, or goes. Returns the journal's entry.
    pub(super) async fn end_trial(&mut self, verdict: &Verdict) -> Option<crate::model::Change> {
        let running = self.trial.take()?;
        let outcome = running.outcome(verdict);
        let (keeps, set_by_hand) = (verdict.keeps(), *verdict == Verdict::Overruled);
        let Case { change, text, advice, aim, .. } = running.case.clone();
        if !set_by_hand {
            let arm = if keeps { Arm::Changed } else { Arm::Present };
            let reason = format!("{text}: {}", if keeps { "kept after a trial" } else { "rolled back after a trial" });
            if let Err(error) = self.put_in_force(running.command(arm), reason).await {
                tracing::error!("the end of a trial could not be set: {}", error.message);
            }
        }
        self.mind.tried(advice.0, running.measured_ms().filter(|_| !set_by_hand));
        let told = format!("{text}; {outcome}");
        let kept = keeps || set_by_hand;
        let entry = self.journal.settled(change, kept, told.clone()).await;
        let severity = if kept { Severity::Info } else { Severity::Warning };
        self.event(severity, format!("trial ended: {told}"));
        if !kept {
            let seconds = if aim == Aim::Faster { COOL_DOWN_S.0 } else { COOL_DOWN_S.1 };
            let until = self.now_ms() + seconds * 1_000;
            self.put_away(advice.1, until);
            if let Some(entry) = &entry {
                self.mind.changed(&self.parts.judging, entry);
            }
        }
        self.drop_advice();
        self.state.journal = self.journal.shown();
        self.tell_trial();
        entry
    }

    /// What a command does to the trial that runs; what must be before it is done.
    pub(super) async fn make_way(&mut self, command: &Command, by: &str) -> Meddling {
        let meddling = self.trial.as_ref().map_or(Meddling::No, |running| running.meddling(command));
        if meddling == Meddling::Other {
            self.end_trial(&Verdict::Aborted { why: format!("{by} changed something else") }).await;
        }
        meddling
    }

    /// The command was obeyed; `changed` says whether it changed anything.
    pub(super) async fn meddled(&mut self, meddling: Meddling, changed: bool) {
        match meddling {
            Meddling::Same if changed => {
                self.end_trial(&Verdict::Overruled).await;
            }
            Meddling::Disturbs => self.trial.iter_mut().for_each(Running::disturb),
            _ => {}
        }
    }

    /// Puts it into the state that everybody sees.
    pub(super) fn tell_trial(&mut self) {
        let now_ms = self.now_ms();
        self.state.trial = self.trial.as_ref().map(|running| running.status(now_ms));
    }

    /// One change at a time: while one is tried out, no other of a knob is advised.
    pub(super) fn without_knobs(&self, mut advice: Vec<Advice>) -> Vec<Advice> {
        advice.retain(|advice| self.trial.is_none() || !is_knob(&advice.change));
        advice
    }
}
