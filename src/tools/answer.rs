//! How a tool answers: a value or an error, and where its time went.

use std::{borrow::Cow, sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::model::{Certainty, CommandError, Ending, Outcome, RunError};

/// Where a call's time went, as far as a worker was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// The worker that had it.
    pub worker: Option<u16>,
    /// From the request for a worker until one took it.
    pub queued: Option<Duration>,
    /// From then until its answer.
    pub ran: Option<Duration>,
    /// The job's own work inside the worker.
    pub own: Option<Duration>,
}

impl Timings {
    /// Of a job that was answered well.
    pub fn of(outcome: &Outcome) -> Self {
        Self { worker: Some(outcome.slot), queued: Some(outcome.queued), ran: Some(outcome.ran), own: Some(outcome.own) }
    }

    /// Of a job that was not.
    pub fn of_error(error: &RunError) -> Self {
        match error {
            RunError::Job { slot, queued, ran, own, .. } => {
                Self { worker: Some(*slot), queued: Some(*queued), ran: Some(*ran), own: Some(*own) }
            }
            RunError::Crashed { slot, queued, ran, .. } => {
                Self { worker: Some(*slot), queued: Some(*queued), ran: Some(*ran), own: None }
            }
            RunError::Timeout { limit, slot, queued, .. } => {
                Self { worker: *slot, queued: Some(*queued), ran: slot.map(|_| *limit), own: None }
            }
            RunError::Cancelled { started, slot, queued, ran } => {
                Self { worker: *slot, queued: Some(*queued), ran: started.then_some(*ran), own: None }
            }
            // Their wait is no wait for a worker: counted as one, overload would make the waits look short.
            RunError::Busy { .. }
            | RunError::Overloaded { .. }
            | RunError::Poisoned { .. }
            | RunError::Closed
            | RunError::Stopped { .. }
            | RunError::Unavailable { .. }
            | RunError::Lost => Self::default(),
        }
    }
}

/// What a tool's function gives back.
#[derive(Debug, Clone, PartialEq)]
pub struct Done<T> {
    /// The answer.
    pub result: Result<T, ToolError>,
    /// Where the time went.
    pub timings: Timings,
    /// What the call was about, for display: a macro's or a variable's name.
    pub subject: Option<Arc<str>>,
}

impl<T> Done<T> {
    /// An answer that needed no worker.
    pub fn plain(result: Result<T, ToolError>) -> Self {
        Self { result, timings: Timings::default(), subject: None }
    }

    /// The same with another answer made of this one.
    pub fn map<R>(self, make: impl FnOnce(T) -> R) -> Done<R> {
        Done { result: self.result.map(make), timings: self.timings, subject: self.subject }
    }

    /// The same, about something.
    #[must_use]
    pub fn about(self, subject: impl Into<Arc<str>>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }
}

/// Why a tool has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ToolError {
    /// Stable code in `snake_case`.
    pub code: Cow<'static, str>,
    /// What failed and where, for people.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where it was when it failed, if that is known: `queue`, `start`, `run`.
    pub phase: Option<&'static str>,
    /// Whether the work may have happened.
    pub outcome: Certainty,
    /// How the call counts.
    pub ending: Ending,
    /// More for programs: the members of the structured error besides `error`.
    pub details: Option<Value>,
}

impl ToolError {
    /// An error before anything was done.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            hint: None,
            phase: None,
            outcome: Certainty::NotRun,
            ending: Ending::Failed,
            details: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The structured form: the details, and `error` with code, message, phase, hint and outcome.
    pub fn structured(&self) -> Value {
        let mut object = match &self.details {
            Some(Value::Object(details)) => details.clone(),
            _ => serde_json::Map::new(),
        };
        let Self { code, message, phase, hint, outcome, .. } = self;
        let error = json!({ "code": code, "message": message, "phase": phase, "hint": hint, "outcome": outcome });
        object.insert("error".into(), error);
        Value::Object(object)
    }

    /// The text form: message, hint, and whether trying again is safe.
    pub fn text(&self) -> String {
        let mut text = format!("{} [{}]", self.message, self.code);
        if let Some(hint) = &self.hint {
            text.push_str("\nHint: ");
            text.push_str(hint);
        }
        let again = match self.outcome {
            Certainty::NotRun => "\nNothing was run.",
            Certainty::Unknown => "\nIt is unknown whether the work happened; it is not tried again by itself.",
            Certainty::Failed => "",
        };
        text.push_str(again);
        text
    }
}

impl From<RunError> for ToolError {
    fn from(error: RunError) -> Self {
        let ending = match &error {
            RunError::Busy { .. }
            | RunError::Overloaded { .. }
            | RunError::Poisoned { .. }
            | RunError::Closed
            | RunError::Stopped { .. }
            | RunError::Unavailable { .. } => Ending::Shed,
            RunError::Timeout { .. } => Ending::Timeout,
            RunError::Crashed { .. } | RunError::Lost => Ending::Crashed,
            RunError::Cancelled { .. } => Ending::Cancelled,
            RunError::Job { error, .. } if error.code == "cancelled" => Ending::Cancelled,
            RunError::Job { error, .. } if error.code == "timeout" => Ending::Timeout,
            RunError::Job { .. } => Ending::Failed,
        };
        let phase = match &error {
            RunError::Timeout { phase, .. } => Some(phase.word()),
            RunError::Busy { .. } | RunError::Overloaded { .. } | RunError::Poisoned { .. } => Some("queue"),
            RunError::Unavailable { .. } => Some("start"),
            RunError::Job { error, .. } if error.outcome == Certainty::NotRun => None,
            RunError::Crashed { .. } | RunError::Job { .. } => Some("run"),
            RunError::Cancelled { .. } | RunError::Closed | RunError::Stopped { .. } | RunError::Lost => None,
        };
        let hint = match &error {
            RunError::Job { error, .. } => error.hint.clone(),
            RunError::Busy { retry_ms, .. } | RunError::Overloaded { retry_ms, .. } => {
                Some(format!("try again in {retry_ms} ms; more workers (pool_resize) or a longer queue (pool.queue) take more"))
            }
            RunError::Poisoned { .. } => {
                Some("find out why it ends its worker: the server's log and pool_status say how the last ones died".to_owned())
            }
            RunError::Stopped { .. } => {
                Some("the owner lifts it with X in the console, kmtop stop-all --lift, or the tool stop_all".to_owned())
            }
            RunError::Unavailable { .. } => Some("the server's log says why the worker cannot start".to_owned()),
            _ => None,
        };
        Self {
            code: error.code().to_owned().into(),
            message: error.to_string(),
            hint,
            phase,
            outcome: error.certainty(),
            ending,
            details: None,
        }
    }
}

impl From<CommandError> for ToolError {
    fn from(error: CommandError) -> Self {
        Self { code: error.code.into(), ..Self::refused("", error.message) }
    }
}
