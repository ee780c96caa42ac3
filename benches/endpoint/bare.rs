//! The bare server: rmcp on hyper with one tool that answers at once, and nothing else.

use std::sync::Arc;

use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities,
        ServerConfig, Tool,
    },
    service::RequestContext,
    transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager},
};
use serde_json::json;

#[derive(Clone)]
struct Bare;

impl ServerHandler for Bare {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let schema = json!({ "type": "object" }).as_object().cloned().unwrap_or_default();
        Ok(ListToolsResult::with_all_items(vec![Tool::new("health_check", "Answers.", Arc::new(schema))]))
    }

    async fn call_tool(&self, _: CallToolRequestParams, _: RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> {
        // As long as kmtop's own.
        Ok(CallToolResult::structured(json!({ "status": "ok", "uptime_s": 12, "version": "0.1.0" })).into())
    }
}

/// Serves on stdin and stdout, which are pipes, through the system's event queue as rmcp's own `stdio_pipes` does.
#[cfg(target_os = "linux")]
pub(crate) fn serve_pipes() {
    use rmcp::{ServiceExt, transport::async_rw::AsyncRwTransport};
    use tokio::net::unix::pipe::OpenOptions;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let input = OpenOptions::new().open_receiver("/proc/self/fd/0").unwrap();
        let output = OpenOptions::new().open_sender("/proc/self/fd/1").unwrap();
        let running = Bare.serve(AsyncRwTransport::new_server(input, output)).await.unwrap();
        let _ = running.waiting().await;
    });
}

/// Serves on a free port, which it prints, until it is killed.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        let config = StreamableHttpServerConfig::default().with_json_response(true);
        let sessions = Arc::new(LocalSessionManager::default());
        let service = TowerToHyperService::new(StreamableHttpService::new(|| Ok(Bare), sessions, config));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let mut protocol = hyper::server::conn::http1::Builder::new();
                let _ = protocol.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
}
