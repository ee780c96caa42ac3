//! Macros of groups that the settings name, as tools of their own. They go the way of `km_run_macro`.

mod face;
mod names;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde_json::{Map, Value, json};

use super::{
    Caller, Context, Done, Tool, ToolError,
    declare::Hints,
    run_macro::{Given, Wish, run_entry},
};
use crate::{
    config::AccessClass,
    library::{Entry, Index},
    macros::Mode,
};

use face::Face;

/// Most macros that are exposed: a model reads the list of tools.
const MOST: usize = 200;

/// What became of the groups that are to be exposed.
pub struct Exposed {
    /// The tools.
    pub tools: Vec<Tool>,
    /// What whoever wrote the settings should know.
    pub notes: Vec<String>,
}

/// The macros of these groups (by name or UUID) as tools: those that are enabled and that run here. `embedded` is whether kmtop's own
/// engine runs them: no other can start a subroutine with parameters.
pub fn exposed(index: &Index, groups: &[String], embedded: bool) -> Exposed {
    let mut notes = Vec::new();
    for group in groups {
        if index.revision > 0 && !index.groups.iter().any(|head| head.name == *group || head.uid.eq_ignore_ascii_case(group)) {
            notes.push(format!("[mcp] expose_groups: there is no group “{group}” in the library"));
        }
    }
    let of_group =
        |entry: &&Arc<Entry>| groups.iter().any(|group| entry.group == *group || entry.head.uid.eq_ignore_ascii_case(group));
    let runs = |entry: &&Arc<Entry>| entry.enabled && index.overall(&entry.uid).unwrap_or(entry.mode) != Mode::Refuse;
    let startable = |entry: &&Arc<Entry>| {
        embedded || entry.definition.subroutine().is_none_or(|trigger| trigger.parameters().next().is_none())
    };
    let entries: Vec<&Arc<Entry>> = index.macros.iter().filter(of_group).filter(runs).filter(startable).collect();
    if entries.len() > MOST {
        notes.push(format!("[mcp] expose_groups: they hold {} macros, and the first {MOST} of them are tools", entries.len()));
    }
    let named = names::of(entries.iter().take(MOST).map(|entry| (&*entry.uid, &*entry.name)));
    let tools = entries.iter().zip(named).map(|(entry, name)| tool(entry, &name)).collect();
    Exposed { tools, notes }
}

fn tool(entry: &Entry, name: &str) -> Tool {
    let face = Arc::new(Face::of(&entry.definition));
    let input = Arc::new(face.schema());
    let description = face.description.clone();
    let uid = entry.uid.clone();
    let run = move |context: Arc<Context>, arguments: Value, caller: Caller| {
        let (face, uid) = (Arc::clone(&face), uid.clone());
        async move {
            let given = match face.read(arguments) {
                Ok(given) => given,
                Err(error) => return Done::plain(Err(error)),
            };
            run_given(context, &uid, given, caller).await
        }
        .boxed()
    };
    Tool {
        name: name.into(),
        class: AccessClass::Run,
        title: entry.name.clone().into(),
        description: description.into(),
        hints: Hints::RUNS,
        input,
        output: Arc::new(output()),
        limit: None,
        runs: Some(entry.uid.as_str().into()),
        function: Box::new(run),
    }
}

async fn run_given(context: Arc<Context>, uid: &str, given: Given, caller: Caller) -> Done<Value> {
    let index = context.library.index();
    let Some(entry) = index.get(uid).cloned() else {
        // The list follows the library a moment later.
        let error = ToolError::refused("macro_not_found", format!("the macro {uid} is no longer in the library"));
        return Done::plain(Err(error.hint("list the tools again")));
    };
    let wish = Wish { limit: context.run_limit, wait: true, dry_run: false };
    run_entry(context, &entry, given, wish, caller).await.map(|report| serde_json::to_value(report).unwrap_or_default())
}

/// The schema of its answer: that of `km_run_macro` in fewer words, for it stands in the list once for each macro.
fn output() -> Map<String, Value> {
    let text = json!({ "type": "string" });
    let or_null = |kind: &str| json!({ "anyOf": [{ "type": kind }, { "type": "null" }] });
    let schema = json!({
        "type": "object",
        "properties": {
            "run_id": text,
            "macro_uid": text,
            "status": text,
            "result": or_null("string"),
            "outcome": text,
            "queued_ms": or_null("number"),
            "ran_ms": or_null("number"),
            "sinks": { "type": "object" },
        },
        "required": ["run_id", "status"],
    });
    if let Value::Object(schema) = schema { schema } else { Map::new() }
}
