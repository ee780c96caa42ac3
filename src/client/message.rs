//! Messages of MCP as the lean clients write and read them: no more of an answer is taken apart than a measurement needs.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use super::{Answer, ClientError};

/// The newest protocol version with a session, which every server of today speaks.
pub(super) const PROTOCOL: &str = "2025-11-25";

pub(super) fn hello(name: &str) -> Value {
    let client = json!({ "name": name, "version": env!("CARGO_PKG_VERSION") });
    let params = json!({ "protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })
}

pub(super) fn initialized() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
}

pub(super) fn call(id: u64, tool: &str, arguments: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": tool, "arguments": arguments } })
}

/// The number and the kind of an incoming message.
#[derive(Deserialize)]
pub(super) struct Head {
    /// The request that it answers; `None` for what is no answer of ours.
    #[serde(default)]
    pub(super) id: Option<Value>,
    /// Set for requests and notifications.
    #[serde(default)]
    pub(super) method: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    result: Option<Outcome>,
    #[serde(default)]
    error: Option<Refusal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    #[serde(default)]
    is_error: bool,
    #[serde(default, rename = "content")]
    _content: IgnoredAny,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    #[serde(default)]
    message: String,
}

/// Reads the answer to a call. Only a failure's content is kept.
pub(super) fn answer(tool: &str, bytes: &[u8]) -> Result<Answer, ClientError> {
    let broken =
        |error: serde_json::Error| ClientError::Call { tool: tool.to_owned(), reason: format!("no JSON-RPC answer: {error}") };
    let said: Said = serde_json::from_slice(bytes).map_err(broken)?;
    match (said.result, said.error) {
        (_, Some(Refusal { code, message })) => Err(ClientError::Refused { tool: tool.to_owned(), code, reason: message }),
        (Some(Outcome { is_error: false, .. }), None) => Ok(Answer { value: None, is_error: false }),
        (Some(Outcome { is_error: true, .. }), None) => {
            let mut whole: Value = serde_json::from_slice(bytes).map_err(broken)?;
            let value = whole.pointer_mut("/result/structuredContent").map(Value::take);
            Ok(Answer { value, is_error: true })
        }
        (None, None) => {
            Err(ClientError::Call { tool: tool.to_owned(), reason: "an answer with neither result nor error".to_owned() })
        }
    }
}

/// The result of another request than a call.
pub(super) fn result(bytes: &[u8]) -> Result<Value, String> {
    let mut said: Value = serde_json::from_slice(bytes).map_err(|error| format!("no JSON-RPC answer: {error}"))?;
    match said.get("error") {
        Some(error) => Err(error["message"].as_str().unwrap_or("an error without words").to_owned()),
        None => Ok(said["result"].take()),
    }
}

/// The message in the body of an answer: the body itself, or the last event with data.
pub(super) fn in_body(body: &[u8], is_stream: bool) -> &[u8] {
    if !is_stream {
        return body;
    }
    let data = |line| <[u8]>::strip_prefix(line, b"data:").map(<[u8]>::trim_ascii).filter(|data| !data.is_empty());
    body.split(|byte| *byte == b'\n').filter_map(data).next_back().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let good = br#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"x"}],"structuredContent":{"a":1}}}"#;
        assert_eq!(answer("t", good), Ok(Answer { value: None, is_error: false }));
        let failed = br#"{"id":1,"result":{"isError":true,"content":[],"structuredContent":{"error":{"code":"busy"}}}}"#;
        let found = answer("t", failed).expect("an answer");
        assert!(found.is_error && found.value == Some(json!({ "error": { "code": "busy" } })), "{found:?}");
        let refused = br#"{"id":1,"error":{"code":-32602,"message":"no such tool"}}"#;
        assert!(matches!(answer("t", refused), Err(ClientError::Refused { code: -32602, .. })));
        for bad in [&b"{}"[..], b"", b"<html>"] {
            assert!(matches!(answer("t", bad), Err(ClientError::Call { .. })), "{bad:?}");
        }
    }

    #[test]
    fn the_last_event_with_data_is_the_answer() {
        let body = b"event: message\r\ndata: {\"a\":1}\r\n\r\ndata:\r\n\r\nid: 2\ndata: {\"b\":2}\n\n";
        assert_eq!(in_body(body, true), b"{\"b\":2}");
        assert_eq!(in_body(b"{}", false), b"{}");
    }
}
