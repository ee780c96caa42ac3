//! MCP requests for tools, answered from the toolbox.

use std::{collections::BTreeSet, sync::Arc};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities,
        ServerConfig, Tool,
    },
    service::RequestContext,
};
use serde_json::Value;

use super::results;
use crate::{
    config::AccessClass,
    model::Transport,
    tools::{Caller, Toolbox},
};

/// What a client is told about this server.
const INSTRUCTIONS: &str = "Runs and inspects Keyboard Maestro macros and variables through a pool of warm workers. \
    km_list_macros finds macros, km_run_macro runs one by UUID or exact name. An answer with status `started` runs on. \
    Errors carry a stable code and say whether the work may have happened.";

/// The MCP server for one way in. Cheap to clone: one is made for each session, and in the newest protocol for each request.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

struct Shared {
    toolbox: Arc<Toolbox>,
    /// The tools on offer, made once: making them anew for every request costs more than most tools.
    tools: Vec<Tool>,
    offered: BTreeSet<Arc<str>>,
    transport: Transport,
}

impl Server {
    /// A server that offers the tools of these classes.
    pub fn new(toolbox: Arc<Toolbox>, allow: &[AccessClass], transport: Transport) -> Self {
        let offered: Vec<_> = toolbox.tools().iter().filter(|tool| allow.contains(&tool.class)).collect();
        let tools = offered.iter().map(|tool| results::declare(tool)).collect();
        let offered = offered.iter().map(|tool| Arc::clone(&tool.name)).collect();
        Self { shared: Arc::new(Shared { toolbox, tools, offered, transport }) }
    }

    fn caller(&self, context: &RequestContext<RoleServer>) -> Caller {
        let info = context.client_info();
        let name = info.as_ref().map_or("", |info| info.name.as_str());
        Caller::new(name, self.shared.transport, context.ct.clone())
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("kmtop", env!("CARGO_PKG_VERSION")).with_title("kmtop: Keyboard Maestro");
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.shared.tools.clone()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.shared.tools.iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        // A tool that may not be called looks like one that does not exist.
        if !self.shared.offered.contains(&*request.name) {
            return Err(results::unknown_tool(&request.name));
        }
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let answer = self.shared.toolbox.call(&request.name, arguments, &self.caller(&context)).await;
        let answer = answer.ok_or_else(|| results::unknown_tool(&request.name))?;
        Ok(results::answer(answer.result).into())
    }
}
