//! What runs leave behind: lines in the engine's log, in Keyboard Maestro's own format, and statistics.

use std::time::{Duration, SystemTime};

use crate::{
    library::{
        Entry,
        engine_log::{EngineLog, action_failed, cancelled, started},
        keyboard_maestro::KeyboardMaestroFiles,
        statistics::Statistics,
    },
    model::{Certainty, Outcome, RunError},
};

/// Where runs are recorded.
#[derive(Debug, Clone)]
pub struct Records {
    /// The engine's log.
    pub log: EngineLog,
    /// How often macros ran.
    pub statistics: Statistics,
    /// Keyboard Maestro's own files, where there are any; they are read beside kmtop's and never written.
    pub keyboard_maestro: Option<KeyboardMaestroFiles>,
}

/// A run that has begun and is to be recorded.
pub(super) struct Recording {
    records: Records,
    uid: String,
    name: String,
    began: SystemTime,
}

impl Records {
    /// Notes that a macro is to run. `trigger` says who asked for it.
    pub(super) fn begin(&self, entry: &Entry, trigger: &str) -> Recording {
        self.log.note(started(&entry.name, trigger));
        Recording { records: self.clone(), uid: entry.uid.clone(), name: entry.name.clone(), began: SystemTime::now() }
    }

    /// Writes what is not on the disk yet, waiting at most `limit` for each file. For the end of the server.
    pub fn flush(&self, limit: Duration) {
        if !self.statistics.flush(limit) || !self.log.flush(limit) {
            tracing::warn!("the last runs may be missing in the engine's log or the statistics");
        }
    }
}

impl Recording {
    /// Notes how the run ended. One that never began is not counted.
    pub(super) fn end(self, outcome: &Result<Outcome, RunError>) {
        let Self { records, uid, name, began } = self;
        let ran = outcome.as_ref().err().is_none_or(|error| error.certainty() != Certainty::NotRun);
        if ran {
            // What a run is worth is Keyboard Maestro's own idea.
            records.statistics.record(&uid, began, 0.0);
        }
        match outcome {
            Ok(outcome) if outcome.value["status"] == "cancelled" => records.log.note(cancelled(&name, "by itself")),
            Ok(_) => {}
            Err(error) if !ran => records.log.note(cancelled(&name, &format!("before it began: {error}"))),
            Err(error) => records.log.note(failure(&name, error)),
        }
    }
}

/// The line of a run that did not end well.
fn failure(name: &str, error: &RunError) -> String {
    match error {
        RunError::Job { error: job, .. } if job.code == "cancelled" => cancelled(name, "by its caller"),
        RunError::Job { error: job, .. } if job.code == "timeout" => {
            cancelled(name, &format!("because of its timeout: {}", job.message))
        }
        RunError::Cancelled { .. } => cancelled(name, "by its caller"),
        RunError::Timeout { limit, .. } => cancelled(name, &format!("because of its timeout after {limit:?}")),
        RunError::Job { error: job, .. } => {
            let failed = job.partial.as_ref().map(|partial| &partial["failed_action"]);
            let part = |key: &str| failed.and_then(|failed| failed[key].as_str()).filter(|text| !text.is_empty());
            match (part("path"), part("message")) {
                (Some(path), Some(message)) => action_failed(&format!("{path} of macro \"{name}\""), message),
                _ => format!("Macro \"{name}\" failed: {}", job.message),
            }
        }
        other => format!("Macro \"{name}\" failed: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::failure;
    use crate::{
        library::engine_log::LogEntry,
        model::{JobError, Phase, RunError},
    };

    fn job(code: &str, partial: Option<serde_json::Value>) -> RunError {
        let error = JobError {
            code: code.into(),
            message: "exit 7".into(),
            hint: None,
            outcome: crate::model::Certainty::Failed,
            partial,
        };
        RunError::Job { error, slot: 1, queued: Duration::ZERO, ran: Duration::ZERO, own: Duration::ZERO }
    }

    #[test]
    fn every_bad_end_has_a_line_that_names_the_macro_and_counts_as_a_failure() {
        let failed = json!({ "failed_action": { "path": "actions[2]", "message": "exit code 7" } });
        let limit = std::time::Duration::from_secs(2);
        for (error, expected) in [
            (job("macro_failed", Some(failed)), "Action actions[2] of macro \"Greet\" failed: exit code 7"),
            (job("macro_failed", None), "Macro \"Greet\" failed: exit 7"),
            (job("timeout", None), "Macro \"Greet\" cancelled because of its timeout: exit 7"),
            (job("cancelled", None), "Macro \"Greet\" cancelled by its caller"),
            (
                RunError::Timeout { phase: Phase::Run, limit, slot: Some(1), queued: limit },
                "Macro \"Greet\" cancelled because of its timeout after 2s",
            ),
            (RunError::Lost, "Macro \"Greet\" failed: the server lost the call; whether the work happened is unknown"),
        ] {
            let message = failure("Greet", &error);
            assert_eq!(message, expected);
            let entry = LogEntry { time: jiff::civil::date(2026, 1, 2).at(3, 4, 5, 0), message };
            assert!(entry.is_error());
            assert_eq!(entry.macro_name(), Some("Greet"));
        }
    }
}
