//! The MCP server: what it offers to whom, and who a request comes from.
#![expect(deprecated, reason = "2026-07-28 deprecates log messages; clients of before have them, and those of it that ask")]

use std::{collections::BTreeSet, sync::Arc};

use arc_swap::ArcSwap;
use rmcp::{
    ErrorData, RoleServer,
    model::{
        Implementation, ListToolsResult, LoggingLevel, PaginatedRequestParams, RequestMetaObject, ServerCapabilities,
        ServerConfig, Tool,
    },
    service::RequestContext,
};
use serde_json::Value;

use super::{
    cursor,
    offer::Offer,
    results::Form,
    tasks::{self, Tasks},
    wishes::{self, Wishes},
};
use crate::{
    access::{Principal, Visitor},
    config::{AccessClass, Settings},
    hub,
    model::{Trace, Transport},
    tools::{Caller, ToolError, Toolbox},
};

/// What a client is told about this server.
const INSTRUCTIONS: &str = "Runs and inspects Keyboard Maestro macros and variables through a pool of warm workers. \
    km_list_macros finds macros, km_run_macro runs one by UUID or exact name. An answer with status `started` runs on. \
    Errors carry a stable code and say whether the work may have happened.";

/// The first protocol with structured content.
const STRUCTURED_SINCE: &str = "2025-06-18";
/// The first protocol without sessions.
pub(super) const STATELESS_SINCE: &str = "2026-07-28";
/// Tools on a page. More than kmtop has; macros and command lines may become tools, too.
const TOOLS: usize = 100;

/// The MCP server for one way in. A clone is the server for another client: it shares everything but what a client wants to be told.
pub struct Server {
    shared: Arc<Shared>,
    pub(super) wishes: Arc<Wishes>,
}

impl Clone for Server {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), wishes: Arc::default() }
    }
}

struct Shared {
    toolbox: Arc<Toolbox>,
    /// The classes that anybody may have at most.
    allow: Vec<AccessClass>,
    offer: Arc<ArcSwap<Offer>>,
    tasks: Arc<Tasks>,
    transport: Transport,
    /// By which right those come that show no token.
    principal: Arc<Principal>,
    text_results: bool,
}

impl Server {
    /// A server that offers the tools of the classes that the settings allow, and of these to each caller those of its own. Over HTTP
    /// the guard says who calls; on all other ways `principal` does.
    pub fn new(toolbox: Arc<Toolbox>, settings: &Settings, transport: Transport, principal: Arc<Principal>) -> Self {
        let (allow, text_results) = (settings.offered(), settings.server.text_results);
        let offer = Arc::new(ArcSwap::from_pointee(Offer::of(&toolbox, &allow)));
        let shared = Shared { toolbox, allow, offer, tasks: Arc::default(), transport, principal, text_results };
        Self { shared: Arc::new(shared), wishes: Arc::default() }
    }

    /// The same for callers by another right.
    #[must_use]
    pub fn by(&self, principal: Arc<Principal>) -> Self {
        let Shared { toolbox, allow, offer, tasks, transport, text_results, .. } = &*self.shared;
        let (toolbox, allow, offer, tasks) = (Arc::clone(toolbox), allow.clone(), Arc::clone(offer), Arc::clone(tasks));
        let shared = Shared { toolbox, allow, offer, tasks, transport: *transport, principal, text_results: *text_results };
        Self { shared: Arc::new(shared), wishes: Arc::default() }
    }

    /// By which right a request comes, and from where.
    fn right(&self, context: &RequestContext<RoleServer>) -> (Arc<Principal>, Option<Arc<str>>) {
        let visitor = context.extensions.get::<http::request::Parts>().and_then(|parts| parts.extensions.get::<Visitor>());
        let shown = visitor.map(|visitor| (Arc::clone(&visitor.principal), Some(visitor.peer.to_string().into())));
        shown.unwrap_or_else(|| (Arc::clone(&self.shared.principal), None))
    }

    /// The tools on offer now.
    fn offer(&self) -> Arc<Offer> {
        let Shared { toolbox, allow, offer, .. } = &*self.shared;
        let known = offer.load_full();
        if known.revision == toolbox.revision() {
            return known;
        }
        let fresh = Arc::new(Offer::of(toolbox, allow));
        offer.store(Arc::clone(&fresh));
        fresh
    }

    pub(super) fn toolbox(&self) -> &Arc<Toolbox> {
        &self.shared.toolbox
    }

    pub(super) fn tasks(&self) -> &Tasks {
        &self.shared.tasks
    }

    /// Whether a tool is on offer to who asks. A tool that may not be called looks like one that does not exist.
    pub(super) fn offers(&self, tool: &str, context: &RequestContext<RoleServer>) -> bool {
        self.offer().has(tool, Some(&self.right(context).0))
    }

    /// Whether a tool is on offer to anybody.
    pub(super) fn has(&self, tool: &str) -> bool {
        self.offer().has(tool, None)
    }

    /// The names of the tools on offer to who asks.
    pub(super) fn tool_names(&self, context: &RequestContext<RoleServer>) -> BTreeSet<String> {
        self.offer().to(&self.right(context).0).iter().map(|tool| tool.name.to_string()).collect()
    }

    pub(super) fn caller(&self, context: &RequestContext<RoleServer>) -> Caller {
        let info = context.client_info();
        let name = info.as_ref().map_or("", |info| info.name.as_str());
        let (principal, peer) = self.right(context);
        let caller = Caller::new(name, self.shared.transport, context.ct.clone()).with(principal, peer);
        Caller { trace: trace(&context.meta), ..caller }
    }

    /// Counts a client's session until the guard drops.
    pub(super) fn session(&self) -> hub::Session {
        self.toolbox().context().hub.session(self.shared.transport)
    }

    /// Shows what is no tool's answer to who may call a tool that tells the same: class, rate, the owner's word and the audit log are those
    /// of the tool, under the method's name.
    pub(super) async fn show<T>(
        &self,
        (tool, method): (&str, &str),
        arguments: Value,
        context: &RequestContext<RoleServer>,
        work: impl Future<Output = Result<T, ToolError>>,
    ) -> Result<T, ToolError> {
        let shown = self.toolbox().show((tool, method), arguments, &self.caller(context), work).await;
        shown.unwrap_or_else(|| Err(ToolError::refused("unknown_tool", format!("who may not call {tool} is not shown this"))))
    }

    /// Has a tool answer for a request that is no call of it.
    pub(super) async fn ask(
        &self,
        tool: &str,
        arguments: Value,
        context: &RequestContext<RoleServer>,
    ) -> Result<Value, ToolError> {
        let answer = self.toolbox().call(tool, arguments, &self.caller(context)).await;
        answer.map_or_else(|| Err(ToolError::refused("unknown_tool", format!("there is no tool {tool}"))), |answer| answer.result)
    }

    /// What a client is told at the beginning.
    pub(super) fn hello(&self) -> ServerConfig {
        let server = Implementation::new("kmtop", env!("CARGO_PKG_VERSION")).with_title("kmtop: Keyboard Maestro");
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_prompts()
            .enable_completions()
            .enable_logging();
        let mut capabilities = capabilities.build();
        if self.has(tasks::TOOL) {
            capabilities.extensions.get_or_insert_default().insert(tasks::EXTENSION.into(), serde_json::Map::new());
        }
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(INSTRUCTIONS)
    }

    /// One page of the tools on offer to who asks.
    pub(super) fn tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let (principal, _) = self.right(context);
        let (tools, next) = cursor::page("tools", &self.offer().to(&principal), page, TOOLS, |tool| &tool.name)?;
        let mut listed = ListToolsResult::with_all_items(tools);
        listed.next_cursor = next;
        Ok(listed)
    }

    /// A tool on offer to anybody.
    pub(super) fn offered(&self, name: &str) -> Option<Tool> {
        self.offer().tool(name)
    }

    /// The way in that it serves.
    pub(super) fn transport(&self) -> Transport {
        self.shared.transport
    }

    pub(super) fn form(&self, context: &RequestContext<RoleServer>) -> Form {
        match context.protocol_version() {
            // Versions are dates.
            Some(version) if version.as_str() < STRUCTURED_SINCE => Form::Text,
            _ if self.shared.text_results => Form::Both,
            _ => Form::Structured,
        }
    }

    /// Whether the client wants log messages of this level. In the newest protocol each request says so, and without it none are sent.
    pub(super) fn takes(&self, level: LoggingLevel, context: &RequestContext<RoleServer>) -> bool {
        if is_stateless(context) {
            return context.meta.log_level().is_some_and(|least| wishes::rank(level) >= wishes::rank(least));
        }
        self.wishes.takes(level)
    }
}

/// The trace that a request belongs to, when it says so.
fn trace(meta: &RequestMetaObject) -> Option<Arc<Trace>> {
    let parent = meta.get_traceparent()?;
    Trace::parse(parent, meta.get_tracestate(), meta.get_baggage()).map(Arc::new)
}

/// Whether a request is of the protocol without sessions.
pub(super) fn is_stateless(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version.as_str() >= STATELESS_SINCE)
}
