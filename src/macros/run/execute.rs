//! Does actions, one after the other.

use std::time::Duration;

use super::{
    super::{data::Action, place::Place, tokens::Escapes},
    MAX_NESTING, MAX_RESULT, MAX_STEPS,
    error::Trouble,
    report::{Failure, Sink},
    state::{DELETE, Runner},
};

/// Longest pause, in seconds: a year.
const LONGEST_PAUSE: f64 = 365.0 * 86_400.0;

/// What happens after an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next one.
    Next,
    /// The macro ends here, well.
    Return,
    /// This macro ends here; the one that called it goes on.
    CancelJustThis,
    /// Everything ends here.
    CancelAll,
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
        for (index, action) in actions.iter().enumerate().filter(|(_, action)| action.enabled) {
            let place = Place::new(parent, name, index, action);
            match self.step(action, &place) {
                Ok(Flow::Next) => {}
                Ok(flow) => {
                    self.nesting -= 1;
                    return Ok(flow);
                }
                Err(trouble) => self.after_trouble(trouble, action, &place)?,
            }
        }
        self.nesting -= 1;
        Ok(Flow::Next)
    }

    fn step(&mut self, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
        self.count_step()?;
        let nesting = self.nesting;
        let flow = self.perform(action, place);
        self.nesting = nesting;
        if flow.is_ok() && action.blocks.is_empty() && action.kind != "Comment" {
            self.action_result.clear();
            self.action_result.push_str("OK");
        }
        flow
    }

    /// Counts a step, and stops a run that was cancelled or never ends.
    pub(super) fn count_step(&mut self) -> Result<(), Trouble> {
        if self.host.cancelled() {
            return Err(Trouble::Cancelled);
        }
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Trouble::Limit(format!("the run takes more than {MAX_STEPS} steps")));
        }
        Ok(())
    }

    /// Decides whether trouble stops the macro. An action with “failure does not abort” lets it go on.
    fn after_trouble(&mut self, trouble: Trouble, action: &Action, place: &Place<'_>) -> Result<(), Trouble> {
        let failure = match trouble {
            Trouble::Failed(message) => self.failure(message, action, place),
            Trouble::Inner(failure) => failure,
            Trouble::Limit(message) => {
                return Err(Trouble::Fatal(self.failure(message, action, place)));
            }
            end @ (Trouble::Fatal(_) | Trouble::Cancelled) => return Err(end),
        };
        if action.flag("StopOnFailure") != Some(false) {
            return Err(Trouble::Inner(failure));
        }
        self.sinks.record(Sink::Log, format!("action {} failed and was passed over: {}", failure.readable, failure.message));
        self.action_result = failure.message;
        Ok(())
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

    fn perform(&mut self, action: &Action, place: &Place<'_>) -> Result<Flow, Trouble> {
        match action.kind.as_str() {
            "SetVariableToText" => self.set_to_text(action),
            "SetVariableToCalculation" => self.set_to_calculation(action),
            "ExecuteShellScript" => self.shell(action),
            "Pause" => self.pause(action),
            "IfThenElse" => {
                let Some(hold) = self.conditions_hold(action)? else {
                    return Ok(Flow::Next);
                };
                let block = if hold { "ThenActions" } else { "ElseActions" };
                self.block(Some(place), block, action.block(block))
            }
            "Group" => self.block(Some(place), "Actions", action.block("Actions")),
            "ExecuteMacro" => self.execute_macro(action),
            "Comment" => Ok(Flow::Next),
            "Log" => self.log(action),
            "Return" => {
                let text = self.expanded(action, "Text")?;
                // Only what the outermost macro returns is the result of the run.
                if self.frames.len() == 1 {
                    if text.len() > MAX_RESULT {
                        return Err(Trouble::Failed(format!(
                            "the result would be longer than {MAX_RESULT} bytes; set a variable instead"
                        )));
                    }
                    self.result = Some(text);
                }
                Ok(Flow::Return)
            }
            "Cancel" => match action.word("Action").unwrap_or("CancelThisMacro") {
                "CancelThisMacro" | "CancelAllMacros" => Ok(Flow::CancelAll),
                "CancelJustThisMacro" => Ok(Flow::CancelJustThis),
                other => Err(Trouble::Failed(format!("Cancel in the form {other} is not done here"))),
            },
            other => Err(Trouble::Failed(format!("actions of type {other} are not done here"))),
        }
    }

    fn expanded(&mut self, action: &Action, key: &str) -> Result<String, Trouble> {
        let text = action.text(key).unwrap_or_default();
        Ok(self.expand(&text, Escapes::Process)?)
    }

    fn set_to_text(&mut self, action: &Action) -> Result<Flow, Trouble> {
        let name = variable_name(action)?;
        let text = self.expanded(action, "Text")?;
        let value = match action.word("Where") {
            Some("Append") => self.read(name)?.unwrap_or_default() + &text,
            Some("Prepend") => text + &self.read(name)?.unwrap_or_default(),
            _ => text,
        };
        self.set(name, &value)?;
        Ok(Flow::Next)
    }

    fn set_to_calculation(&mut self, action: &Action) -> Result<Flow, Trouble> {
        let name = variable_name(action)?;
        let value = self.value(&action.text("Text").unwrap_or_default())?;
        let pattern = action.word("Format").filter(|_| action.flag("UseFormat") == Some(true));
        let text = match pattern {
            None => value.to_string(),
            Some(pattern) => value
                .in_pattern(pattern)
                .ok_or_else(|| Trouble::Failed(format!("the number format “{pattern}” is not done here")))?,
        };
        self.set(name, &text)?;
        Ok(Flow::Next)
    }

    fn pause(&mut self, action: &Action) -> Result<Flow, Trouble> {
        let seconds = match action.text("Time").or_else(|| action.text("Seconds")) {
            Some(expression) => self.number(&expression)?,
            None => return Err(Trouble::Failed("it names no time".into())),
        };
        self.host.sleep(Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_PAUSE)))?;
        Ok(Flow::Next)
    }

    fn log(&mut self, action: &Action) -> Result<Flow, Trouble> {
        let line = self.expanded(action, "Text")?;
        self.host.log(&line);
        self.sinks.record(Sink::Log, line);
        Ok(Flow::Next)
    }
}

/// The name of the variable that an action sets.
pub(super) fn variable_name(action: &Action) -> Result<&str, Trouble> {
    let name = action.word("Variable").map(str::trim).filter(|name| !name.is_empty() && *name != DELETE);
    name.ok_or_else(|| Trouble::Failed("it names no variable".into()))
}
