//! `km_run_status`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RunView;
use crate::{
    config::AccessClass,
    tools::{
        Context, Done, Tool, ToolError,
        declare::{Hints, Words},
    },
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The run's number, as `km_run_macro` gave it; all runs when not given.
    #[serde(default)]
    run_id: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Shown {
    /// Those that go on first, then the newest. Results come only when one run is asked for.
    runs: Vec<RunView>,
}

pub(in crate::tools) fn tool() -> Tool {
    Words {
        name: "km_run_status",
        class: AccessClass::Read,
        title: "Run status",
        description: "Shows what became of a run, with its result once it is over. Without run_id: all runs that go on and the last ones that are over.",
        hints: Hints::READS,
    }
    .with(async |context, asked: Asked, _| Done::plain(status(&context, asked)))
}

fn status(context: &Context, asked: Asked) -> Result<Shown, ToolError> {
    let Some(id) = asked.run_id else { return Ok(Shown { runs: context.runs.all() }) };
    let found = context.runs.find(&id);
    let missing = || {
        let error = ToolError::refused("run_not_found", format!("there is no run {id}, or it was over long ago"));
        error.hint("without run_id this lists all runs that are known")
    };
    Ok(Shown { runs: vec![found.ok_or_else(missing)?] })
}
