//! Tasks of the protocol of 2025-11-25.
//!
//! The protocol's library knows tasks only as the extension of 2026-07-28, whose messages have other shapes under the same names. So
//! requests of the older shape come in under names of kmtop's own ([`renamed`]), with all their parameters, and what a session is told of the
//! server and of its tools is completed on its way out ([`Dialect`]).

use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::{
    ErrorData, RoleServer,
    model::{
        CustomRequest, CustomResult, ErrorCode, JsonRpcMessage, JsonRpcResponse, PaginatedRequestParams, ProtocolVersion,
        ServerJsonRpcMessage, ServerResult,
    },
    service::RequestContext,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Begun, EXTENSION, Rest, TOOL, Task, task::Stand};
use crate::{
    mcp::{Server, results, server::is_stateless},
    tools::{RunNews, follower},
};

const CREATE: &str = "kmtop/tasks/create";
const GET: &str = "kmtop/tasks/get";
const CANCEL: &str = "kmtop/tasks/cancel";
const RESULT: &str = "tasks/result";
const LIST: &str = "tasks/list";

/// What a request of a session says that is about a task.
#[derive(Deserialize)]
struct Asked {
    method: String,
    #[serde(default)]
    params: Map<String, Value>,
}

/// A request about tasks in its older shape, under a name of kmtop's own; `None` for any other message.
pub(in crate::mcp) fn renamed(message: &[u8]) -> Option<Vec<u8>> {
    // Nearly all messages end here.
    memchr_task(message)?;
    let mut whole: Value = serde_json::from_slice(message).ok()?;
    let asked = Asked::deserialize(&whole).ok()?;
    let newest = asked.params.get("_meta").is_some_and(|meta| !meta["io.modelcontextprotocol/protocolVersion"].is_null());
    let name = match asked.method.as_str() {
        _ if newest => return None,
        "tools/call" if asked.params.get("task").is_some_and(Value::is_object) => CREATE,
        "tasks/get" => GET,
        "tasks/cancel" => CANCEL,
        _ => return None,
    };
    whole["method"] = json!(name);
    serde_json::to_vec(&whole).ok()
}

/// The method that a client asked with, of a name of kmtop's own; any other name is its own.
pub(in crate::mcp) fn protocol_name(name: &str) -> &str {
    match name {
        CREATE => "tools/call",
        GET => "tasks/get",
        CANCEL => "tasks/cancel",
        other => other,
    }
}

/// Whether requests of this method are answered here and not by the library.
pub(in crate::mcp) fn knows(method: &str) -> bool {
    matches!(method, RESULT | LIST)
}

/// Whether the word stands in the message at all.
fn memchr_task(message: &[u8]) -> Option<()> {
    message.windows(5).any(|five| five == b"\"task").then_some(())
}

/// What a session's messages are completed with.
#[derive(Debug, Default)]
pub(in crate::mcp) struct Dialect {
    /// The session speaks the protocol that has tasks of its own.
    has_tasks: AtomicBool,
}

impl Dialect {
    /// A message as the session's client understands it.
    pub(in crate::mcp) fn completed(&self, message: ServerJsonRpcMessage) -> ServerJsonRpcMessage {
        let JsonRpcMessage::Response(JsonRpcResponse { jsonrpc, id, result }) = message else { return message };
        let result = match result {
            ServerResult::InitializeResult(mut hello) => {
                // In sessions tasks are a part of the protocol, since 2025-11-25, and no extension.
                let extensions = hello.capabilities.extensions.take();
                let offered = extensions.is_some_and(|extensions| extensions.contains_key(EXTENSION));
                let has_tasks = offered && hello.protocol_version == ProtocolVersion::V_2025_11_25;
                self.has_tasks.store(has_tasks, Ordering::Relaxed);
                if !has_tasks {
                    return JsonRpcMessage::Response(JsonRpcResponse {
                        jsonrpc,
                        id,
                        result: ServerResult::InitializeResult(hello),
                    });
                }
                changed(ServerResult::InitializeResult(hello), |hello| {
                    hello["capabilities"]["tasks"] = json!({ "list": {}, "cancel": {}, "requests": { "tools": { "call": {} } } });
                })
            }
            ServerResult::ListToolsResult(listed) if self.has_tasks.load(Ordering::Relaxed) => {
                changed(ServerResult::ListToolsResult(listed), |listed| {
                    let tools = listed["tools"].as_array_mut().into_iter().flatten();
                    for tool in tools.filter(|tool| tool["name"] == TOOL) {
                        tool["execution"] = json!({ "taskSupport": "optional" });
                    }
                })
            }
            result => result,
        };
        JsonRpcMessage::Response(JsonRpcResponse { jsonrpc, id, result })
    }
}

/// A result with something more in it than its type has.
fn changed(result: ServerResult, change: impl FnOnce(&mut Value)) -> ServerResult {
    match serde_json::to_value(&result) {
        Ok(mut value) => {
            change(&mut value);
            ServerResult::CustomResult(CustomResult::new(value))
        }
        Err(_) => result,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: String,
    #[serde(default)]
    arguments: Map<String, Value>,
    task: Wish,
}

#[derive(Deserialize)]
struct Wish {
    /// How long the task is to be kept, in milliseconds.
    #[serde(default)]
    ttl: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    task_id: String,
}

impl Server {
    /// Answers a request about tasks in its older shape; every other request that nobody knows is refused.
    pub(in crate::mcp) async fn older_task(
        &self,
        request: CustomRequest,
        context: &RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let unknown = |method: &str| Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method.to_owned(), None));
        let speaks = context.protocol_version().is_some_and(|version| version == ProtocolVersion::V_2025_11_25);
        if is_stateless(context) || !speaks || !self.offers(TOOL, context) {
            return unknown(request.method.trim_start_matches("kmtop/"));
        }
        let caller = self.caller(context);
        let value = match request.method.as_str() {
            CREATE => json!({ "task": self.create_task(read(&request)?, context).await?.older() }),
            GET => self.tasks().find(&read::<Named>(&request)?.task_id, &caller)?.older(),
            CANCEL => {
                let task = self.tasks().find(&read::<Named>(&request)?.task_id, &caller)?;
                if task.stand() != Stand::Working {
                    let words = format!("the task is {} already", task.stand().word());
                    return Err(ErrorData::invalid_params(words, None));
                }
                task.cancel();
                task.older()
            }
            RESULT => {
                let task = self.tasks().find(&read::<Named>(&request)?.task_id, &caller)?;
                result(&task, context).await?
            }
            LIST => {
                let page: Option<PaginatedRequestParams> =
                    request.params_as().map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
                let (tasks, next) = self.tasks().page(page, &caller)?;
                let mut listed = json!({ "tasks": tasks.iter().map(|task| task.older()).collect::<Vec<_>>() });
                if let Some(next) = next {
                    listed["nextCursor"] = json!(next);
                }
                listed
            }
            method => return unknown(method),
        };
        Ok(CustomResult::new(value))
    }

    /// Begins a run as a task; comes back as soon as its number is known.
    async fn create_task(&self, asked: Create, context: &RequestContext<RoleServer>) -> Result<std::sync::Arc<Task>, ErrorData> {
        let Create { name, arguments, task: Wish { ttl } } = asked;
        if !self.offers(&name, context) {
            return Err(results::unknown_tool(&name));
        }
        if name != TOOL {
            let words = format!("{name} cannot be called as a task; {TOOL} can");
            return Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, words, None));
        }
        let (sender, mut heard) = follower();
        let mut caller = self.caller(context);
        caller.follower = Some(sender);
        let mut begun = Begun::new(self, &name, Value::Object(arguments), caller, self.form(context));
        // A call that is refused before it has a run ends at once; its task then is over already.
        let mut ended = None;
        let run = if let Some(RunNews::Asked { run_id }) = heard.recv().await {
            Some(run_id)
        } else {
            ended = Some((&mut begun).await);
            None
        };
        if let Some(answer) = ended {
            return self.tasks().ended(&begun, answer, ttl);
        }
        let token = context.meta.get_progress_token().map(|token| (context.peer.clone(), token));
        self.tasks().adopt(begun, Rest { run, ..Rest::fresh(Some(heard)) }, ttl, token)
    }
}

/// What the run of a task came to, as soon as it is over.
async fn result(task: &Task, context: &RequestContext<RoleServer>) -> Result<Value, ErrorData> {
    tokio::select! {
        () = task.over.cancelled() => {}
        () = context.ct.cancelled() => return Err(ErrorData::internal_error("cancelled; the task goes on", None)),
    }
    let mut value = task.result().and_then(|result| serde_json::to_value(result).ok()).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        // Only the newest protocol has it.
        object.remove("resultType");
        object.insert("_meta".into(), json!({ "io.modelcontextprotocol/related-task": { "taskId": task.id } }));
    }
    Ok(value)
}

fn read<T: for<'a> Deserialize<'a>>(request: &CustomRequest) -> Result<T, ErrorData> {
    let read = request.params_as().map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
    read.ok_or_else(|| ErrorData::invalid_params("parameters are missing", None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(message: &Value) -> Option<Value> {
        let renamed = renamed(message.to_string().as_bytes())?;
        serde_json::from_slice::<Value>(&renamed).ok().map(|message| message["method"].clone())
    }

    #[test]
    fn only_what_is_about_tasks_gets_another_name() {
        let message = |method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let call = |task: Value| message("tools/call", json!({ "name": TOOL, "arguments": { "task": {} }, "task": task }));
        assert_eq!(name(&call(json!({ "ttl": 1 }))), Some(json!(CREATE)));
        assert_eq!(name(&call(Value::Null)), None);
        assert_eq!(name(&message("tools/call", json!({ "name": TOOL, "arguments": { "task": {} } }))), None);
        assert_eq!(name(&message("tasks/get", json!({ "taskId": "x" }))), Some(json!(GET)));
        assert_eq!(name(&message("tasks/cancel", json!({ "taskId": "x" }))), Some(json!(CANCEL)));
        let newest = json!({ "taskId": "x", "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } });
        assert_eq!(name(&message("tasks/get", newest)), None);
        assert_eq!(name(&message("tasks/list", json!({}))), None, "the library does not know it");
        assert_eq!(renamed(b"\"task"), None);
    }
}
