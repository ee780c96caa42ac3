//! Sessions of clients up to protocol 2025-11-25, capped: rmcp itself keeps every session for five minutes, at 52 kB each.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{Stream, StreamExt, future, stream};
use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::streamable_http_server::session::{
        RestoreOutcome, ServerSseMessage, SessionId, SessionManager,
        local::{LocalSessionManager, LocalSessionManagerError},
    },
};

use super::in_flight::{InFlight, Tracked};
use crate::{hub, model::Transport};

/// Why a session cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionsError {
    /// There are as many as there may be.
    #[error("every session has calls under way")]
    Full,
    /// What the library says.
    #[error(transparent)]
    Library(#[from] LocalSessionManagerError),
}

/// Keeps at most so many sessions; a new one over the cap ends the one unheard for longest, but none with calls under way.
pub(super) struct Sessions {
    inner: LocalSessionManager,
    hub: hub::Handle,
    most: usize,
    known: RwLock<HashMap<SessionId, Known>>,
    clock: AtomicU64,
}

/// What is remembered of a session.
#[derive(Default)]
struct Known {
    /// When it was last heard, on a clock that only counts messages.
    heard: AtomicU64,
    /// Its calls under way whose clients wait. Each holds one more reference.
    calls: Arc<()>,
    /// Its requests without an answer.
    in_flight: Arc<InFlight>,
    /// Whose it is. A session that nobody has been told of yet is nobody's.
    owner: OnceLock<Arc<str>>,
}

/// Whose a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Belongs {
    /// To whoever asks.
    Own,
    /// To somebody else.
    Other,
    /// There is none.
    Nobody,
}

impl Known {
    fn is_busy(&self) -> bool {
        Arc::strong_count(&self.calls) > 1
    }
}

impl Sessions {
    pub(super) fn new(most: usize, hub: hub::Handle) -> Self {
        let (inner, clock) = (LocalSessionManager::default(), AtomicU64::new(0));
        Self { inner, hub, most: most.max(1), known: RwLock::default(), clock }
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes that the session was heard; what is returned stands for a call under way until it is dropped.
    fn hear(&self, id: &SessionId) -> Option<(Arc<()>, Arc<InFlight>)> {
        let now = self.tick();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(id)?;
        known.heard.store(now, Ordering::Relaxed);
        Some((Arc::clone(&known.calls), Arc::clone(&known.in_flight)))
    }

    /// Ends the sessions unheard for longest until there is room for one more.
    async fn make_room(&self) -> Result<(), SessionsError> {
        while self.inner.sessions.read().await.len() >= self.most {
            let oldest = self.oldest().await.ok_or(SessionsError::Full)?;
            tracing::info!(cap = self.most, "session cap reached: the session unheard for longest ends");
            let _ = self.close_session(&oldest).await;
        }
        Ok(())
    }

    /// The session unheard for longest of those without a call under way.
    async fn oldest(&self) -> Option<SessionId> {
        let live = self.inner.sessions.read().await;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, _| live.contains_key(id));
        let idle = known.iter().filter(|(_, known)| !known.is_busy());
        idle.min_by_key(|(_, known)| known.heard.load(Ordering::Relaxed)).map(|(id, _)| id.clone())
    }

    /// Notes whose a new session is. Of somebody who may have only so many the one unheard for longest ends, but none with calls under
    /// way.
    pub(super) async fn claim(&self, id: &str, owner: &Arc<str>, most: Option<usize>) {
        let surplus: Vec<SessionId> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = known.get(id) {
                let _ = known.owner.set(Arc::clone(owner));
            }
            let Some(most) = most else { return };
            let own = known.iter().filter(|(_, known)| known.owner.get() == Some(owner));
            let mut own: Vec<_> = own.map(|(id, known)| (known.heard.load(Ordering::Relaxed), known.is_busy(), id)).collect();
            own.sort_unstable_by_key(|(heard, ..)| *heard);
            let surplus = own.len().saturating_sub(most);
            own.iter().filter(|(_, busy, other)| !busy && &***other != id).take(surplus).map(|(.., id)| (*id).clone()).collect()
        };
        for id in surplus {
            let _ = self.close_session(&id).await;
        }
    }

    /// Whose a session is, as seen by `asking`.
    pub(super) fn belongs(&self, id: &str, asking: &Arc<str>) -> Belongs {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.get(id).and_then(|known| known.owner.get()) {
            Some(owner) if owner == asking => Belongs::Own,
            Some(_) => Belongs::Other,
            None => Belongs::Nobody,
        }
    }

    /// Whether a new session would be refused.
    pub(super) async fn is_full(&self) -> bool {
        self.inner.sessions.read().await.len() >= self.most && self.oldest().await.is_none()
    }
}

impl SessionManager for Sessions {
    type Error = SessionsError;
    type Transport = Tracked<<LocalSessionManager as SessionManager>::Transport>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        self.make_room().await?;
        let (id, transport) = self.inner.create_session().await?;
        let known = Known { heard: AtomicU64::new(self.tick()), ..Known::default() };
        // The library drops the transport when the session ends, however it ends.
        let transport = Tracked::new(transport, Arc::clone(&known.in_flight), self.hub.session(Transport::Http));
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), known);
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        Ok(self.inner.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        Ok(self.inner.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        Ok(self.inner.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let heard = self.hear(id);
        if let Some((_, in_flight)) = &heard
            && let Err(answer) = in_flight.take(&message)
        {
            return Ok(stream::once(future::ready(ServerSseMessage::from_message(*answer))).left_stream());
        }
        let stream = self.inner.create_stream(id, message).await?;
        // The call is under way as long as its stream lives.
        Ok(stream
            .map(move |message| {
                let _ = &heard;
                message
            })
            .right_stream())
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Self::Error> {
        if let Some((_, in_flight)) = self.hear(id) {
            // Only a request can be refused, and there is none among what has no stream.
            let _ = in_flight.take(&message);
        }
        Ok(self.inner.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.hear(id);
        Ok(self.inner.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.hear(id);
        Ok(self.inner.resume(id, last_event_id).await?)
    }

    async fn restore_session(&self, _: SessionId) -> Result<RestoreOutcome<Self::Transport>, Self::Error> {
        // An ended session stays ended: its client gets 404 and begins a new one, as the protocol has it.
        Ok(RestoreOutcome::NotSupported)
    }
}
