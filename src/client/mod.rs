//! MCP clients, for what kmtop itself calls: the demo's clients and load tests.
//!
//! [`Client`] is rmcp's, over Streamable HTTP or a pair of pipes. [`HttpClient`] and [`PipeClient`] do only what a call needs, for loads under
//! which the client itself would be what is measured.

mod http;
mod message;
mod pipes;

use std::{error::Error, sync::Arc};

use rmcp::{
    RoleClient, ServiceExt,
    model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation},
    service::{ClientCacheConfig, ClientInitializeError, RunningService},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

pub use self::{http::HttpClient, pipes::PipeClient};

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
    /// The server answered with an error of HTTP.
    #[error("the call of {tool} was refused: {reason}")]
    Status {
        /// The tool.
        tool: String,
        /// The status, 100 to 599.
        status: u16,
        /// What the server said.
        reason: String,
    },
    /// The server answered with an error of JSON-RPC.
    #[error("the call of {tool} was refused with {code}: {reason}")]
    Refused {
        /// The tool.
        tool: String,
        /// JSON-RPC's number.
        code: i64,
        /// What the server said.
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
        let service = identity(name).serve(transport).await;
        let refused = |error| ClientError::Connect { url: url.to_owned(), reason: reason(&error) + hint(url, &error) };
        Self::ready(service.map_err(refused)?).await
    }

    /// Connects as `name` to the server behind these pipes, which is called `server` in errors.
    ///
    /// # Errors
    /// When the server does not answer the hello.
    pub async fn connect_pipes(
        input: impl AsyncRead + Unpin + Send + 'static,
        output: impl AsyncWrite + Unpin + Send + 'static,
        (server, name): (&str, &str),
    ) -> Result<Self, ClientError> {
        let service = identity(name).serve((input, output)).await;
        Self::ready(service.map_err(|error| ClientError::Connect { url: server.to_owned(), reason: reason(&error) })?).await
    }

    async fn ready(service: RunningService<RoleClient, ClientConfig>) -> Result<Self, ClientError> {
        // Whatever is measured through this client must reach the server.
        service.peer().set_response_cache_config(ClientCacheConfig::disabled()).await;
        Ok(Self { service })
    }

    /// The names of the server's tools.
    ///
    /// # Errors
    /// When the server does not tell them.
    pub async fn tools(&self) -> Result<Vec<String>, ClientError> {
        let broken = |error: rmcp::ServiceError| ClientError::Call { tool: "tools/list".to_owned(), reason: error.to_string() };
        let tools = self.service.peer().list_all_tools().await.map_err(broken)?;
        Ok(tools.into_iter().map(|tool| tool.name.into_owned()).collect())
    }

    /// Ends the session in good order.
    pub async fn close(self) {
        let _ = self.service.cancel().await;
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
        let broken = |error: rmcp::ServiceError| match error {
            rmcp::ServiceError::McpError(error) => {
                ClientError::Refused { tool: tool.to_owned(), code: error.code.0.into(), reason: error.message.into_owned() }
            }
            other => ClientError::Call { tool: tool.to_owned(), reason: other.to_string() },
        };
        let result = self.service.peer().call_tool(request).await.map_err(broken)?;
        Ok(Answer { value: result.structured_content, is_error: result.is_error.unwrap_or(false) })
    }
}

/// What went wrong, without rmcp's names for the layers it went through.
fn reason(error: &ClientInitializeError) -> String {
    let ClientInitializeError::TransportError { error, .. } = error else { return error.to_string() };
    let mut cause: &dyn Error = &*error.error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// What may help: an address without the endpoint's path is the mistake that everybody makes once.
fn hint(url: &str, error: &ClientInitializeError) -> &'static str {
    if !url.trim_end_matches('/').ends_with("/mcp") && reason(error).contains("404") {
        "; kmtop's endpoint ends in /mcp"
    } else {
        ""
    }
}

fn identity(name: &str) -> ClientConfig {
    ClientConfig::new(ClientCapabilities::default(), Implementation::new(name, env!("CARGO_PKG_VERSION")))
}
