//! The one door through which anything changes.

use super::Hub;
use crate::{
    hub::{access, trial::Running},
    model::{
        APPROVAL, Advice, AdviceState, Change, Command, CommandError, Contract, Policy, PolicyChange, Recycling, Reply, Resize,
        RiskClass, Severity,
    },
    pool::{Part, Size},
    sizing::{Knobs, ServerKnobs, trial::Verdict, warm},
};

/// How long advice that was put away stays away, in seconds.
const AWAY_S: u64 = 1_800;

/// What a change came to.
pub(super) struct Made {
    pub(super) text: String,
    /// What takes it back; `None` when nothing changed.
    pub(super) inverse: Option<Command>,
}

impl Made {
    fn nothing(text: impl Into<String>) -> Self {
        Self { text: text.into(), inverse: None }
    }
}

impl Hub {
    pub(super) async fn obey(&mut self, command: Command, by: &str) -> Result<Reply, CommandError> {
        let meddling = self.make_way(&command, by).await;
        let reply = match command {
            Command::ApplyAdvice { id } => self.apply(id, None, by).await?,
            Command::ApproveAdvice { id, word } => self.apply(id, Some(&word), by).await?,
            Command::ApplyAllSafe => self.apply_all_safe(by).await?,
            Command::DismissAdvice { id } => self.dismiss(id)?,
            Command::UndoChange => self.undo(by).await?,
            Command::StopAll { lift } => self.stop_all(lift, by).await?,
            Command::AnswerCall { id, decision } => {
                let done = access::answer(&self.parts.access, id, decision, by)?;
                self.note(done, by).await
            }
            Command::ForgetApproval { id } => {
                let done = access::forget(&self.parts.access, id)?;
                self.note(done, by).await
            }
            Command::ReadTokens => access::read_tokens(&self.parts.access)?,
            Command::ByHand(step) => return Err(by_hand(&step)),
            other => self.change(other, by).await?,
        };
        self.meddled(meddling, reply.change.is_some()).await;
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
    async fn note(&mut self, done: access::Done, by: &str) -> Reply {
        let access::Done { text, inverse } = done;
        let Some(inverse) = inverse else {
            self.event(Severity::Info, format!("{text} (by {by})"));
            return Reply { text, change: None };
        };
        let change = self.journal.noted(self.now_ms(), by, text.clone(), inverse).await;
        Reply { text, change: Some(change) }
    }

    /// Changes something: the journal says so before and after.
    pub(super) async fn change(&mut self, command: Command, by: &str) -> Result<Reply, CommandError> {
        let checkpoint = self.checkpoint(&command).await;
        let id = self.journal.begin(by, describe(&command), checkpoint).await?;
        match self.make(command).await {
            Err(error) => {
                self.journal.failed(id).await;
                Err(error)
            }
            Ok(Made { text, inverse: None }) => {
                self.journal.failed(id).await;
                Ok(Reply { text, change: None })
            }
            Ok(Made { text, inverse: Some(inverse) }) => {
                let now_ms = self.now_ms();
                let change = self.journal.done(id, now_ms, by, text.clone(), inverse).await;
                Ok(Reply { text, change: Some(change) })
            }
        }
    }

    pub(super) async fn make(&mut self, command: Command) -> Result<Made, CommandError> {
        match command {
            Command::ResizePool(resize) => self.resize(resize).await,
            Command::SetPolicy { change, size } => self.set_policy(change, size).await,
            Command::SetContract(contract) => self.set_contract(contract),
            Command::SetRecycling(wanted) => self.set_recycling(wanted, Part::All).await,
            Command::WarmAll => {
                let warmed = self.parts.pool.warm().await.unwrap_or_default();
                Ok(Made::nothing(match warmed {
                    0 => "no worker waits for its start; all are warm or warming".to_owned(),
                    count => format!("{count} workers that waited for their start begin now"),
                }))
            }
            Command::DrainWorker { slot } => {
                let drained = self.parts.pool.drain_worker(slot).await.unwrap_or_default();
                if !drained {
                    return Err(CommandError::new("no_worker", format!("worker {slot} is not there, or on its way out already")));
                }
                Ok(Made::nothing(format!("worker {slot} goes when another is there for it and its call has ended")))
            }
            Command::KillWorker { slot } => {
                let killed = self.parts.pool.kill_worker(slot).await.unwrap_or_default();
                if !killed {
                    return Err(CommandError::new("no_worker", format!("worker {slot} is not there, or on its way out already")));
                }
                Ok(Made::nothing(format!("worker {slot}: its call is cancelled, and another worker takes its place")))
            }
            Command::ForgetApproval { id } => {
                // One that somebody has forgotten already is as it should be.
                drop(access::forget(&self.parts.access, id));
                Ok(Made::nothing("the approval is forgotten"))
            }
            _ => Err(CommandError::new("not_a_change", "this is no change that can be made by itself")),
        }
    }

    async fn resize(&mut self, resize: Resize) -> Result<Made, CommandError> {
        let (before, after) = self.parts.pool.resize(resize).await?;
        if before == after {
            return Ok(Made::nothing(format!("the pool is at {} already", after.target)));
        }
        self.drop_advice();
        self.mind.disturbed();
        Ok(Made { text: sizes(before, after), inverse: Some(Command::ResizePool(exactly(before))) })
    }

    async fn set_policy(&mut self, change: PolicyChange, size: Option<Resize>) -> Result<Made, CommandError> {
        let before = self.state.policy;
        let after = before.changed(change);
        let current = self.parts.pool.status().await.ok_or_else(super::super::ended)?;
        let wanted = size.or_else(|| {
            let min = if after.strategy == before.strategy { None } else { self.smallest(after) };
            min.map(|min| Resize::Bounds { min: min.min(current.max), max: current.max })
        });
        if before == after && wanted.is_none() {
            return Ok(Made::nothing("that is so already"));
        }
        let mut text = before.difference(after);
        let mut inverse = None;
        if let Some(resize) = wanted {
            let (from, to) = self.parts.pool.resize(resize).await?;
            inverse = Some(exactly(from));
            if from != to {
                let and = if text.is_empty() { "" } else { ", " };
                text = format!("{text}{and}{}", sizes(from, to));
            }
        }
        self.parts.pool.steer(Knobs::of(&after));
        self.state.policy = after;
        self.tune();
        self.drop_advice();
        self.mind.disturbed();
        Ok(Made { text, inverse: Some(Command::SetPolicy { change: before.whole(), size: inverse }) })
    }

    /// Tells others than the pool what the policy means for them.
    pub(super) fn tune(&mut self) {
        let knobs = ServerKnobs::of(&self.state.policy);
        (self.parts.tune)(knobs);
        self.mind.warn_of_memory(&self.parts.judging, knobs.memory_warning);
    }

    /// Other limits of workers' lives, for all of them or for the canary.
    pub(super) async fn set_recycling(&mut self, wanted: Recycling, part: Part) -> Result<Made, CommandError> {
        let before = self.parts.pool.recycle(wanted, part).await.ok_or_else(super::super::ended)?;
        if before == wanted {
            return Ok(Made::nothing("workers are replaced so already"));
        }
        self.mind.disturbed();
        Ok(Made { text: before.difference(wanted), inverse: Some(Command::SetRecycling(before)) })
    }

    fn set_contract(&mut self, contract: Contract) -> Result<Made, CommandError> {
        contract.check().map_err(|what| CommandError::new("bad_contract", format!("the contract {what}")))?;
        if !self.parts.info.tools.iter().any(|tool| **tool == *contract.tool) {
            return Err(CommandError::new("bad_contract", format!("there is no tool {:?}", contract.tool)));
        }
        let before = self.mind.contract(&contract.tool);
        if before == contract {
            return Ok(Made::nothing(format!("{} is promised that already", contract.tool)));
        }
        let text = format!("{}: {}", contract.tool, contract.words());
        self.mind.set_contract(contract);
        Ok(Made { text, inverse: Some(Command::SetContract(before)) })
    }

    /// The smallest size of this policy: the strategy's, or the one of the settings.
    fn smallest(&self, policy: Policy) -> Option<u16> {
        warm(policy.strategy).or(self.parts.smallest)
    }

    async fn stop_all(&mut self, lift: bool, by: &str) -> Result<Reply, CommandError> {
        let id = self.journal.begin(by, describe(&Command::StopAll { lift }), None).await?;
        let text = if lift {
            let lifted = self.parts.pool.lift().await.ok_or_else(super::super::ended)?;
            if lifted { format!("the stop was lifted by {by}: calls are taken again") } else { "nothing is stopped".to_owned() }
        } else {
            let (ran, waited) = self.parts.pool.stop(by).await.ok_or_else(super::super::ended)?;
            format!(
                "stopped by {by}: {ran} running and {waited} waiting calls cancelled, new ones are refused until it is lifted"
            )
        };
        let severity = if lift { Severity::Info } else { Severity::Critical };
        self.event(severity, text.clone());
        if let Some(pool) = self.parts.pool.status().await {
            // The screen must not say otherwise until the next tick.
            self.state.pool.stopped = pool.stopped;
        }
        // It is no change that an undo takes back: what was cancelled stays so.
        self.journal.failed(id).await;
        Ok(Reply { text, change: None })
    }

    /// What was advised for the size before does not hold for the new one.
    pub(super) fn drop_advice(&mut self) {
        self.state.advice.retain(|advice| advice.state != AdviceState::Open);
    }

    fn advice(&mut self, id: Option<u64>) -> Result<&mut Advice, CommandError> {
        let open = |advice: &&mut Advice| advice.state == AdviceState::Open && id.is_none_or(|id| advice.id == id);
        let missing = match id {
            Some(id) => format!("advice {id} no longer stands"),
            None => "there is no advice to apply".to_owned(),
        };
        self.state.advice.iter_mut().find(open).ok_or_else(|| CommandError::new("no_advice", missing))
    }

    async fn apply(&mut self, id: Option<u64>, word: Option<&str>, by: &str) -> Result<Reply, CommandError> {
        let advice = self.advice(id)?;
        let number = advice.id;
        if advice.risk_class != RiskClass::Safe && word != Some(APPROVAL) {
            let words = format!("advice {number} is not safe by itself; ! approves it, and \"{APPROVAL}\" has to be typed");
            return Err(CommandError::new("needs_approval", words));
        }
        if let Command::ByHand(step) = &advice.change {
            return Err(by_hand(step));
        }
        // A change drops what else was advised, and keeps what was applied.
        advice.state = AdviceState::Applied;
        let applied = advice.clone();
        let reply = self.change_or_try(&applied, &format!("advice {number}, {by}")).await;
        if reply.is_err()
            && let Some(advice) = self.state.advice.iter_mut().find(|advice| advice.id == number)
        {
            advice.state = AdviceState::Open;
        }
        let reply = reply?;
        self.mind.applied(self.now_ms(), &applied, &reply.text, &self.minute, self.trial.is_some());
        Ok(Reply { text: format!("applied: {}", reply.text), ..reply })
    }

    async fn apply_all_safe(&mut self, by: &str) -> Result<Reply, CommandError> {
        let by_itself = |advice: &Advice| !matches!(advice.change, Command::ByHand(_));
        let safe =
            |advice: &&Advice| advice.state == AdviceState::Open && advice.risk_class == RiskClass::Safe && by_itself(advice);
        let ids: Vec<u64> = self.state.advice.iter().filter(safe).map(|advice| advice.id).collect();
        let (mut texts, mut last): (Vec<String>, Option<Change>) = (Vec::new(), None);
        for id in ids {
            // One change at a time: what is tried out would be ended by the next.
            if self.trial.is_some() {
                break;
            }
            // A change may have made the advice after it void.
            if let Ok(reply) = self.apply(Some(id), None, by).await {
                texts.push(reply.text);
                last = reply.change.or(last);
            }
        }
        if texts.is_empty() {
            return Err(CommandError::new("no_advice", "there is no safe advice to apply"));
        }
        Ok(Reply { text: texts.join("; "), change: last })
    }

    fn dismiss(&mut self, id: Option<u64>) -> Result<Reply, CommandError> {
        let advice = self.advice(id)?;
        let (number, change, issue) = (advice.id, advice.change.clone(), advice.issue.clone());
        let until = self.now_ms() + AWAY_S * 1_000;
        self.put_away(change, until);
        self.state.advice.retain(|advice| advice.id != number);
        Ok(Reply { text: format!("put away for {} min: {issue}", AWAY_S / 60), change: None })
    }

    /// Puts advice with this change away until then.
    pub(super) fn put_away(&mut self, change: Command, until_ms: u64) {
        self.away.push((change, until_ms));
    }

    /// Leaves out what was put away.
    pub(super) fn without_dismissed(&mut self, mut advice: Vec<Advice>) -> Vec<Advice> {
        let now = self.now_ms();
        self.away.retain(|(_, until)| *until > now);
        advice.retain(|advice| !self.away.iter().any(|(change, _)| *change == advice.change));
        advice
    }

    async fn undo(&mut self, by: &str) -> Result<Reply, CommandError> {
        let change = self.journal.newest()?;
        if self.trial.as_ref().is_some_and(|running| running.case.change == change.id) {
            let undone = self.end_trial(&Verdict::Aborted { why: format!("taken back by {by}") }).await;
            return Ok(Reply { text: format!("undone: {}", change.text), change: undone });
        }
        self.trial.iter_mut().for_each(Running::disturb);
        self.make(change.inverse.clone()).await?;
        let undone = self.journal.mark_undone(change.id).await;
        Ok(Reply { text: format!("undone: {}", change.text), change: undone })
    }
}

pub(super) fn exactly(size: Size) -> Resize {
    Resize::Exactly { min: size.min, max: size.max, target: size.target }
}

fn sizes(before: Size, after: Size) -> String {
    if (before.min, before.max) == (after.min, after.max) {
        return format!("pool {} -> {}", before.target, after.target);
    }
    let size = |size: Size| format!("{} ({} to {})", size.target, size.min, size.max);
    format!("pool {} -> {}", size(before), size(after))
}

/// What is about to be done, for the journal.
pub(super) fn describe(command: &Command) -> String {
    match command {
        Command::ResizePool(resize) => format!("pool to {resize:?}"),
        Command::SetContract(contract) => format!("{}: {}", contract.tool, contract.words()),
        Command::SetPolicy { change, .. } => {
            let words = [
                change.autopilot.map(|autopilot| format!("autopilot {}", autopilot.word())),
                change.strategy.map(|strategy| format!("strategy {}", strategy.word())),
                change.target.map(|target| format!("target {}", target.word())),
                change.profile.map(|profile| format!("profile {}", profile.word())),
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        Command::SetRecycling(limits) => format!("workers are replaced by {limits:?}"),
        Command::StopAll { lift: false } => "stop all".to_owned(),
        Command::StopAll { lift: true } => "lift the stop".to_owned(),
        Command::DrainWorker { slot } => format!("replace worker {slot}"),
        Command::KillWorker { slot } => format!("kill worker {slot}"),
        Command::WarmAll => "start waiting workers".to_owned(),
        other => format!("{other:?}"),
    }
}

fn by_hand(step: &str) -> CommandError {
    CommandError::new("by_hand", format!("kmtop cannot do this by itself; do it by hand: {step}"))
}
