//! Requests counted by what was asked and how long it took, the same for every way in.

use std::{sync::Arc, time::Instant};

use rmcp::{
    ErrorData, RoleServer,
    model::{CallToolResponse, ProtocolVersion},
    service::RequestContext,
};

use super::{Server, tasks::older};
use crate::{
    metrics::{Failure, OTHER, Operation, Operations},
    util::clock::micros,
};

/// The methods that clients may ask with. What is none of these is counted as all others are.
const METHODS: [&str; 20] = [
    "initialize",
    "server/discover",
    "ping",
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "subscriptions/listen",
    "prompts/list",
    "prompts/get",
    "completion/complete",
    "logging/setLevel",
    "tasks/get",
    "tasks/update",
    "tasks/cancel",
    "tasks/result",
    "tasks/list",
];

/// A request of this method's name, if there is such a method: where one comes as an unknown request, its parameters were none of its own.
pub(super) fn known_method(name: &str) -> Option<&'static str> {
    METHODS.into_iter().find(|known| *known == name)
}

/// The name under which a request that the protocol's library does not know is counted.
pub(super) fn method_of_unknown(name: &str) -> &'static str {
    known_method(older::protocol_name(name)).unwrap_or(OTHER)
}

/// A version of the protocol as it is counted.
fn version(asked: &ProtocolVersion) -> &'static str {
    let known = ProtocolVersion::KNOWN_VERSIONS.iter().map(ProtocolVersion::as_str);
    known.into_iter().find(|known| *known == asked.as_str()).unwrap_or(OTHER)
}

/// A request that is being answered: counted when it [`ends`](Self::ends), and as cancelled when it goes before that.
pub(super) struct Asked {
    operations: Arc<Operations>,
    operation: Operation,
    began: Instant,
    open: bool,
}

impl Server {
    /// Counts a request of this method from now on.
    pub(super) fn asked(&self, method: &'static str, context: &RequestContext<RoleServer>) -> Asked {
        let protocol = context.protocol_version();
        self.asked_with(method, protocol.as_ref())
    }

    /// The same where the request itself says which protocol is spoken.
    pub(super) fn asked_with(&self, method: &'static str, protocol: Option<&ProtocolVersion>) -> Asked {
        let operation =
            Operation { method, tool: None, failure: None, transport: self.transport(), protocol: protocol.map(version) };
        let operations = Arc::clone(self.toolbox().context().hub.operations());
        Asked { operations, operation, began: Instant::now(), open: true }
    }

    /// Counts a call of a tool, whose name is counted if there is such a tool.
    pub(super) fn asked_for_tool(&self, name: &str, context: &RequestContext<RoleServer>) -> Asked {
        let mut asked = self.asked("tools/call", context);
        asked.operation.tool = self.toolbox().tool(name).map(|tool| Arc::clone(&tool.name));
        asked
    }
}

impl Asked {
    /// The request is answered.
    pub(super) fn ends<T>(self, answer: Result<T, ErrorData>) -> Result<T, ErrorData> {
        let failure = answer.as_ref().err().map(|error| Failure::Code(error.code.0));
        self.came_to(failure);
        answer
    }

    /// A call is answered: a tool's error is a failure, too.
    pub(super) fn ends_call(self, answer: Result<CallToolResponse, ErrorData>) -> Result<CallToolResponse, ErrorData> {
        let failure = match &answer {
            Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => Some(Failure::Tool),
            Ok(_) => None,
            Err(error) => Some(Failure::Code(error.code.0)),
        };
        self.came_to(failure);
        answer
    }

    fn came_to(mut self, failure: Option<Failure>) {
        self.count(failure);
        self.open = false;
    }

    fn count(&self, failure: Option<Failure>) {
        self.operations.add(Operation { failure, ..self.operation.clone() }, micros(self.began.elapsed()));
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.open {
            self.count(Some(Failure::Cancelled));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_no_label() {
        assert_eq!(known_method("tools/call"), Some("tools/call"));
        assert_eq!(known_method("tools/call/../x"), None);
        assert_eq!(method_of_unknown("kmtop/tasks/get"), "tasks/get");
        assert_eq!(method_of_unknown("kmtop/tasks/create"), "tools/call");
        assert_eq!(method_of_unknown("evil\"} 1"), OTHER);
        assert_eq!(version(&ProtocolVersion::V_2025_06_18), "2025-06-18");
    }
}
