//! Tool calls of a screen: the owner's own, beside those of clients.

use std::sync::Arc;

use serde_json::Value;

/// A tool and what it is called with.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool's name.
    pub tool: String,
    /// Its arguments: a JSON object.
    pub arguments: Value,
}

/// Takes the answer: the structured content, or what went wrong, for people.
pub type Answering = Box<dyn FnOnce(Result<Value, String>) + Send>;

/// Calls tools, without making the caller wait.
pub type Desk = Arc<dyn Fn(Call, Answering) + Send + Sync>;
