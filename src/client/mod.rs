//! A real MCP client over Streamable HTTP, for what kmtop itself calls: the demo's clients.

use std::sync::Arc;

use rmcp::{
    RoleClient, ServiceExt,
    model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation},
    service::{ClientCacheConfig, RunningService},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde_json::Value;

/// A connected client.
pub struct Client {
    service: RunningService<RoleClient, ClientConfig>,
}

/// Why a server could not be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The server did not say hello.
    #[error("cannot connect to {url}: {reason}")]
    Connect {
        /// The endpoint.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// A call broke on its way.
    #[error("the call of {tool} broke: {reason}")]
    Call {
        /// The tool.
        tool: String,
        /// What went wrong.
        reason: String,
    },
}

/// A tool's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The structured content; `None` when there was none.
    pub value: Option<Value>,
    /// Whether the tool failed.
    pub is_error: bool,
}

impl Client {
    /// Connects as `name` to the endpoint at `url`, with a bearer token if one is given.
    ///
    /// # Errors
    /// When the server does not answer the hello.
    pub async fn connect(url: &str, token: Option<&str>, name: &str) -> Result<Self, ClientError> {
        let mut config = StreamableHttpClientTransportConfig::with_uri(Arc::from(url));
        if let Some(token) = token {
            config = config.auth_header(token);
        }
        let transport = StreamableHttpClientTransport::from_config(config);
        let identity = Implementation::new(name, env!("CARGO_PKG_VERSION"));
        let client = ClientConfig::new(ClientCapabilities::default(), identity);
        let failed =
            |error: rmcp::service::ClientInitializeError| ClientError::Connect { url: url.to_owned(), reason: error.to_string() };
        let service = client.serve(transport).await.map_err(failed)?;
        // Whatever is measured through this client must reach the server.
        service.peer().set_response_cache_config(ClientCacheConfig::disabled()).await;
        Ok(Self { service })
    }

    /// Calls a tool; `arguments` must be an object.
    ///
    /// # Errors
    /// When the call breaks on its way; a tool's own failure is an answer.
    pub async fn call(&self, tool: &str, arguments: Value) -> Result<Answer, ClientError> {
        let mut request = CallToolRequestParams::new(tool.to_owned());
        if let Value::Object(arguments) = arguments {
            request = request.with_arguments(arguments);
        }
        let broken = |error: rmcp::ServiceError| ClientError::Call { tool: tool.to_owned(), reason: error.to_string() };
        let result = self.service.peer().call_tool(request).await.map_err(broken)?;
        Ok(Answer { value: result.structured_content, is_error: result.is_error.unwrap_or(false) })
    }
}
