//! `health_check`, `system_snapshot`: about the server itself. Neither ever waits for a worker.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{
    Context, Done, Tool, ToolError,
    declare::{Hints, Words},
};
use crate::{
    config::AccessClass,
    model::{Check, Condition, Health, SystemSample},
    util::clock::unix_ms,
};

/// How long the first reading of the system may take.
const FIRST_READING: Duration = Duration::from_secs(3);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Serialize, JsonSchema)]
struct Answer {
    /// Always `ok`: an answer is the proof.
    status: &'static str,
    /// kmtop's version.
    version: String,
    /// Seconds since the server started.
    uptime_s: u64,
    /// How well the worst part is.
    #[schemars(with = "String")]
    health: Condition,
    /// Whether the pool can take a call.
    ready: bool,
    #[schemars(with = "Vec<Part>")]
    checks: Arc<[Check]>,
}

/// What a schema tells of a [`Check`]: every client reads it, so it is short.
#[derive(JsonSchema)]
#[schemars(inline, description = "A part")]
#[expect(dead_code, reason = "a schema is made of it, and no value")]
struct Part {
    component: String,
    status: String,
    reason: Option<String>,
    duration_ms: f64,
}

pub(super) fn health() -> Tool {
    Words {
        name: "health_check",
        class: AccessClass::Read,
        title: "Health check",
        description: "How well the server's parts are: engine, pool, library, variables, disk, memory, clock. Waits for no worker.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, _| {
        let info = context.hub.info();
        let uptime_s = unix_ms().saturating_sub(info.started_ms) / 1_000;
        let Health { health, ready, checks } = context.health.report().await;
        Done::plain(Ok(Answer { status: "ok", version: info.version.clone(), uptime_s, health, ready, checks }))
    })
}

/// The newest reading; right after the start, the first one.
async fn sampled(context: &Context) -> Option<SystemSample> {
    let system = context.hub.state().await?.system;
    if system.memory.is_some() {
        return Some(system);
    }
    let (_, mut intervals) = context.hub.subscribe().await?;
    let first = timeout(FIRST_READING, intervals.recv()).await;
    let state = first.ok().and_then(Result::ok).and_then(|interval| interval.state.clone());
    Some(state.map_or(system, |state| state.system))
}

pub(super) fn snapshot() -> Tool {
    Words {
        name: "system_snapshot",
        class: AccessClass::Read,
        title: "System snapshot",
        description: "Processor, memory, disk and network of the machine, of kmtop and of its workers.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, _| {
        let missing = || ToolError::refused("shutting_down", "the server is shutting down");
        Done::<SystemSample>::plain(sampled(&context).await.ok_or_else(missing))
    })
}
