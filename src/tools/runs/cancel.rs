//! `km_cancel`.

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{PATIENCE, RunView, Which};
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
    /// Cancels the run of this number.
    #[serde(default)]
    run_id: Option<String>,
    /// Cancels all runs of the macro with this UUID or exact name.
    #[serde(default)]
    r#macro: Option<String>,
    /// True cancels every run.
    #[serde(default)]
    all: bool,
}

#[derive(Serialize, JsonSchema)]
struct Cancelled {
    /// The runs told to stop, by force within two seconds.
    cancelled: Vec<RunView>,
}

pub(in crate::tools) fn tool() -> Tool {
    Words {
        name: "km_cancel",
        class: AccessClass::Run,
        title: "Cancel runs",
        description: "Stops one run, all runs of a macro, or every run, wherever it is: in a pause, in a script, or waiting for a worker.",
        hints: Hints::SETS,
    }
    .with(async |context, asked: Asked, _| Done::plain(cancel(&context, &asked).await))
}

async fn cancel(context: &Context, asked: &Asked) -> Result<Cancelled, ToolError> {
    let which = match (&asked.run_id, &asked.r#macro, asked.all) {
        (Some(id), None, false) => Which::Run(id),
        (None, Some(wanted), false) => Which::Macro(wanted),
        (None, None, true) => Which::All,
        _ => {
            let error = ToolError::refused("bad_arguments", "give one of run_id, macro and all");
            return Err(error.hint("km_run_status lists the runs"));
        }
    };
    let runs = &context.runs;
    if let Which::Run(id) = which
        && runs.find(id).is_none()
    {
        let error = ToolError::refused("run_not_found", format!("there is no run {id}, or it was over long ago"));
        return Err(error.hint("km_run_status lists the runs"));
    }
    let cancelled = runs.cancel(which, None);
    let _ = timeout(PATIENCE, join_all(cancelled.iter().map(|(_, over)| over.cancelled()))).await;
    let shown = |(id, _): &(String, _)| Some(RunView { result: None, sinks: None, ..runs.find(id)? });
    Ok(Cancelled { cancelled: cancelled.iter().filter_map(shown).collect() })
}
