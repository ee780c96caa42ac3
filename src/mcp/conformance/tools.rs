//! Tools that do more than answer with what stands in the fixtures.
#![expect(deprecated, reason = "the suite still tries what 2026-07-28 deprecates, with clients of the versions before")]

use std::time::Duration;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ClientResult, ContentBlock,
        CreateMessageRequestParams, ElicitRequest, ElicitRequestParams, LoggingLevel, LoggingMessageNotificationParam,
        ProgressNotificationParam, SamplingMessage, ServerRequest,
    },
    service::RequestContext,
};
use serde_json::{Value, json};

use super::{Conformance, inputs};

/// Between two things that a client should see one after the other.
const PAUSE: Duration = Duration::from_millis(50);

fn text(text: impl Into<String>) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text.into())])
}

fn failed(error: impl std::fmt::Display) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(error.to_string())])
}

impl Conformance {
    /// Calls a fixture, or a real tool.
    pub(super) async fn call(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.clone();
        if name.starts_with(inputs::PREFIX) {
            return self.call_with_input(&request, &context.meta.client_capabilities().unwrap_or_default());
        }
        let argument = |name: &str| request.arguments.as_ref()?.get(name)?.as_str().map(str::to_owned);
        match &*name {
            "test_streaming_elicitation" => return Ok(self.ask(&name, None)?.into()),
            "test_custom_header" => {
                let value = argument("value").ok_or_else(|| ErrorData::invalid_params("value must be a text", None))?;
                return Ok(text(value).into());
            }
            "test_sampling" => return Ok(sample(&context, argument("prompt").unwrap_or_default()).await.into()),
            "test_tool_with_progress" => progress(&context).await,
            "test_tool_with_logging" => {
                for words in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                    log(&context, LoggingLevel::Info, words).await;
                    tokio::time::sleep(PAUSE).await;
                }
            }
            "test_logging_tool" => {
                if let Some(level) = context.meta.log_level() {
                    log(&context, level, "as asked").await;
                }
            }
            "test_missing_capability" if context.meta.client_capabilities().unwrap_or_default().sampling.is_none() => {
                let needed = ClientCapabilities::builder().enable_sampling().build();
                return Err(ErrorData::missing_required_client_capability(needed));
            }
            "test_trigger_tool_change" => {
                for subscriber in self.subscribers() {
                    let _ = subscriber.notify_tool_list_changed().await;
                }
            }
            "test_trigger_prompt_change" => {
                for subscriber in self.subscribers() {
                    let _ = subscriber.notify_prompt_list_changed().await;
                }
            }
            _ => {}
        }
        if let Some(form) = self.fixture::<Value>("forms", &name)? {
            return elicit(&context, form, argument("message")).await.map(Into::into);
        }
        match self.fixture::<CallToolResult>("answers", &name)? {
            Some(answer) => Ok(answer.into()),
            None => self.server.call_tool(request, context).await,
        }
    }
}

async fn progress(context: &RequestContext<RoleServer>) {
    let Some(token) = context.meta.get_progress_token() else { return };
    for done in [0.0, 50.0, 100.0] {
        let note = ProgressNotificationParam::new(token.clone(), done).with_total(100.0);
        let _ = context.peer.notify_progress(note).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn log(context: &RequestContext<RoleServer>, level: LoggingLevel, words: &str) {
    let _ = context.peer.notify_logging_message(LoggingMessageNotificationParam::new(level, json!(words))).await;
}

async fn sample(context: &RequestContext<RoleServer>, prompt: String) -> CallToolResult {
    let asked = CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], 100);
    match context.peer.create_message(asked).await {
        Ok(answer) => text(format!("LLM response: {}", json!(answer.message.content))),
        Err(error) => failed(error),
    }
}

async fn elicit(
    context: &RequestContext<RoleServer>,
    mut form: Value,
    message: Option<String>,
) -> Result<CallToolResult, ErrorData> {
    if let Some(message) = message {
        form["message"] = json!(message);
    }
    let asked: ElicitRequestParams = super::typed(form)?;
    let answer = context.peer.send_request(ServerRequest::ElicitRequest(ElicitRequest::new(asked))).await;
    Ok(match answer {
        Ok(ClientResult::ElicitResult(answer)) => {
            let action = json!(answer.action);
            let action = action.as_str().unwrap_or_default();
            text(format!("User response: action={action}, content={}", json!(answer.content)))
        }
        Ok(_) => failed("the client answered something else"),
        Err(error) => failed(error),
    })
}
