//! What the public conformance suite calls: tools, resources and prompts of its own naming, beside the real tools.
//!
//! Offered only with the hidden switch `--conformance`. Whatever never changes stands in `fixtures.json`; what has to act is in
//! `tools` and `inputs`.
#![expect(deprecated, reason = "the suite still tries what 2026-07-28 deprecates, with clients of the versions before")]

mod inputs;
mod tools;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, GetPromptRequestParams,
        GetPromptResponse, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
        PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, Reference, ServerCapabilities, ServerConfig,
        SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
    },
    service::{RequestContext, SubscriptionContext, SubscriptionSink},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Server;

/// The server with the fixtures. Cheap to clone.
#[derive(Clone)]
pub struct Conformance {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    fixtures: Value,
    /// Rounds that clients are in, by the word that was given to them.
    rounds: Mutex<HashMap<String, u64>>,
    subscribers: Mutex<HashMap<u64, SubscriptionSink>>,
    next: AtomicU64,
}

impl Conformance {
    /// The fixtures beside the tools of this server.
    ///
    /// # Errors
    /// When the fixtures are no JSON.
    pub fn new(server: Server) -> serde_json::Result<Self> {
        let fixtures = serde_json::from_str(include_str!("fixtures.json"))?;
        let shared = Shared { fixtures, rounds: Mutex::default(), subscribers: Mutex::default(), next: AtomicU64::new(0) };
        Ok(Self { server, shared: Arc::new(shared) })
    }

    /// What stands at a place of the fixtures, as the protocol's type; `None` when nothing stands there.
    fn fixture<T: DeserializeOwned>(&self, group: &str, name: &str) -> Result<Option<T>, ErrorData> {
        self.shared.fixtures[group].get(name).map(|value| typed(value.clone())).transpose()
    }

    fn all<T: DeserializeOwned>(&self, group: &str) -> Result<T, ErrorData> {
        typed(self.shared.fixtures[group].clone())
    }

    fn subscribers(&self) -> Vec<SubscriptionSink> {
        self.shared.subscribers.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, ErrorData> {
    serde_json::from_value(value).map_err(|error| ErrorData::internal_error(format!("a fixture is wrong: {error}"), None))
}

/// A fixture with `{name}` replaced by arguments.
fn filled(mut value: Value, arguments: &serde_json::Map<String, Value>) -> Value {
    match &mut value {
        Value::String(text) => {
            for (name, argument) in arguments {
                *text = text.replace(&format!("{{{name}}}"), argument.as_str().unwrap_or_default());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = filled(item.take(), arguments)),
        Value::Object(members) => members.values_mut().for_each(|member| *member = filled(member.take(), arguments)),
        _ => {}
    }
    value
}

impl ServerHandler for Conformance {
    fn get_info(&self) -> ServerConfig {
        let mut info = self.server.get_info();
        info.capabilities = ServerCapabilities::builder()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_completions()
            .enable_logging()
            .build();
        info
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut listed = self.server.list_tools(page, context).await?;
        listed.tools.extend(self.all::<Vec<Tool>>("tools")?);
        Ok(listed)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let fixtures: Vec<Tool> = self.all("tools").ok()?;
        self.server.get_tool(name).or_else(|| fixtures.into_iter().find(|tool| tool.name == name))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.call(request, context).await
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(self.all("resources")?))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(self.all("templates")?))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = &request.uri;
        let templated = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data")).map(|id| {
            let text = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") }).to_string();
            json!({ "uri": uri, "mimeType": "application/json", "text": text })
        });
        let contents = self
            .fixture("contents", uri)?
            .or(templated)
            .ok_or_else(|| ErrorData::resource_not_found("there is no such resource", Some(json!({ "uri": uri }))))?;
        Ok(ReadResourceResponse::Complete(typed(json!({ "contents": [contents], "resultType": "complete" }))?))
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let subscribers = || self.shared.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        subscribers().insert(number, context.sink().clone());
        context.cancelled().await;
        subscribers().remove(&number);
        Ok(())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(self.all("prompts")?))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if request.name == "test_input_required_result_prompt" {
            let Some(context) = inputs::given(request.input_responses.as_ref(), "user_context") else {
                return Ok(GetPromptResponse::InputRequired(self.ask(&request.name, None)?));
            };
            let text = format!("With the context: {}", context["content"]["context"]);
            let messages = json!([{ "role": "user", "content": { "type": "text", "text": text } }]);
            return Ok(GetPromptResponse::Complete(typed(json!({ "messages": messages, "resultType": "complete" }))?));
        }
        let messages = self.fixture::<Value>("messages", &request.name)?;
        let messages = messages.ok_or_else(|| ErrorData::invalid_params("there is no such prompt", None))?;
        let messages = filled(messages, &request.arguments.unwrap_or_default());
        Ok(GetPromptResponse::Complete(typed(json!({ "messages": messages, "resultType": "complete" }))?))
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        match &request.r#ref {
            // The fixtures' arguments may be anything.
            Reference::Prompt(prompt) if prompt.name.starts_with("test_") => Ok(CompleteResult::default()),
            _ => self.server.complete(request, context).await,
        }
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }
}
