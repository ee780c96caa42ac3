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
        // It stands in the tool itself.
        None,
        Some(hints.read_only),
        Some(hints.destructive),
        Some(hints.idempotent),
        Some(hints.open_world),
    );
    Tool::new(tool.name.to_string(), tool.description.clone(), Arc::new(without_null_defaults(&tool.input)))
        .with_title(tool.title.clone())
        .with_raw_output_schema(Arc::new(with_error(&tool.output)))
        .with_annotations(annotations)
}

/// A schema of arguments without `"default": null`, which says only that an argument may be left out: models read the list of tools.
fn without_null_defaults(input: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = input.clone();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            if property.get("default").is_some_and(Value::is_null) {
                property.remove("default");
            }
        }
    }
    schema
}

/// A schema that an error fits, too. Clients check structured content against it whether the call failed or not, and one that finds
/// a misfit never shows the error to its model.
fn with_error(output: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = output.clone();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert("error".into(), json!({ "type": "object", "description": "Of a failed call alone" }));
    }
    if let Some(required) = schema.remove("required") {
        schema.insert("anyOf".into(), json!([{ "required": required }, { "required": ["error"] }]));
    }
    schema
}

/// How a client gets a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Structured; a short result stands in the text, too, a longer one would cost twice and is only pointed to.
    Structured,
    /// As text alone: protocols before 2025-06-18 know nothing else.
    Text,
    /// Both ways, for clients that give their model only texts.
    Both,
}

/// The longest result in bytes of JSON that its text repeats unasked: most calls are of this kind, and a client that gives its model
/// only texts is of use for them as it comes.
const SHORT: usize = 1_000;

/// What a text says instead of repeating a longer result.
const ELSEWHERE: &str =
    "The result is in structuredContent; for clients that show only texts: text_results = true in [server] of kmtop's settings.";

/// An answer as a client gets it. An error is a result with `isError`, so that the model sees it: words in its text, and structured its
/// code, phase, hint and whether the work may have happened.
pub(super) fn answer(result: Result<Value, tools::ToolError>, form: Form) -> CallToolResult {
    let (value, mut result) = match result {
        Ok(value) => {
            let text = if form == Form::Structured { short(&value) } else { Some(value.to_string()) };
            let text = text.unwrap_or_else(|| ELSEWHERE.to_owned());
            (value, CallToolResult::success(vec![ContentBlock::text(text)]))
        }
        Err(error) => (error.structured(), CallToolResult::error(vec![ContentBlock::text(error.text())])),
    };
    if form != Form::Text {
        result.structured_content = Some(value);
    }
    result
}

/// A result as JSON, if it is short. Writing stops where it is not.
fn short(value: &Value) -> Option<String> {
    let mut text = [0; SHORT];
    let mut rest = &mut text[..];
    serde_json::to_writer(&mut rest, value).ok()?;
    let length = SHORT - rest.len();
    String::from_utf8(text[..length].to_vec()).ok()
}

/// The error for a tool that does not exist, or is not offered.
pub(super) fn unknown_tool(name: &str) -> ErrorData {
    ErrorData::invalid_params(format!("there is no tool {:?}; tools/list names them all", brief(name, 80)), None)
}
