//! The requests of one client that have no answer yet: no two of one id, and not more than so many.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use rmcp::{
    ErrorData, RoleServer,
    model::{
        ClientJsonRpcMessage, ClientNotification, ErrorCode, JsonRpcMessage, JsonRpcNotification, RequestId, ServerJsonRpcMessage,
    },
    transport::Transport,
};

use super::tasks::older::Dialect;
use crate::hub::Session;

/// How many requests of one client may wait for their answers.
const MOST: usize = 256;

/// The ids under way.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    ids: Mutex<HashSet<RequestId>>,
    dialect: Dialect,
}

impl InFlight {
    /// Takes a message in.
    ///
    /// # Errors
    /// The answer to a request that cannot be taken: its id is under way, so nobody could tell the two answers apart, or too many
    /// are.
    pub(super) fn take(&self, message: &ClientJsonRpcMessage) -> Result<(), Box<ServerJsonRpcMessage>> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        match message {
            JsonRpcMessage::Request(request) => {
                let refused = |error| Err(Box::new(ServerJsonRpcMessage::error(error, Some(request.id.clone()))));
                if ids.contains(&request.id) {
                    return refused(ErrorData::invalid_request("a request of this id is under way; use another id", None));
                }
                if ids.len() >= MOST {
                    let words = format!("{MOST} requests of this client are under way; wait for some of them to end");
                    return refused(ErrorData::new(ErrorCode(-32000), words, None));
                }
                ids.insert(request.id.clone());
            }
            JsonRpcMessage::Notification(JsonRpcNotification {
                notification: ClientNotification::CancelledNotification(cancelled),
                ..
            }) => {
                // There will be no answer, or nobody waits for it.
                if let Some(id) = &cancelled.params.request_id {
                    ids.remove(id);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Notes an answer, and completes it for its client.
    pub(super) fn answered(&self, message: ServerJsonRpcMessage) -> ServerJsonRpcMessage {
        let id = match &message {
            JsonRpcMessage::Response(response) => Some(&response.id),
            JsonRpcMessage::Error(error) => error.id.as_ref(),
            _ => None,
        };
        if let Some(id) = id {
            self.ids.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        }
        self.dialect.completed(message)
    }
}

/// A transport whose answers are noted, and whose session counts as long as it is there.
pub(super) struct Tracked<T> {
    inner: T,
    calls: std::sync::Arc<InFlight>,
    _session: Session,
}

impl<T> Tracked<T> {
    pub(super) fn new(inner: T, calls: std::sync::Arc<InFlight>, session: Session) -> Self {
        Self { inner, calls, _session: session }
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Tracked<T> {
    type Error = T::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        let message = self.calls.answered(message);
        self.inner.send(message)
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.inner.receive().await
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.inner.close().await
    }
}
