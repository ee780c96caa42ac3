//! `health_check`, `system_snapshot`: about the server itself. Neither ever waits for a worker.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Done, Tool, ToolError,
    declare::{Hints, Words},
};
use crate::{config::AccessClass, model::SystemSample, util::clock::unix_ms};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Serialize, JsonSchema)]
struct Health {
    /// Always `ok`: an answer is the proof.
    status: &'static str,
    /// kmtop's version.
    version: String,
    /// Seconds since the server started.
    uptime_s: u64,
}

pub(super) fn health() -> Tool {
    Words {
        name: "health_check",
        class: AccessClass::Read,
        title: "Health check",
        description: "Answers at once while the server lives, without touching a worker.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, _| {
        let info = context.hub.info();
        let uptime_s = unix_ms().saturating_sub(info.started_ms) / 1_000;
        Done::plain(Ok(Health { status: "ok", version: info.version.clone(), uptime_s }))
    })
}

pub(super) fn snapshot() -> Tool {
    Words {
        name: "system_snapshot",
        class: AccessClass::Read,
        title: "System snapshot",
        description: "Processor, memory, disk and network of the machine, and of kmtop and its workers, as last sampled.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, _| {
        let state = context.hub.state().await;
        let missing = || ToolError::refused("shutting_down", "the server is shutting down");
        Done::<SystemSample>::plain(state.map(|state| state.system).ok_or_else(missing))
    })
}
