//! MCP requests, each handed to who answers it.
#![expect(deprecated, reason = "2026-07-28 deprecates log messages; clients of before have them, and those of it that ask")]

use std::{collections::BTreeSet, sync::Arc};

use arc_swap::ArcSwap;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams, CompleteResult, CustomRequest,
        CustomResult, GetPromptRequestParams, GetPromptResponse, GetTaskParams, GetTaskResult, Implementation, ListPromptsResult,
        ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, LoggingLevel, PaginatedRequestParams,
        ReadResourceRequestParams, ReadResourceResponse, RequestMetaObject, ServerCapabilities, ServerConfig,
        SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};
use serde_json::Value;

use super::{
    cursor,
    offer::Offer,
    prompts,
    resources::{self, Address},
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
    fn has(&self, tool: &str) -> bool {
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

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
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

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.wishes.begin(self.toolbox(), &context.peer);
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let (principal, _) = self.right(&context);
        let (tools, next) = cursor::page("tools", &self.offer().to(&principal), page, TOOLS, |tool| &tool.name)?;
        let mut listed = ListToolsResult::with_all_items(tools);
        listed.next_cursor = next;
        Ok(listed)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.offer().tool(name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.call(request, &context).await
    }

    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        self.resources(page, &context).await
    }

    async fn list_resource_templates(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        self.templates(page, &context)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.read(request, &context).await
    }

    async fn subscribe(&self, request: SubscribeRequestParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let address = self.address(&request.uri, &context)?;
        let work = self.toolbox().context();
        if let Address::Macro(uid) = &address
            && work.library.index().get(uid).is_none()
        {
            return Err(resources::missing(&request.uri, "there is no such macro"));
        }
        self.wishes.begin(self.toolbox(), &context.peer);
        self.wishes.subscribe(request.uri, address, &work.news)
    }

    async fn unsubscribe(&self, request: UnsubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.wishes.unsubscribe(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(wishes::accepted(requested, |uri| Address::parse(uri).is_some_and(|address| self.has(address.reader()))))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let may = |address: &Address| self.offers(address.reader(), context.request_context());
        wishes::listen(self.toolbox(), &context, may).await;
        Ok(())
    }

    async fn list_prompts(
        &self,
        page: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        prompts::list(page)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.prompt(request, &context).await
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.suggest(request, &context).await
    }

    async fn set_level(&self, request: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.wishes.set_level(request.level);
        Ok(())
    }

    async fn get_task(&self, request: GetTaskParams, context: RequestContext<RoleServer>) -> Result<GetTaskResult, ErrorData> {
        let task = self.tasks().find(&request.task_id, &self.caller(&context))?;
        Ok(GetTaskResult::new(task.detailed()))
    }

    async fn update_task(&self, request: UpdateTaskParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        // Macros ask for nothing on their way: there is nothing to hand in.
        self.tasks().find(&request.task_id, &self.caller(&context)).map(|_| ())
    }

    async fn cancel_task(&self, request: CancelTaskParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.tasks().find(&request.task_id, &self.caller(&context))?.cancel();
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        self.older_task(request, &context).await
    }
}
