//! `list_alerts`, `list_advice`, `apply_advice`, `undo_change`: what is wrong, what would help, and doing it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, Done, Tool, ToolError,
    declare::{Hints, Words},
};
use crate::{
    config::AccessClass,
    model::{Advice, Alert, Command, Reply, State, TrialStatus},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Chosen {
    /// Its number from `list_advice`; the most urgent open one without.
    #[serde(default)]
    id: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct Alerts {
    /// The worst first.
    alerts: Vec<ShownAlert>,
}

#[derive(Serialize, JsonSchema)]
struct ShownAlert {
    id: u64,
    /// The rule that it broke.
    rule: String,
    /// What it is about.
    subject: String,
    /// `info`, `warning` or `critical`.
    severity: String,
    /// `pending`, `firing` or `resolving`.
    state: String,
    /// The number, in the rule's unit.
    value: Option<f64>,
    /// Its limit.
    limit: Option<f64>,
    /// Since when, in milliseconds since 1970.
    since: u64,
    text: String,
    /// The numbers that it rests on.
    evidence: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Advices {
    /// The most urgent first.
    advice: Vec<ShownAdvice>,
    /// The change that is being tried out, with its effect so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    trial: Option<TrialStatus>,
}

#[derive(Serialize, JsonSchema)]
struct ShownAdvice {
    id: u64,
    category: String,
    /// 1 is the most urgent.
    priority: u8,
    issue: String,
    current: String,
    target: String,
    /// What would be done.
    steps: Vec<String>,
    /// What it should bring, in words.
    predicted: Option<String>,
    cost: String,
    risk: String,
    undo: String,
    /// `open` or `applied`.
    state: String,
}

#[derive(Serialize, JsonSchema)]
struct Told {
    /// What was done.
    text: String,
    /// Its number in the journal; null when nothing changed.
    change: Option<u64>,
}

impl From<Reply> for Told {
    fn from(reply: Reply) -> Self {
        Self { text: reply.text, change: reply.change.map(|change| change.id) }
    }
}

/// A word of an enum, as JSON has it.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl From<Alert> for ShownAlert {
    fn from(alert: Alert) -> Self {
        let Alert { id, rule, subject, severity, state, value, limit, since, text, evidence, .. } = alert;
        Self { id, rule, subject, severity: word(severity), state: word(state), value, limit, since, text, evidence }
    }
}

impl From<Advice> for ShownAdvice {
    fn from(advice: Advice) -> Self {
        let Advice { id, category, priority, issue, current, target, steps, cost, risk, undo, .. } = advice;
        let predicted = advice.predicted.map(|it| format!("{} ({} to {}): {}", it.mid, it.low, it.high, it.model));
        let state = word(advice.state);
        Self { id, category, priority, issue, current, target, steps, predicted, cost, risk, undo, state }
    }
}

async fn state(context: &Context) -> Result<State, ToolError> {
    context.hub.state().await.ok_or_else(|| ToolError::refused("shutting_down", "the server is shutting down"))
}

pub(super) fn alerts() -> Tool {
    Words {
        name: "list_alerts",
        class: AccessClass::Read,
        title: "List alerts",
        description: "What is over its limit now, with the numbers behind it.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, _| {
        let found = state(&context).await.map(|state| state.alerts.into_iter().map(ShownAlert::from).collect());
        Done::plain(found.map(|alerts| Alerts { alerts }))
    })
}

pub(super) fn advice() -> Tool {
    Words {
        name: "list_advice",
        class: AccessClass::Read,
        title: "List advice",
        description: "What would help now: what to change, what it should bring, what it costs.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, _| {
        let found = state(&context).await;
        Done::plain(found.map(|State { advice, trial, .. }| {
            let advice = advice.into_iter().map(ShownAdvice::from).collect();
            Advices { advice, trial }
        }))
    })
}

pub(super) fn apply() -> Tool {
    Words {
        name: "apply_advice",
        class: AccessClass::Admin,
        title: "Apply advice",
        description: "Does what a piece of advice says. undo_change takes it back.",
        hints: Hints { destructive: false, ..Hints::CHANGES },
    }
    .with(async |context, Chosen { id }: Chosen, caller| {
        let reply = context.hub.command(Command::ApplyAdvice { id }, &caller.name).await;
        Done::plain(reply.map(Told::from).map_err(ToolError::from))
    })
}

pub(super) fn undo() -> Tool {
    Words {
        name: "undo_change",
        class: AccessClass::Admin,
        title: "Undo change",
        description: "Takes back the newest change of the pool's size, or of advice, that was not taken back.",
        hints: Hints { destructive: false, ..Hints::CHANGES },
    }
    .with(async |context, Nothing {}: Nothing, caller| {
        let reply = context.hub.command(Command::UndoChange, &caller.name).await;
        Done::plain(reply.map(Told::from).map_err(ToolError::from))
    })
}
