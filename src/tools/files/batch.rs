//! `file_batch`: several operations one after the other, each with a result of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    super::{
        Tool, ToolError,
        declare::{Hints, Words},
    },
    Desk,
    look::{One, known},
    read::{self, read},
    write::{More, New, appended, written},
};
use crate::{config::AccessClass, files::Files};

/// Most operations of one batch.
const MOST: usize = 100;
/// Most bytes of all results of one batch, as JSON.
const MOST_BYTES: usize = 4 << 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Batch {
    /// 1 to 100 operations: the arguments of `file_read`, `file_info`, `file_write` or `file_append`, with `operation` beside them.
    operations: Vec<serde_json::Map<String, Value>>,
}

#[derive(Serialize, JsonSchema)]
struct Results {
    /// In the order of the operations.
    results: Vec<Outcome>,
    /// How many failed.
    failed: usize,
}

#[derive(Serialize, JsonSchema)]
struct Outcome {
    /// Whether it was done.
    done: bool,
    /// What the tool of that name answers, or its error.
    #[schemars(with = "serde_json::Map<String, Value>")]
    result: Value,
}

pub(super) fn tool(desk: Desk) -> Tool {
    Words {
        name: "file_batch",
        class: AccessClass::FilesWrite,
        title: "Several file operations",
        description: "Does up to 100 file operations in their order, each with `operation`: read, info, write or append. One that \
                      fails does not stop the others.",
        hints: Hints::CHANGES,
    }
    .with(move |_, Batch { operations }: Batch, _| {
        let desk = desk.clone();
        async move {
            let about = format!("{} operations", operations.len());
            desk.does(&about, move |files| done(files, operations)).await
        }
    })
}

fn done(files: &Files, operations: Vec<serde_json::Map<String, Value>>) -> Result<Results, ToolError> {
    if !(1..=MOST).contains(&operations.len()) {
        let words = format!("operations: give 1 to {MOST} of them; these are {}", operations.len());
        return Err(ToolError::refused("bad_arguments", words));
    }
    let mut bytes = 0;
    let mut results = Vec::with_capacity(operations.len());
    for operation in operations {
        let outcome = match one(files, operation) {
            Ok(result) if bytes + length(&result) > MOST_BYTES => Err(too_much()),
            outcome => outcome,
        };
        let done = outcome.is_ok();
        let result = outcome.unwrap_or_else(|error| error.structured());
        bytes += length(&result);
        results.push(Outcome { done, result });
    }
    let failed = results.iter().filter(|outcome| !outcome.done).count();
    Ok(Results { results, failed })
}

fn length(result: &Value) -> usize {
    result.get("content").and_then(Value::as_str).map_or(0, str::len)
}

fn too_much() -> ToolError {
    ToolError::refused("too_long", format!("the results of a batch hold {MOST_BYTES} bytes in all"))
        .hint("read fewer files at a time")
}

fn one(files: &Files, mut operation: serde_json::Map<String, Value>) -> Result<Value, ToolError> {
    let name = operation.remove("operation");
    let arguments = Value::Object(operation);
    match name.as_ref().and_then(Value::as_str) {
        Some("read") => plain(read(files, asked::<read::Wanted>(arguments)?)),
        Some("info") => plain(known(files, &asked::<One>(arguments)?.path)),
        Some("write") => plain(written(files, asked::<New>(arguments)?)),
        Some("append") => plain(appended(files, asked::<More>(arguments)?)),
        _ => Err(ToolError::refused("bad_arguments", "operation: it is none of read, info, write, append")),
    }
}

fn asked<A: for<'a> Deserialize<'a>>(arguments: Value) -> Result<A, ToolError> {
    super::super::declare::read_arguments(arguments)
}

fn plain<R: Serialize>(result: Result<R, ToolError>) -> Result<Value, ToolError> {
    serde_json::to_value(result?).map_err(|error| ToolError::refused("internal", format!("the answer is no JSON: {error}")))
}
