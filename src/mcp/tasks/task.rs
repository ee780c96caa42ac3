//! One task.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rmcp::{
    Peer, RoleServer,
    model::{CallToolResult, DetailedTask, ProgressToken, TaskPayload, TaskStatus},
};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Begun, Rest};
use crate::{
    mcp::{
        calls::Meter,
        results::{self, Form},
    },
    model::Ending,
    tools::{RunNews, Runs, ToolError, Which},
    util::clock::{millis, unix_ms},
};

/// How often a client is asked to look.
const POLL_MS: u64 = 1_000;

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Working,
    Completed,
    Failed,
    Cancelled,
}

impl Stand {
    /// As the protocol has it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What changes of a task.
struct Now {
    updated_ms: u64,
    words: Option<String>,
    stand: Stand,
    result: Option<CallToolResult>,
}

/// A task. It has the number of its run.
pub(in crate::mcp) struct Task {
    pub(super) id: String,
    pub(super) owner: String,
    created_ms: u64,
    kept_for: Duration,
    until: Instant,
    now: Mutex<Now>,
    /// Fires when its result is there.
    pub(super) over: CancellationToken,
    cancel: CancellationToken,
    runs: Arc<Runs>,
}

impl Task {
    pub(super) fn new(begun: &Begun, rest: &Rest, kept_for: Duration) -> Arc<Self> {
        let created_ms = unix_ms();
        Arc::new(Self {
            id: rest.run.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            owner: begun.owner.clone(),
            created_ms,
            kept_for,
            until: Instant::now() + kept_for,
            now: Mutex::new(Now { updated_ms: created_ms, words: None, stand: Stand::Working, result: None }),
            over: CancellationToken::new(),
            cancel: begun.cancel.clone(),
            runs: Arc::clone(&begun.runs),
        })
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether its time is up.
    pub(super) fn is_old(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Whether its result is there.
    pub(super) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// How it stands.
    pub(super) fn stand(&self) -> Stand {
        self.now().stand
    }

    /// Cancels its run. One that is over stays as it is.
    pub(in crate::mcp) fn cancel(&self) {
        let mut now = self.now();
        if now.stand != Stand::Working {
            return;
        }
        now.stand = Stand::Cancelled;
        now.updated_ms = unix_ms();
        drop(now);
        self.cancel.cancel();
        self.runs.cancel(Which::Run(&self.id), None);
    }

    /// Takes note of what its run tells.
    pub(super) async fn note(&self, meter: &mut Meter, news: RunNews, token: Option<&(Peer<RoleServer>, ProgressToken)>) {
        match news {
            RunNews::Reached { done, total, action } => meter.reached((done, total), action),
            RunNews::Said(line) => return self.says(line),
            RunNews::Asked { .. } | RunNews::Wrote { .. } => return,
        }
        self.says(meter.words());
        if let Some((peer, token)) = token {
            let _ = peer.notify_progress(meter.note(token.clone())).await;
        }
    }

    fn says(&self, words: String) {
        let mut now = self.now();
        now.updated_ms = unix_ms();
        now.words = Some(words);
    }

    /// Its run has come to something.
    pub(super) fn ends(&self, answer: Result<Value, ToolError>, form: Form) {
        let stand = match &answer {
            Ok(_) => Stand::Completed,
            Err(error) if error.ending == Ending::Cancelled => Stand::Cancelled,
            Err(_) => Stand::Failed,
        };
        let words = answer.as_ref().err().map(|error| error.message.clone());
        let mut now = self.now();
        now.updated_ms = unix_ms();
        // What its client was told stays so.
        now.stand = if now.stand == Stand::Working { stand } else { now.stand };
        now.words = words;
        now.result = Some(results::answer(answer, form));
        drop(now);
        self.over.cancel();
    }

    /// Its result, once it is there.
    pub(super) fn result(&self) -> Option<CallToolResult> {
        self.now().result.clone()
    }

    /// As the extension has it.
    pub(in crate::mcp) fn task(&self) -> rmcp::model::Task {
        let now = self.now();
        let status = match now.stand {
            Stand::Working => TaskStatus::Working,
            // A tool that failed has answered; only requests fail.
            Stand::Completed | Stand::Failed => TaskStatus::Completed,
            Stand::Cancelled => TaskStatus::Cancelled,
        };
        let mut task = rmcp::model::Task::new(self.id.clone(), status, time(self.created_ms), time(now.updated_ms))
            .with_ttl_ms(millis(self.kept_for))
            .with_poll_interval_ms(POLL_MS);
        task.status_message.clone_from(&now.words);
        task
    }

    /// The same with what it came to.
    pub(in crate::mcp) fn detailed(&self) -> DetailedTask {
        let task = self.task();
        let payload = match task.status {
            TaskStatus::Cancelled => TaskPayload::Cancelled,
            TaskStatus::Completed => match self.result().and_then(|result| serde_json::to_value(result).ok()) {
                Some(Value::Object(result)) => TaskPayload::Completed { result },
                _ => TaskPayload::Working,
            },
            _ => TaskPayload::Working,
        };
        DetailedTask::new(task, payload)
    }

    /// As the protocol of 2025-11-25 has it.
    pub(super) fn older(&self) -> Value {
        let now = self.now();
        let mut task = json!({
            "taskId": self.id,
            "status": now.stand.word(),
            "createdAt": time(self.created_ms),
            "lastUpdatedAt": time(now.updated_ms),
            "ttl": millis(self.kept_for),
            "pollInterval": POLL_MS,
        });
        if let Some(words) = &now.words {
            task["statusMessage"] = json!(words);
        }
        task
    }
}

/// A time of the calendar in ISO 8601.
fn time(unix_ms: u64) -> String {
    let time = i64::try_from(unix_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.unwrap_or_default().to_string()
}
