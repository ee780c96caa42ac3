//! `set_strategy`, `stop_all`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Done, Tool,
    declare::{Hints, Words},
};
use crate::{
    config::AccessClass,
    model::{Command, PolicyChange},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stop {
    /// Take calls again.
    #[serde(default)]
    lift: bool,
}

#[derive(Serialize, JsonSchema)]
struct Said {
    /// What was done.
    text: String,
}

pub(super) fn set_strategy() -> Tool {
    Words {
        name: "set_strategy",
        class: AccessClass::Admin,
        title: "Set strategy",
        description: "Sets what the server may do by itself and what it is after; what is left out stays. One undo takes it back.",
        hints: Hints { destructive: false, ..Hints::SETS },
    }
    .with(async |context, change: PolicyChange, caller| {
        let command = Command::SetPolicy { change, size: None };
        let reply = context.hub.command(command, &caller.name).await;
        Done::plain(reply.map(|reply| Said { text: reply.text }).map_err(Into::into))
    })
}

pub(super) fn stop_all() -> Tool {
    Words {
        name: "stop_all",
        class: AccessClass::Admin,
        title: "Stop everything",
        description: "Cancels every run and refuses new ones until called with `lift`. Never waits for a worker.",
        hints: Hints::SETS,
    }
    .with(async |context, Stop { lift }: Stop, caller| {
        let reply = context.hub.command(Command::StopAll { lift }, &caller.name).await;
        Done::plain(reply.map(|reply| Said { text: reply.text }).map_err(Into::into))
    })
}
