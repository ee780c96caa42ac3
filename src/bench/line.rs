//! The way to a target: whoever can make one call.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::mix::Ask;
use crate::client::{Answer, Client, ClientError, HttpClient, PipeClient};

/// Makes calls, as many at a time as it is asked for.
pub trait Line: Send + Sync {
    /// Makes one call.
    fn call(&self, ask: Ask) -> BoxFuture<'static, Outcome>;
}

/// What became of a call: why it failed, in one word that counts can be kept by.
pub type Outcome = Result<(), Arc<str>>;

/// The word for a call that had no answer in time.
pub(super) const TIMEOUT: &str = "no_answer";

impl Line for Arc<Client> {
    fn call(&self, ask: Ask) -> BoxFuture<'static, Outcome> {
        let client = Self::clone(self);
        Box::pin(async move { outcome(Client::call(&client, &ask.tool, ask.arguments).await) })
    }
}

impl Line for HttpClient {
    fn call(&self, ask: Ask) -> BoxFuture<'static, Outcome> {
        let client = self.clone();
        Box::pin(async move { outcome(client.call(&ask.tool, &ask.arguments).await) })
    }
}

impl Line for PipeClient {
    fn call(&self, ask: Ask) -> BoxFuture<'static, Outcome> {
        let client = self.clone();
        Box::pin(async move { outcome(client.call(&ask.tool, &ask.arguments).await) })
    }
}

fn outcome(answered: Result<Answer, ClientError>) -> Outcome {
    match answered {
        Ok(Answer { is_error: false, .. }) => Ok(()),
        Ok(Answer { value, .. }) => {
            let code = value.as_ref().and_then(|value| value.pointer("/error/code")).and_then(Value::as_str);
            Err(Arc::from(code.filter(|code| code.len() < 60).unwrap_or("tool_error")))
        }
        Err(ClientError::Status { status, .. }) => Err(Arc::from(format!("http_{status}"))),
        Err(ClientError::Refused { code, .. }) => Err(Arc::from(format!("rpc_{code}"))),
        Err(ClientError::Connect { .. } | ClientError::Call { .. }) => Err(Arc::from("connection")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn failures_are_counted_by_a_word() {
        let word = |answered| outcome(answered).err();
        let tool = || "t".to_owned();
        assert_eq!(word(Ok(Answer { value: None, is_error: false })), None);
        let busy = Some(json!({ "error": { "code": "busy" } }));
        assert_eq!(word(Ok(Answer { value: busy, is_error: true })).as_deref(), Some("busy"));
        assert_eq!(word(Ok(Answer { value: None, is_error: true })).as_deref(), Some("tool_error"));
        let status = ClientError::Status { tool: tool(), status: 503, reason: String::new() };
        assert_eq!(word(Err(status)).as_deref(), Some("http_503"));
        let refused = ClientError::Refused { tool: tool(), code: -32_602, reason: String::new() };
        assert_eq!(word(Err(refused)).as_deref(), Some("rpc_-32602"));
        assert_eq!(word(Err(ClientError::Call { tool: tool(), reason: String::new() })).as_deref(), Some("connection"));
    }
}
