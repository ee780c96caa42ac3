//! MCP requests, each handed to who answers it, and counted.
#![expect(deprecated, reason = "2026-07-28 deprecates log messages; clients of before have them, and those of it that ask")]

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams, CompleteResult, CustomRequest,
        CustomResult, DiscoverResult, GetPromptRequestParams, GetPromptResponse, GetTaskParams, GetTaskResult,
        InitializeRequestParams, InitializeResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
        ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ServerConfig,
        SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams, UpdateTaskParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};

use super::{Server, counted, prompts, resources::Address, tasks::older, wishes};

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        self.hello()
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        let asked = self.asked_with("initialize", Some(&request.protocol_version));
        context.peer.set_peer_info(request.clone());
        asked.ends(self.negotiate_initialize(&request))
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let versions = ServerHandler::supported_protocol_versions(self).into_owned();
        self.asked("server/discover", &context).ends(Ok(DiscoverResult::from_server_info(versions, self.hello())))
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.asked("ping", &context).ends(Ok(()))
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.wishes.begin(self.toolbox(), &context.peer);
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.asked("tools/list", &context).ends(self.tools(page, &context))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.offered(name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let asked = self.asked_for_tool(&request.name, &context);
        asked.ends_call(self.call(request, &context).await)
    }

    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let asked = self.asked("resources/list", &context);
        asked.ends(self.resources(page, &context).await)
    }

    async fn list_resource_templates(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        self.asked("resources/templates/list", &context).ends(self.templates(page, &context))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let asked = self.asked("resources/read", &context);
        asked.ends(self.read(request, &context).await)
    }

    async fn subscribe(&self, request: SubscribeRequestParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.asked("resources/subscribe", &context).ends(self.follow(request.uri, &context))
    }

    async fn unsubscribe(&self, request: UnsubscribeRequestParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.wishes.unsubscribe(&request.uri);
        self.asked("resources/unsubscribe", &context).ends(Ok(()))
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(wishes::accepted(requested, |uri| Address::parse(uri).is_some_and(|address| self.has(address.reader()))))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let asked = self.asked("subscriptions/listen", context.request_context());
        let may = |address: &Address| self.offers(address.reader(), context.request_context());
        wishes::listen(self.toolbox(), &context, may).await;
        asked.ends(Ok(()))
    }

    async fn list_prompts(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        self.asked("prompts/list", &context).ends(prompts::list(page))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let asked = self.asked("prompts/get", &context);
        asked.ends(self.prompt(request, &context).await)
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let asked = self.asked("completion/complete", &context);
        asked.ends(self.suggest(request, &context).await)
    }

    async fn set_level(&self, request: SetLevelRequestParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.wishes.set_level(request.level);
        self.asked("logging/setLevel", &context).ends(Ok(()))
    }

    async fn get_task(&self, request: GetTaskParams, context: RequestContext<RoleServer>) -> Result<GetTaskResult, ErrorData> {
        let task = self.tasks().find(&request.task_id, &self.caller(&context));
        self.asked("tasks/get", &context).ends(task.map(|task| GetTaskResult::new(task.detailed())))
    }

    async fn update_task(&self, request: UpdateTaskParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        // Macros ask for nothing on their way: there is nothing to hand in.
        let task = self.tasks().find(&request.task_id, &self.caller(&context));
        self.asked("tasks/update", &context).ends(task.map(|_| ()))
    }

    async fn cancel_task(&self, request: CancelTaskParams, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        let task = self.tasks().find(&request.task_id, &self.caller(&context));
        self.asked("tasks/cancel", &context).ends(task.map(|task| task.cancel()))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let asked = self.asked(counted::method_of_unknown(&request.method), &context);
        if let Some(method) = counted::known_method(&request.method).filter(|method| !older::knows(method)) {
            // The library takes a request whose parameters are none of its method's for one that it does not know.
            let words = format!("the parameters of {method} do not fit: one is missing, or of another type");
            return asked.ends(Err(ErrorData::invalid_params(words, None)));
        }
        asked.ends(self.older_task(request, &context).await)
    }
}
