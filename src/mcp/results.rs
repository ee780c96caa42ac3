//! The one place where tools and their answers become MCP.

use std::sync::Arc;

use rmcp::{
    ErrorData,
    model::{CallToolResult, ContentBlock, Tool, ToolAnnotations},
};
use serde_json::{Map, Value, json};

use crate::{tools, util::text::brief};

/// A tool as a client lists it.
pub(super) fn declare(tool: &tools::Tool) -> Tool {
    let hints = tool.hints;
    let annotations = ToolAnnotations::from_raw(
        Some(tool.title.to_owned()),
        Some(hints.read_only),
        Some(hints.destructive),
        Some(hints.idempotent),
        Some(hints.open_world),
    );
    Tool::new(tool.name.to_string(), tool.description, Arc::clone(&tool.input))
        .with_title(tool.title)
        .with_raw_output_schema(Arc::new(with_error(&tool.output)))
        .with_annotations(annotations)
}

/// A schema that an error fits, too. Clients check structured content against it whether the call failed or not, and one that finds
/// a misfit never shows the error to its model.
fn with_error(output: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = output.clone();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties
            .insert("error".into(), json!({ "type": "object", "description": "Only of a failed call: why, and what to do" }));
    }
    if let Some(required) = schema.remove("required") {
        schema.insert("anyOf".into(), json!([{ "required": required }, { "required": ["error"] }]));
    }
    schema
}

/// An answer as a client gets it. An error is a result with `isError`, so that the model sees it; its structured form says code,
/// phase, hint and whether the work may have happened.
pub(super) fn answer(result: Result<Value, tools::ToolError>) -> CallToolResult {
    match result {
        Ok(value) => CallToolResult::structured(value),
        Err(error) => {
            let mut result = CallToolResult::error(vec![ContentBlock::text(error.text())]);
            result.structured_content = Some(error.structured());
            result
        }
    }
}

/// The error for a tool that does not exist, or is not offered.
pub(super) fn unknown_tool(name: &str) -> ErrorData {
    ErrorData::invalid_params(format!("there is no tool {:?}; tools/list names them all", brief(name, 80)), None)
}
