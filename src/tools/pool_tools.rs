//! `pool_status`, `pool_resize`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Caller, Context, Done, Tool, ToolError,
    declare::{Hints, Words},
};
use crate::{
    config::AccessClass,
    model::{Command, PoolStatus, Resize},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSize {
    /// The number of workers, within the pool's min and max. Not together with `min` and `max`.
    #[serde(default)]
    #[schemars(range(min = 0, max = 512))]
    size: Option<u16>,
    /// The smallest size; with 0 the pool may be told to let all calls wait. Together with `max`.
    #[serde(default)]
    #[schemars(range(min = 0, max = 512))]
    min: Option<u16>,
    /// The largest size, up to 512. Together with `min`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 512))]
    max: Option<u16>,
}

#[derive(Serialize, JsonSchema)]
struct Resized {
    /// Smallest size.
    min: u16,
    /// Largest size.
    max: u16,
    /// How many workers there will be.
    target: u16,
    /// How many can work now; busy ones finish first, new ones start up.
    live: u16,
    /// What was done.
    text: String,
}

pub(super) fn status() -> Tool {
    Words {
        name: "pool_status",
        class: AccessClass::Read,
        title: "Pool status",
        description: "Every worker with its state, the queue, and counts since the start. Never waits for a worker.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, _| Done::<PoolStatus>::plain(pool(&context).await))
}

pub(super) fn resize() -> Tool {
    Words {
        name: "pool_resize",
        class: AccessClass::Admin,
        title: "Resize pool",
        description: "Sets the number of workers (`size`), or its bounds (`min` and `max`). Busy workers finish first.",
        hints: Hints { destructive: false, ..Hints::SETS },
    }
    .with(async |context, size: NewSize, caller| Done::plain(resized(&context, &size, &caller).await))
}

/// The pool as it is at this moment, with the workers' memory as it was last sampled.
async fn pool(context: &Context) -> Result<PoolStatus, ToolError> {
    let (status, state) = (context.pool.status().await, context.hub.state().await);
    let (Some(mut status), Some(state)) = (status, state) else {
        return Err(ToolError::refused("shutting_down", "the server is shutting down"));
    };
    status.note_processes(&state.system.workers);
    Ok(status)
}

async fn resized(context: &Context, size: &NewSize, caller: &Caller) -> Result<Resized, ToolError> {
    let resize = match (size.size, size.min, size.max) {
        (Some(target), None, None) => Resize::Target(target),
        (None, Some(min), Some(max)) => Resize::Bounds { min, max },
        _ => return Err(ToolError::refused("bad_arguments", "give either `size`, or both `min` and `max`")),
    };
    let reply = context.hub.command(Command::ResizePool(resize), &caller.name).await?;
    let status = pool(context).await?;
    Ok(Resized { min: status.min, max: status.max, target: status.target, live: status.live, text: reply.text })
}
