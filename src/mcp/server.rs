//! MCP requests for tools, answered from the toolbox.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures_util::future::{Fuse, FusedFuture, FutureExt};
use rmcp::{
    ErrorData, Peer, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult, PaginatedRequestParams,
        ProgressNotificationParam, ProgressToken, RequestMetaObject, ServerCapabilities, ServerConfig, SubscriptionFilter, Tool,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};
use serde_json::Value;

use super::{
    changes,
    offer::Offer,
    results::{self, Form},
};
use crate::{
    access::{Principal, Visitor},
    config::{AccessClass, Settings},
    hub,
    model::{Trace, Transport},
    tools::{Caller, Toolbox},
};

/// What a client is told about this server.
const INSTRUCTIONS: &str = "Runs and inspects Keyboard Maestro macros and variables through a pool of warm workers. \
    km_list_macros finds macros, km_run_macro runs one by UUID or exact name. An answer with status `started` runs on. \
    Errors carry a stable code and say whether the work may have happened.";

/// How often a client that asked for it hears that its call goes on.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// The first protocol with structured content.
const STRUCTURED_SINCE: &str = "2025-06-18";

/// The MCP server for one way in. Cheap to clone: one is made for each session, and in the newest protocol for each request.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

struct Shared {
    toolbox: Arc<Toolbox>,
    /// The classes that anybody may have at most.
    allow: Vec<AccessClass>,
    offer: Arc<ArcSwap<Offer>>,
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
        Self { shared: Arc::new(Shared { toolbox, allow, offer, transport, principal, text_results }) }
    }

    /// The same for callers by another right.
    #[must_use]
    pub fn by(&self, principal: Arc<Principal>) -> Self {
        let Shared { toolbox, allow, offer, transport, text_results, .. } = &*self.shared;
        let (toolbox, allow, offer) = (Arc::clone(toolbox), allow.clone(), Arc::clone(offer));
        Self { shared: Arc::new(Shared { toolbox, allow, offer, transport: *transport, principal, text_results: *text_results }) }
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

    fn caller(&self, context: &RequestContext<RoleServer>) -> Caller {
        let info = context.client_info();
        let name = info.as_ref().map_or("", |info| info.name.as_str());
        let (principal, peer) = self.right(context);
        let caller = Caller::new(name, self.shared.transport, context.ct.clone()).with(principal, peer);
        Caller { trace: trace(&context.meta), ..caller }
    }

    /// Counts a client's session until the guard drops.
    pub(super) fn session(&self) -> hub::Session {
        self.shared.toolbox.context().hub.session(self.shared.transport)
    }

    fn form(&self, context: &RequestContext<RoleServer>) -> Form {
        match context.protocol_version() {
            // Versions are dates.
            Some(version) if version.as_str() < STRUCTURED_SINCE => Form::Text,
            _ if self.shared.text_results => Form::Both,
            _ => Form::Structured,
        }
    }
}

/// The trace that a request belongs to, when it says so.
fn trace(meta: &RequestMetaObject) -> Option<Arc<Trace>> {
    let parent = meta.get_traceparent()?;
    Trace::parse(parent, meta.get_tracestate(), meta.get_baggage()).map(Arc::new)
}

/// Does the work, and tells how long it has taken now and then, so that a client that asked for it knows that it goes on.
async fn with_progress<T>(work: impl Future<Output = T>, token: ProgressToken, context: &RequestContext<RoleServer>) -> T {
    let began = tokio::time::Instant::now();
    let mut ticks = tokio::time::interval_at(began + PROGRESS_EVERY, PROGRESS_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut work = std::pin::pin!(work);
    // At most one note is on its way: a client that does not listen keeps nobody from the work.
    let mut telling = std::pin::pin!(Fuse::terminated());
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = &mut telling => {}
            _ = ticks.tick(), if telling.is_terminated() => {
                telling.set(tell(context.peer.clone(), token.clone(), began.elapsed().as_secs_f64()).fuse());
            }
        }
    }
}

async fn tell(peer: Peer<RoleServer>, token: ProgressToken, seconds: f64) {
    let note = ProgressNotificationParam::new(token, seconds).with_message(format!("running for {seconds:.1} s"));
    // Whoever is gone is noticed elsewhere.
    let _ = peer.notify_progress(note).await;
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("kmtop", env!("CARGO_PKG_VERSION")).with_title("kmtop: Keyboard Maestro");
        let capabilities = ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build();
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(INSTRUCTIONS)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        tokio::spawn(changes::tell(context.peer, self.shared.toolbox.changes()));
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        // The library leaves of it what the capabilities name.
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        changes::publish(&context, self.shared.toolbox.changes()).await
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        if page.is_some_and(|page| page.cursor.is_some()) {
            return Err(ErrorData::invalid_params("there is no such cursor: the list of tools has one page", None));
        }
        let (principal, _) = self.right(&context);
        Ok(ListToolsResult::with_all_items(self.offer().to(&principal)))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.offer().tool(name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let caller = self.caller(&context);
        let work = self.shared.toolbox.call(&request.name, arguments, &caller);
        let answer = match context.meta.get_progress_token() {
            Some(token) => with_progress(work, token, &context).await,
            None => work.await,
        };
        // A tool that may not be called looks like one that does not exist.
        let answer = answer.ok_or_else(|| results::unknown_tool(&request.name))?;
        Ok(results::answer(answer.result, self.form(&context)).into())
    }
}
