//! Does actions, one after the other.

use super::{
    super::{data::Action, host::Reached, place::Place, table::action_type},
    MAX_NESTING, MAX_STEPS,
    error::Trouble,
    limits,
    report::{Failure, Sink},
    state::Runner,
};

/// What happens after an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::macros) enum Flow {
    /// The next one.
    Next,
    /// The macro ends here, well.
    Return,
    /// This macro ends here; the one that called it goes on.
    CancelJustThis,
    /// Everything ends here.
    CancelAll,
    /// The loop around it ends.
    Break,
    /// The loop around it goes on with its next turn.
    Continue,
    /// The loop around it does the same turn again.
    Retry,
}

impl Flow {
    pub(super) fn is_cancelling(self) -> bool {
        matches!(self, Self::CancelJustThis | Self::CancelAll)
    }
}

impl Runner<'_> {
    /// Does the actions of a list.
    pub(super) fn block(&mut self, parent: Option<&Place<'_>>, name: &str, actions: &[Action]) -> Result<Flow, Trouble> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(Trouble::Limit(format!("actions are nested deeper than {MAX_NESTING}, called macros included")));
        }
        let outermost = parent.is_none() && self.frames.len() == 1;
        if outermost {
            self.at = (0, actions.iter().filter(|action| action.enabled).count());
        }
        for (index, action) in actions.iter().enumerate().filter(|(_, action)| action.enabled) {
            let place = Place::new(parent, name, index, action);
            self.tell(action);
            let mark = self.sinks.mark();
            let done = match self.step(action, &place) {
                Err(trouble) => self.after_trouble(trouble, action, &place).map(|()| Flow::Next),
                done => done,
            };
            self.place(mark, &place);
            self.at.0 += usize::from(outermost);
            match done? {
                Flow::Next => {}
                flow => {
                    self.nesting -= 1;
                    return Ok(flow);
                }
            }
        }
        self.nesting -= 1;
        Ok(Flow::Next)
    }

    /// Says where the run is.
    fn tell(&mut self, action: &Action) {
        let (done, total) = self.at;
        let action = action.name.as_deref().unwrap_or(&action.kind);
        self.host.reached(Reached { done, total, steps: self.steps, action });
    }

    fn step(&mut self, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
        self.count_step()?;
        let nesting = self.nesting;
        let flow = match action_type(&action.kind) {
            Some(known) => self.within_its_time(action, |runner| (known.perform)(runner, action, place)),
            None => Err(Trouble::Failed(format!("actions of type {} are not known here", action.kind))),
        };
        self.nesting = nesting;
        if flow.is_ok() && action.blocks.is_empty() && action.kind != "Comment" {
            self.set_result("OK");
        }
        flow
    }

    /// Says of what was recorded since the mark which action did it.
    fn place(&mut self, mark: usize, place: &Place<'_>) {
        if self.sinks.mark() > mark {
            let macro_uid = self.frames.last().map(|frame| frame.definition.uid.as_str()).unwrap_or_default();
            self.sinks.place(mark, macro_uid, place);
        }
    }

    /// Counts a step, and stops a run that was cancelled or never ends.
    pub(super) fn count_step(&mut self) -> Result<(), Trouble> {
        if self.host.cancelled() {
            return Err(Trouble::Cancelled);
        }
        self.check_time()?;
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Trouble::Limit(format!("the run takes more than {MAX_STEPS} steps")));
        }
        Ok(())
    }

    /// Decides whether trouble stops the macro. An action with “failure does not abort” lets it go on.
    fn after_trouble(&mut self, trouble: Trouble, action: &Action, place: &Place<'_>) -> Result<(), Trouble> {
        let failure = match trouble {
            Trouble::Failed(message) => {
                let failure = self.failure(message, action, place);
                self.notify_of(&failure, action, "NotifyOnFailure");
                failure
            }
            Trouble::Inner(failure) => failure,
            Trouble::TimeUp(limits::OF_RUN) => {
                let message = "the run's time was up here; a longer one can be asked for with timeout_ms".to_owned();
                return Err(Trouble::OutOfTime(self.failure(message, action, place)));
            }
            Trouble::Late(message) => {
                let failure = self.failure(message, action, place);
                self.notify_of(&failure, action, "NotifyOnTimeOut");
                if action.flag("TimeOutAbortsMacro") == Some(false) {
                    self.sinks.record(Sink::Log, format!("action {} was passed over: {}", failure.readable, failure.message));
                    self.action_result = failure.message;
                    return Ok(());
                }
                failure
            }
            Trouble::Limit(message) => {
                return Err(Trouble::Fatal(self.failure(message, action, place)));
            }
            end @ (Trouble::Fatal(_) | Trouble::OutOfTime(_) | Trouble::TimeUp(_) | Trouble::Cancelled) => return Err(end),
        };
        if action.flag("StopOnFailure") != Some(false) {
            return Err(Trouble::Inner(failure));
        }
        self.sinks.record(Sink::Log, format!("action {} failed and was passed over: {}", failure.readable, failure.message));
        self.action_result = failure.message;
        Ok(())
    }

    /// Shows a failure to people, unless this switch of the action is off. What a Try catches is nobody's business yet.
    fn notify_of(&mut self, failure: &Failure, action: &Action, switch: &str) {
        if self.tries == 0 && action.flag(switch) != Some(false) {
            let text = format!("{}: {}", action.name.as_deref().unwrap_or(&action.kind), failure.message);
            self.sinks.record(Sink::Notifications, text);
        }
    }

    /// What `%ActionResult%` gives from now on.
    pub(super) fn set_result(&mut self, text: &str) {
        self.action_result.clear();
        self.action_result.push_str(text);
    }

    fn failure(&self, message: String, action: &Action, place: &Place<'_>) -> Box<Failure> {
        let definition = self.frames.last().map(|frame| &frame.definition);
        Box::new(Failure {
            macro_uid: definition.map(|definition| definition.uid.clone()).unwrap_or_default(),
            macro_name: definition.map(|definition| definition.name.clone()).unwrap_or_default(),
            path: place.path(),
            readable: place.readable(),
            kind: action.kind.clone(),
            message,
        })
    }
}
