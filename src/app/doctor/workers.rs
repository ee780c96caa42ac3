//! The engine: one worker is started and asked, as a server would do it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Patient, stack};
use crate::{
    backend::{Questions, apple_events::Surroundings},
    cli::Diagnosis,
    config::BackendKind,
    model::{Job, Outcome, RunError},
    pool::{self, Limits, Size},
};

/// How long macOS may take to let an Apple event through, and Keyboard Maestro to answer it. A question that waits for an answer on
/// the Mac's screen takes longer.
const CONSENT: Duration = Duration::from_secs(3);
/// How long the web server may take.
const WEB: Duration = Duration::from_secs(10);
/// Round trips of which the middle one is told.
const ROUNDS: usize = 21;

/// A worker that only answers for itself asks nothing.
struct Nobody;

impl Questions for Nobody {
    fn answer(&self, _: &str, _: &Value) -> Value {
        Value::Null
    }
}

/// Starts one worker, and asks what this engine can be asked.
pub(super) async fn look(patient: &Patient) -> Vec<Diagnosis> {
    let profile = stack::profile(&patient.settings);
    let backend = match patient.engine.program(&patient.home, &patient.settings, &profile, Arc::new(Nobody)) {
        Ok(backend) => backend,
        Err(failure) => return vec![Diagnosis::fault("worker", failure.words(), "see [backend] in the settings file")],
    };
    let start_limit = Duration::from_millis(patient.settings.pool.start_timeout_ms);
    let size = match Size::new(1, 1) {
        Ok(size) => size,
        Err(error) => return vec![Diagnosis::fault("worker", error.to_string(), "please report it")],
    };
    let limits = Limits { start_limit, queue_limit: start_limit.saturating_mul(3), ..Limits::new(size) };
    let pool = pool::start(backend, limits);
    let mut findings = Vec::new();
    let began = Instant::now();
    match ask(&pool, "ping", json!({}), start_limit).await {
        Err(error) => findings.push(not_started(patient, &error)),
        Ok(first) => {
            let start = began.elapsed();
            findings.push(round_trips(&pool, start).await);
            findings.extend(engine(patient, &pool, &first).await);
        }
    }
    pool.drain(Duration::ZERO).await;
    findings
}

async fn ask(pool: &pool::Handle, operation: &'static str, arguments: Value, limit: Duration) -> Result<Outcome, RunError> {
    pool.run(Job::new(operation, arguments, "doctor", limit), CancellationToken::new()).await
}

fn not_started(patient: &Patient, error: &RunError) -> Diagnosis {
    let fix = match patient.engine.kind {
        BackendKind::Osascript => {
            "osascript comes with macOS; see that `osascript` in [backend] names it, and that it runs in a terminal"
        }
        BackendKind::Command => {
            "run the command of [backend] in a terminal: its first line has to answer a hello (docs/worker-protocol.md)"
        }
        _ => "kmtop.log in the state folder has what it said",
    };
    Diagnosis::fault("worker", error.to_string(), fix)
}

/// What a job costs besides its own work.
async fn round_trips(pool: &pool::Handle, start: Duration) -> Diagnosis {
    let mut spans = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        match ask(pool, "ping", json!({}), CONSENT).await {
            Ok(_) => spans.push(began.elapsed()),
            Err(error) => return Diagnosis::fault("worker", error.to_string(), "kmtop.log in the state folder has what it said"),
        }
    }
    spans.sort();
    let (start_ms, trip_ms) = (start.as_secs_f64() * 1e3, spans[ROUNDS / 2].as_secs_f64() * 1e3);
    let found = format!("ready {start_ms:.0} ms after its start; a round trip takes {trip_ms:.3} ms");
    Diagnosis::ok("worker", found).with("start_ms", start_ms).with("round_trip_ms", trip_ms)
}

async fn engine(patient: &Patient, pool: &pool::Handle, ping: &Outcome) -> Vec<Diagnosis> {
    match patient.engine.kind {
        BackendKind::Osascript => osascript(pool, ping).await,
        BackendKind::Web => vec![judge_web(ask(pool, "list_macros", json!({}), WEB).await)],
        BackendKind::Auto | BackendKind::Embedded => {
            let answered = ask(pool, "calculate", json!({ "expression": "6 * 7" }), CONSENT).await;
            vec![match answered {
                Ok(_) => Diagnosis::ok("engine", "kmtop's own; it reckons"),
                Err(error) => Diagnosis::fault("engine", error.to_string(), "please report it"),
            }]
        }
        BackendKind::Command => vec![Diagnosis::ok("engine", "the worker answers")],
    }
}

async fn osascript(pool: &pool::Handle, ping: &Outcome) -> Vec<Diagnosis> {
    if ping.value.get("running").and_then(Value::as_bool) != Some(true) {
        let problem = ping.value.get("problem").and_then(Value::as_str).unwrap_or("it does not run");
        let found = format!("Keyboard Maestro Engine: {problem}");
        let fix = "start it on the Mac: open -a \"Keyboard Maestro Engine\"; over SSH somebody must be logged in on its screen";
        return vec![
            Diagnosis::fault("engine", found, fix),
            Diagnosis::skipped("permissions", "cannot be told while the engine does not run"),
        ];
    }
    let began = Instant::now();
    let read = ask(pool, "get_variable", json!({ "name": "kmtop doctor" }), CONSENT).await;
    let spent = began.elapsed().as_secs_f64() * 1e3;
    vec![Diagnosis::ok("engine", "Keyboard Maestro Engine runs"), judge_consent(read, spent, &Surroundings::of_process())]
}

/// What the first Apple event says. Silence is not called a lack of permission: a busy engine is silent, too.
fn judge_consent(read: Result<Outcome, RunError>, spent_ms: f64, surroundings: &Surroundings) -> Diagnosis {
    let from = surroundings.words();
    match read {
        Ok(_) => {
            let found = format!("Apple events get through ({from}); a variable was read in {spent_ms:.1} ms");
            Diagnosis::ok("permissions", found).with("apple_event_ms", spent_ms)
        }
        Err(RunError::Timeout { .. }) => Diagnosis::warning(
            "permissions",
            format!("no answer within {CONSENT:?} ({from}): a question may wait on the Mac's screen, or the engine is busy"),
            "look at the Mac's screen and answer the question if there is one; else try again when no macro runs",
        ),
        Err(RunError::Job { error, .. }) => {
            let fix = error.hint.unwrap_or_else(|| "docs/macos.md has the whole story of permissions".to_owned());
            Diagnosis::fault("permissions", format!("{} ({from}) [{}]", error.message, error.code), fix)
        }
        Err(error) => Diagnosis::fault("permissions", error.to_string(), "kmtop.log in the state folder says more"),
    }
}

fn judge_web(listed: Result<Outcome, RunError>) -> Diagnosis {
    match listed {
        Ok(outcome) => {
            let macros = outcome.value.get("macros").and_then(Value::as_array).map_or(0, Vec::len);
            if macros == 0 {
                let fix = "see that the login may see macros, and that they are enabled there";
                return Diagnosis::warning("engine", "the web server answers and lists no macros", fix);
            }
            Diagnosis::ok("engine", format!("the web server lists {macros} macros")).with("macros", macros as f64)
        }
        Err(RunError::Job { error, .. }) => {
            let fix = error.hint.unwrap_or_else(|| "see [backend.web] in the settings file".to_owned());
            Diagnosis::fault("engine", format!("{} [{}]", error.message, error.code), fix)
        }
        Err(error) => Diagnosis::fault("engine", error.to_string(), "see [backend.web] in the settings file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::Health,
        model::{Certainty, JobError, Phase},
    };

    #[test]
    fn silence_is_no_lack_of_permission() {
        let silent = RunError::Timeout { phase: Phase::Run, limit: CONSENT, slot: Some(1), queued: Duration::ZERO };
        let finding = judge_consent(Err(silent), 3000.0, &Surroundings::Ssh);
        assert_eq!(finding.status, Health::Warning);
        assert!(finding.found.contains("may wait") && !finding.found.contains("denied"), "{finding:?}");
        let zero = Duration::ZERO;
        let error = JobError {
            code: "automation_denied".into(),
            message: "macOS does not let this program send Apple events".into(),
            hint: Some("switch it on".into()),
            outcome: Certainty::NotRun,
            partial: None,
        };
        let denied = RunError::Job { error, slot: 1, queued: zero, ran: zero, own: zero };
        let finding = judge_consent(Err(denied), 1.0, &Surroundings::Ssh);
        assert_eq!((finding.status, finding.fix.as_deref()), (Health::Fault, Some("switch it on")));
        assert!(finding.found.contains("over SSH") && finding.found.contains("automation_denied"), "{finding:?}");
    }
}
